"""DialogSum: everyday dialogues with a topic and one summary, or three in the test file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Row, Rows
from gristmill.errors import UserError
from gristmill.files import count, only
from gristmill.findings import Finding
from gristmill.formats._published import Fault, Published, Record, Tally, fitted, given, identity, texts, words
from gristmill.record_files import named_back, write_records
from gristmill.records import Failure

_REFERENCES = (1, 2, 3)
_NUMBERED = tuple(f"{name}{number}" for number in _REFERENCES for name in ("summary", "topic"))
_TRIPLED = re.compile(r"(?P<stem>.+_\d+)_(?P<number>[123])")


class Dialogsum(Published):
    """DialogSum's JSON lines (`fname`) and the rows of hubs (`id`): both are read as the same rows.

    A row is `id, dialogue, summary, topic`; a test dialogue, which has three references, is one row with the lists
    `summaries` and `topics` instead. The original holds them as `summary1` to `summary3` in one record, hubs as three
    records `test_0_1` to `test_0_3` with the same dialogue: these are joined again, and a Finding says so, because a
    split of such rows would put one dialogue on both sides. Persons are `#Person1#:` and so on.
    Licence: CC BY-NC-SA 4.0: no commercial use, share alike. Source: cylnlp/dialogsum and the card of its hub copy.
    """

    reads: ClassVar[tuple[str, ...]] = ("dialogue",)
    keys: ClassVar[tuple[str, ...]] = ("dialogue", "summary", "topic")
    suffix: ClassVar[str] = ".jsonl"
    needed: ClassVar[tuple[str, ...]] = ("dialogue",)
    more: ClassVar[tuple[str, ...]] = ("id", "fname", "summary", "topic", *_NUMBERED)
    holds: ClassVar[tuple[str, ...]] = ("summary", "topic", "summaries", "topics")
    faults: ClassVar[Mapping[str, Fault]] = {
        "tripled": Fault(
            "warning",
            "{count} records repeat the dialogue of another with another reference; joined, there are {rows} rows",
            "Count dialogues, not records, and score a summary against all its references.",
        ),
    }

    layout: Literal["original", "hub"] = Field(
        "original", description="What to write: a record a dialogue, or as hubs do a record a reference."
    )

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield rows, a Failure for each that is malformed, a Finding when dialogues are repeated. Raises UserError."""
        tally = Tally(self.faults)
        rows = 0
        for found in self._joined(super().read(path)):
            if not isinstance(found, tuple):
                yield found
                continue
            row, records = found
            for _ in range(records - 1):
                tally.add("tripled", rows, row.get("id", ""))
            rows += 1
            yield row
        yield from tally.findings(rows)

    def write(self, rows: Rows, path: Path) -> None:
        """Write one split. Raises UserError for a row with no summary, or with more than three."""
        made = (record for number, row in enumerate(rows, 1) for record in self._records(row, number, path))
        write_records(path, named_back(made, self.columns, path))

    def verify(self, path: Path) -> int:
        """Count the rows, which are the dialogues. Raises UserError for a malformed record."""
        joined = (one[0] for one in self._joined(row for _, row in self.sound(path)) if isinstance(one, tuple))
        return count(path, ((f"{path}, row {number}", row) for number, row in enumerate(joined, 1)))

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of one record. Raises UserError."""
        row = {**identity(record, ("fname", "id"), where), "dialogue": words(record, "dialogue", where)}
        if "summary" in record:
            only(record, ("dialogue", "summary"), ("id", "fname", "topic"), where)
            topic = words(record, "topic", where) if record.get("topic") is not None else None
            return {**row, "summary": words(record, "summary", where), **given({"topic": topic})}
        only(record, ("dialogue", "summary1"), ("id", "fname", *_NUMBERED), where)
        there = [number for number in _REFERENCES if record.get(f"summary{number}") is not None]
        return {
            **row,
            "summaries": [words(record, f"summary{number}", where) for number in there],
            "topics": [words(record, f"topic{number}", where) for number in there if f"topic{number}" in record],
        }

    def record(self, row: Row, where: str) -> Record:
        """The record of a row in the original's layout. Raises UserError."""
        name = "id" if self.layout == "hub" else "fname"
        named = given({name: row.get("id"), "dialogue": row["dialogue"]})
        if "summary" in row:
            return {**named, "summary": words(row, "summary", where), **given({"topic": row.get("topic")})}
        for number, (said, topic) in enumerate(_pairs(row, where), 1):
            named |= given({f"summary{number}": said, f"topic{number}": topic})
        return named

    def _records(self, row: Row, number: int, path: Path) -> Iterable[Record]:
        where = f'{path}: row "{row.get("id", number)}"'
        kept = fitted(row, self.reads, (*self.holds, *self.extra), where)
        if ("summary" in kept) == ("summaries" in kept):
            raise UserError(f"{where} must have either a summary or its summaries.")
        more = given({key: kept.get(key) for key in self.extra})
        if self.layout == "original" or "summary" in kept:
            return [{**self.record(kept, where), **more}]
        known = {"dialogue": kept["dialogue"], **more}
        return [
            {"id": f"{kept.get('id', f'row_{number}')}_{at}", **known, **given({"summary": said, "topic": topic})}
            for at, (said, topic) in enumerate(_pairs(kept, where), 1)
        ]

    def _joined(self, found: Iterable[Row | Failure | Finding]) -> Iterator[tuple[Row, int] | Failure | Finding]:
        """Rows, each with the number of records that it was made of: references of one dialogue are one row."""
        together: dict[tuple[str, ...], list[Row]] = {}
        for one in found:
            if isinstance(one, Failure | Finding):
                yield one
                continue
            tripled = _TRIPLED.fullmatch(one.get("id", "")) if "summary" in one else None
            name = tripled["stem"] if tripled else f"{len(together)} alone"
            more = [str(one.get(key)) for key in self.extra]
            together.setdefault((name, one["dialogue"], *more), []).append(one)
        for (name, *_), rows in together.items():
            yield _one(name, rows), len(rows)


def _one(name: str, rows: list[Row]) -> Row:
    """One row of the records of one dialogue."""
    if len(rows) == 1:
        return rows[0]
    shared = {key: value for key, value in rows[0].items() if key not in ("summary", "topic")}
    said = [row["summary"] for row in rows]
    return {**shared, "id": name, "summaries": said, "topics": [row["topic"] for row in rows if "topic" in row]}


def _pairs(row: Row, where: str) -> list[tuple[str, str | None]]:
    said, topics = texts(row, "summaries", where), texts(row, "topics", where)
    if not 0 < len(said) <= len(_REFERENCES) or len(topics) not in (0, len(said)):
        raise UserError(
            f"{where} has {len(said)} summaries and {len(topics)} topics: DialogSum keeps up to three of each."
        )
    return list(zip(said, topics or (None for _ in said), strict=False))
