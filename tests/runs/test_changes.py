"""A changed document: what is of it is made anew, all else is used again, and `diff` says why."""

from pathlib import Path

import pytest
from small_project import CHANGED, Mother, asked, made, recipe_of, told

from gristmill.difference import counts, difference
from gristmill.run import Ground, prompts, run

RECIPE = recipe_of("question_answer")


@pytest.fixture
def folder(mother: Mother, tmp_path: Path) -> Path:
    return mother.grown(tmp_path / "project")


def change(folder: Path) -> None:
    (folder / "docs" / "notes.txt").write_text(CHANGED, "utf-8")


def asked_of(folder: Path) -> dict[str, set[str]]:
    """Document -> the prompts about it."""
    found: dict[str, set[str]] = {}
    for place, some in prompts(RECIPE, folder):
        found.setdefault(place.split(" ")[0], set()).update(one.digest for one in some)
    return found


def ids(ground: Ground, group: str, inside: bool) -> set[str]:
    return {row.example.id for row in ground.frozen if (row.example.group == group) == inside}


def test_only_the_items_of_a_changed_document_are_made_anew(folder: Path, mother: Mother) -> None:
    first = mother.went()
    before = asked_of(folder)
    change(folder)
    second = run(RECIPE, folder)
    after = asked_of(folder)
    report = told(folder)
    anew = made(report)
    own = [one for one in second.examples if one.group == "docs/notes.txt"]
    passages = [one for one in second.passages if one.document_id == own[0].spans[0].document_id]
    assert (anew["ingest text"], anew["ingest markdown"], anew["ingest unread"]) == (1, 0, 0)
    assert (anew["chunk by_headings"], anew["harvest faq_headings"], anew["harvest definitions"]) == (1, 1, 1)
    assert anew["generate question_answer"] == len(passages) > 1
    new = {one.id for one in second.examples} - {one.id for one in first.examples}
    assert {one.group for one in second.examples if one.id in new} == {"docs/notes.txt"}
    assert anew["curate length"] == anew["curate grounded"] == len(new) == len(own)
    assert {name: some for name, some in after.items() if name != "docs/notes.txt"} == {
        name: some for name, some in before.items() if name != "docs/notes.txt"
    }
    fresh = after["docs/notes.txt"] - before["docs/notes.txt"]
    assert asked(report)["generate question_answer"] == len(fresh)
    assert 0 < len(fresh) < len(after["docs/notes.txt"])


def test_the_rows_of_other_documents_are_the_same_rows(folder: Path, mother: Mother) -> None:
    first = mother.went()
    change(folder)
    second = run(RECIPE, folder)
    assert ids(first, "docs/notes.txt", inside=False) == ids(second, "docs/notes.txt", inside=False)
    assert ids(first, "docs/notes.txt", inside=True).isdisjoint(ids(second, "docs/notes.txt", inside=True))


def test_the_difference_names_rows_that_came_went_and_changed(folder: Path, mother: Mother) -> None:
    first = mother.went()
    change(folder)
    second = run(RECIPE, folder)
    assert first.version and second.version
    assert second.version.parent == first.version.name
    changes = difference(first.version, second.version)
    assert changes
    assert all(one.reason for one in changes)
    about = {one.group for one in changes if "moved from" not in one.reason}
    assert about == {"docs/notes.txt"}
    assert counts(changes)["changed"] > 0
    kept = [sum(bool(row.split) for row in ground.frozen) for ground in (first, second)]
    assert kept[0] + counts(changes)["in"] - counts(changes)["out"] == kept[1]


def test_a_removed_document_takes_its_rows_with_it_and_nothing_else(folder: Path, mother: Mother) -> None:
    first = mother.went()
    (folder / "docs" / "faq.md").unlink()
    second = run(RECIPE, folder)
    assert first.version and second.version
    assert ids(second, "docs/faq.md", inside=True) == set()
    assert ids(second, "docs/faq.md", inside=False) == ids(first, "docs/faq.md", inside=False)
    report = told(folder)
    assert [step for step, count in made(report).items() if count and step.startswith(("ingest", "chunk", "gen"))] == []
    assert asked(report) == {}
    out = [one for one in difference(first.version, second.version) if one.move == "out"]
    assert {one.group for one in out} == {"docs/faq.md"}
    assert {one.reason for one in out} == {"its source is gone, or gives no rows any more"}


def test_a_document_that_comes_back_brings_its_version_back(folder: Path, mother: Mother) -> None:
    first = mother.went()
    text = (folder / "docs" / "notes.txt").read_text("utf-8")
    change(folder)
    run(RECIPE, folder)
    (folder / "docs" / "notes.txt").write_text(text, "utf-8")
    third = run(RECIPE, folder)
    assert first.version and third.version
    assert (third.version.name, third.version.content_digest) == ("v1", first.version.content_digest)
    assert asked(told(folder)) == {}
