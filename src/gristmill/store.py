"""One project's memory: immutable tables found by fingerprint, and the database beside them."""

import fcntl
import itertools
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gristmill.arrow import LINE, Columns, Row, line_of
from gristmill.database import Database
from gristmill.errors import UserError
from gristmill.files import published
from gristmill.lazy import lazy
from gristmill.records import Line, digest
from gristmill.shelf import Shelf, parquet_file

pq = lazy("pyarrow.parquet")

FAILED = "failed:"
_LOOK_BACK = 8
# Pieces that go to the disk together, fewer when they are long or slow: while they do, no reply of an asking is heard.
_GROUP = 256
_GROUP_TEXT = 8_000_000
_GROUP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one input item became: rows, and the ledger lines that account for it."""

    item: str
    rows: Sequence[Row] = ()
    lines: Sequence[Line] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part's work at one station: who (`part` is a fingerprint) makes which columns of which items.

    `whole` steps judge items against each other: a table of theirs is re-used only as a whole.
    `resumes` steps are slow: when the user stops one, what it made of some items is kept.
    """

    station: str
    name: str
    part: str
    columns: Columns
    items: Sequence[str]
    whole: bool = False
    resumes: bool = False

    @property
    def fingerprint(self) -> str:
        """The same part over the same items gives the same table."""
        return digest("step", self.station, self.part, sorted(self.items))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A step's result: rows and ledger lines in the order of the step's items, read when they are wanted."""

    step: Step
    made: int
    read: Callable[[str, str, str], list[Row]]
    folder: Path

    def scan(self, columns: Sequence[str]) -> Iterator[Row]:
        """These columns of each row, as the rows lie on the disk."""
        yield from self._scan("rows", columns)

    def ledger(self, columns: Sequence[str]) -> Iterator[Row]:
        """These columns of each ledger line, as the lines lie on the disk."""
        yield from self._scan("ledger", columns)

    def _scan(self, name: str, columns: Sequence[str]) -> Iterator[Row]:
        with pq.ParquetFile(self.folder / f"{name}.parquet") as file:
            for batch in file.iter_batches(columns=list(columns)):
                yield from batch.to_pylist()

    def shelf(self) -> Shelf:
        """The rows by their place on the disk, a few at a time in memory."""
        return Shelf(self.folder / "rows.parquet")

    @property
    def rows(self) -> list[Row]:
        """The rows, in the order of the step's items."""
        return self._ordered("rows")

    @property
    def lines(self) -> list[Line]:
        """The ledger lines, in the order of the step's items."""
        return [line_of(row) for row in self._ordered("ledger")]

    def _ordered(self, name: str) -> list[Row]:
        places = {item: place for place, item in enumerate(self.step.items)}
        rows = self.read(self.step.station, self.step.fingerprint, name)
        return sorted(rows, key=lambda row: places[row["input"]])


Make = Callable[[Sequence[str]], Iterable[Piece]]


class Store:
    """The folder `.gristmill` of a project: `tables/`, `versions/`, `store.db`, `lock`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        try:
            (folder / "tables").mkdir(parents=True, exist_ok=True)
            self.database = Database(folder / "store.db")
        except OSError as error:
            raise UserError(
                f"{folder} cannot be written: {error.strerror}. Give write access, or run in another folder."
            ) from None

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the project for one run. Raises UserError when another run holds it."""
        with (self.folder / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(
                    f"another run (process {_holder(file)}) works on {self.folder}. "
                    "Wait for it to end, or give this run a recipe in another folder."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            self._sweep()
            try:
                yield
            finally:
                file.truncate(0)

    def _sweep(self) -> None:
        """Remove what killed runs had half written."""
        for left in (*self.folder.glob("tables/*/.*"), *self.folder.glob("versions/.*")):
            shutil.rmtree(left, ignore_errors=True)

    def reuse_or_make(self, step: Step, make: Make) -> Table:
        """The step's table: what an earlier run made of each item is used again, the rest is made.

        `make` gets the items still to do and yields one Piece for each, in any order; they go to the disk
        as they come. An item that failed (a state that begins with `failed:`) is tried again at the next run.
        """
        if self._is_whole(step):
            return self._table(step, 0)
        kept = self._kept(step)
        missing = [item for item in step.items if item not in kept]
        made = make(missing) if missing else iter(())
        try:
            self._publish(step, itertools.chain(kept.values(), made), len(step.items))
        finally:
            # What is left half made, an asking say, ends here and not when its memory happens to be freed.
            if isinstance(made, Generator):
                made.close()
        return self._table(step, len(missing))

    def _table(self, step: Step, made: int) -> Table:
        return Table(step=step, made=made, read=self._read, folder=self._path(step.station, step.fingerprint))

    def _is_whole(self, step: Step) -> bool:
        """Whether this very table is there, undamaged, and nothing in it has failed."""
        folder = self._path(step.station, step.fingerprint)
        try:
            with pq.ParquetFile(folder / "ledger.parquet") as file, pq.ParquetFile(folder / "rows.parquet"):
                states = set(file.read(["state"]).column("state").to_pylist())
        except (OSError, ValueError):
            return False
        return not any(state.startswith(FAILED) for state in states)

    def lines(self, station: str, fingerprint: str) -> list[Line]:
        """The ledger lines of a published table."""
        return [line_of(row) for row in self._read(station, fingerprint, "ledger")]

    def rows(self, station: str, fingerprint: str) -> list[Row]:
        """The rows of a published table."""
        return self._read(station, fingerprint, "rows")

    def _kept(self, step: Step) -> dict[str, Piece]:
        wanted = set(step.items)
        earlier = [step.fingerprint]
        if not step.whole:
            earlier += self.database.tables_of(step.station, step.part, _LOOK_BACK)
        kept: dict[str, Piece] = {}
        for fingerprint in dict.fromkeys(earlier):
            if len(kept) < len(wanted) and self._path(step.station, fingerprint).exists():
                for item, piece in self._whole_pieces(step.station, fingerprint).items():
                    if item in wanted and item not in kept and not _failed(piece):
                        kept[item] = piece
        return {} if step.whole and len(kept) < len(wanted) else kept

    def _whole_pieces(self, station: str, fingerprint: str) -> dict[str, Piece]:
        """A table's pieces; none of a damaged one, which is then made anew."""
        try:
            return self._pieces(station, fingerprint)
        except UserError:
            return {}

    def _pieces(self, station: str, fingerprint: str) -> dict[str, Piece]:
        lines: dict[str, list[Line]] = {}
        rows: dict[str, list[Row]] = {}
        for row in self._read(station, fingerprint, "ledger"):
            lines.setdefault(row["input"], []).append(line_of(row))
        for row in self._read(station, fingerprint, "rows"):
            rows.setdefault(row["input"], []).append(row)
        return {item: Piece(item=item, rows=rows.get(item, []), lines=found) for item, found in lines.items()}

    def _publish(self, step: Step, pieces: Iterable[Piece], of: int) -> None:
        final = self._path(step.station, step.fingerprint)
        with published(final) as making:
            try:
                given = _write(step, pieces, making)
            except KeyboardInterrupt:
                if step.resumes:
                    self._keep(step, making)
                raise
            if given != of:
                raise RuntimeError(f"{step.station} {step.name} made {given} of {of} pieces")
            # Indexed first: a table without an entry would be lost to other runs, an entry without a table is not.
            self.database.add_table(step.fingerprint, step.station, step.part)

    def _keep(self, step: Step, making: Path) -> None:
        """Keep the pieces of a stopped step as a table of their own; those that it had kept before are among them."""
        fingerprint = digest("stopped", step.fingerprint)
        kept = self._path(step.station, fingerprint)
        shutil.rmtree(kept, ignore_errors=True)
        self.database.add_table(fingerprint, step.station, step.part)
        making.rename(kept)

    def _path(self, station: str, fingerprint: str) -> Path:
        return self.folder / "tables" / station / fingerprint

    def _read(self, station: str, fingerprint: str, name: str) -> list[Row]:
        path = self._path(station, fingerprint) / f"{name}.parquet"
        try:
            # Not read_table: it loads the dataset machinery, which costs more than most tables.
            with pq.ParquetFile(path) as file:
                found: list[Row] = file.read().to_pylist()
        except (OSError, ValueError) as error:
            raise UserError(
                f"{path} cannot be read ({error}). Delete its folder; the next run makes it anew."
            ) from None
        return found


def _holder(file: IO[str]) -> str:
    """The process that holds the lock; it has a moment to write itself down."""
    for _ in range(20):
        file.seek(0)
        if number := file.read().strip():
            return number
        time.sleep(0.05)
    return "unknown"


def _write(step: Step, pieces: Iterable[Piece], folder: Path) -> int:
    """Write the pieces as they come; how many there were."""
    given = 0
    with (
        parquet_file({"input": "string", **step.columns}, folder / "rows.parquet") as rows,
        parquet_file({"input": "string", **LINE}, folder / "ledger.parquet") as ledger,
    ):
        coming = iter(pieces)
        while some := list(_together(coming)):
            given += len(some)
            rows([{**row, "input": piece.item} for piece in some for row in piece.rows])
            ledger([_ledger_row(piece.item, line) for piece in some for line in piece.lines])
    return given


def _together(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The next pieces that go to the disk together."""
    size, began = 0, time.monotonic()
    for piece in itertools.islice(pieces, _GROUP):
        yield piece
        size += sum(len(row.get("text") or "") for row in piece.rows)
        if size > _GROUP_TEXT or time.monotonic() - began > _GROUP_SECONDS:
            return


def _ledger_row(item: str, line: Line) -> Row:
    return {"input": item, **{name: getattr(line, name) for name in LINE}}


def _failed(piece: Piece) -> bool:
    return any(line.state.startswith(FAILED) for line in piece.lines)
