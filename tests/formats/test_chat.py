import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.chat import Chat
from gristmill.rows import rows_of
from layouts import CHATS, KINDS, SAID, failures, refusal, written

USER = {"role": "user", "content": "Where?"}
ASSISTANT = {"role": "assistant", "content": "Here."}
SYSTEM = {"role": "system", "content": "Be brief."}
CALL = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"place": "here"}'}}
CALLING = {"role": "assistant", "content": "", "tool_calls": [CALL]}
TOOL = {"role": "tool", "tool_call_id": "c1", "content": ""}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(rows=CHATS)
def test_conversations_come_back_from_every_kind_of_file(kind, rows, place):
    assert written(Chat(), rows, place / f"chat{kind}") == rows


@settings(max_examples=25, deadline=None)
@given(pairs=st.lists(st.tuples(SAID, SAID), min_size=1, max_size=5))
def test_examples_are_written_as_their_task_says_them(pairs, examples, plain, place):
    made = examples([{"question": question, "answer": answer} for question, answer in pairs])
    read = written(Chat(), list(rows_of(made, plain)), place / "chat.jsonl")
    assert [[turn["content"] for turn in row["messages"]] for row in read] == [list(pair) for pair in pairs]
    assert [row["id"] for row in read] == [example.id for example in made]


def test_the_file_is_utf8_with_a_row_a_line(examples, plain, tmp_path):
    made = examples([{"question": "Où ?\u2028", "answer": "Ici."}])
    Chat().write(rows_of(made, plain), tmp_path / "a.jsonl")
    turns = '[{"role": "user", "content": "Où ?\u2028"}, {"role": "assistant", "content": "Ici."}]'
    assert (tmp_path / "a.jsonl").read_bytes().decode() == f'{{"messages": {turns}, "id": "{made[0].id}"}}\n'


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        ({"prompt": "Where?\n\n", "completion": "Here."}, [USER, ASSISTANT]),
        ({"prompt": [SYSTEM, USER], "completion": [ASSISTANT], "label": True}, [SYSTEM, USER, ASSISTANT]),
        ({"instruction": "Where?", "input": "", "output": "Here.", "system": "Be brief."}, [SYSTEM, USER, ASSISTANT]),
        ({"instruction": "Where?", "output": "Here.", "history": [["a", "b"]]}, 4),
        ({"question": "Where?", "answer": "Here.", "system": "Be brief."}, [SYSTEM, USER, ASSISTANT]),
        ({"question": "Where?", "answers": ["Here."]}, [USER, ASSISTANT]),
    ],
)
def test_rows_of_other_columns_are_written_by_their_turns(row, turns, tmp_path):
    (read,) = written(Chat(), [row], tmp_path / "a.jsonl")
    assert read["messages"] == turns or len(read["messages"]) == turns


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "x"}, "is no conversation: it has text"),
        ({"messages": [USER]}, "ends with user's turn"),
        ({"messages": "hello"}, "is no conversation"),
        ({"prompt": "q", "completion": "a", "label": False}, "labelled false"),
        ({"instruction": "a", "output": "b", "history": [["c"]]}, "pairs"),
    ],
)
def test_rows_that_are_no_conversation_are_not_written_and_the_old_file_stays(row, said, tmp_path):
    path = tmp_path / "a.jsonl"
    Chat().write(Rows(lambda: [{"messages": [USER, ASSISTANT]}]), path)
    with pytest.raises(UserError, match=r"row 1 \(id \"7\"\)") as caught:
        Chat().write(Rows(lambda: [{**row, "id": "7"}]), path)
    assert said in str(caught.value)
    assert Chat().verify(path) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["a.jsonl"]


def test_tools_weights_and_empty_keys_are_understood(lines):
    empty = {"role": "assistant", "content": None, "tool_calls": [CALL], "name": None}
    turns = [{**USER, "tool_calls": None}, empty, TOOL, TOOL, {**ASSISTANT, "weight": 1, "tool_calls": []}]
    schemas = [{"type": "function", "function": {"name": "look_up", "parameters": {}}}]
    path = lines({"messages": turns, "tools": json.dumps(schemas), "parallel_tool_calls": False, "id": 7})
    (row,) = Chat().read(path)
    assert row["messages"] == [USER, CALLING, TOOL, TOOL, {**ASSISTANT, "weight": 1}]
    assert (row["tools"], row["parallel_tool_calls"], row["id"]) == (schemas, False, "7")
    assert written(Chat(), [row], path) == [row]


def test_a_mapping_and_further_keys_work_both_ways(lines):
    layout = Chat(columns={"messages": "dialog"}, extra=("topic",))
    path = lines({"dialog": [USER, ASSISTANT], "topic": "places"}, {"dialog": [USER, ASSISTANT], "topic": None})
    rows = list(layout.read(path))
    assert rows == [{"messages": [USER, ASSISTANT], "topic": "places"}, {"messages": [USER, ASSISTANT]}]
    assert written(layout, rows, path) == rows
    assert '"dialog"' in path.read_text()


BROKEN = [
    ({"messages": []}, "an empty list"),
    ({"messages": "hi"}, "a text, not a list"),
    ({"messages": [USER]}, "ends with user's turn"),
    ({"messages": [SYSTEM]}, "ends with system's turn"),
    ({"messages": [ASSISTANT]}, "turn 1 is assistant's, where user's belongs"),
    ({"messages": [USER, USER, ASSISTANT]}, "turn 2 is user's, where assistant's belongs"),
    ({"messages": [USER, SYSTEM, ASSISTANT]}, "turn 2 is system's"),
    ({"messages": [USER, TOOL, ASSISTANT]}, "turn 2 is tool's"),
    ({"messages": [USER, CALLING, ASSISTANT]}, "turn 3 is assistant's, where tool's belongs"),
    ({"messages": [USER, {"role": "asistant", "content": "x"}]}, 'did you mean "assistant"'),
    ({"messages": [USER, {"role": "assistant", "content": " \n"}]}, "is empty"),
    ({"messages": [USER, {"role": "assistant", "content": None}]}, '"content" is null'),
    ({"messages": [USER, {"role": "assistant", "contents": "x"}]}, 'did you mean "content"'),
    ({"messages": [USER, {"content": "x"}]}, 'lacks the key "role"'),
    ({"messages": [{**USER, "weight": 1}, ASSISTANT]}, 'unknown key "weight"'),
    ({"messages": [USER, {**ASSISTANT, "weight": 2}]}, "must be 0"),
    ({"messages": [USER, "hi"]}, "turn 2 is a text, not an object"),
    ({"messages": [USER, {**CALLING, "tool_calls": [{"name": "f"}]}, TOOL, ASSISTANT]}, "call 1"),
    ({"messages": [USER, {**CALLING, "tool_calls": "f"}, TOOL, ASSISTANT]}, '"tool_calls" is a text'),
    ({"messages": [USER, ASSISTANT], "id": True}, '"id" is true or false'),
    ({"messages": [USER, ASSISTANT], "tools": "[1"}, '"tools" is not JSON'),
    ({"messages": [USER, ASSISTANT], "tools": {"a": 1}}, '"tools" is an object, not a list'),
]


@pytest.mark.parametrize(("record", "said"), BROKEN)
def test_each_broken_rule_is_a_failure_with_its_line_and_the_rest_goes_on(record, said, lines):
    path = lines(record, "", {"messages": [USER, ASSISTANT]}, record)
    first, last = failures(Chat(), path)
    assert "line 1" in first and said in first
    assert "line 4" in last
    assert len(list(Chat().read(path))) == 3
    assert said in refusal(Chat(), path)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"mesages": [USER, ASSISTANT]}, 'unknown key "mesages" (did you mean "messages"?); lacks the key "messages"'),
        ({"messages": [USER, ASSISTANT], "topic": "x", "score": 1}, 'unknown key "topic"'),
        ({"id": "a"}, 'lacks the key "messages"'),
    ],
)
def test_keys_of_another_layout_are_refused_at_once_and_later_are_failures(record, said, lines):
    with pytest.raises(UserError, match="line 1") as caught:
        list(Chat().read(lines(record)))
    assert said in str(caught.value)
    (reason,) = failures(Chat(), lines({"messages": [USER, ASSISTANT]}, record))
    assert said in reason


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
    assert said in refusal(Chat(), lines(text))


def test_windows_files_are_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"messages": [USER, ASSISTANT]}).encode() + b"\r\n\r\n")
    assert Chat().verify(path) == 1


def test_equal_ids_and_empty_files_are_refused(lines, tmp_path):
    assert 'line 2 repeats the id "a"' in refusal(Chat(), lines(*[{"messages": [USER, ASSISTANT], "id": "a"}] * 2))
    assert "holds no rows" in refusal(Chat(), lines())
    assert "cannot be" in refusal(Chat(), tmp_path / "none.jsonl")


def test_a_broken_line_is_a_failure_and_does_not_verify(lines):
    good = {"messages": [USER, ASSISTANT]}
    path = lines('{"messages": ', good, "oops", good)
    assert ["line 1" in failures(Chat(), path)[0], "line 3" in failures(Chat(), path)[1]] == [True, True]
    assert len(list(Chat().read(path))) == 4
    assert "line 1 is not JSON" in refusal(Chat(), path)
