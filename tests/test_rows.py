from typing import ClassVar

import pytest

from gristmill.errors import UserError
from gristmill.find import find
from gristmill.records import Example, Made, Origin, Span
from gristmill.rows import COLUMNS, PROVENANCE, exchange, is_ours, lost, own_columns, rows_of, told, turns

TASK = find("tasks", "question_answer")()
MADE = Origin(kind="human", made=Made(by="harvest/turns", fingerprint="f"), parents=("p",), ordinal=1, model="m")
EXAMPLE = Example(
    task="question_answer",
    fields={"question": "Where?", "answer": "Here.", "context": ""},
    origin=MADE,
    family="f",
    group="a.md#1",
    licence="CC-BY-4.0",
    trust="own",
    spans=(Span(document_id="d", start=0, end=5),),
)
USER = {"role": "user", "content": "Where?"}
ASSISTANT = {"role": "assistant", "content": "Here."}
SYSTEM = {"role": "system", "content": "Be brief."}
CALLING = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}


def test_an_example_is_a_row_with_all_that_is_known_of_it():
    rows = rows_of([EXAMPLE], TASK)
    assert list(rows) == list(rows)
    (row,) = rows
    assert row == {
        **EXAMPLE.fields,
        "id": EXAMPLE.id,
        "origin": "human",
        "model": "m",
        "family": "f",
        "source": "a.md#1",
        "licence": "CC-BY-4.0",
        "trust": "own",
        "spans": [{"document_id": "d", "start": 0, "end": 5}],
        "messages": [USER, ASSISTANT],
    }
    assert set(rows.types) == set(row) - {"messages"}
    assert is_ours(row)
    assert "messages" not in told(row)
    assert own_columns(told(row)) == {**EXAMPLE.fields, "id": EXAMPLE.id}


def test_a_strangers_row_stays_whole():
    row = {"messages": [USER], "source": "a", "spans": []}
    assert not is_ours(row)
    assert told(row) == own_columns(row) == row


@pytest.mark.parametrize("name", ["licence", "messages", "id"])
def test_a_task_cannot_take_a_name_of_ours(name):
    class Named(type(TASK)):
        columns: ClassVar = {"question": "string", name: "string"}

    with pytest.raises(UserError, match=f'column "{name}"'):
        rows_of([], Named())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"messages": [USER, ASSISTANT], "question": "other", "answer": "other"}, [USER, ASSISTANT]),
        ({"messages": [], "prompt": "Where?", "completion": "Here."}, [USER, ASSISTANT]),
        ({"prompt": "Where?\n\n", "completion": "Here."}, [USER, ASSISTANT]),
        ({"prompt": [SYSTEM, USER], "completion": "Here."}, [SYSTEM, USER, ASSISTANT]),
        ({"prompt": "Where?", "completion": [ASSISTANT], "label": True}, [USER, ASSISTANT]),
        ({"instruction": "Where?", "input": None, "output": "Here.", "system": "Be brief."}, [SYSTEM, USER, ASSISTANT]),
        ({"instruction": "Where?", "output": "Here.", "history": [["Where?", "Here."]]}, [USER, ASSISTANT] * 2),
        ({"question": "Where?", "answer": "Here.", "context": ""}, [USER, ASSISTANT]),
        ({"question": "Where?", "answers": ["Here.", "There."]}, [USER, ASSISTANT]),
        ({"question": "Where?", "answers": {"text": ["Here."], "answer_start": [0]}}, [USER, ASSISTANT]),
    ],
)
def test_a_row_is_a_conversation_by_whichever_columns_it_has(row, said):
    assert turns(row, "row 1") == said


def test_what_a_question_is_about_comes_before_it():
    assert turns({"instruction": "Mend.", "input": "teh", "output": "the"}, "")[0]["content"] == "Mend.\nteh"
    assert turns({"question": "Where?", "answer": "a", "context": "It is here."}, "")[0]["content"].startswith("It is")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "x", "label": "pos"}, "no conversation: it has text, label"),
        ({"question": "Where?", "answers": []}, "no conversation"),
        ({"question": "Where?", "answers": {"text": [], "answer_start": []}}, "no conversation"),
        ({"prompt": "q", "completion": "a", "label": False}, "labelled false"),
        ({"question": "q", "answer": "B", "choices": {"text": ["a"]}}, "choices that are not"),
        ({"question": "q", "answer": 0, "choices": ["a", "b"]}, "answer 0, which is no text"),
        ({"question": "q", "answer": 1, "choices": ["a", "b"]}, "answer 1, which is no text"),
        ({"question": "q", "answer": "B", "choices": [1, 2]}, "choices that are not"),
        ({"question": "q", "answer": "B", "choices": ["a"] * 27}, "up to 26"),
        ({"question": "q", "answer": "a", "paragraphs": "one text"}, "paragraphs that are not"),
        ({"question": "q", "answer": "a", "paragraphs": [{"title": "t"}]}, "paragraphs that are not"),
        ({"prompt": 7, "completion": "a"}, "no list of"),
        ({"messages": ["hi"]}, "no list of"),
        ({"instruction": 7, "output": "a"}, "no text"),
        ({"instruction": "a", "output": "b", "history": "c"}, "pairs"),
        ({"instruction": "a", "output": "b", "history": [["c"]]}, "pairs"),
    ],
)
def test_a_row_that_is_no_conversation_is_said(row, said):
    with pytest.raises(UserError, match="row 1") as caught:
        turns(row, "row 1")
    assert said in str(caught.value)


def test_one_exchange_is_a_question_and_its_answer():
    assert exchange({"messages": [USER, ASSISTANT], "id": "7"}, "") == {
        "id": "7",
        "question": "Where?",
        "answer": "Here.",
    }
    assert exchange({"messages": [SYSTEM, USER, ASSISTANT]}, "")["system"] == "Be brief."
    assert exchange({"instruction": "Where?", "output": "Here."}, "")["question"] == "Where?"
    assert exchange({"question": "q", "answers": {"text": ["a"], "answer_start": [0]}}, "")["answer"] == "a"
    for row in ({"question": "q", "answer": "a", "more": 1}, {"text": "x"}):
        assert exchange(row, "") == row


@pytest.mark.parametrize("found", [[USER, ASSISTANT] * 2, [USER, CALLING], [ASSISTANT], [USER, ASSISTANT, USER]])
def test_a_longer_conversation_is_no_exchange(found):
    with pytest.raises(UserError, match=r"row 1 has \d turns.*one question and one answer"):
        exchange({"messages": found}, "row 1")


def test_every_column_that_a_row_gets_has_a_meaning():
    assert {"id", "messages"} <= set(COLUMNS)
    assert all(len(meaning.split()) > 1 for meaning in COLUMNS.values())
    assert "messages" not in PROVENANCE


PARTS = [{"title": "T", "sentences": ["One. ", " Two."]}, {"title": "", "sentences": ["Three."]}]


def test_choices_and_paragraphs_belong_to_the_question():
    row = {"question": "Which?", "answer": "B", "choices": ["this", "that"], "paragraphs": PARTS}
    assert turns(row, "")[0]["content"] == "T\nOne. Two.\n\nThree.\n\nWhich?\nA. this\nB. that"
    texts = [{"title": "T", "text": "One. Two."}, {"title": "", "text": "Three."}]
    assert turns({**row, "paragraphs": texts}, "") == turns(row, "")
    assert turns({**row, "context": "C"}, "")[0]["content"].startswith("C\n\nWhich?")
    made = exchange(row, "")
    assert made["question"] == "Which?\nA. this\nB. that"
    assert made["context"] == "T\nOne. Two.\n\nThree."
    assert made["answer"] == "B"


def test_a_column_is_lost_that_is_neither_there_nor_in_the_turns():
    row = {"question": "q", "answer": "user", "paragraphs": PARTS, "kind": "One", "note": "", "flag": False, "id": 7}
    kept = {"messages": turns(row, ""), "id": "7"}
    assert lost(row, kept) == ["kind", "flag"]
    assert lost(row, row) == []
    assert lost({"answer": "user"}, {"messages": [{"role": "user", "content": "x"}]}) == ["answer"]
