"""gristmill evaluate, as it is run: figures with intervals, failures told, mistakes in a sentence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gristmill.cli import app
from gristmill.errors import UserError

ROWS = [
    {"id": str(one), "context": f"In {1800 + one} a bridge was built.", "question": "When was it built?", **told}
    for one in range(12)
    for told in [
        {"answers": [str(1800 + one)], "answer_start": [3], "is_impossible": False}
        if one % 3
        else {"answers": [], "answer_start": [], "is_impossible": True}
    ]
]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    wide = "".join(json.dumps(row) + "\n" for row in ROWS)
    (tmp_path / "rows.jsonl").write_text(wide, "utf-8")
    (tmp_path / "base.json").write_text(json.dumps({row["id"]: "" for row in ROWS}), "utf-8")
    said = [{"id": row["id"], "answer": (row["answers"] or ["unanswerable"])[0]} for row in ROWS[:-2]]
    said.append({"id": "10", "failure": {"state": "timed_out"}})
    (tmp_path / "tuned.jsonl").write_text("".join(json.dumps(one) + "\n" for one in said), "utf-8")
    return tmp_path


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["evaluate", *words], terminal_width=200)
    if isinstance(done.exception, UserError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_systems_stand_beside_the_first_and_failures_are_told(files: Path) -> None:
    told = run("rows.jsonl", "-a", "base=base.json", "-a", "tuned.jsonl", "--by", "is_impossible")
    lines = [line.split() for line in told.splitlines()]
    assert ["squad", "f1", "all", "base", "12", "33.33"] in [line[:6] for line in lines]
    assert ["squad", "f1", "NoAns", "base", "4", "100.00"] in [line[:6] for line in lines]
    tuned = next(line for line in lines if line[:4] == ["squad", "f1", "all", "tuned"])
    assert tuned[4:6] == ["10", "100.00"]
    assert "+60.00" in tuned
    assert "intervals: drawn by context, 12 clusters" in told
    assert "tuned: 2 rows without an answer, not scored: 1 timed_out; 1 no answer is given" in told
    assert "f1 is 83.33 with them as wrong" in told


def test_json_has_every_figure(files: Path) -> None:
    told = json.loads(run("rows.jsonl", "-a", "tuned.jsonl", "-m", "squad: {refusals: []}", "--json"))
    scores = {(one["part"], one["score"]): one["interval"]["value"] for one in told["scores"]}
    assert scores["HasAns", "f1"] == 100
    assert scores["NoAns", "f1"] == 0
    assert told["signatures"] == {"squad": "evaluate-v2.0.py; refusals: none"}
    assert told["failures"] == {"tuned": {"timed_out": 1, "no answer is given": 1}}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rows.jsonl"], "name the answers to score"),
        (["gone.jsonl", "-a", "tuned.jsonl"], "there is no file gone.jsonl"),
        (["rows.jsonl", "-a", "gone.jsonl"], "there is no file gone.jsonl of answers"),
        (["rows.jsonl", "-a", "tuned.jsonl", "-a", "tuned.jsonl"], 'two files of answers are called "tuned"'),
        (["rows.jsonl", "-a", "tuned.jsonl", "-m", "squat"], 'did you mean "squad"'),
        (["rows.jsonl", "-a", "tuned.jsonl", "-m", "squad: {refusal: x}"], 'did you mean "refusals"'),
        (["rows.jsonl", "-a", "tuned.jsonl", "--by", "colour"], 'no row has the column "colour"'),
    ],
)
def test_mistakes_are_told_in_a_sentence(words: list[str], said: str, files: Path) -> None:
    with pytest.raises(UserError) as error:
        run(*words)
    assert said in str(error.value)
