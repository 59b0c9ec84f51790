"""SQuAD 2.0 files as its official script reads them: articles, paragraphs, questions, spans."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Format, Row, Rows
from gristmill.errors import UserError
from gristmill.files import as_bytes, count, json_value, replacing
from gristmill.findings import Finding
from gristmill.formats._squad import READS, flatten, flaws, nest, refuse, row_of, squad_row, walk
from gristmill.record_files import whole, written_as
from gristmill.records import Failure


class Squad(Format):
    """One JSON object: `{"version", "data": [{"title", "paragraphs": [{"context", "qas": […]}]}]}`."""

    reads: ClassVar[tuple[str, ...]] = READS
    keys: ClassVar[tuple[str, ...]] = ("data",)
    suffix: ClassVar[str] = ".json"

    def write(self, rows: Rows, path: Path) -> None:
        """Write the rows by title and context, each group in order of first sight. Raises UserError."""
        written_as(path, (self.suffix,))
        made = (squad_row(row, f'{path}: row "{row.get("id", at)}"') for at, row in enumerate(rows, 1))
        text = as_bytes(nest(made), str(path))
        with replacing(path) as partial:
            partial.write_bytes(text + b"\n")

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield a row per question, with its id; version 1.1's questions are all possible. Raises UserError.

        Offsets come as the file has them; `verify` says which are wrong.
        """
        for number, (place, asked) in enumerate(walk(_dataset(path), str(path))):
            try:
                yield row_of(asked, place)
            except UserError as error:
                if not number:
                    raise
                yield Failure(state="malformed", reason=str(error))

    def verify(self, path: Path) -> int:
        """Count the questions. Raises UserError with each broken span and its nearest right offset."""
        rows = list(flatten(_dataset(path), str(path)))
        refuse((f'"{row["id"]}" {flaw}' for _, row in rows for flaw in flaws(row)), f"{path} breaks SQuAD's rules")
        return count(path, rows)


def _dataset(path: Path) -> Any:
    return json_value(whole(path).removeprefix(b"\xef\xbb\xbf"), str(path))
