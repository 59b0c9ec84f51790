"""The same inputs give the same data: again, elsewhere, later, and in whatever order of runs."""

import shutil
from pathlib import Path

import pytest
from small_project import Mother, asked, lines_of, made, recipe_of, told, touch_all

from gristmill.forecast import plan
from gristmill.run import Ground, run
from gristmill.sections import Use
from gristmill.store import Store

RECIPE = recipe_of("question_answer")


@pytest.fixture
def folder(mother: Mother, tmp_path: Path) -> Path:
    return mother.grown(tmp_path / "project")


def frozen_as(ground: Ground) -> tuple[str, str]:
    assert ground.version is not None
    return ground.version.name, ground.version.content_digest


def test_a_second_run_makes_nothing_and_asks_nobody(folder: Path, mother: Mother) -> None:
    first = mother.went()
    second = run(RECIPE, folder)
    report = told(folder)
    assert set(made(report).values()) == {0}
    assert asked(report) == {}
    assert frozen_as(second) == frozen_as(first)
    assert [one.sha256 for one in second.exported] == [one.sha256 for one in first.exported]
    assert len(list((folder / ".gristmill" / "versions").iterdir())) == 1


def test_what_a_check_remarked_is_told_again_when_its_step_is_re_used(folder: Path) -> None:
    (folder / "held_out.jsonl").write_text('{"question": "How deep is it?"}\n')
    check = Use(name="contaminated", fields={"against": ["held_out.jsonl"]})
    curate = RECIPE.curate.model_copy(update={"checks": (check,)})
    recipe = RECIPE.model_copy(update={"curate": curate})

    def remarks() -> list[list[str]]:
        run(recipe, folder, until="curate")
        return [one.facts["remarks"] for one in told(folder).spent if "remarks" in one.facts]

    first = remarks()
    assert "found only where they stand whole" in first[0][0]
    assert remarks() == first
    assert remarks() == first


def test_the_digest_is_free_of_the_folder_and_of_the_files_times(mother: Mother, tmp_path: Path) -> None:
    elsewhere = mother.child(tmp_path / "another place, 別の場所" / "deeper")
    touch_all(elsewhere, 86_400.0)
    assert frozen_as(run(RECIPE, elsewhere)) == frozen_as(mother.went())


def test_the_digest_is_free_of_the_order_of_runs(mother: Mother, folder: Path, tmp_path: Path) -> None:
    straight = frozen_as(mother.went())[1]
    winding = mother.child(tmp_path / "winding", without=["notes.txt", "faq.md"])
    run(RECIPE, winding, until="generate")
    for name in ("notes.txt", "faq.md"):
        shutil.copy(folder / "docs" / name, winding / "docs")
        run(RECIPE, winding, until="curate")
    run(RECIPE, winding, limit=2)
    assert frozen_as(run(RECIPE, winding))[1] == straight


def test_a_store_that_is_lost_is_made_again_with_the_same_digest(folder: Path, mother: Mother) -> None:
    first = mother.went()
    shutil.rmtree(folder / ".gristmill")
    assert frozen_as(run(RECIPE, folder)) == frozen_as(first)


@pytest.mark.parametrize("file", ["examples.parquet", "verdicts.parquet"])
def test_a_version_whose_files_are_damaged_is_frozen_anew(folder: Path, mother: Mother, file: str) -> None:
    first = mother.went()
    path = folder / ".gristmill" / "versions" / "v1" / file
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert frozen_as(run(RECIPE, folder)) == frozen_as(first)
    assert path.read_bytes() == whole
    assert told(folder).samples


def test_a_training_file_that_was_edited_is_written_anew(folder: Path, mother: Mother) -> None:
    ground = mother.went()
    path = folder / told(folder).folder / ground.exported[0].path
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"messages": []}\n')
    again = run(RECIPE, folder)
    assert path.read_bytes() == whole
    assert again.exported == ground.exported
    assert len(list(path.parents[2].iterdir())) == 1


def test_a_training_file_that_is_lost_is_written_anew(folder: Path, mother: Mother) -> None:
    ground = mother.went()
    path = folder / told(folder).folder / ground.exported[0].path
    path.unlink()
    run(RECIPE, folder)
    assert len(lines_of(path)) == ground.exported[0].rows


def test_a_plan_counts_and_asks_nobody(mother: Mother, tmp_path: Path) -> None:
    folder = mother.child(tmp_path / "project")
    before = plan(RECIPE, folder)
    store = Store(folder / ".gristmill")
    assert (list(store.database.all_replies()), store.database.in_flight(), store.database.runs()) == ([], [], [])
    store.close()
    ground = run(RECIPE, folder)
    after = plan(RECIPE, folder)
    first, then = before.seats[0], after.seats[0]
    assert first.requests == asked(told(folder))["generate question_answer"]
    assert (before.documents, before.passages) == (len(ground.documents), len(ground.passages))
    assert (first.kept_replies, then.kept_replies) == (0, first.requests)
    assert first.tokens_out > then.tokens_out == 0
    assert before.cost == 0.0
