import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import Unreadable
from gristmill.ingest.jsonl import Jsonl
from gristmill.records import Document, Failure, Source

SOURCE = Source(path="tickets.jsonl", sha256="", media_type="application/jsonl", licence="MIT")


def read(*rows, **columns):
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return list(Jsonl(columns=columns).read("\n".join(lines).encode(), SOURCE))


def test_rows_with_a_text_are_documents():
    first, second = read(
        {"text": "Boats.", "title": "B", "stars": 4, "open": True, "tags": ["x"]}, "", {"text": "Ropes."}
    )
    assert (first.text, first.title, first.ordinal) == ("Boats.", "B", 1)
    assert first.metadata == {"stars": "4", "open": "true"}
    assert (second.text, second.ordinal) == ("Ropes.", 3)
    assert first.source.licence == "MIT"


def test_columns_name_the_files_keys():
    (document,) = read({"body": "Boats.", "head": "B", "terms": "CC0-1.0"}, text="body", title="head", licence="terms")
    assert (document.text, document.title, document.source.licence) == ("Boats.", "B", "CC0-1.0")
    assert document.metadata == {}


def test_rows_without_a_text_are_handed_on_as_they_are():
    row = {"question": "When?", "answer": "At six.", "votes": [1, 2]}
    assert read(row) == [row]


def test_mapped_rows_are_renamed_and_keep_the_rest():
    assert read({"q": "When?", "a": "At six.", "id": 7}, question="q", answer="a") == [
        {"question": "When?", "answer": "At six.", "id": 7}
    ]


def test_a_missing_key_names_the_line_the_key_and_the_nearest():
    good, bad = read({"body": "Boats."}, {"bodi": "Ropes."}, text="body")
    assert isinstance(good, Document)
    assert bad == Failure(state="broken", reason='Line 2 has no key "body" for "text": did you mean "bodi"?')


def test_failures_before_the_first_good_row_are_kept_in_order():
    assert [type(made).__name__ for made in read("{", "[1]", {"text": "x"}, {"text": ""})] == [
        "Failure", "Failure", "Document", "Failure",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"text": "x"', "Line 2 is not JSON"),
        ("[1, 2]", "Line 2 is a list"),
        ("null", "Line 2 is a NoneType"),
        ('{"text": null}', '"text" is null'),
        ('{"text": 5}', '"text" is int'),
        ('{"text": "  "}', '"text" is empty'),
        ('{"text": "\\ud800"}', "surrogate"),
        ("[" * 100_000, "nested too deep"),
        ('{"text": ' + "9" * 5000 + "}", "too long a number"),
        ("{}", 'no key "text"'),
    ],
)
def test_a_bad_line_is_a_failure_with_its_number(line, words):
    good, bad = read({"text": "Boats."}, line)
    assert isinstance(good, Document)
    assert words in bad.reason
    assert "Line 2" in bad.reason


def test_a_file_without_a_good_row_is_refused_with_its_first_reason():
    with pytest.raises(Unreadable, match=r'None of its 2 lines can be used. The first: Line 1 has no key "body"'):
        read({"text": "x"}, {"text": "y"}, text="body")


def test_line_separators_inside_strings_do_not_split_rows():
    (document,) = read('{"text": "one\u2028two\x85three"}')
    assert document.text == "one\u2028two\x85three"


def test_equal_rows_are_two_documents():
    first, second = read({"text": "same"}, {"text": "same"})
    assert first.id != second.id


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet='{}[]":,\\u0dtexn1 \n', max_size=80))
def test_any_text_gives_rows_failures_or_a_named_refusal(text):
    try:
        made = list(Jsonl().read(text.encode(), SOURCE))
    except Unreadable as error:
        assert error.state in {"empty", "no_text", "broken"}
    else:
        assert len(made) == sum(bool(line.strip()) for line in text.split("\n"))
