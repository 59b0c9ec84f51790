"""`gristmill curate FILE` on whole texts: what is asked for is done or refused, and what is replaced is said."""

import json
from pathlib import Path

import pytest

from gristmill import corpus as corpora
from told_project import gristmill


@pytest.fixture
def place(tmp_path: Path) -> Path:
    texts = ("The mill was built in 1894.", "The mill was built in 1894.", "Its wheel has twelve blades.")
    rows = [{"id": f"r{number}", "text": text} for number, text in enumerate(texts)]
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return tmp_path


def test_a_file_in_place_of_the_folder_is_refused(place: Path) -> None:
    said = gristmill(place, "curate", "texts.jsonl", "--check", "exact_duplicates", "--out", "judged.jsonl")
    assert said.status == 2
    assert "judged.jsonl names a file, and whole texts are curated to a folder: --out judged" in said.err
    assert not (place / "texts.curated").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "text: {colum: text}"), 'the format text has no field "colum": did you mean "column"?'),
        (("--check", "language:{keep: [en]}"), "write `language`, or with fields `language: {field: value}`"),
        (("--check", "language: {keep: [en]"), "write `language`, or with fields `language: {field: value}`"),
    ],
)
def test_a_slip_is_told_with_what_to_write(place: Path, words: tuple[str, str], said: str) -> None:
    answer = gristmill(place, "curate", "texts.jsonl", *words)
    assert answer.status == 2
    assert said in answer.err
    assert not (place / "texts.curated").exists()


def test_what_other_checks_left_is_said_to_be_replaced(place: Path) -> None:
    once = gristmill(place, "curate", "texts.jsonl", "--check", "exact_duplicates")
    assert "replaced" not in once.err
    assert "replaced" not in gristmill(place, "curate", "texts.jsonl", "--check", "exact_duplicates").err
    other = gristmill(place, "curate", "texts.jsonl", "--check", "secrets", "--json")
    assert "texts.curated held what exact_duplicates left, 2 of 3 rows; it is replaced." in other.err
    assert "--out" in other.err
    assert other.json["kept"] == 3


def test_a_stop_does_not_promise_what_was_not_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(corpora, "_judged", stop)
    said = gristmill(place, "curate", "texts.jsonl", "--check", "secrets")
    assert said.status == 130
    assert said.err.strip() == "gristmill: stopped. Nothing was written: the same command starts anew."
    assert not (place / "texts.curated").exists()
