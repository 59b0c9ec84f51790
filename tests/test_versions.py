"""A frozen version comes back as it was, is found by its names, and is told apart by content alone."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gristmill.errors import UserError
from gristmill.records import Made
from gristmill.store import Store
from gristmill.versions import (
    Frozen,
    content_digest,
    environment_digest,
    find_version,
    read_rows,
    set_tag,
    write_version,
)

sys.path.insert(0, str(Path(__file__).parent))
from version_rows import COLUMNS, frozen

FACTS = {"environment_digest": "e", "parent": "", "task": "question_answer", "counts": {"train": 1}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / ".gristmill")
    yield opened
    opened.close()


def add(store: Store, name: str, rows: list[Frozen]) -> None:
    write_version(store, name, rows, COLUMNS, {"version.json": "{}"})
    store.database.add_version(name, content_digest(rows, "recipe"), 1, FACTS)


def test_a_version_comes_back_as_it_was(store: Store) -> None:
    rows = [frozen("Who?"), frozen("What?", split=""), dataclasses.replace(frozen("Why?"), verdicts={})]
    add(store, "v1", rows)
    assert read_rows(find_version(store), COLUMNS) == rows


def test_a_version_of_no_rows_is_a_version(store: Store) -> None:
    add(store, "v1", [])
    assert read_rows(find_version(store), COLUMNS) == []


def test_versions_are_found_by_name_tag_digest_or_none(store: Store) -> None:
    add(store, "v1", [frozen("Who?")])
    add(store, "v2", [frozen("What?")])
    set_tag(store, "best", "v1")
    first = content_digest([frozen("Who?")], "recipe")
    assert [find_version(store, name).name for name in ("", "v1", "v2", "best", first, first[:6])] == [
        "v2",
        "v1",
        "v2",
        "v1",
        "v1",
        "v1",
    ]
    set_tag(store, "best", "v2")
    assert find_version(store, "best").name == "v2"


@pytest.mark.parametrize("name", ["v3", "bets", "abc", "ffffff", "../v1", " "])
def test_an_unknown_version_is_refused_with_the_nearest(store: Store, name: str) -> None:
    add(store, "v1", [frozen("Who?")])
    set_tag(store, "best", "v1")
    with pytest.raises(UserError, match="there is no version or tag"):
        find_version(store, name)


def test_a_store_without_versions_says_so(store: Store) -> None:
    with pytest.raises(UserError, match="holds no version yet"):
        find_version(store)


@pytest.mark.parametrize("tag", ["v1", "", "  ", "-x"])
def test_a_tag_that_would_mislead_is_refused(store: Store, tag: str) -> None:
    add(store, "v1", [frozen("Who?")])
    with pytest.raises(UserError, match="cannot be a tag"):
        set_tag(store, tag, "v1")


def edited(row: Frozen, **other: Any) -> Frozen:
    return dataclasses.replace(row, **other)


def test_the_content_digest_is_free_of_order_and_builds() -> None:
    rows = [frozen("Who?"), frozen("What?", split="")]
    origin = dataclasses.replace(rows[0].example.origin, made=Made(by="generate/question_answer", fingerprint="g"))
    rebuilt = [edited(rows[0], example=dataclasses.replace(rows[0].example, origin=origin)), rows[1]]
    assert content_digest(rows, "r") == content_digest(rows[::-1], "r") == content_digest(rebuilt, "r")


def test_the_content_digest_follows_records_verdicts_and_recipe() -> None:
    row = frozen("Who?")
    verdict = row.verdicts["length"]
    others = [
        frozen("Whom?"),
        frozen("Who?", answer="Bo"),
        edited(row, split="test"),
        edited(row, state="other"),
        edited(row, verdicts={}),
        edited(row, verdicts={"length": dataclasses.replace(verdict, score=0.6)}),
        edited(row, verdicts={"length": dataclasses.replace(verdict, evidence={"words": 2})}),
        edited(row, verdicts={"grounded": verdict}),
        edited(row, example=dataclasses.replace(row.example, licence="MIT")),
    ]
    digests = {content_digest([one], "r") for one in [row, *others]} | {
        content_digest([row], "s"),
        content_digest([], "r"),
    }
    assert len(digests) == len(others) + 3


def test_leftovers_of_a_kill_do_not_matter(store: Store) -> None:
    leftover = store.folder / "versions" / ".v1.999"
    leftover.mkdir(parents=True)
    (leftover / "examples.parquet").write_bytes(b"half")
    add(store, "v1", [frozen("Who?")])
    assert len(read_rows(find_version(store), COLUMNS)) == 1


def test_a_write_that_breaks_leaves_nothing(store: Store) -> None:
    with pytest.raises(TypeError):
        write_version(store, "v1", [frozen("Who?")], COLUMNS, {"a.txt": None})  # type: ignore[dict-item]
    assert list((store.folder / "versions").iterdir()) == []


@pytest.mark.parametrize("name", ["examples.parquet", "verdicts.parquet"])
@pytest.mark.parametrize("damage", [b"", b"PAR1 no parquet"])
def test_a_damaged_version_is_named(store: Store, name: str, damage: bytes) -> None:
    add(store, "v1", [frozen("Who?")])
    version = find_version(store)
    (Path(version.folder) / name).write_bytes(damage)
    with pytest.raises(UserError, match=f"{name} cannot be read"):
        read_rows(version, COLUMNS)


def test_the_environment_has_a_stable_digest() -> None:
    assert environment_digest(["a", "b"]) == environment_digest(["b", "a"])
    assert environment_digest(["a"]) != environment_digest(["b"])


def test_the_newest_version_is_that_of_the_newest_run(store: Store) -> None:
    add(store, "v1", [frozen("Who?")])
    add(store, "v2", [frozen("What?")])
    run = store.database.begin_run("recipe")
    store.database.end_run(run, "done", "v1")
    store.database.end_run(store.database.begin_run("recipe"), "failed")
    assert find_version(store).name == "v1"
