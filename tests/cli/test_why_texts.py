"""`gristmill why ROW -p NAME.curated` tells what each check found in one row of a curated file of texts."""

import json
from pathlib import Path

import pytest

from told_project import gristmill


@pytest.fixture
def place(tmp_path: Path) -> Path:
    texts = (
        "The mill was built in 1894 by two brothers.",
        "The mill was built in 1894 by two brothers.",
        "Its wheel has twelve blades. Ask mill@corp.example.net for the key.",
    )
    rows = [json.dumps({"id": f"row-{number}", "text": text}) for number, text in enumerate(texts)]
    (tmp_path / "texts.jsonl").write_text("\n".join([*rows, '{"id": "row-3"}', "no json"]) + "\n", "utf-8")
    gristmill(tmp_path, "curate", "texts.jsonl", "--check", "personal_data", "--check", "exact_duplicates")
    return tmp_path


def test_a_rejected_row_is_told_with_the_check_and_its_twin(place: Path) -> None:
    out = gristmill(place, "why", "row-1", "--project", "texts.curated").out
    assert out.startswith("row row-1, line 2 of texts.jsonl: rejected by exact_duplicates:exact_duplicate\n")
    assert (
        "exact_duplicates: reject exact_duplicate 1. Its text equals that of row row-0, which stays.  <- rejects" in out
    )
    assert "personal_data: nothing found" in out


def test_a_kept_row_is_told_with_its_notes(place: Path) -> None:
    out = gristmill(place, "why", "line 3", "-p", "texts.curated").out
    assert out.startswith("row row-2, line 3 of texts.jsonl: kept\n")
    assert "personal_data: note email 1. It holds 1 e-mail address." in out


def test_a_failed_line_is_told_with_its_reason(place: Path) -> None:
    out = gristmill(place, "why", "5", "-p", "texts.curated").out
    assert "line 5 of texts.jsonl: failed:malformed" in out
    assert "is not JSON" in out
    assert "personal_data" not in out


def test_several_rows_are_listed_to_choose_from(place: Path) -> None:
    out = gristmill(place, "why", "row-", "-p", "texts.curated").out
    assert out.splitlines()[0] == "3 rows; name one by its id or its line:"
    assert out.count("exact_duplicates:exact_duplicate") == 1


def test_json_holds_the_evidence(place: Path) -> None:
    told = gristmill(place, "why", "row-1", "-p", "texts.curated", "--json").json
    assert (told["line"], told["state"]) == (2, "exact_duplicates:exact_duplicate")
    assert told["verdicts"][0]["evidence"]["twin"] == "row-0"


def test_a_row_that_is_not_there_is_said(place: Path) -> None:
    said = gristmill(place, "why", "rwo", "-p", "texts.curated")
    assert said.status == 2
    assert 'no row of texts.curated has an id that begins with "rwo"' in said.err
