"""What layouts of keyed records share: mapped keys, strict keys, a Failure per bad row, the way back."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, model_validator

from gristmill.contracts import Format, Row, Rows
from gristmill.errors import UserError
from gristmill.files import count
from gristmill.findings import Finding
from gristmill.formats._columns import Columns, Extra, known, misnamed
from gristmill.record_files import Held, held, named_back, unbroken, write_records
from gristmill.records import Failure


class Keyed(Format):
    """A layout whose records have the keys `keys`, and may have those of `more`, in a file of any kind of records."""

    more: ClassVar[tuple[str, ...]] = ("id",)
    columns: Columns = Field(default_factory=dict)
    extra: Extra = Field(default=())

    @model_validator(mode="after")
    def _mapped(self) -> "Keyed":
        if wrong := misnamed(self.columns, (*self.keys, *self.more, *self.extra)):
            raise ValueError("; ".join(wrong))
        return self

    @abstractmethod
    def row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The row that a record stands for. Raises UserError for a rule that it breaks."""

    @abstractmethod
    def record(self, row: Row, where: str) -> dict[str, Any]:
        """The record that holds a row. Raises UserError when this layout cannot hold it."""

    def write(self, rows: Rows, path: Path) -> None:
        """Write the rows in order, in the kind of file that the path's ending says, under the file's own keys.

        Raises UserError for a row that this layout cannot hold.
        """
        made = (self._written(row, f"{path}: row {number}{_named(row)}") for number, row in enumerate(rows, 1))
        write_records(path, named_back(made, self.columns, path))

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield a row per record, and a Failure for each that breaks a rule.

        Raises UserError when the first record's keys are not this layout's.
        """
        seen = False
        for where, record in self.placed(path):
            if isinstance(record, Failure):
                yield record
                continue
            first, seen = not seen, True
            try:
                self._known(record, where)
            except UserError as error:
                if first:
                    raise
                yield Failure(state="other_keys", reason=str(error))
                continue
            try:
                yield self._read(record, where)
            except UserError as error:
                yield Failure(state="malformed", reason=str(error))

    def placed(self, path: Path) -> Held:
        """Yield each record with its place, under this layout's keys, a Failure for a broken line. Raises UserError."""
        return held(path, self.columns)

    def verify(self, path: Path) -> int:
        """Count the records, each of which keeps the layout's rules. Raises UserError for one that does not."""
        return count(path, self.sound(path))

    def sound(self, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each record's place and row. Raises UserError for the first that breaks a rule."""
        for where, record in unbroken(self.placed(path)):
            self._known(record, where)
            yield where, self._read(record, where)

    def _known(self, record: Mapping[str, Any], where: str) -> None:
        known(record, self.keys, (*self.more, *self.extra), where)

    def _read(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        return {**self.row(record, where), **{key: record[key] for key in self.extra if record.get(key) is not None}}

    def _written(self, row: Row, where: str) -> dict[str, Any]:
        return {**self.record(row, where), **{key: row[key] for key in self.extra if row.get(key) is not None}}


def _named(row: Row) -> str:
    return f' (id "{row["id"]}")' if row.get("id") is not None else ""
