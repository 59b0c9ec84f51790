"""Everything known of each row, one JSON object a line: for scripts and for the eye."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Format, Task
from gristmill.errors import UserError
from gristmill.formats._everything import columns, everything, task_columns
from gristmill.formats._files import count, kind, only, read_lines, write_lines
from gristmill.records import Example


class Jsonl(Format):
    """JSON lines with the task's columns, then `id, origin, model, family, source, licence, trust, spans`."""

    suffix: ClassVar[str] = ".jsonl"

    def write(self, examples: Sequence[Example], task: Task, path: Path) -> None:
        """Write the examples in order. Raises UserError."""
        columns(task)
        write_lines(path, (everything(example, task) for example in examples))

    def read(self, path: Path) -> Iterator[Mapping[str, Any]]:
        """Yield the task's columns and the id of each line; a file of another origin line by line. Raises UserError."""
        for _, record in read_lines(path):
            yield task_columns(record)

    def verify(self, path: Path) -> int:
        """Count the rows, which must share columns and their kinds, as a loader infers them. Raises UserError."""
        return count(path, _alike(path))


def _alike(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    kinds: dict[str, str] = {}
    first: tuple[str, ...] | None = None
    for where, record in read_lines(path):
        first = tuple(record) if first is None else first
        only(record, first, (), where)
        for name, value in record.items():
            seen = "a list" if isinstance(value, list) else kind(value)
            if value is not None and kinds.setdefault(name, seen) != seen:
                raise UserError(f'{where}: "{name}" is {seen}, and {kinds[name]} in the lines before.')
        yield where, record
