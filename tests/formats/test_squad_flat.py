import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.formats._squad import flatten, from_hub, hub_row, nest
from gristmill.formats.squad_flat import SquadFlat
from gristmill.rows import rows_of
from layouts import KINDS, failures, refusal, written

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@st.composite
def rows(draw):
    before, text, after = draw(WORDS), draw(WORDS.filter(str.strip)) + "x", draw(WORDS)
    answerable = draw(st.booleans())
    return {
        "title": draw(st.sampled_from(["a", "b", "ü"])),
        "context": before + text + after,
        "question": draw(WORDS) + "?",
        "answers": [text] if answerable else [],
        "answer_start": [len(before)] if answerable else [],
        "is_impossible": not answerable,
        "plausible_answers": [],
        "plausible_start": [],
    }


@pytest.fixture(scope="session")
def file(place):
    return place / "flat.jsonl"


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(drawn=st.lists(rows(), min_size=1, max_size=6))
def test_rows_come_back_from_every_kind_of_file(kind, drawn, place):
    rows = [{"id": str(number), **fields} for number, fields in enumerate(drawn)]
    assert written(SquadFlat(), rows, place / f"flat{kind}") == rows


@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(rows(), min_size=1, max_size=6))
def test_written_then_verified_then_read_is_the_same(drawn, examples, spanned, file):
    made = examples(drawn)
    SquadFlat().write(rows_of(made, spanned), file)
    assert SquadFlat().verify(file) == len(drawn)
    expected = [{"id": example.id, **fields} for example, fields in zip(made, drawn, strict=True)]
    assert list(SquadFlat().read(file)) == expected


@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(rows(), max_size=6))
def test_nested_to_flat_to_nested_keeps_ids_and_offsets(drawn):
    nested = nest([{"id": str(number), **fields} for number, fields in enumerate(drawn)])
    flat = [hub_row(row) for _, row in flatten(nested, "nested")]
    assert nest(from_hub(record, "flat") for record in flat) == nested


def test_a_row_has_the_hubs_keys_and_empty_lists_when_impossible(examples, spanned, file):
    fields = {"title": "t", "context": "c", "question": "q?", "answers": [], "answer_start": [], "is_impossible": True}
    made = examples([{**fields, "plausible_answers": ["c"], "plausible_start": [0]}])
    SquadFlat().write(rows_of(made, spanned), file)
    empty = {"text": [], "answer_start": []}
    assert json.loads(file.read_bytes()) == {
        "id": made[0].id,
        "title": "t",
        "context": "c",
        "question": "q?",
        "answers": empty,
    }


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"text": ["c"], "answer_start": []}, "1 answers and 0 offsets"),
        ({"text": ["c"], "answer_start": [True]}, "True, not a whole number"),
        ({"text": ["d"], "answer_start": [0]}, "it occurs nowhere in the context"),
        ({"text": "c", "answer_start": [0]}, '"text" is a text, not a list'),
        ({"texts": ["c"], "answer_start": [0]}, 'did you mean "text"'),
        ([], "answers is an empty list, not an object"),
    ],
)
def test_wrong_answers_are_refused(answers, said, lines):
    path = lines({"id": "1", "context": "c", "question": "q?", "answers": answers})
    assert said in refusal(SquadFlat(), path)


def test_a_hubs_table_is_read_and_a_bad_row_of_it_is_a_failure(lines):
    good = {"id": "1", "title": None, "context": "c", "question": "q?", "answers": {"text": ["c"], "answer_start": [0]}}
    path = lines(good, {**good, "id": "2", "answers": {"text": ["c"], "answer_start": []}})
    assert next(iter(SquadFlat().read(path)))["title"] == ""
    (reason,) = failures(SquadFlat(), path)
    assert "line 2: answers has 1 answers and 0 offsets" in reason
