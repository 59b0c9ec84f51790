import json
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.jsonl import Jsonl
from gristmill.rows import own_columns, rows_of
from layouts import TEXTS, VALUES, refusal, written


@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_examples_come_back_with_all_that_is_known_of_them(pairs, examples, plain, place):
    rows = [{"question": question, "answer": answer} for question, answer in pairs]
    made = examples(rows)
    read = written(Jsonl(), list(rows_of(made, plain)), place / "rows.jsonl")
    assert [own_columns(row) for row in read] == [
        {**row, "id": example.id} for row, example in zip(rows, made, strict=True)
    ]
    assert written(Jsonl(), read, place / "rows.jsonl") == read


@settings(max_examples=25, deadline=None)
@given(row=st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3))
def test_any_row_comes_back(row, place):
    assert written(Jsonl(), [row, row], place / "any.jsonl") == [row, row]


def test_everything_known_of_a_row_is_beside_it(examples, plain, tmp_path):
    made = examples([{"question": "q", "answer": "a"}, {"question": "r", "answer": "b"}])
    Jsonl().write(rows_of(made, plain), tmp_path / "a.jsonl")
    last = json.loads((tmp_path / "a.jsonl").read_text("utf-8").splitlines()[1])
    assert list(last)[:3] == ["question", "answer", "id"]
    assert (last["origin"], last["source"], last["licence"], last["trust"]) == ("human", "a.md", "CC-BY-4.0", "unknown")
    assert last["spans"] == [{"document_id": "d", "start": 0, "end": 1}]
    assert "messages" not in last


def test_a_file_of_another_origin_keeps_all_its_columns(lines):
    rows = [{"text": "x", "source": "mine", "messages": []}, {"text": "y", "label": 1}]
    assert list(Jsonl().read(lines(*rows))) == rows


def test_a_mapping_works_both_ways_and_is_refused_when_it_does_not_fit(lines):
    layout = Jsonl(columns={"question": "query"})
    path = lines({"query": "q", "n": 1})
    assert written(layout, list(layout.read(path)), path) == [{"question": "q", "n": 1}]
    assert json.loads(path.read_text()) == {"query": "q", "n": 1}
    with pytest.raises(UserError, match='no key "quary" for "question": did you mean "query"'):
        list(Jsonl(columns={"question": "quary"}).read(path))
    with pytest.raises(ValidationError, match="name it once"):
        Jsonl(columns={"question": "query", "answer": "query"})


def test_a_column_that_every_row_gets_cannot_be_a_tasks(plain):
    class Named(type(plain)):
        columns: ClassVar = {"question": "string", "licence": "string"}

    with pytest.raises(UserError, match='column "licence"'):
        rows_of([], Named())


@pytest.mark.parametrize(("value", "said"), [(float("nan"), "NaN or infinity"), ("\ud800", "half of a character")])
def test_what_json_has_not_is_refused_and_the_old_file_stays(value, said, lines):
    path = lines({"a": "old"})
    with pytest.raises(UserError, match=said):
        Jsonl().write(Rows(lambda: [{"a": value}]), path)
    assert list(Jsonl().read(path)) == [{"a": "old"}]


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"a": "1", "b": None}, '"a" is a text, and a number in the lines before'),
        ({"a": 1, "c": 2}, 'unknown key "c"'),
        ({"a": 1}, 'lacks the key "b"'),
    ],
)
def test_rows_that_a_loader_cannot_join_do_not_verify(second, said, lines):
    assert said in refusal(Jsonl(), lines({"a": 1, "b": []}, second))


def test_another_kind_of_file_is_said(lines):
    assert "does not end in .jsonl" in refusal(Jsonl(), lines("a", "b", name="rows.csv"))


def test_a_broken_line_is_a_failure_and_does_not_verify(lines):
    path = lines({"a": 1}, "oops", {"a": 2})
    rows = list(Jsonl().read(path))
    assert [rows[0], rows[2]] == [{"a": 1}, {"a": 2}]
    assert "line 2 is not JSON" in rows[1].reason
    assert "line 2 is not JSON" in refusal(Jsonl(), path)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.sqlite", "a", "a.jsonl.zip"])
def test_another_kind_of_file_is_not_written(name, tmp_path):
    with pytest.raises(UserError, match=r"end its name in \.jsonl, \.ndjson, \.json\."):
        Jsonl().write(Rows(lambda: [{"a": 1}]), tmp_path / name)
    assert not list(tmp_path.iterdir())
