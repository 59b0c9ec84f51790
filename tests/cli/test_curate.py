"""`gristmill curate FILE`: what is asked for and cannot be done is refused, and never passed over."""

import json
from pathlib import Path

import pytest

from told_project import gristmill

ROWS = [{"id": str(number), "text": f"text {number}", "body": f"body {number % 2}"} for number in range(4)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return tmp_path


def test_the_column_that_is_named_is_judged(place: Path) -> None:
    said = gristmill(place, "curate", "rows.jsonl", "-c", "exact_duplicates", "-f", "text: {column: body}")
    assert (said.status, said.err) == (0, "")
    assert "rows.jsonl (body): 4 rows; 2 kept, 2 rejected." in said.out


def test_a_column_that_is_not_there_is_a_sentence(place: Path) -> None:
    said = gristmill(place, "curate", "rows.jsonl", "-c", "exact_duplicates", "-f", "text: {column: boddy}")
    assert said.status == 2
    assert '"boddy" is not there' in said.err
    assert list(place.iterdir()) == [place / "rows.jsonl"]


def test_another_format_is_not_passed_over(place: Path) -> None:
    said = gristmill(place, "curate", "rows.jsonl", "-c", "exact_duplicates", "-f", "text_pairs")
    assert said.status == 2
    assert "text_pairs" in said.err


def test_whole_texts_are_not_listed_in_one_file(place: Path) -> None:
    said = gristmill(place, "curate", "rows.jsonl", "-c", "exact_duplicates", "-o", "all.jsonl")
    assert said.status == 2
    assert "all.jsonl names a file, and whole texts are curated to a folder" in said.err
    assert list(place.iterdir()) == [place / "rows.jsonl"]


def test_a_place_that_cannot_be_written_is_a_sentence(place: Path) -> None:
    said = gristmill(place, "curate", "rows.jsonl", "-c", "exact_duplicates", "-o", "rows.jsonl/out")
    assert said.status == 2
    assert "cannot be written" in said.err
