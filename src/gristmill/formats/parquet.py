"""Everything known of each row, as a Parquet table with real types: for hubs and tools."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Format, Task
from gristmill.errors import UserError
from gristmill.formats._everything import columns, everything, task_columns
from gristmill.formats._files import as_bytes, count, replacing
from gristmill.lazy import lazy
from gristmill.records import Example

pa = lazy("pyarrow")
pq = lazy("pyarrow.parquet")
# Rows of one row group: what a reader must hold at once.
_GROUP = 10_000


class Parquet(Format):
    """A zstd-compressed Parquet table with the columns of `jsonl`; pages carry checksums."""

    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)
    suffix: ClassVar[str] = ".parquet"

    def write(self, examples: Sequence[Example], task: Task, path: Path) -> None:
        """Write the examples in order. Raises UserError, also for a value that is not of its column's type."""
        schema = pa.schema([(name, _arrow(kind)) for name, kind in columns(task).items()])
        with (
            replacing(path) as partial,
            pq.ParquetWriter(partial, schema, compression="zstd", write_page_checksum=True) as writer,
        ):
            for start in range(0, len(examples), _GROUP):
                rows = [everything(example, task) for example in examples[start : start + _GROUP]]
                writer.write_table(_table(rows, schema, path))

    def read(self, path: Path) -> Iterator[Mapping[str, Any]]:
        """Yield the task's columns and the id of each row; a table of another origin row by row. Raises UserError."""
        for _, row in _rows(path):
            yield task_columns(row)

    def verify(self, path: Path) -> int:
        """Count the rows after reading every page against its checksum. Raises UserError."""
        return count(path, _rows(path))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    number = 0
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(_GROUP):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}, row {number}", row
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        said = str(error).splitlines()[0]
        raise UserError(
            f"{path} cannot be read as Parquet after row {number}: {said}. Export or fetch it anew."
        ) from None


def _table(rows: list[dict[str, Any]], schema: Any, path: Path) -> Any:
    try:
        return pa.Table.from_pylist(rows, schema=schema)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError):
        for row in rows:
            _blame(row, schema, path)
        raise


def _blame(row: dict[str, Any], schema: Any, path: Path) -> None:
    where = f'{path}: example "{row["id"]}"'
    for field in schema:
        as_bytes(row[field.name], f'{where}, column "{field.name}"')
        try:
            pa.array([row[field.name]], field.type)
        except (pa.ArrowException, OverflowError):
            found = repr(row[field.name])[:60]
            raise UserError(f'{where}: column "{field.name}" should be {field.type}, and is {found}.') from None


def _arrow(kind: str) -> Any:
    """The Arrow type that a text names, as a task's columns and ours name them."""
    if kind.startswith("list<"):
        return pa.list_(_arrow(kind.removeprefix("list<").removesuffix(">")))
    if kind.startswith("struct<"):
        inner = kind.removeprefix("struct<").removesuffix(">").split(", ")
        return pa.struct([(name, _arrow(of)) for name, of in (part.split(": ") for part in inner)])
    return pa.type_for_alias(kind)
