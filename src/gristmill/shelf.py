"""Parquet tables written some rows at a time, and their rows by number, a few at a time in memory."""

import bisect
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gristmill.arrow import Columns, Row, schema, table
from gristmill.lazy import lazy

pq = lazy("pyarrow.parquet")


class Shelf:
    """Rows of a table by number; the two groups of rows that were last used stay at hand."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ends: list[int] = []
        self._held: dict[int, list[Row]] = {}

    def row(self, number: int) -> Row:
        """The row at this place, from 0."""
        if not self._ends:
            with pq.ParquetFile(self._path) as file:
                sizes = (file.metadata.row_group(group).num_rows for group in range(file.num_row_groups))
                self._ends = list(itertools.accumulate(sizes))
        group = bisect.bisect_right(self._ends, number)
        if group not in self._held:
            with pq.ParquetFile(self._path) as file:
                self._held[group] = file.read_row_group(group).to_pylist()
            for old in list(self._held)[:-2]:
                del self._held[old]
        return self._held[group][number - (self._ends[group - 1] if group else 0)]


@contextmanager
def parquet_file(columns: Columns, path: Path) -> Iterator[Callable[[Sequence[Row]], None]]:
    """A Parquet file to write rows to, some at a time; forced to the disk, so that a rename publishes a whole file."""
    with path.open("wb") as file:
        with pq.ParquetWriter(file, schema(columns), compression="zstd") as writer:
            yield lambda rows: writer.write_table(table(rows, columns)) if rows else None
        file.flush()
        os.fsync(file.fileno())
