"""What layouts of published data sets share: the columns they hold, known faults told as Findings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.errors import UserError
from gristmill.files import kind, string
from gristmill.findings import Finding, Severity
from gristmill.formats._columns import known
from gristmill.formats._keyed import Keyed
from gristmill.records import Failure
from gristmill.rows import own_columns, told

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that a source is known for; `{count}` and `{rows}` stand for numbers in its reason."""

    severity: Severity
    reason: str
    remedy: str


@dataclass(slots=True)
class Tally:
    """How often each fault was seen, and where first."""

    faults: Mapping[str, Fault]
    seen: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def add(self, code: str, row: int, evidence: str) -> None:
        """Count one more, seen in this row (from 0)."""
        times, first, shown = self.seen.get(code, (0, row, evidence))
        self.seen[code] = (times + 1, first, shown)

    def findings(self, rows: int) -> Iterator[Finding]:
        """A Finding per fault that was seen, in the order in which the faults are stated."""
        for code, fault in self.faults.items():
            if code in self.seen:
                times, first, evidence = self.seen[code]
                yield Finding(
                    code=code,
                    severity=fault.severity,
                    reason=fault.reason.format(count=times, rows=rows),
                    remedy=fault.remedy,
                    evidence=evidence[:200],
                    offset=first,
                    unit="row",
                )


class Published(Keyed):
    """The layout of a published set: its keys, a record as a row, a row as a record, and its known faults.

    needed  keys without which a record is not of the set; of `keys` test files leave out the gold
    holds   columns of a row, beside those that it `reads`, that a record has a place for
    """

    needed: ClassVar[tuple[str, ...]]
    holds: ClassVar[tuple[str, ...]] = ()
    faults: ClassVar[Mapping[str, Fault]] = {}

    def flaws(self, _row: Row) -> Iterable[tuple[str, str]]:
        """The known faults that a row shows: the code of each, and the sign."""
        return ()

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """As every layout, and at the end a Finding per known fault of the set. Raises UserError."""
        tally = Tally(self.faults)
        rows = 0
        for one in super().read(path):
            if isinstance(one, Mapping):
                for code, sign in self.flaws(one):
                    tally.add(code, rows, sign)
                rows += 1
            yield one
        yield from tally.findings(rows)

    def _known(self, record: Mapping[str, Any], where: str) -> None:
        known(record, self.needed, (*self.keys, *self.more, *self.extra), where)

    def _written(self, row: Row, where: str) -> Record:
        return super()._written(fitted(row, self.reads, (*self.holds, *self.extra), where), where)


def fitted(row: Row, needed: Iterable[str], holds: Iterable[str], where: str) -> Record:
    """The row's own columns without empty strange ones. Raises UserError for one that the layout has no place for."""
    names = {"id", *needed, *holds}
    kept = {name: value for name, value in own_columns(told(row)).items() if name in names or value is not None}
    for name in kept:
        if name not in names:
            raise UserError(
                f'{where} has the column "{name}", for which this layout has no place: remove it, or write jsonl.'
            )
    for name in needed:
        if name not in kept:
            raise UserError(f'{where} lacks the column "{name}": it has {", ".join(kept) or "none"}.')
    return kept


def identity(record: Mapping[str, Any], keys: Iterable[str], where: str) -> Record:
    """`{"id": text}` under whichever of the keys the record has it. Raises UserError for two, and for a list or so."""
    found = [key for key in keys if record.get(key) is not None]
    if len(found) > 1:
        raise UserError(f'{where} has an id twice, as "{found[0]}" and as "{found[1]}": keep one.')
    if not found:
        return {}
    value = record[found[0]]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UserError(f'{where}: "{found[0]}" is {kind(value)}, not a text or a whole number.')
    return {"id": str(value)}


def words(record: Mapping[str, Any], key: str, where: str) -> str:
    """The text under a key, which must say something. Raises UserError."""
    value = string(record, key, where)
    if not value.strip():
        raise UserError(f'{where}: "{key}" is empty.')
    return value


def text_or_none(record: Mapping[str, Any], key: str, where: str) -> str | None:
    """The text under a key; None when it is absent, null or empty, as gold is in test files. Raises UserError."""
    return string(record, key, where) if record.get(key) not in (None, "") else None


def texts(record: Mapping[str, Any], key: str, where: str) -> list[str]:
    """The list of texts under a key; none when it is absent or null. Raises UserError."""
    return [string({key: item}, key, where) for item in listed(record, key, where)]


def listed(record: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """The list under a key; an empty one when it is absent or null. Raises UserError."""
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise UserError(f'{where}: "{key}" is {kind(value)}, not a list.')
    return value


def whole(record: Mapping[str, Any], key: str, where: str) -> int:
    """The whole number, 0 or more, under a key. Raises UserError."""
    value = record[key]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UserError(f'{where}: "{key}" is {kind(value)} ({str(value)[:40]}), not a whole number from 0.')
    return value


def given(values: Mapping[str, Any]) -> Record:
    """What has a value: layouts leave out the keys that a row has nothing for."""
    return {key: value for key, value in values.items() if value is not None}
