import json
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import UserError
from gristmill.formats.jsonl import Jsonl

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_written_then_verified_then_read_is_the_same(pairs, examples, plain, file):
    rows = [{"question": question, "answer": answer} for question, answer in pairs]
    made = examples(rows)
    Jsonl().write(made, plain, file)
    assert Jsonl().verify(file) == len(rows)
    assert list(Jsonl().read(file)) == [{**row, "id": example.id} for row, example in zip(rows, made, strict=True)]


def test_everything_known_of_a_row_is_beside_it(examples, plain, file):
    made = examples([{"question": "q", "answer": "a"}, {"question": "r", "answer": "b"}])
    Jsonl().write(made, plain, file)
    last = json.loads(file.read_text("utf-8").splitlines()[1])
    assert list(last)[:3] == ["question", "answer", "id"]
    assert (last["origin"], last["source"], last["licence"], last["trust"]) == ("human", "a.md", "CC-BY-4.0", "unknown")
    assert last["spans"] == [{"document_id": "d", "start": 0, "end": 1}]


def test_a_file_of_another_origin_keeps_all_its_columns(lines):
    rows = [{"text": "x", "source": "mine"}, {"text": "y", "label": 1}]
    assert list(Jsonl().read(lines(*rows))) == rows


def test_a_column_that_every_row_gets_cannot_be_a_tasks(examples, plain, file):
    class Named(type(plain)):
        columns: ClassVar = {"question": "string", "licence": "string"}

    with pytest.raises(UserError, match='column "licence"'):
        Jsonl().write([], Named(), file)


def test_numbers_that_json_has_not_are_refused(examples, plain, file):
    with pytest.raises(UserError, match="NaN or infinity"):
        Jsonl().write(examples([{"question": float("nan"), "answer": "b"}]), plain, file)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"a": "1", "b": None}, '"a" is a text, and a number in the lines before'),
        ({"a": 1, "c": 2}, 'unknown key "c"'),
        ({"a": 1}, 'lacks the key "b"'),
    ],
)
def test_rows_that_a_loader_cannot_join_do_not_verify(second, said, lines):
    with pytest.raises(UserError, match="line 2") as caught:
        Jsonl().verify(lines({"a": 1, "b": []}, second))
    assert said in str(caught.value)
