import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import UserError
from gristmill.formats.prompt_completion import PromptCompletion

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80).filter(lambda text: text.strip())
USER = {"role": "user", "content": "Where?"}
ASSISTANT = {"role": "assistant", "content": "Here."}


@pytest.mark.parametrize("style", ["conversational", "standard"])
@settings(max_examples=30, deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_written_then_verified_then_read_is_the_same(style, pairs, examples, plain, file):
    rows = [{"question": question, "answer": answer} for question, answer in pairs]
    made = examples(rows)
    PromptCompletion(style=style).write(made, plain, file)
    assert PromptCompletion(style=style).verify(file) == len(rows)
    read = list(PromptCompletion().read(file))
    assert [{"question": row["question"], "answer": row["answer"]} for row in read] == rows
    assert [row["id"] for row in read] == [example.id for example in made]


def test_conversational_rows_are_lists_of_turns(examples, plain, file):
    made = examples(
        [{"turns": [("system", "s"), ("user", "q"), ("assistant", "a"), ("user", "r"), ("assistant", "b")]}]
    )
    PromptCompletion().write(made, plain, file)
    row = json.loads(file.read_text("utf-8"))
    assert [turn["role"] for turn in row["prompt"]] == ["system", "user", "assistant", "user"]
    assert row["completion"] == [{"role": "assistant", "content": "b"}]
    assert row["id"] == made[0].id


def test_standard_rows_part_prompt_and_completion_by_an_empty_line(examples, plain, file):
    made = examples([{"turns": [("system", "Be brief."), ("user", "Where?"), ("assistant", "Here.")]}])
    PromptCompletion(style="standard").write(made, plain, file)
    row = json.loads(file.read_text("utf-8"))
    assert row["prompt"] + row["completion"] == "Be brief.\n\nWhere?\n\nHere."


def test_plain_texts_cannot_hold_earlier_answers(examples, plain, file):
    made = examples([{"turns": [("user", "q"), ("assistant", "a"), ("user", "r"), ("assistant", "b")]}])
    with pytest.raises(UserError, match="cannot say whose each is"):
        PromptCompletion(style="standard").write(made, plain, file)


def test_a_file_of_another_style_or_of_both_does_not_verify(lines):
    turns, texts = {"prompt": [USER], "completion": [ASSISTANT]}, {"prompt": "Where?", "completion": " Here."}
    path = lines(turns, texts)
    with pytest.raises(UserError, match="line 2 is standard, the file should be conversational"):
        PromptCompletion().verify(path)
    assert [row["answer"] for row in PromptCompletion().read(path)] == ["Here.", " Here."]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"prompt": "q", "completion": [ASSISTANT]}, '"completion" is a list, not a text'),
        ({"prompt": [USER], "completion": "a"}, '"completion" is a text, not a list'),
        ({"prompt": [], "completion": [ASSISTANT]}, "an empty list"),
        ({"prompt": [USER], "completion": [ASSISTANT, USER, ASSISTANT]}, "3 turns to complete"),
        ({"prompt": [USER], "completion": [USER]}, "where assistant's belongs"),
        ({"prompt": "q", "completion": " "}, '"completion" is empty'),
        ({"prompt": "q", "response": "a"}, 'unknown key "response"'),
    ],
)
def test_each_broken_rule_is_named_with_its_line(record, said, lines):
    path = lines({"prompt": "q", "completion": "a"}, record)
    with pytest.raises(UserError, match="line 2") as caught:
        PromptCompletion(style="standard").verify(path)
    assert said in str(caught.value)
