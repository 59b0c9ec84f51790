"""What a curated file of texts leaves behind: kept and rejected rows as they were, verdicts, states."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from gristmill.errors import UserError
from gristmill.files import read_object
from gristmill.lazy import lazy
from gristmill.record_columns import RECORD, blocks
from gristmill.texts import Texts

np = lazy("numpy")
pa = lazy("pyarrow")
pc = lazy("pyarrow.compute")
pq = lazy("pyarrow.parquet")

SUMMARY, REPORT = "curated.json", "report.html"
KEPT, REJECTED, VERDICTS, ROWS = "kept.jsonl", "rejected.jsonl", "verdicts.parquet", "rows.parquet"
# Whatever they end in: rows that are no whole texts are written in the format that they came in.
_SORTED = (Path(KEPT).stem, Path(REJECTED).stem)


class Lost(NamedTuple):
    """A line (or record) of the file that gave no row; the record itself when the file is not lines of JSON."""

    line: int
    state: str
    reason: str
    record: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one check found: how many rows it was given, and how many ended in each outcome and code."""

    check: str
    judged: int
    ended: Mapping[str, int]
    remarks: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class Curated:
    """A curated file: `rows` = `kept` + `rejected` + `failed`; all that it holds is in `folder`."""

    place: Path
    folder: Path
    column: str
    print: str
    rows: int = 0
    kept: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    ran: Sequence[Ran] = ()
    reused: bool = False

    @property
    def adds_up(self) -> bool:
        """Whether each row of the file ended in exactly one state."""
        return self.rows == self.kept + sum(self.rejected.values()) + sum(self.failed.values())

    def plain(self) -> Mapping[str, Any]:
        """As plain data, for JSON."""
        return {
            "file": str(self.place),
            "folder": str(self.folder),
            "column": self.column,
            "rows": self.rows,
            "kept": self.kept,
            "rejected": dict(self.rejected),
            "failed": dict(self.failed),
            "checks": [
                {"check": one.check, "judged": one.judged, "ended": dict(one.ended), "remarks": list(one.remarks)}
                for one in self.ran
            ],
            "print": self.print,
        }

    def is_done(self) -> bool:
        """Whether the folder holds this very work; then its counts are taken over.

        Raises UserError when the folder holds something else of the user's.
        """
        is_free(self.folder, self.place)
        if not all((self.folder / name).is_file() for name in (SUMMARY, REPORT, KEPT, REJECTED, VERDICTS, ROWS)):
            return False
        known = read_object(self.folder / SUMMARY)
        if known.get("print") != self.print:
            return False
        self.rows, self.kept = known["rows"], known["kept"]
        self.rejected, self.failed = known["rejected"], known["failed"]
        self.ran = [Ran(**one) for one in known["checks"]]
        self.reused = True
        return True


def is_free(folder: Path, place: Path) -> None:
    """Raises UserError when a curated file cannot be written to this folder without harm to something else."""
    if not folder.exists():
        return
    if not (folder / SUMMARY).is_file():
        raise UserError(f"{folder} is there already, and is no curated file: name another folder with --out.")
    if folder.resolve() in place.resolve().parents:
        raise UserError(f"{place} lies in {folder}, which would be written anew: name another folder with --out.")


def keep_strangers(folder: Path, making: Path) -> None:
    """What somebody put beside the curated rows stays beside them when they are written anew."""

    def ours(at: str, names: Sequence[str]) -> set[str]:
        named = {name for name in names if name in (SUMMARY, REPORT, VERDICTS, ROWS) or Path(name).stem in _SORTED}
        return named if Path(at) == folder else set()

    if folder.exists():
        shutil.copytree(folder, making, symlinks=True, ignore=ours, dirs_exist_ok=True)


@dataclass(slots=True)
class Judgement:
    """All verdicts on the rows of a file: each row's line, and its state as a number into `states` (0: kept)."""

    texts: Texts
    lines: Any
    state: Any
    states: list[str] = field(default_factory=lambda: ["kept"])
    verdicts: list[tuple[str, Any]] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)

    def reject(self, rows: Any, state: str) -> None:
        """Give these rows the state, but for those that were rejected before."""
        rows = rows[self.state[rows] == 0]
        if len(rows):
            self.states += [] if state in self.states else [state]
            self.state[rows] = self.states.index(state)

    def counts(self) -> dict[str, int]:
        """How many rows ended in each state, the most frequent first."""
        sizes = np.bincount(self.state, minlength=len(self.states)).tolist()
        return dict(sorted(zip(self.states, sizes, strict=True), key=lambda pair: (-pair[1], pair[0])))


def write_rows(folder: Path, place: Path, table: Any, judged: Judgement, lost: Sequence[Lost]) -> None:
    """Write the kept rows and the rest, each as it was, in the order of the file."""
    with (folder / KEPT).open("wb") as kept, (folder / REJECTED).open("wb") as rejected:
        if RECORD in table.column_names:
            for out, record in _records(table, judged, lost):
                (rejected if out else kept).write(record.encode() + b"\n")
        else:
            last = max(int(judged.lines[-1]), max((one.line for one in lost), default=0))
            out_of = np.zeros(last + 1, bool)
            out_of[judged.lines[judged.state != 0]] = True
            out_of[[one.line for one in lost]] = True
            for out, lines in _copied(place, out_of.tolist()):
                (rejected if out else kept).write(lines)
        for file in (kept, rejected):
            file.flush()
            os.fsync(file.fileno())


def _records(table: Any, judged: Judgement, lost: Sequence[Lost]) -> Iterator[tuple[bool, str]]:
    """Each record and whether it is out, in the order of the file; those that gave no row are out."""
    good = zip(judged.lines.tolist(), (judged.state != 0).tolist(), table.column(RECORD).to_pylist(), strict=True)
    rest = ((one.line, True, one.record) for one in lost if one.record)
    yield from ((out, record) for _, out, record in merge(good, rest, key=itemgetter(0)))


def _copied(place: Path, out_of: Sequence[bool]) -> Iterator[tuple[bool, bytes]]:
    """The lines of a file as they are: of each block those that are kept, then the others."""
    number = 1
    with place.open("rb") as file:
        for block in blocks(file):
            lines = block.removeprefix(b"\xef\xbb\xbf").split(b"\n") if number == 1 else block.split(b"\n")
            if block.endswith(b"\n"):
                lines.pop()
            marked = out_of[number : number + len(lines)]
            for wanted in (False, True):
                some = [line for line, out in zip(lines, marked, strict=False) if out == wanted and line.strip()]
                yield wanted, b"\n".join([*some, b""])
            number += len(lines)


def write_verdicts(folder: Path, judged: Judgement, lost: Sequence[Lost]) -> None:
    """Write what each check said of which row, and the one state of every row, as Parquet."""
    ids, lines = judged.texts.ids, pa.array(judged.lines)
    found = pa.concat_tables(
        [table.append_column("check", pa.repeat(name, table.num_rows)) for name, table in judged.verdicts]
    )
    rows = found.column("row")
    found = found.set_column(0, "line", lines.take(rows)).add_column(1, "id", ids.take(rows))
    pq.write_table(found, folder / VERDICTS, compression="zstd")
    state = pa.DictionaryArray.from_arrays(pa.array(judged.state), pa.array(judged.states)).cast(pa.string())
    good = pa.table({"line": lines, "id": ids, "state": state, "reason": pa.repeat("", len(state))})
    bad = pa.table(
        {
            "line": pa.array([one.line for one in lost], pa.int64()),
            "id": pa.array([""] * len(lost), pa.string()),
            "state": pa.array([f"failed:{one.state}" for one in lost], pa.string()),
            "reason": pa.array([one.reason for one in lost], pa.string()),
        }
    )
    pq.write_table(pa.concat_tables([good, bad]), folder / ROWS, compression="zstd")
