"""Files of records by their ending: JSON, JSON lines, CSV, TSV, Parquet, Arrow; plain or compressed."""

import bz2
import csv
import difflib
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from gristmill.errors import UserError, nearest
from gristmill.files import as_bytes, each_object, json_value, replacing
from gristmill.lazy import lazy
from gristmill.record_tables import Placed, Record, read_arrow, read_parquet, write_table
from gristmill.records import Failure

pa = lazy("pyarrow")

ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".arrow")
PACKED = (".gz", ".bz2", ".xz", ".zst")
# Tables whose ending alone tells what they are.
DATABASES = (".sqlite", ".sqlite3", ".db")
_CELL = 50_000_000
_LONGEST_HEAD = 500
# Packed records unfold 3 to 40 times; a file that unfolds much further was made to fill a memory.
_MOST_TIMES = 100
_LEAST_LIMIT = 16 * 2**20
_BOM = b"\xef\xbb\xbf"
# What the head of a column of cells that are not texts ends in: each cell is JSON.
_JSON_HEAD = ":json"


Held = Iterator[tuple[str, Record | Failure]]


class OtherEnding(UserError):
    """A name that says another kind of file than is to be written."""


def ending(path: Path) -> str:
    """What a file of records is by its name, without the compression: `rows.jsonl.gz` is `.jsonl`; "" for no such."""
    names = [suffix.lower() for suffix in path.suffixes[-2:]]
    if names and names[-1] in PACKED:
        names.pop()
    return names[-1] if names and names[-1] in ENDINGS else ""


def bare_name(path: Path) -> str:
    """A file's name without the endings that say what kind of records it holds."""
    named = path.suffix.lower() in (*ENDINGS, *DATABASES, *PACKED)
    return bare_name(path.with_suffix("")) if named else path.name


def records(path: Path, columns: Mapping[str, str] | None = None) -> Placed:
    """Yield `("path, row n", record)` for each record of a file. Raises UserError, also for a line that is broken.

    `columns` says `our key: the file's key`, for a file that names its keys otherwise. Some records may lack a mapped
    key; when the first has one much like it, or at the end when none had it, it counts as a mistake.
    """
    yield from unbroken(held(path, columns))


def unbroken(placed: Held) -> Placed:
    """The records in their places. Raises UserError for a line that is broken."""
    for where, record in placed:
        if isinstance(record, Failure):
            raise UserError(record.reason)
        yield where, record


def held(path: Path, columns: Mapping[str, str] | None = None) -> Held:
    """Yield as `records`, but a Failure for each line of JSON lines that is broken. Raises UserError when all are."""
    kind = ending(path)
    if not kind:
        raise UserError(
            f"{path} is no file of records: those end in {', '.join(ENDINGS)}, and {', '.join(PACKED)} after."
        )
    placed = _READERS[kind](path)
    yield from _mapped(placed, columns, path) if columns else placed


def _mapped(placed: Held, columns: Mapping[str, str], path: Path) -> Held:
    seen: dict[str, None] = {}
    for where, record in placed:
        if isinstance(record, Failure):
            yield where, record
            continue
        yield where, renamed(record, columns, where, not seen and _mistyped(columns.values(), record))
        seen.update(dict.fromkeys(record))
    for ours, theirs in columns.items():
        if seen and theirs not in seen:
            raise UserError(f'{path}: no record has the key "{theirs}" for "{ours}": {nearest(theirs, seen)}')


def _mistyped(keys: Iterable[str], record: Record) -> bool:
    """Whether a key that the record lacks is much like one that it has."""
    named = set(keys)
    others = [key for key in record if key not in named]
    return any(difflib.get_close_matches(key, others, cutoff=0.75) for key in sorted(named - record.keys()))


def renamed(record: Record, columns: Mapping[str, str], where: str, whole: bool = True) -> Record:
    """The record under our keys, in its own order. Raises UserError for a mapped key that it lacks, with the nearest.

    A key that only some records have is left out where it is absent: only with `whole` must all be there. A key of
    ours that the file uses for something else is refused.
    """
    ours = {theirs: name for name, theirs in columns.items()}
    wrong = [
        f'has no key "{key}" for "{name}": {nearest(key, record)}' for key, name in ours.items() if key not in record
    ]
    if wrong and whole:
        raise UserError(f"{where} {'; '.join(wrong)}")
    for name, theirs in columns.items():
        if name in record and name not in ours and theirs in record:
            raise UserError(f'{where} has a key "{name}" besides "{theirs}", which columns calls "{name}": name one.')
    return {ours.get(key, key): value for key, value in record.items()}


def named_back(rows: Iterable[Record], columns: Mapping[str, str], path: Path) -> Iterator[Record]:
    """The rows under the file's keys: the way back of `renamed`. Raises UserError for a mapped key that no row has."""
    unseen = dict(columns)
    for row in rows:
        unseen = {ours: theirs for ours, theirs in unseen.items() if ours not in row}
        yield {columns.get(name, name): value for name, value in row.items()}
    for ours, theirs in unseen.items():
        raise UserError(f'{path}: no row has "{ours}" to write as "{theirs}": leave it out of columns.')


def written_as(path: Path, endings: Sequence[str], packed: Sequence[str] = ()) -> str:
    """The ending by which a file is to be written, without the compression. Raises OtherEnding for none of these."""
    last = path.suffix.lower()
    kind = ending(path) if last in packed else last
    if kind not in endings:
        raise OtherEnding(f"{path.name} cannot be written in this format: end its name in {', '.join(endings)}.")
    return kind


def write_records(path: Path, rows: Iterable[Record], types: Mapping[str, str] | None = None) -> None:
    """Write records in order, in the kind that the path ends in; `types` are known Arrow types. Raises UserError."""
    kind = written_as(path, ENDINGS, PACKED)
    with replacing(path) as partial, _opened(partial, path.suffix.lower(), "wb") as file:
        if kind in (".parquet", ".arrow"):
            write_table(file, kind, rows, types or {}, path)
        elif kind in (".csv", ".tsv"):
            _write_cells(file, "\t" if kind == ".tsv" else ",", rows, path)
        elif kind == ".json":
            file.write(as_bytes(list(rows), str(path), indent=1) + b"\n")
        else:
            for row in rows:
                file.write(as_bytes(row, f'{path}: row "{row.get("id", "")}"') + b"\n")


def _opened(path: Path, packed: str, mode: str = "rb") -> AbstractContextManager[IO[bytes]]:
    if packed == ".zst":
        return cast(AbstractContextManager[IO[bytes]], _zstd(path, mode))
    if packed == ".gz":
        return cast(AbstractContextManager[IO[bytes]], gzip.GzipFile(path, mode, mtime=0))
    openers: dict[str, Any] = {".bz2": bz2.open, ".xz": lzma.open}
    return cast(AbstractContextManager[IO[bytes]], openers.get(packed, open)(path, mode))


def _zstd(path: Path, mode: str) -> Any:
    if mode == "wb":
        return pa.CompressedOutputStream(str(path), "zstd")
    return io.BufferedReader(pa.CompressedInputStream(str(path), "zstd"), 1 << 16)


class _Measured(io.RawIOBase):
    """The unpacked bytes of a file, up to so many times its packed size as real records reach."""

    def __init__(self, inner: IO[bytes], path: Path) -> None:
        self._inner = inner
        self._path = path
        self._left = max(_LEAST_LIMIT, _MOST_TIMES * path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._inner.read(len(buffer))
        self._left -= len(part)
        if self._left < 0:
            raise UserError(
                f"{self._path} unpacks to over {_MOST_TIMES} times its size, as no real file of records does: "
                "look into it, and unpack it yourself if it is right."
            )
        buffer[: len(part)] = part
        return len(part)


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    packed = path.suffix.lower()
    try:
        with _opened(path, packed) as file:
            yield cast(IO[bytes], io.BufferedReader(_Measured(file, path), 1 << 16)) if packed in PACKED else file
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise UserError(
            f"{path} cannot be unpacked or read: {error}. Fetch it anew, or mend the file's rights."
        ) from None


def whole(path: Path) -> bytes:
    """All bytes of a file, unpacked. Raises UserError."""
    with _unpacked(path) as file:
        return bytes(file.read())


def _lines(path: Path) -> Held:
    with _unpacked(path) as file:
        yield from each_object(file, path)


def _json(path: Path) -> Held:
    """A list of objects; a `.json` that holds one object a line is read as lines, as hubs write it."""
    data = whole(path).removeprefix(_BOM)
    if data.lstrip()[:1] == b"{":
        yield from each_object(io.BytesIO(data), path)
        return
    value = json_value(data, str(path))
    if not isinstance(value, list):
        raise UserError(f"{path} holds no list of records: it must begin with [ or with an object a line.")
    for number, record in enumerate(value, 1):
        if not isinstance(record, dict):
            raise UserError(f"{path}, record {number} is not an object: put one JSON object there.")
        yield f"{path}, record {number}", record


def _cells(path: Path, delimiter: str) -> Placed:
    """Cells are texts, but for columns whose head ends in `:json`."""
    text = io.StringIO(_text(whole(path), path), newline="")
    csv.field_size_limit(min(_CELL, sys.maxsize))
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        heads = next(reader, [])
        if longest := max((len(head) for head in heads if len(head) > _LONGEST_HEAD), default=0):
            raise UserError(
                f"{path} has a column whose name is {longest:,} characters long, and every row repeats it: "
                f"give the columns names of up to {_LONGEST_HEAD}, in the first line."
            )
        if len(set(heads)) < len(heads):
            twice = next(head for head in heads if heads.count(head) > 1)
            raise UserError(f'{path} has two columns "{twice}": name columns apart.')
        for cells in reader:
            where = f"{path}, line {reader.line_num}"
            if cells and len(cells) != len(heads):
                raise UserError(f"{where} has {len(cells)} cells under {len(heads)} heads: mend that line.")
            if cells:
                yield where, dict(_from_cell(head, cell, where) for head, cell in zip(heads, cells, strict=True))
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: {error}. Mend the quotes of that line.") from None


def _from_cell(head: str, cell: str, where: str) -> tuple[str, Any]:
    if not head.endswith(_JSON_HEAD):
        return head, cell
    return head.removesuffix(_JSON_HEAD), json_value(cell.encode(), f'{where}, column "{head}"')


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 at byte {error.start + 1}: save the file as UTF-8.") from None


def _write_cells(file: IO[bytes], delimiter: str, rows: Iterable[Record], path: Path) -> None:
    """Lines end as RFC 4180 says. A column of which a value is no text is JSON throughout, and its head says so."""
    listed = list(rows)
    names = list(dict.fromkeys(name for row in listed for name in row))
    coded = {
        name for name in names if name.endswith(_JSON_HEAD) or not all(isinstance(row.get(name), str) for row in listed)
    }
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    if names:
        text.write("\ufeff" if names[0].startswith("\ufeff") else "")
        writer.writerow([f"{name}{_JSON_HEAD}" if name in coded else name for name in names])
    for number, row in enumerate(listed, 1):
        cells = {name: as_bytes(row.get(name), f'{path}: row {number}, "{name}"').decode() for name in names}
        writer.writerow([cells[name] if name in coded else row[name] for name in names])
    text.flush()
    text.detach()


_READERS: Mapping[str, Callable[[Path], Held]] = {
    ".json": _json,
    ".jsonl": _lines,
    ".ndjson": _lines,
    ".csv": lambda path: _cells(path, ","),
    ".tsv": lambda path: _cells(path, "\t"),
    ".parquet": lambda path: read_parquet(whole(path) if path.suffix.lower() in PACKED else path, path),
    ".arrow": lambda path: read_arrow(whole(path), path),
}
