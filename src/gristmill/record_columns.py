"""Columns of a file of records, some megabytes at a time: JSON lines quickly, all else row by row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from gristmill.errors import UserError
from gristmill.files import as_bytes, json_value, kind
from gristmill.lazy import lazy
from gristmill.record_files import held
from gristmill.records import Failure, canonical, fields_of

np = lazy("numpy")
pa = lazy("pyarrow")
pj = lazy("pyarrow.json")

# No file names its columns so.
LINE, ID, RECORD = "\0line", "\0id", "\0record"
_BLOCK = 2_000_000
_PIECE = 2_000
_BOM = b"\xef\xbb\xbf"
_NUMBERS_OF_NO_JSON = (b"NaN", b"Inf")
# Before a value stands one of these, or nothing but space for as far as is looked.
_BEFORE_A_VALUE = (b":", b",", b"[", b"")
_NEAR = 16
_LF, _CR, _OPENS, _CLOSES = b"\n\r{}"
_KINDS: Mapping[type, str] = {str: "string", int: "int64", bool: "bool"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A file of records whose columns are asked for: its first good record, clipped, tells them."""

    place: str

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """Yield one `columns`: name -> the kind of its first value; or a `failure`."""
        try:
            first = next((one for _, one in held(Path(self.place)) if not isinstance(one, Failure)), None)
        except UserError as error:
            yield _failed(Failure(state="malformed", reason=str(error)), 0)
            return
        yield {"columns": {name: _told(value) for name, value in (first or {}).items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Columns to read of a file of records; the first one named is the text, which no row may lack."""

    place: str
    names: Sequence[str]

    def entries(self) -> Iterator[Mapping[str, Any] | memoryview]:
        """Yield Arrow streams of the columns, with the number of each row's line (or record) and its own id.

        Of files that are not JSON lines each record too, as JSON. A `failure` for each line that gives no row, with
        its record where it has one; of line 0 when the rest of the file cannot be read.
        """
        try:
            if Path(self.place).suffix.lower() in (".jsonl", ".ndjson"):
                yield from _lines(Path(self.place), self.names)
            else:
                yield from _others(Path(self.place), self.names)
        except UserError as error:
            yield _failed(Failure(state="malformed", reason=str(error)), 0)


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """A file's bytes in pieces of whole lines."""
    while block := file.read(_BLOCK):
        yield block if block.endswith(b"\n") else block + file.readline()


def _lines(path: Path, names: Sequence[str]) -> Iterator[Mapping[str, Any] | memoryview]:
    kinds: dict[str, Any] = {}
    with path.open("rb") as file:
        first = 1
        for block in blocks(file):
            if first == 1:
                block = block.removeprefix(_BOM)
                kinds = _kinds(block, names)
            table = _quick(block, kinds, first) if kinds else None
            if table is None:
                yield from _slow(block, names, first, path)
            else:
                yield _stream(table)
            # bytes.count takes eight times as long.
            first += int(np.count_nonzero(np.frombuffer(block, np.uint8) == _LF))


def _kinds(block: bytes, names: Sequence[str]) -> dict[str, Any]:
    """The Arrow types of the columns, by the first record; none when it lacks one, cannot be read or holds others."""
    try:
        record = json_value(block.split(b"\n", 1)[0], "")
    except UserError:
        return {}
    if not isinstance(record, dict) or not record.keys() >= set(names):
        return {}
    wanted = {name: record[name] for name in (*names, "id") if name in record}
    if any(type(value) not in _KINDS for value in wanted.values()):
        return {}
    return {name: pa.type_for_alias(_KINDS[type(value)]) for name, value in wanted.items()}


def _quick(block: bytes, kinds: Mapping[str, Any], first: int) -> Any:
    """The block's columns by Arrow's own parser; None when a line of it needs a closer look."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == _LF)
    count = len(ends) + (not block.endswith(b"\n"))
    between = ends[ends < len(block) - 1]
    closes = np.where(data[between - 1] == _CR, data[between - 2], data[between - 1])
    # Each line is one object: none is blank, none holds the end of one and the beginning of another.
    if not block.startswith(b"{") or not ((closes == _CLOSES) & (data[between + 1] == _OPENS)).all():
        return None
    if _more_than_json(block):
        return None
    try:
        table = pj.read_json(
            pa.BufferReader(block),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=pa.schema(list(kinds.items())), unexpected_field_behavior="ignore"
            ),
        )
        table.validate(full=True)
    except pa.ArrowInvalid:
        return None
    text = next(iter(kinds))
    if table.num_rows != count or any(column.null_count for column in table.columns):
        return None
    if table.schema.field(text).type != pa.string() or any(_has_empty(chunk) for chunk in table.column(text).chunks):
        return None
    columns = {name: table.column(name).cast(pa.string()) for name in kinds if name != "id" or name in (text,)}
    ids = table.column("id").cast(pa.string()) if "id" in kinds else pa.nulls(count, pa.string())
    lines = pa.array(np.arange(first, first + count))
    return pa.table({**columns, LINE: lines, ID: ids})


def _has_empty(texts: Any) -> bool:
    bounds = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return bool((bounds[1:] == bounds[:-1]).any())


def _more_than_json(block: bytes) -> bool:
    """Whether a block holds what Arrow passes over in columns that are not asked for: NaN, bytes of no text."""
    bounds = pa.array([0, len(block)], pa.int64()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, bounds, pa.py_buffer(block)]).validate(full=True)
        for line in _doubtful(block):
            json_value(line, "")
    except (pa.ArrowInvalid, UserError):
        return True
    return False


def _doubtful(block: bytes) -> Iterator[bytes]:
    """The lines in which NaN or Inf stands where a value may begin; in most of them it is a word of a text."""
    data = np.frombuffer(block, np.uint8)
    for word in _NUMBERS_OF_NO_JSON:
        # A search for so short a word takes several times as long as one for its first letter.
        places = np.flatnonzero(data[: -len(word)] == word[0])
        places = places[(data[places + 1] == word[1]) & (data[places + 2] == word[2])]
        done = 0
        for at in places.tolist():
            if at >= done and block[max(0, at - _NEAR) : at].rstrip(b" \t-")[-1:] in _BEFORE_A_VALUE:
                done = block.find(b"\n", at) + 1 or len(block)
                yield block[block.rfind(b"\n", 0, at) + 1 : done]


def _slow(block: bytes, names: Sequence[str], first: int, path: Path) -> Iterator[Mapping[str, Any] | memoryview]:
    good: list[dict[str, Any]] = []
    for number, line in enumerate(block.split(b"\n"), first):
        if line.strip():
            try:
                row = _row(
                    json_value(line, f"{path.name}, line {number}"), names, number, f"{path.name}, line {number}"
                )
            except UserError as error:
                row = Failure(state="malformed", reason=str(error))
            if isinstance(row, Failure):
                yield _failed(row, number)
            else:
                good.append(row)
    if good:
        yield _stream(_table(good, names))


def _others(path: Path, names: Sequence[str]) -> Iterator[Mapping[str, Any] | memoryview]:
    good: list[dict[str, Any]] = []
    for number, (where, record) in enumerate(held(path), 1):
        where = where.replace(str(path), path.name)
        kept = record if isinstance(record, Failure) else _kept(record, where)
        row = kept if isinstance(kept, Failure) else _row(record, names, number, where)
        if isinstance(row, Failure):
            yield {**_failed(row, number), "record": "" if isinstance(kept, Failure) else kept}
        else:
            good.append({**row, RECORD: kept})
        if len(good) == _PIECE:
            yield _stream(_table(good, [*names, RECORD]))
            good = []
    if good:
        yield _stream(_table(good, [*names, RECORD]))


def _kept(record: Any, where: str) -> str | Failure:
    """A record as JSON, its keys in their order."""
    try:
        return as_bytes(record, where).decode()
    except UserError as error:
        return Failure(state="malformed", reason=str(error))


def _row(record: Any, names: Sequence[str], number: int, where: str) -> dict[str, Any] | Failure:
    """The wanted columns of a record as texts."""
    if not isinstance(record, Mapping):
        return Failure(
            state="malformed", reason=f"{where} is {kind(record)}, not an object: put one JSON object there."
        )
    text = record.get(names[0])
    if not isinstance(text, str) or not text:
        found = "an empty text" if text == "" else kind(text) if names[0] in record else "not there"
        return Failure(
            state="no_text", reason=f'{where}: "{names[0]}" is {found}, and a row without text has nothing to judge.'
        )
    named = record.get("id")
    row: dict[str, Any] = {name: _plain(record.get(name)) for name in names}
    return {**row, LINE: number, ID: None if named is None else _plain(named)}


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else canonical(value)


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Any:
    kinds = [*((name, pa.string()) for name in names), (LINE, pa.int64()), (ID, pa.string())]
    return pa.Table.from_pylist(list(rows), schema=pa.schema(kinds))


def _stream(table: Any) -> memoryview:
    measured = pa.MockOutputStream()
    _write(measured, table)
    room = pa.allocate_buffer(measured.size())
    _write(pa.FixedSizeBufferWriter(room), table)
    return memoryview(room)


def _write(sink: Any, table: Any) -> None:
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def _failed(failure: Failure, number: int) -> Mapping[str, Any]:
    return {"failure": fields_of(failure), "line": number}


def _told(value: Any) -> str:
    return "text" if isinstance(value, str) else kind(value).split()[-1]
