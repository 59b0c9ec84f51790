"""The store: immutable tables found by fingerprint, made once, published whole, held by one run."""

import dataclasses
import fcntl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gristmill.database import Database
from gristmill.errors import UserError
from gristmill.records import Line
from gristmill.store import Piece, Step, Store

COLUMNS = {"value": "string"}
HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.write("4711")
file.flush()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / ".gristmill")
    yield opened
    opened.close()


class Maker:
    """Makes a row per item and remembers what it was asked to make; some items fail."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.asked: list[str] = []

    def __call__(self, items: Sequence[str]) -> Iterator[Piece]:
        for item in items:
            self.asked.append(item)
            if item in self.failing:
                yield Piece(
                    item=item, lines=[Line(kind="row", item=item, state="failed:timeout", reason="It was slow.")]
                )
            else:
                yield Piece(
                    item=item, rows=[{"value": f"{item}!"}], lines=[Line(kind="row", item=item, state="made", made=1)]
                )


def step(*items: str, part: str = "p", whole: bool = False) -> Step:
    return Step(station="curate", name="length", part=part, columns=COLUMNS, items=items, whole=whole)


def test_what_was_made_is_not_made_again(store: Store) -> None:
    first, second = Maker(), Maker()
    made = store.reuse_or_make(step("a", "b"), first)
    again = store.reuse_or_make(step("a", "b"), second)
    assert (first.asked, second.asked) == (["a", "b"], [])
    assert (made.made, again.made) == (2, 0)
    assert list(again.lines) == list(made.lines)
    assert [row["value"] for row in again.rows] == [row["value"] for row in made.rows] == ["a!", "b!"]


def test_only_the_new_rows_are_made(store: Store) -> None:
    store.reuse_or_make(step("a", "b", "c"), Maker())
    maker = Maker()
    table = store.reuse_or_make(step("d", "c", "a"), maker)
    assert maker.asked == ["d"]
    assert table.made == 1
    assert [row["value"] for row in table.rows] == ["d!", "c!", "a!"]
    assert [line.item for line in table.lines] == ["d", "c", "a"]


def test_rows_are_gathered_from_several_earlier_tables(store: Store) -> None:
    store.reuse_or_make(step("a"), Maker())
    store.reuse_or_make(step("b"), Maker())
    maker = Maker()
    assert len(store.reuse_or_make(step("a", "b"), maker).rows) == 2
    assert maker.asked == []


def test_another_build_of_the_part_makes_everything_anew(store: Store) -> None:
    store.reuse_or_make(step("a"), Maker())
    maker = Maker()
    store.reuse_or_make(step("a", part="another"), maker)
    assert maker.asked == ["a"]


def test_a_failed_item_is_tried_again_and_only_that(store: Store) -> None:
    table = store.reuse_or_make(step("a", "b"), Maker("b"))
    assert [line.state for line in table.lines] == ["made", "failed:timeout"]
    maker = Maker()
    mended = store.reuse_or_make(step("a", "b"), maker)
    assert maker.asked == ["b"]
    assert [line.state for line in mended.lines] == ["made", "made"]
    assert [line.state for line in store.lines("curate", step("a", "b").fingerprint)] == ["made", "made"]


def test_a_mended_table_is_used_as_it_is(store: Store) -> None:
    store.reuse_or_make(step("a"), Maker("a"))
    store.reuse_or_make(step("a"), Maker())
    maker = Maker()
    store.reuse_or_make(step("a"), maker)
    assert maker.asked == []


def test_a_whole_step_is_reused_only_as_a_whole(store: Store) -> None:
    store.reuse_or_make(step("a", "b", whole=True), Maker())
    more, less, same = Maker(), Maker(), Maker()
    store.reuse_or_make(step("a", "b", "c", whole=True), more)
    store.reuse_or_make(step("a", whole=True), less)
    store.reuse_or_make(step("a", "b", whole=True), same)
    assert (more.asked, less.asked, same.asked) == (["a", "b", "c"], ["a"], [])


def test_a_whole_step_with_a_failure_is_made_again_whole(store: Store) -> None:
    store.reuse_or_make(step("a", "b", whole=True), Maker("a"))
    maker = Maker()
    store.reuse_or_make(step("a", "b", whole=True), maker)
    assert maker.asked == ["a", "b"]


def test_the_order_of_items_is_not_part_of_the_fingerprint_and_is_kept(store: Store) -> None:
    assert step("a", "b").fingerprint == step("b", "a").fingerprint
    store.reuse_or_make(step("a", "b"), Maker())
    assert [row["value"] for row in store.reuse_or_make(step("b", "a"), Maker()).rows] == ["b!", "a!"]


def test_a_step_without_items_is_a_table(store: Store) -> None:
    table = store.reuse_or_make(step(), Maker())
    assert (list(table.rows), list(table.lines), table.made) == ([], [], 0)
    assert store.rows("curate", step().fingerprint) == []


def test_an_item_that_became_many_rows_keeps_them_together(store: Store) -> None:
    def make(items: Sequence[str]) -> Iterator[Piece]:
        for item in items:
            lines = [Line(kind="row", item=f"{item}/{n}", state="made", made=1) for n in range(2)]
            yield Piece(item=item, rows=[{"value": f"{item}{n}"} for n in range(2)], lines=lines)

    store.reuse_or_make(step("a", "b"), make)
    again = store.reuse_or_make(step("b", "a"), Maker())
    assert [row["value"] for row in again.rows] == ["b0", "b1", "a0", "a1"]
    assert [line.item for line in again.lines] == ["b/0", "b/1", "a/0", "a/1"]


def test_a_maker_that_breaks_publishes_nothing(store: Store) -> None:
    def breaks(items: Sequence[str]) -> Iterator[Piece]:
        yield from Maker()(items[:1])
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError, match="killed here"):
        store.reuse_or_make(step("a", "b"), breaks)
    assert list((store.folder / "tables").rglob("*.parquet")) == []
    assert len(store.reuse_or_make(step("a", "b"), Maker()).rows) == 2


@pytest.mark.parametrize(("resumes", "asked"), [(True, ["c", "d"]), (False, ["a", "b", "c", "d"])])
def test_what_a_stopped_step_made_is_kept_when_the_step_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch, resumes: bool, asked: list[str]
) -> None:
    monkeypatch.setattr("gristmill.store._GROUP", 1)
    given = dataclasses.replace(step("a", "b", "c", "d"), resumes=resumes)

    def stopped(items: Sequence[str]) -> Iterator[Piece]:
        yield from Maker()(items[:2])
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            store.reuse_or_make(given, lambda items: stopped(["a", "b"]) if "a" in items else stopped([]))
    maker = Maker()
    table = store.reuse_or_make(given, maker)
    assert maker.asked == asked
    assert [row["value"] for row in table.rows] == ["a!", "b!", "c!", "d!"]
    assert list(store.folder.glob("tables/*/.*")) == []


def test_leftovers_of_a_kill_do_not_matter(store: Store) -> None:
    folder = store.folder / "tables" / "curate"
    leftover = folder / f".{step('a').fingerprint}.999"
    leftover.mkdir(parents=True)
    (leftover / "rows.parquet").write_bytes(b"half")
    table = store.reuse_or_make(step("a"), Maker())
    assert [row["value"] for row in table.rows] == ["a!"]
    assert (folder / step("a").fingerprint / "ledger.parquet").exists()


def test_a_kill_while_a_table_is_published_loses_nothing_to_later_runs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        store.reuse_or_make(step("a"), Maker())
    monkeypatch.undo()
    store.reuse_or_make(step("a"), Maker())
    maker = Maker()
    store.reuse_or_make(step("a", "b"), maker)
    assert maker.asked == ["b"]


def test_what_killed_runs_half_wrote_is_swept(store: Store) -> None:
    lefts = [store.folder / "tables" / "curate" / ".a.999", store.folder / "versions" / ".v1.999"]
    for left in lefts:
        left.mkdir(parents=True)
        (left / "rows.parquet").write_bytes(b"half")
    with store.locked():
        assert [left for left in lefts if left.exists()] == []


def test_a_table_that_was_deleted_is_made_again(store: Store) -> None:
    store.reuse_or_make(step("a"), Maker())
    for path in (store.folder / "tables" / "curate" / step("a").fingerprint).iterdir():
        path.unlink()
    (store.folder / "tables" / "curate" / step("a").fingerprint).rmdir()
    maker = Maker()
    store.reuse_or_make(step("a"), maker)
    assert maker.asked == ["a"]


def test_a_broken_table_is_named(store: Store) -> None:
    store.reuse_or_make(step("a"), Maker())
    (store.folder / "tables" / "curate" / step("a").fingerprint / "rows.parquet").write_bytes(b"")
    with pytest.raises(UserError, match=r"rows\.parquet cannot be read"):
        store.rows("curate", step("a").fingerprint)


def test_a_second_run_is_refused_with_the_first_ones_process(store: Store) -> None:
    command = [sys.executable, "-c", HOLDER, str(store.folder / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UserError, match=r"another run \(process 4711\)"), store.locked():
            pass
        other.communicate()
    with store.locked():
        assert (store.folder / "lock").read_text().isdigit()


def test_the_lock_is_given_back_when_a_run_fails(store: Store) -> None:
    with pytest.raises(RuntimeError), store.locked():
        raise RuntimeError
    with (store.folder / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert (store.folder / "lock").exists()


def test_a_place_that_cannot_hold_a_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        Store(tmp_path / "file" / ".gristmill")


def test_a_database_of_an_earlier_run_opens_as_it_was(tmp_path: Path) -> None:
    first = Database(tmp_path / "store.db")
    first.add_table("f", "curate", "p")
    first.set_tag("best", "v1")
    first.close()
    second = Database(tmp_path / "store.db")
    assert second.tables_of("curate", "p", 8) == ["f"]
    assert second.tags() == {"best": "v1"}
    second.close()


def test_a_run_that_was_killed_is_named_so_by_the_next(store: Store) -> None:
    first = store.database.begin_run("task: x")
    second = store.database.begin_run("task: x")
    store.database.end_run(second, "done", "v1")
    assert [(run["id"], run["state"], run["version"]) for run in store.database.runs()] == [
        (second, "done", "v1"),
        (first, "killed", ""),
    ]


@pytest.mark.parametrize("name", ["rows.parquet", "ledger.parquet"])
def test_a_damaged_table_is_made_anew(store: Store, name: str) -> None:
    store.reuse_or_make(step("a", "b"), Maker())
    (store.folder / "tables" / "curate" / step("a", "b").fingerprint / name).write_bytes(b"damaged")
    maker = Maker()
    assert [row["value"] for row in store.reuse_or_make(step("a", "b"), maker).rows] == ["a!", "b!"]
    assert maker.asked == ["a", "b"]
    assert store.rows("curate", step("a", "b").fingerprint)
