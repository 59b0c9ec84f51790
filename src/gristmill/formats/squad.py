"""SQuAD 2.0 files as its official script reads them: articles, paragraphs, questions, spans."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Format, Task
from gristmill.formats._files import as_bytes, count, read_object, replacing
from gristmill.formats._squad import READS, flatten, flaws, nest, refuse, rows_of
from gristmill.records import Example


class Squad(Format):
    """One JSON object: `{"version", "data": [{"title", "paragraphs": [{"context", "qas": […]}]}]}`."""

    reads: ClassVar[tuple[str, ...]] = READS
    suffix: ClassVar[str] = ".json"

    def write(self, examples: Sequence[Example], task: Task, path: Path) -> None:
        """Write the examples by title and context, each group in order of first sight. Raises UserError."""
        text = as_bytes(nest(rows_of(examples, task)), str(path))
        with replacing(path) as partial:
            partial.write_bytes(text + b"\n")

    def read(self, path: Path) -> Iterator[Mapping[str, Any]]:
        """Yield a row per question, with its id; version 1.1's questions are all possible. Raises UserError.

        Offsets come as the file has them; `verify` says which are wrong.
        """
        for _, row in flatten(read_object(path), str(path)):
            yield row

    def verify(self, path: Path) -> int:
        """Count the questions. Raises UserError with each broken span and its nearest right offset."""
        rows = list(flatten(read_object(path), str(path)))
        refuse((f'"{row["id"]}" {flaw}' for _, row in rows for flaw in flaws(row)), f"{path} breaks SQuAD's rules")
        return count(path, rows)
