"""SQuAD 2.0 rows in the Hub's form, one a line; empty lists mean there is no answer."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Format, Task
from gristmill.formats._files import count, read_lines, write_lines
from gristmill.formats._squad import READS, flaws, from_hub, hub_row, refuse, rows_of
from gristmill.records import Example


class SquadFlat(Format):
    """JSON lines `{"id", "title", "context", "question", "answers": {"text": […], "answer_start": […]}}`."""

    reads: ClassVar[tuple[str, ...]] = READS
    suffix: ClassVar[str] = ".jsonl"

    def write(self, examples: Sequence[Example], task: Task, path: Path) -> None:
        """Write the examples in order; plausible answers have no place in this form. Raises UserError."""
        write_lines(path, (hub_row(row) for row in rows_of(examples, task)))

    def read(self, path: Path) -> Iterator[Mapping[str, Any]]:
        """Yield a row per line, with its id. Raises UserError.

        Offsets come as the file has them; `verify` says which are wrong.
        """
        for _, row in _rows(path):
            yield row

    def verify(self, path: Path) -> int:
        """Count the rows. Raises UserError with each broken span and its nearest right offset."""
        rows = list(_rows(path))
        refuse((f'"{row["id"]}" {flaw}' for _, row in rows for flaw in flaws(row)), f"{path} breaks SQuAD's rules")
        return count(path, rows)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, record in read_lines(path):
        yield where, from_hub(record, where)
