"""Sums: at each station, and from each station to the next, everything is accounted for."""

from collections import Counter
from pathlib import Path

import pytest
from small_project import BROKEN, DOCUMENTS, Mother, lines_of, made, recipe_of, told

from gristmill.report import Report, Stage
from gristmill.run import Ground, run

TASKS = ("question_answer", "extractive_qa")


@pytest.fixture(scope="module", params=TASKS)
def went(request: pytest.FixtureRequest, mother: Mother) -> tuple[Ground, Report]:
    ground = mother.went(request.param)
    return ground, told(mother.place(request.param))


def stage(report: Report, station: str, step: str = "", kind: str = "") -> Stage:
    (found,) = (
        one
        for one in report.stages
        if one.station == station and one.step.startswith(step) and one.kind.startswith(kind)
    )
    return found


def in_state(one: Stage, state: str) -> int:
    return sum(count.items for count in one.counts if count.state == state)


def test_every_stage_adds_up(went: tuple[Ground, Report]) -> None:
    _, report = went
    assert {one.station for one in report.stages} >= {"ingest", "chunk", "harvest", "generate", "curate", "export"}
    assert [one for one in report.stages if not one.reconciled] == []


def test_every_file_is_named_with_its_state(went: tuple[Ground, Report]) -> None:
    _, report = went
    files = stage(report, "ingest", kind="file")
    assert files.into == len(DOCUMENTS) + len(BROKEN)
    assert in_state(files, "read") == len(DOCUMENTS)
    assert {count.state for count in files.counts} == {"read", "empty", "broken", "unsupported"}
    assert all(count.reason for count in files.counts if count.state != "read")


def test_what_one_station_makes_goes_into_the_next(went: tuple[Ground, Report]) -> None:
    ground, report = went
    task = ground.recipe.task.name
    documents = stage(report, "ingest", kind="entry").made
    passages = stage(report, "chunk").made
    assert documents == len(ground.documents) == stage(report, "chunk").into
    assert [one.into for one in report.stages if one.station == "harvest" and one.kind == "document"] == [documents] * 3
    assert passages == len(ground.passages) == stage(report, "generate", task, "passage").into
    pairs = [one.made for one in report.stages if one.station in ("harvest", "generate") and one.kind == "pair"]
    derived = sum(one.made for one in report.stages if one.step == "derive")
    assert sum(pairs) + derived == len(ground.examples) == stage(report, "curate", "policy").into
    kept = stage(report, "curate", "policy").made
    assert stage(report, "freeze").into == len(ground.examples)
    assert stage(report, "freeze").made == kept == sum(one.kept for one in ground.judged)
    assert stage(report, "export").made == kept * 2


def test_a_comparing_check_judges_what_no_check_before_it_rejected(went: tuple[Ground, Report]) -> None:
    ground, report = went
    rejecting = Counter(one.rejected_by for one in ground.judged)
    left = len(ground.examples) - sum(
        rejecting[name] for name in ("length", "stands_alone", "copied", "answer_kind", "grounded")
    )
    for name in ("exact_duplicates", "near_duplicates", "round_trip"):
        assert stage(report, "curate", name).into == left
        left -= rejecting[name]
    assert left - rejecting["source"] == rejecting[""] > 0


def test_the_files_hold_the_kept_rows(went: tuple[Ground, Report], mother: Mother) -> None:
    ground, report = went
    assert report.version is not None
    for split in ("train", "test"):
        kept = {row.example.id for row in ground.frozen if row.split == split}
        written = lines_of(mother.place(report.task) / report.folder / "jsonl" / f"{split}.jsonl")
        assert {row["id"] for row in written} == kept
        assert len(written) == len(kept) == report.version.counts[split]


def test_the_first_run_makes_every_item(went: tuple[Ground, Report]) -> None:
    _, report = went
    assert made(report) == {f"{step.station} {step.step}": step.items for step in report.spent}


def test_no_group_family_or_context_stands_on_two_sides(went: tuple[Ground, Report]) -> None:
    ground, _ = went
    sides: dict[tuple[str, str], set[str]] = {}
    for row in ground.frozen:
        if row.split:
            one = row.example
            for kind, name in (("group", one.group), ("family", one.family or one.id), ("context", one["context"])):
                sides.setdefault((kind, name), set()).add(row.split)
    assert {row.split for row in ground.frozen} == {"train", "test", ""}
    assert [name for name, splits in sides.items() if len(splits) > 1] == []


def test_every_row_has_parents_that_exist(went: tuple[Ground, Report]) -> None:
    ground, _ = went
    known = {one.id for some in (ground.documents, ground.passages, ground.examples) for one in some}
    assert [one.id for one in ground.examples if not one.origin.parents or not set(one.origin.parents) <= known] == []
    assert {one.origin.kind for one in ground.examples} >= {"human", "synthetic"}


def test_a_kept_derived_row_rests_on_kept_rows(went: tuple[Ground, Report]) -> None:
    ground, _ = went
    kept = {row.example.id for row in ground.frozen if row.split}
    derived = [row.example for row in ground.frozen if row.split and row.example.origin.kind == "derived"]
    assert [one.id for one in derived if not set(one.origin.parents) <= kept] == []
    assert bool(derived) == (ground.recipe.task.name == "extractive_qa")


def test_every_rejected_row_has_a_reason(went: tuple[Ground, Report]) -> None:
    ground, _ = went
    out = [one for one in ground.judged if not one.kept]
    assert out
    assert [one.example.id for one in out if not one.verdicts[one.rejected_by].reason] == []


def test_a_slice_takes_so_many_files_and_passages(mother: Mother, tmp_path: Path) -> None:
    folder = mother.child(tmp_path / "project")
    ground = run(recipe_of("question_answer"), folder, limit=3)
    report = told(folder)
    assert stage(report, "ingest", kind="file").into == 3
    assert in_state(stage(report, "generate", "question_answer", "passage"), "asked") == 3
    assert [one for one in report.stages if not one.reconciled] == []
    assert ground.version is not None
    assert ground.version.content_digest != run(recipe_of("question_answer"), folder).version.content_digest  # type: ignore[union-attr]
