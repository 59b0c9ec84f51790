"""Records in Parquet and Arrow: typed columns, and JSON text where no Arrow type holds the values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from gristmill.errors import UserError
from gristmill.files import as_bytes, json_value
from gristmill.lazy import lazy
from gristmill.records import canonical

pa = lazy("pyarrow")
pq = lazy("pyarrow.parquet")
ipc = lazy("pyarrow.ipc")

Record = dict[str, Any]
Placed = Iterator[tuple[str, Record]]
# Rows that are held at once in reading, and in one group of those written.
_GROUP = 2_000
_WRITTEN = 10_000
# Lists and objects in the type of a column; Arrow writes deeper ones and cannot read them.
_DEEPEST = 60
# What the field of a column is marked with whose values no Arrow type holds as they are: each is JSON text.
_JSON = {b"gristmill": b"json"}


def read_parquet(source: Path | bytes, path: Path) -> Placed:
    """Yield `("path, row n", record)` of a Parquet file, or of its bytes. Raises UserError, also for a damaged page."""
    opened = pa.BufferReader(source) if isinstance(source, bytes) else source
    return _rows_of(
        path, "Parquet", lambda: pq.ParquetFile(opened, page_checksum_verification=True).iter_batches(_GROUP)
    )


def read_arrow(data: bytes, path: Path) -> Placed:
    """Yield `("path, row n", record)` of Arrow's file form, or its stream form, which hubs' caches hold.

    Raises UserError.
    """
    return _rows_of(path, "Arrow", lambda: _batches(pa.BufferReader(data)))


def write_table(file: IO[bytes], kind: str, rows: Iterable[Record], types: Mapping[str, str], path: Path) -> None:
    """A typed table. Columns without a known type get that of what all rows hold, or are JSON when none holds it."""
    listed = list(rows)
    names = list(dict.fromkeys(name for row in listed for name in row))
    fields = [_field_of(name, listed, types, path) for name in names]
    coded = [field.name for field in fields if field.metadata]
    if coded:
        listed = [{**row, **_coded(row, coded, path)} for row in listed]
    schema = pa.schema(fields)
    if kind == ".parquet":
        with pq.ParquetWriter(file, schema, compression="zstd", write_page_checksum=True) as writer:
            for start in range(0, len(listed), _WRITTEN):
                writer.write_table(_table(listed[start : start + _WRITTEN], schema, path))
        return
    with ipc.new_file(file, schema) as writer:
        for start in range(0, len(listed), _WRITTEN):
            writer.write_table(_table(listed[start : start + _WRITTEN], schema, path))


def arrow_type(kind: str) -> Any:
    """The Arrow type that a text names, as a task's columns and ours name them."""
    if kind.startswith("list<"):
        return pa.list_(arrow_type(kind.removeprefix("list<").removesuffix(">")))
    if kind.startswith("struct<"):
        inner = kind.removeprefix("struct<").removesuffix(">").split(", ")
        return pa.struct([(name, arrow_type(of)) for name, of in (part.split(": ") for part in inner)])
    return pa.type_for_alias(kind)


def _batches(data: Any) -> Iterator[Any]:
    try:
        reader = ipc.open_file(data)
    except pa.ArrowInvalid:
        data.seek(0)
        for batch in ipc.open_stream(data):
            yield _sound(batch)
        return
    for number in range(reader.num_record_batches):
        yield _sound(reader.get_batch(number))


def _sound(batch: Any) -> Any:
    """The batch itself, once its offsets and texts are looked through: Arrow believes what a file says of them."""
    batch.validate(full=True)
    return batch


def _rows_of(path: Path, kind: str, opened: Callable[[], Iterable[Any]]) -> Placed:
    number = 0
    try:
        for batch in opened():
            coded = [field.name for field in batch.schema if _is_coded(field)]
            strange = [field.name for field in batch.schema if not _is_plain(field, path)]
            for start in range(0, batch.num_rows, _GROUP):
                for row in batch.slice(start, _GROUP).to_pylist():
                    number += 1
                    where = f"{path}, row {number}"
                    row.update({name: _plain(row[name]) for name in strange})
                    row.update({name: _decoded(row[name], f'{where}, column "{name}"') for name in coded})
                    yield where, row
    except (OSError, pa.ArrowException, UnicodeDecodeError, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"{path} cannot be read as {kind} after row {number}: {said}. Export or fetch it anew."
        ) from None


def _is_coded(field: Any) -> bool:
    return (field.metadata or {}).items() >= _JSON.items() and pa.types.is_string(field.type)


def _is_plain(field: Any, path: Path) -> bool:
    """Whether JSON has the kind of a column's values. Raises UserError for bytes, which are no text."""
    told = str(field.type)
    if "binary" in told:
        raise UserError(f'{path}: the column "{field.name}" holds bytes ({told[:60]}): keep the columns of text only.')
    return not any(kind in told for kind in ("timestamp", "date", "time", "decimal", "duration", "interval", "map<"))


def _plain(value: Any) -> Any:
    """Times and decimals as text; the pairs of a map as lists."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _decoded(value: Any, where: str) -> Any:
    return None if value is None else json_value(value.encode(), where)


def _coded(row: Record, names: Iterable[str], path: Path) -> Record:
    where = f'{path}: row "{row.get("id", "")}"'
    return {name: as_bytes(row[name], f'{where}, column "{name}"').decode() for name in names if name in row}


def _field_of(name: str, rows: list[Record], types: Mapping[str, str], path: Path) -> Any:
    """The Arrow field of a column; one whose values Arrow would change (other keys, other kinds) holds JSON text."""
    if name in types:
        return pa.field(name, arrow_type(types[name]))
    values = [row.get(name) for row in rows]
    if any(isinstance(value, list | dict) for value in values):
        as_bytes(values, f'{path}: column "{name}"')
    try:
        found = pa.array(values)
        if pa.types.is_null(found.type):
            return pa.field(name, pa.string())
        if pa.types.is_string(found.type) or _fits(found, values):
            return pa.field(name, found.type)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError):
        as_bytes(values, f'{path}: column "{name}"')
    return pa.field(name, pa.string(), metadata=_JSON)


def _fits(found: Any, values: list[Any]) -> bool:
    """Whether Arrow gives back the values as they are, from a type that a file can hold."""
    kind = str(found.type)
    if "struct<>" in kind or kind.count("<") >= _DEEPEST:
        return False
    return canonical(found.to_pylist()) == canonical(values)


def _table(rows: list[Record], schema: Any, path: Path) -> Any:
    try:
        return pa.Table.from_pylist(rows, schema=schema)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError):
        for row in rows:
            _blame(row, schema, path)
        raise


def _blame(row: Record, schema: Any, path: Path) -> None:
    where = f'{path}: example "{row.get("id", "")}"'
    for column in schema:
        value = row.get(column.name)
        as_bytes(value, f'{where}, column "{column.name}"')
        try:
            pa.array([value], column.type)
        except (pa.ArrowException, OverflowError):
            found = repr(value)[:60]
            raise UserError(f'{where}: column "{column.name}" should be {column.type}, and is {found}.') from None
