"""Each station is a command of its own: on a project, on a bare file, on a bare folder."""

import json
from pathlib import Path

import pytest

from gristmill.run import STATIONS
from told_project import gristmill

ROWS = [
    {"question": "Who wrote the play Hamlet?", "answer": "William Shakespeare wrote Hamlet around 1600."},
    {"question": "What is it?", "answer": "It is that."},
    {"question": "", "answer": "x"},
]
CONTEXT = "Norman was born in 1901 in Paris."
SQUAD = {
    "version": "1.1",
    "data": [
        {
            "title": "Norman",
            "paragraphs": [
                {
                    "context": CONTEXT,
                    "qas": [
                        {
                            "id": "a",
                            "question": "When was Norman born?",
                            "answers": [{"text": "1901", "answer_start": CONTEXT.index("1901")}],
                        }
                    ],
                }
            ],
        }
    ],
}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    rows = "".join(f"{json.dumps(row)}\n" for row in ROWS) + "{broken\n"
    (tmp_path / "rows.jsonl").write_text(rows, "utf-8")
    turns = [{"role": "user", "content": "Who wrote Hamlet?"}, {"role": "assistant", "content": "Shakespeare did."}]
    (tmp_path / "chat.jsonl").write_text(json.dumps({"messages": turns}), "utf-8")
    (tmp_path / "squad.json").write_text(json.dumps(SQUAD), "utf-8")
    (tmp_path / "docs").mkdir()
    faq = "## Who is it that owns the water mill?\n\nThe village owns the water mill since 1931."
    (tmp_path / "docs/faq.md").write_text(faq, "utf-8")
    (tmp_path / "scan.bin").write_bytes(b"\x00\x01")
    return tmp_path


@pytest.mark.parametrize("station", STATIONS)
def test_every_station_of_a_project_prints_its_records(mine: Path, station: str) -> None:
    said = gristmill(mine, station, "recipe.yaml", "--json")
    assert (said.status, said.err) == (0, "")
    assert said.json


def test_long_lists_say_how_to_see_all(mine: Path) -> None:
    faq = "".join(f"## How many sacks did house {number} have?\n\nIt had {number}.\n\n" for number in range(30))
    (mine / "docs/faq.md").write_text(faq, "utf-8")
    out = gristmill(mine, "harvest").out
    assert "and 10 more: --json prints all" in out
    assert max(len(line) for line in out.splitlines()[:20]) < 200


@pytest.mark.parametrize(
    ("station", "place"), [("ingest", "docs"), ("chunk", "docs"), ("harvest", "docs/faq.md"), ("export", "docs")]
)
def test_stations_take_bare_documents(bare: Path, station: str, place: str) -> None:
    said = gristmill(bare, station, place)
    assert (said.status, said.err) == (0, "")
    assert f"{station} " in said.out


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["rows.jsonl"], 1),
        (["chat.jsonl", "--format", "chat"], 1),
        (["squad.json", "--format", "squad", "--task", "extractive_qa"], 1),
    ],
)
def test_rows_of_others_are_judged(bare: Path, words: list[str], kept: int) -> None:
    rows = gristmill(bare, "curate", *words, "--json").json
    assert [row["state"] for row in rows].count("kept") == kept


def test_rows_that_cannot_become_examples_are_named(bare: Path) -> None:
    out = gristmill(bare, "curate", "rows.jsonl").out
    assert "rows.jsonl#4: broken. Line 4 is not JSON" in out
    assert "2 made, 1 empty" in out


def test_all_verdicts_are_written_beside_the_rows(bare: Path) -> None:
    said = gristmill(bare, "curate", "rows.jsonl", "--out", "judged.jsonl")
    assert "judged.jsonl holds 2 rows with all verdicts." in said.out
    judged = [json.loads(line) for line in (bare / "judged.jsonl").read_text("utf-8").splitlines()]
    assert [row["fields"]["question"] for row in judged] == [row["question"] for row in ROWS[:2]]
    assert [row["state"] for row in judged] == ["kept", "stands_alone:dangling_pronoun"]
    assert judged[1]["verdicts"]["stands_alone"]["outcome"] == "reject"
    assert set(judged[0]["verdicts"]["length"]) == {"outcome", "code", "reason", "score", "evidence"}


def test_verdicts_may_go_to_a_file_and_json_to_the_screen(bare: Path) -> None:
    said = gristmill(bare, "curate", "rows.jsonl", "--out", "judged.jsonl", "--json")
    assert len(said.json) == len((bare / "judged.jsonl").read_text("utf-8").splitlines()) == 2


def test_where_verdicts_cannot_be_written_nothing_is_judged(bare: Path) -> None:
    said = gristmill(bare, "curate", "rows.jsonl", "--out", "no/judged.jsonl")
    assert (said.status, said.out) == (2, "")
    assert "no/judged.jsonl cannot be written" in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope.md"], "there is no file or folder nope.md"),
        (["scan.bin"], "no reader takes files with .bin; convert it, or leave it out"),
        (["rows.jsonl", "--format", "chatt"], 'did you mean "chat"?'),
        (["rows.jsonl", "--task", "nonsense"], "choose from:"),
        ([], "`gristmill new` writes one"),
        (["nope.yaml"], "`gristmill new` writes one"),
    ],
)
def test_what_cannot_be_judged_is_a_sentence(bare: Path, words: list[str], said: str) -> None:
    answer = gristmill(bare, "curate", *words)
    assert answer.status == 2
    assert said in answer.err


def test_freeze_without_a_kept_row_says_who_rejected(bare: Path) -> None:
    (bare / "rows.jsonl").write_text(json.dumps(ROWS[1]), "utf-8")
    said = gristmill(bare, "freeze", "rows.jsonl")
    assert said.status == 3
    assert "0 rows are left of 1" in said.err


def test_a_bare_file_leaves_the_project_around_it_alone(bare: Path) -> None:
    gristmill(bare, "harvest", "docs/faq.md")
    assert (bare / ".gristmill" / "tried" / "store.db").is_file()
    assert not (bare / ".gristmill" / "store.db").exists()
