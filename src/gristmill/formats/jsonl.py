"""Everything known of each row, one JSON object a line: for scripts and for the eye."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from gristmill.errors import UserError
from gristmill.files import count, kind, only
from gristmill.formats._whole import Whole
from gristmill.record_files import unbroken


class Jsonl(Whole):
    """JSON lines of any keys; examples have the task's columns, then `id, origin, model, family, source, …`."""

    suffix: ClassVar[str] = ".jsonl"
    endings: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson", ".json")

    def verify(self, path: Path) -> int:
        """Count the rows, which must share columns and their kinds, as a loader infers them. Raises UserError."""
        return count(path, self._alike(path))

    def _alike(self, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        kinds: dict[str, str] = {}
        first: tuple[str, ...] | None = None
        for where, record in unbroken(self.placed(path)):
            first = tuple(record) if first is None else first
            only(record, first, (), where)
            for name, value in record.items():
                seen = "a list" if isinstance(value, list) else kind(value)
                if value is not None and kinds.setdefault(name, seen) != seen:
                    raise UserError(f'{where}: "{name}" is {seen}, and {kinds[name]} in the lines before.')
            yield where, record
