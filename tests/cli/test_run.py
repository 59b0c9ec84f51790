"""`gristmill run` tells what became of everything, in 80 columns, and says when nothing was new."""

import re
from pathlib import Path

import pytest

from told_project import RECIPE, gristmill


def test_a_second_run_says_that_all_was_re_used(mine: Path) -> None:
    gristmill(mine, "run")
    said = gristmill(mine, "run")
    assert (said.status, said.err) == (0, "")
    assert "nothing was made anew: 14 steps re-used" in said.out
    assert "unchanged since run 1" in said.out


def test_a_changed_document_is_the_only_work(mine: Path) -> None:
    notes = mine / "docs/notes.md"
    notes.write_text(
        notes.read_text("utf-8") + "\n\n## Where does the mill stand?\n\nIt stands at Abbot Bridge.", "utf-8"
    )
    said = gristmill(mine, "run")
    assert said.status == 3
    assert "generate question_answer: 1 of 1 requests failed" in said.err
    assert "steps had something to do; the other" in said.out
    assert "unchanged" not in said.out


def test_the_funnel_fits_80_columns_and_breaks_no_word(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    funnel = gristmill(mine, "run").out.split("\n\n")[0].splitlines()
    assert max(map(len, funnel)) <= 80
    rejected = [line.split() for line in funnel if "exact_duplicates:exact_duplicate" in line]
    assert rejected == [["1", "exact_duplicates:exact_duplicate"]]
    assert any(line.startswith("freeze v1") and line.endswith("3 train, 1 rejected") for line in funnel)


def test_a_project_is_run_from_any_folder(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "else/where").mkdir(parents=True)
    relative, absolute = ("../../copy", mine / "recipe.yaml")
    for place in (relative, absolute):
        assert gristmill(tmp_path / "else/where", "run", place).status == 0
    assert list((tmp_path / "else/where").iterdir()) == []


@pytest.mark.parametrize("outside", ["../outside", "{root}/outside"])
def test_documents_may_lie_outside(tmp_path: Path, outside: str) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/faq.md").write_text("## Who is it that owns the mill?\n\nThe village owns the mill.", "utf-8")
    recipe = (
        f"task: question_answer\ningest: {outside.format(root=tmp_path)}\ngenerate: {{pairs: 0}}\ncurate: [length]\n"
    )
    (tmp_path / "p/recipe.yaml").write_text(recipe, "utf-8")
    said = gristmill(tmp_path, "run", "p")
    assert (said.status, said.err) == (0, "")
    assert "1 train" in said.out


def test_a_name_that_is_not_utf8_is_named_and_left_out(mine: Path) -> None:
    bad = bytes(mine / "docs") + b"/caf\xe9.md"
    try:
        Path(bad.decode("utf-8", "surrogateescape")).write_text("# A mill", "utf-8")
    except OSError:
        pytest.skip("this file system refuses names that are not UTF-8")
    said = gristmill(mine, "run")
    assert said.status == 0
    assert "bad_name. the name docs/caf\\xe9.md is not UTF-8; rename the file" in said.out


def test_a_file_that_went_leaves_no_row(mine: Path) -> None:
    (mine / "docs/faq.md").unlink()
    said = gristmill(mine, "run")
    assert said.status == 0
    assert "1 train, 0 test, 0 validation, 0 rejected" in said.out


def test_a_missing_held_out_file_is_told_before_any_work(mine: Path) -> None:
    (mine / "recipe.yaml").write_text(
        RECIPE.replace("[length,", "[{contaminated: {against: [gone.jsonl]}}, length,"), "utf-8"
    )
    said = gristmill(mine, "run")
    assert said.status == 2
    assert "names the file gone.jsonl, which is not there" in said.err


def test_only_a_photo_makes_no_row_and_says_what_to_do(mine: Path) -> None:
    for name in ("faq.md", "notes.md"):
        (mine / "docs" / name).unlink()
    said = gristmill(mine, "run")
    assert said.status == 2
    assert "no row was made. Harvest parts look for" in said.err
    assert ": unsupported. no reader takes files" in gristmill(mine, "show").out


def test_an_empty_folder_of_documents_is_named(mine: Path) -> None:
    for path in (mine / "docs").iterdir():
        path.unlink()
    said = gristmill(mine, "run")
    assert (said.status, said.err) == (
        2,
        "gristmill: there are no files in docs. Put documents there, or mend ingest.sources.\n",
    )
    assert "No station ended in it" in gristmill(mine, "show").out


def test_a_dry_run_counts_and_asks_nobody(mine: Path) -> None:
    said = gristmill(mine, "run", "--dry-run")
    assert said.status == 0
    assert re.search(r"generate +small \(recorded\) +2 +0 +0 +0 +0$", said.out, re.MULTILINE)
    seat = gristmill(mine, "run", "--dry-run", "--json").json["seats"][0]
    assert (seat["kept_replies"], seat["requests"]) == (2, 0)
    (mine / "recipe.yaml").write_text(RECIPE.replace("pairs_per_passage: 1", "pairs: 0"), "utf-8")
    assert "no pair is wanted of a teacher" in gristmill(mine, "run", "--dry-run").out


def test_a_slice_is_taken(mine: Path) -> None:
    said = gristmill(mine, "run", "--limit", "1")
    assert said.status == 0
    assert "a slice: --limit 1" in gristmill(mine, "log").out


def test_json_is_the_whole_report(mine: Path) -> None:
    told = gristmill(mine, "run", "--json").json
    assert told["state"] == "done"
    assert all(stage["reconciled"] for stage in told["stages"])


@pytest.mark.parametrize("words", [["run", "--limit", "0"], ["run", "--nonsense"], ["rum"], ["run", "a", "b"]])
def test_a_mistyped_command_is_told_by_status_2(told: Path, words: list[str]) -> None:
    assert gristmill(told, *words).status == 2


def test_a_damaged_store_is_a_sentence(mine: Path) -> None:
    for path in (mine / ".gristmill").glob("store.db*"):
        path.write_bytes(b"no database at all " * 20)
    for command in ("run", "show", "log"):
        said = gristmill(mine, command)
        assert said.status == 2
        assert "store.db is damaged" in said.err


def test_a_file_in_the_place_of_the_store_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".gristmill").write_text("", "utf-8")
    (tmp_path / "a.md").write_text("# Mill", "utf-8")
    said = gristmill(tmp_path, "ingest", "a.md")
    assert said.status == 2
    assert "run in another folder" in said.err
