import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.prompt_completion import PromptCompletion
from gristmill.rows import rows_of, turns
from layouts import IDS, KINDS, SAID, TOOLS, conversations, failures, refusal, told_apart, written

USER, ASSISTANT = {"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}
TEXT = st.fixed_dictionaries({"prompt": SAID, "completion": SAID}, optional={"id": IDS})
SPOKEN = st.builds(
    lambda said, more: {"prompt": said[:-1], "completion": said[-1:], **more},
    conversations(),
    st.fixed_dictionaries({}, optional={"tools": TOOLS, "id": IDS}),
)
FILES = (st.lists(TEXT, min_size=1, max_size=4) | st.lists(SPOKEN, min_size=1, max_size=4)).map(told_apart)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(rows=FILES)
def test_texts_and_turns_come_back_from_every_kind_of_file(kind, rows, place):
    assert written(PromptCompletion(), rows, place / f"pairs{kind}") == rows


@pytest.mark.parametrize("style", ["conversational", "standard", "kept"])
@settings(max_examples=15, deadline=None)
@given(pairs=st.lists(st.tuples(SAID, SAID), min_size=1, max_size=5))
def test_examples_come_back_as_their_turns(style, pairs, examples, plain, place):
    made = examples([{"question": question, "answer": answer} for question, answer in pairs])
    read = written(PromptCompletion(style=style), list(rows_of(made, plain)), place / "pairs.jsonl")
    assert [[turn["content"] for turn in turns(row, "")] for row in read] == [list(pair) for pair in pairs]
    assert [row["id"] for row in read] == [example.id for example in made]


def test_conversational_rows_are_lists_of_turns(examples, plain, tmp_path):
    said = [("system", "s"), ("user", "q"), ("assistant", "a"), ("user", "r"), ("assistant", "b")]
    PromptCompletion().write(rows_of(examples([{"turns": said}]), plain), tmp_path / "a.jsonl")
    row = json.loads((tmp_path / "a.jsonl").read_text("utf-8"))
    assert [turn["role"] for turn in row["prompt"]] == ["system", "user", "assistant", "user"]
    assert row["completion"] == [{"role": "assistant", "content": "b"}]


def test_standard_rows_part_prompt_and_completion_by_an_empty_line(examples, plain, tmp_path):
    made = examples([{"turns": [("system", "Be brief."), ("user", "Where?"), ("assistant", "Here.")]}])
    (row,) = written(PromptCompletion(style="standard"), list(rows_of(made, plain)), tmp_path / "a.jsonl")
    assert row["prompt"] + row["completion"] == "Be brief.\n\nWhere?\n\nHere."


def test_a_style_turns_texts_into_turns_and_back(tmp_path):
    texts, spoken = {"prompt": "Where?\n\n", "completion": "Here."}, {"prompt": [USER], "completion": [ASSISTANT]}
    assert written(PromptCompletion(style="conversational"), [texts], tmp_path / "a.jsonl") == [spoken]
    assert written(PromptCompletion(style="standard"), [spoken], tmp_path / "a.jsonl") == [texts]


def test_plain_texts_cannot_hold_earlier_answers(tmp_path):
    row = {"messages": [USER, ASSISTANT, USER, ASSISTANT]}
    with pytest.raises(UserError, match=r"row 1 has 4 turns.*cannot say whose each is"):
        PromptCompletion(style="standard").write(Rows(lambda: [row]), tmp_path / "a.jsonl")


def test_a_file_of_another_style_or_of_both_does_not_verify(lines):
    spoken, texts = {"prompt": [USER], "completion": [ASSISTANT]}, {"prompt": "Where?", "completion": " Here."}
    path = lines(spoken, texts)
    assert list(PromptCompletion().read(path)) == [spoken, texts]
    for style in ("kept", "conversational"):
        said = refusal(PromptCompletion(style=style), path)
        assert "line 2 is standard, the file should be conversational" in said
    assert "line 1 is conversational, the file should be standard" in refusal(PromptCompletion(style="standard"), path)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"prompt": "q", "completion": [ASSISTANT]}, '"completion" is a list and "prompt" a text'),
        ({"prompt": [USER], "completion": "a"}, '"completion" is a text and "prompt" a list'),
        ({"prompt": [], "completion": [ASSISTANT]}, "an empty list"),
        ({"prompt": 7, "completion": "a"}, '"prompt" is a number'),
        ({"prompt": [USER], "completion": [USER]}, "where assistant's belongs"),
        ({"prompt": [USER, ASSISTANT], "completion": [USER, ASSISTANT]}, "the prompt must end with a question"),
        ({"prompt": "q", "completion": " "}, '"completion" is empty'),
        ({"prompt": "q", "response": "a"}, 'unknown key "response"'),
    ],
)
def test_each_broken_rule_is_a_failure_with_its_line(record, said, lines):
    path = lines({"prompt": "q", "completion": "a"}, record, {"prompt": "q", "completion": "b"})
    (reason,) = failures(PromptCompletion(), path)
    assert "line 2" in reason and said in reason
    assert said in refusal(PromptCompletion(), path)


POLARITY = Path(__file__).parents[1] / "data/audit/amazon_polarity.yaml"
REVIEW = {"id": "r1", "title": "Great ||| book", "content": "I liked it.", "label": 1}


def test_a_template_of_promptsource_makes_both_sides(tmp_path):
    layout = PromptCompletion(templates=str(POLARITY), template="Is_this_review_negative")
    layout.write(Rows(lambda: [REVIEW]), tmp_path / "rows.jsonl")
    (row,) = layout.read(tmp_path / "rows.jsonl")
    assert row["completion"] == "No"
    assert "Great ||| book" in row["prompt"]
    assert row["id"] == "r1"


def test_a_mistyped_template_is_named_with_the_nearest(tmp_path):
    layout = PromptCompletion(templates=str(POLARITY), template="Is_this_review_negativ")
    with pytest.raises(UserError, match='did you mean "Is_this_review_negative"'):
        layout.write(Rows(lambda: [REVIEW]), tmp_path / "rows.jsonl")


def test_a_file_of_templates_wants_the_name_of_one():
    with pytest.raises(ValueError, match="say both, or none"):
        PromptCompletion(templates=str(POLARITY))
