"""Answers are matched by id, failures are counted and never scored as wrong unseen, parts stand apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from gristmill.errors import UserError
from gristmill.evaluation import evaluate, metrics_of, read_answers, read_rows
from gristmill.sections import Use

ROWS = [
    {"id": "a", "text": "A warm film.", "label": "pos", "group": "x"},
    {"id": "b", "text": "A dull film.", "label": "neg", "group": "x"},
    {"id": "c", "text": "A fine day.", "label": "pos", "group": "y"},
    {"id": "d", "text": "A long day.", "label": "neg", "group": "y"},
]


def lines(path: Path, rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def held(tmp_path: Path) -> Any:
    return read_rows(lines(tmp_path / "rows.jsonl", ROWS), Use(name="jsonl"))


def system(tmp_path: Path, name: str, said: Any) -> Any:
    return read_answers(name, lines(tmp_path / f"{name}.jsonl", said))


def accuracy(held: Any, systems: Any, by: Any = ()) -> Any:
    metrics = metrics_of([Use(name="accuracy")], [row for _, row in held.rows])
    return evaluate(held, systems, metrics, by)


def test_failures_are_counted_and_left_out_and_what_they_could_cost_is_told(held: Any, tmp_path: Path) -> None:
    said = [{"id": "a", "answer": "pos"}, {"id": "b", "answer": "neg"}, {"id": "c", "failure": {"state": "timed_out"}}]
    done = accuracy(held, [system(tmp_path, "tuned", said)])
    [score] = done.scores
    assert (score.rows, score.failed, score.interval.value, score.at_worst) == (2, 2, 100, 50)
    assert done.failures == {"tuned": {"timed_out": 1, "no answer is given": 1}}
    assert score.gain is None


def test_systems_are_held_to_the_first_on_rows_that_both_answered(held: Any, tmp_path: Path) -> None:
    base = system(tmp_path, "base", [{"id": one, "answer": "pos"} for one in "abc"])
    said = {"a": "pos", "b": "neg", "d": "pos"}
    tuned = system(tmp_path, "tuned", [{"id": one, "answer": told} for one, told in said.items()])
    first, second = accuracy(held, [base, tuned]).scores
    assert first.interval.value == pytest.approx(200 / 3)
    assert (second.both, second.gain.value) == (2, 50)


def test_each_value_of_a_column_stands_apart(held: Any, tmp_path: Path) -> None:
    said = [{"id": one, "prediction": "pos"} for one in "abcd"]
    done = accuracy(held, [system(tmp_path, "all", said)], ["group", "label"])
    found = {score.part: score.interval.value for score in done.scores}
    assert found == {"": 50, "group=x": 50, "group=y": 50, "label=neg": 0, "label=pos": 100}
    json.dumps(done.plain(), allow_nan=False)
    with pytest.raises(UserError, match='did you mean "group"'):
        accuracy(held, [system(tmp_path, "all", said)], ["groop"])


def test_answers_are_one_object_by_id_too(held: Any, tmp_path: Path) -> None:
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps({"a": "pos", "b": "pos", "z": "pos"}), "utf-8")
    found = read_answers("squad", path)
    assert found.said == {"a": "pos", "b": "pos", "z": "pos"}
    assert accuracy(held, [found]).unknown == {"squad": 1}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([{"id": "a", "reply": "pos"}], "has no answers: its rows need an `id`"),
        ([{"id": "a", "answer": "x"}, {"id": "a", "answer": "y"}], "row 2 of .* has the id of another row"),
        ([{"answer": "x"}, {"answer": "y"}], "row 1 of .* has no id"),
    ],
)
def test_a_file_of_no_answers_is_refused(said: Any, told: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=told):
        system(tmp_path, "bad", said)


def test_what_cannot_be_matched_is_refused(held: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has answered none of these rows: their ids are a, b, c"):
        accuracy(held, [system(tmp_path, "other", [{"id": "q", "answer": "pos"}])])
    with pytest.raises(UserError, match='has 2 rows of the id "a"'):
        read_rows(lines(tmp_path / "twice.jsonl", [ROWS[0], ROWS[0]]), Use(name="jsonl"))


def test_the_usual_metrics_go_by_the_columns_of_the_rows() -> None:
    assert list(metrics_of([], [{"answers": ["x"], "context": "x"}])) == ["squad"]
    assert next(iter(metrics_of([], ROWS))) == "accuracy"
    with pytest.raises(UserError, match="no metric is usual for rows of colour"):
        metrics_of([], [{"colour": "red"}])
    with pytest.raises(UserError, match='did you mean "accuracy"'):
        metrics_of([Use(name="acuracy")], ROWS)
    with pytest.raises(UserError, match="named twice"):
        metrics_of([Use(name="squad"), Use(name="squad")], ROWS)


def test_rows_of_one_family_are_drawn_together(tmp_path: Path) -> None:
    rows = [{**row, "family": row["group"]} for row in ROWS]
    held = read_rows(lines(tmp_path / "families.jsonl", rows), Use(name="jsonl"))
    done = accuracy(held, [system(tmp_path, "s", [{"id": one, "answer": "pos"} for one in "abcd"])])
    assert (done.clusters, done.clustered_by) == (2, "family")
