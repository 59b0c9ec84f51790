"""What layouts that keep all columns share: all that is known of a row, in one kind of file."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from gristmill.contracts import Format, Row, Rows
from gristmill.errors import UserError
from gristmill.files import count
from gristmill.findings import Finding
from gristmill.formats._columns import Columns, misnamed
from gristmill.record_files import PACKED, Held, ending, held, named_back, unbroken, write_records, written_as
from gristmill.records import Failure
from gristmill.rows import told


class Whole(Format):
    """All columns of each row, in a file of one of these endings."""

    endings: ClassVar[tuple[str, ...]]
    columns: Columns = Field(default_factory=dict)

    @field_validator("columns")
    @classmethod
    def _once(cls, columns: dict[str, str]) -> dict[str, str]:
        if wrong := misnamed(columns, columns):
            raise ValueError("; ".join(wrong))
        return columns

    def write(self, rows: Rows, path: Path) -> None:
        """Write the rows in order, under the file's own keys. Raises UserError for a value that it cannot hold."""
        written_as(path, self.endings, PACKED)
        types = {self.columns.get(name, name): kind for name, kind in rows.types.items()}
        write_records(path, named_back((told(row) for row in rows), self.columns, path), types)

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield each row with all its columns, a Failure for a broken line. Raises UserError for another file."""
        for _, record in self.placed(path):
            yield record

    def verify(self, path: Path) -> int:
        """Count the rows after reading them all. Raises UserError."""
        return count(path, unbroken(self.placed(path)))

    def placed(self, path: Path) -> Held:
        """Yield each row with its place, a Failure for a broken line. Raises UserError."""
        if ending(path) not in self.endings:
            raise UserError(
                f"{path} does not end in {' or '.join(self.endings)}: choose the format that it is, or rename it."
            )
        yield from held(path, self.columns)
