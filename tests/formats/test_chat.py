import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import UserError
from gristmill.formats.chat import Chat

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80).filter(lambda text: text.strip())
USER = {"role": "user", "content": "Where?"}
ASSISTANT = {"role": "assistant", "content": "Here."}
SYSTEM = {"role": "system", "content": "Be brief."}


@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_written_then_verified_then_read_is_the_same(pairs, examples, plain, file):
    rows = [{"question": question, "answer": answer} for question, answer in pairs]
    made = examples(rows)
    Chat().write(made, plain, file)
    assert Chat().verify(file) == len(rows)
    read = list(Chat().read(file))
    assert [{"question": row["question"], "answer": row["answer"]} for row in read] == rows
    assert [row["id"] for row in read] == [example.id for example in made]


@pytest.mark.parametrize(
    "text", ["a\u2028b\u2029c\x85d", "nul\x00 and \r\n", "שלום עולם", "e\u0301👩‍👩‍👧", "x" * 200_000]
)
def test_no_text_breaks_the_lines(text, examples, plain, file):
    Chat().write(examples([{"question": text, "answer": text}] * 2), plain, file)
    assert [row["answer"] for row in Chat().read(file)] == [text, text]
    assert file.read_bytes().count(b"\n") == 2


def test_the_file_is_utf8_with_a_row_a_line(examples, plain, file):
    made = examples([{"question": "Où ?", "answer": "Ici."}])
    Chat().write(made, plain, file)
    turns = '[{"role": "user", "content": "Où ?"}, {"role": "assistant", "content": "Ici."}]'
    assert file.read_bytes().decode() == f'{{"messages": {turns}, "id": "{made[0].id}"}}\n'


def test_half_a_character_is_refused_and_the_old_file_stays(examples, plain, file):
    Chat().write(examples([{"question": "old", "answer": "row"}]), plain, file)
    with pytest.raises(UserError, match=r"U\+D800, half of a character"):
        Chat().write(examples([{"question": "a", "answer": "b"}, {"question": "c", "answer": "\ud800"}]), plain, file)
    assert [row["question"] for row in Chat().read(file)] == ["old"]
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_folder_that_is_not_there_is_said(examples, plain, tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        Chat().write(examples([{"question": "a", "answer": "b"}]), plain, tmp_path / "none" / "a.jsonl")


def test_turns_that_no_trainer_accepts_are_not_written(examples, plain, file):
    with pytest.raises(UserError, match="must be the assistant's answer"):
        Chat().write(examples([{"turns": [("user", "a")]}]), plain, file)


def test_a_system_turn_is_kept(lines):
    path = lines({"messages": [SYSTEM, USER, ASSISTANT], "id": 7})
    assert list(Chat().read(path)) == [{"id": "7", "system": "Be brief.", "question": "Where?", "answer": "Here."}]


def test_a_long_conversation_verifies_but_is_not_a_row(lines):
    path = lines({"messages": [USER, ASSISTANT]}, {"messages": [USER, ASSISTANT, USER, ASSISTANT]})
    assert Chat().verify(path) == 2
    with pytest.raises(UserError, match=r"line 2 has 4 turns; a row holds one question and one answer"):
        list(Chat().read(path))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"mesages": [USER, ASSISTANT]}, 'unknown key "mesages": did you mean "messages"'),
        ({"id": "a"}, 'lacks the key "messages"'),
        ({"messages": []}, "an empty list"),
        ({"messages": "hi"}, "a text, not a list"),
        ({"messages": [USER]}, "ends with user's turn"),
        ({"messages": [SYSTEM]}, "ends with system's turn"),
        ({"messages": [ASSISTANT]}, "turn 1 is assistant's, where user's belongs"),
        ({"messages": [USER, USER, ASSISTANT]}, "turn 2 is user's, where assistant's belongs"),
        ({"messages": [USER, SYSTEM, ASSISTANT]}, "turn 2 is system's"),
        ({"messages": [USER, {"role": "asistant", "content": "x"}]}, 'did you mean "assistant"'),
        ({"messages": [USER, {"role": "assistant", "content": " \n"}]}, "is empty"),
        ({"messages": [USER, {"role": "assistant", "content": None}]}, '"content" is null'),
        ({"messages": [USER, {"role": "assistant", "contents": "x"}]}, 'did you mean "content"'),
        ({"messages": [USER, "hi"]}, "turn 2 is a text, not an object"),
        ({"messages": [USER, ASSISTANT], "id": True}, '"id" is true or false'),
    ],
)
def test_each_broken_rule_is_named_with_its_line(record, said, lines):
    path = lines({"messages": [USER, ASSISTANT]}, "", record)
    with pytest.raises(UserError, match="line 3") as caught:
        Chat().verify(path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "is a list, not an object"),
        ('{"messages": ', "is not JSON at column"),
        ('{"messages": NaN}', "holds NaN"),
        ('{"id": "a", "id": "b"}', 'has the key "id" twice'),
        ('{"id": "\\ud83d"}', "U+D83D, half of a character"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_line_that_is_not_one_object_is_said(text, said, lines):
    with pytest.raises(UserError, match="line 1") as caught:
        Chat().verify(lines(text))
    assert said in str(caught.value)


def test_a_whole_escaped_character_is_read(lines):
    path = lines('{"messages": [{"role": "user", "content": "\\ud83d\\ude00"}, {"role": "assistant", "content": "x"}]}')
    assert next(iter(Chat().read(path)))["question"] == "😀"


def test_windows_files_are_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"messages": [USER, ASSISTANT]}).encode() + b"\r\n\r\n")
    assert Chat().verify(path) == 1


def test_bytes_that_are_not_utf8_are_said(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "caf\xe9"}\n')
    with pytest.raises(UserError, match="line 1 is not UTF-8 at byte 12"):
        Chat().verify(path)


def test_equal_ids_and_empty_files_are_refused(lines, tmp_path):
    with pytest.raises(UserError, match=r'line 2 repeats the id "a" of .*line 1'):
        Chat().verify(lines(*[{"messages": [USER, ASSISTANT], "id": "a"}] * 2))
    with pytest.raises(UserError, match="holds no rows"):
        Chat().verify(lines())
    with pytest.raises(UserError, match="cannot be read"):
        Chat().verify(tmp_path / "none.jsonl")
