import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.formats.csv import Csv
from gristmill.rows import rows_of
from layouts import TEXTS, VALUES, refusal, written


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz"])
@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries({"text": TEXTS, "any": VALUES}), min_size=1, max_size=4))
def test_rows_come_back(suffix, rows, place):
    assert written(Csv(), rows, place / f"rows{suffix}") == rows


def test_examples_come_back_with_their_lists(examples, spanned, tmp_path):
    fields = {
        **{"title": "t", "context": "ccc", "question": 'say "q", twice', "answers": ["c"], "answer_start": [2]},
        **{"is_impossible": False, "plausible_answers": [], "plausible_start": []},
    }
    made = examples([fields])
    (row,) = written(Csv(), list(rows_of(made, spanned)), tmp_path / "a.csv")
    assert {name: row[name] for name in fields} == fields
    assert written(Csv(), [row], tmp_path / "a.csv") == [row]


def test_spreadsheets_see_plain_cells_and_heads_that_say_json(tmp_path):
    written(Csv(), [{"id": "007", "label": True}, {"id": "8", "label": None}], tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["id", "label:json"], ["007", "true"], ["8", "null"]]


def test_a_strangers_cells_are_texts(lines):
    path = lines("id,score", "007,1.50", name="a.csv")
    assert list(Csv().read(path)) == [{"id": "007", "score": "1.50"}]
    assert list(Csv(columns={"label": "score"}).read(path)) == [{"id": "007", "label": "1.50"}]


def test_heads_alone_are_no_rows(lines):
    assert "holds no rows" in refusal(Csv(), lines("id,score", name="a.csv"))
