"""Files on disk: written whole or not at all, read back with the line in every complaint."""

import contextlib
import fcntl
import glob
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gristmill.errors import UserError, nearest
from gristmill.records import Failure

# After so many broken lines, and so many for each good one, a file holds something else.
_HOPELESS = 1_000
_MOST_BROKEN = 10
# What a folder that is being written ends in.
_MAKING = ".partial"
_BOM = b"\xef\xbb\xbf"
_HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the machine refuses while this is written, as a UserError that names it."""
    try:
        yield
    except OSError as error:
        taken = isinstance(error, FileExistsError | NotADirectoryError)
        said = "Not a directory: a file stands where its folder should be" if taken else error.strerror or error
        raise UserError(f"{path} cannot be written: {said}. Free the place or name another.") from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A partial file beside `path` that takes its place only when the block ends well.

    Raises UserError when the folder or the disk refuses; the file that was there before stays.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with writing(path):
            yield partial
            with partial.open("r+b") as file:
                os.fsync(file.fileno())
            partial.replace(path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def published(final: Path) -> Iterator[Path]:
    """A folder to write in that takes its place, whole, by rename; nothing of it stays when writing fails.

    What was there before stays until then. Raises UserError when the place refuses.
    """
    final = final.resolve()
    making = final.with_name(f".{final.name}.{os.getpid()}{_MAKING}")
    with contextlib.ExitStack() as stack:
        with writing(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            _sweep(final)
            stack.enter_context(_claimed(making))
        stack.callback(shutil.rmtree, making, ignore_errors=True)
        yield making
        with writing(final):
            _exchange(making, final)


def _sweep(final: Path) -> None:
    """Remove what runs that were killed left of this folder; what a living one is making stays."""
    for left in final.parent.glob(f".{glob.escape(final.name)}.[0-9]*{_MAKING}"):
        if left.is_dir():
            with contextlib.suppress(BlockingIOError), _claimed(left):
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """The folder, made when it is not there, for this process alone. Raises BlockingIOError when another has it."""
    folder.mkdir(exist_ok=True)
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(place)


def _exchange(making: Path, final: Path) -> None:
    """Put the new folder in the place of the old one, which goes only then."""
    if not final.is_dir():
        making.rename(final)
        return
    old = making.with_name(f".{final.name}.{os.getpid()}-old{_MAKING}")
    final.rename(old)
    try:
        making.rename(final)
    except BaseException:
        old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line: UTF-8, LF, in the order given. Raises UserError."""
    with replacing(path) as partial, partial.open("wb") as file:
        for record in records:
            file.write(as_bytes(record, f'{path}: example "{record.get("id", "")}"') + b"\n")


def as_bytes(value: Any, where: str, indent: int | None = None) -> bytes:
    """The value as UTF-8 JSON. Raises UserError for half a surrogate pair, and for NaN or infinity."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent).encode()
    except UnicodeEncodeError as error:
        raise UserError(f"{where} {_half(error)}") from None
    except RecursionError:
        raise UserError(f"{where} is nested too deeply to be a row.") from None
    except ValueError:
        raise UserError(f"{where} holds a number that JSON has not (NaN or infinity): remove the row.") from None


def read_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `("path, line n", object)` for each line that is not blank. Raises UserError."""
    try:
        with path.open("rb") as file:
            yield from objects(file, path)
    except OSError as error:
        raise _unread(path, error) from None


def objects(lines: Iterable[bytes], path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `("path, line n", object)` for each line that is not blank. Raises UserError.

    Only LF ends a line: U+2028 and its like inside a text are text.
    """
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if line:
            where = f"{path}, line {number}"
            yield where, _object(line.removeprefix(_BOM) if number == 1 else line, where)


def each_object(lines: Iterable[bytes], path: Path) -> Iterator[tuple[str, dict[str, Any] | Failure]]:
    """Yield as `objects`, but a Failure for a line that is broken.

    Raises UserError when none is good at first, and when nearly all are broken: the file holds something else.
    """
    waiting: list[tuple[str, Failure]] = []
    good = broken = 0
    for number, line in enumerate(map(bytes.strip, lines), 1):
        if not line:
            continue
        where = f"{path}, line {number}"
        try:
            record = _object(line.removeprefix(_BOM) if number == 1 else line, where)
        except UserError as error:
            broken += 1
            waiting.append((where, Failure(state="malformed", reason=str(error))))
            if broken > max(_HOPELESS, _MOST_BROKEN * good):
                rest = f"are {broken - 1:,} of the {broken + good - 1:,} other lines up to there"
                raise UserError(f"{waiting[0][1].reason} So {rest}: the file holds something else.") from None
        else:
            good += 1
            yield from waiting
            waiting = []
            yield where, record
    if waiting and not good:
        raise UserError(waiting[0][1].reason)
    yield from waiting


def text_of(path: Path) -> str:
    """The text of a file in UTF-8. Raises UserError."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise _unread(path, error) from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 at byte {error.start + 1}: save the file as UTF-8.") from None


def read_object(path: Path) -> dict[str, Any]:
    """The one JSON object that a file holds. Raises UserError."""
    try:
        return _object(path.read_bytes().removeprefix(_BOM), str(path))
    except OSError as error:
        raise _unread(path, error) from None


def only(record: Any, needed: Iterable[str], allowed: Iterable[str], where: str) -> dict[str, Any]:
    """The record itself, when it is an object with every needed key and none beyond the allowed."""
    if not isinstance(record, dict):
        raise UserError(f"{where} is {kind(record)}, not an object.")
    needed = tuple(needed)
    names = {*needed, *allowed}
    for key in record:
        if key not in names:
            raise UserError(f'{where} has the unknown key "{key}": {nearest(key, names)}')
    for key in needed:
        if key not in record:
            raise UserError(f'{where} lacks the key "{key}".')
    return record


def string(record: Mapping[str, Any], key: str, where: str) -> str:
    """The text under a key. Raises UserError when it is anything else."""
    value = record[key]
    if not isinstance(value, str):
        raise UserError(f'{where}: "{key}" is {kind(value)}, not a text.')
    return value


def once(name: Any, seen: dict[str, str], where: str) -> None:
    """Remember an id and its place. Raises UserError when it was seen before."""
    if str(name) in seen:
        raise UserError(f'{where} repeats the id "{name}" of {seen[str(name)]}: ids must tell rows apart.')
    seen[str(name)] = where


def count(path: Path, records: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
    """How many records there are, none with the id of another. Raises UserError when there is none."""
    seen: dict[str, str] = {}
    rows = 0
    for where, record in records:
        if "id" in record:
            once(record["id"], seen, where)
        rows += 1
    if not rows:
        raise UserError(f"{path} holds no rows, and trainers cannot load an empty file: leave the split out.")
    return rows


def kind(value: Any) -> str:
    """What a JSON value is, in a reader's words."""
    if value == []:
        return "an empty list"
    words = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return words.get(type(value), "a number")


def _object(data: bytes, where: str) -> dict[str, Any]:
    value = json_value(data, where)
    if not isinstance(value, dict):
        raise UserError(f"{where} is {kind(value)}, not an object: put one JSON object there.")
    return value


def json_value(data: bytes, where: str) -> Any:
    """The value of a JSON text in UTF-8, read strictly: no key twice, no NaN, no half characters. Raises UserError."""
    try:
        text = data.decode()
        value = json.loads(text, object_pairs_hook=_distinct, parse_constant=_no_constant)
        if _HALF_ESCAPE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise UserError(f"{where} is not UTF-8 at byte {error.start + 1}: save the file as UTF-8.") from None
    except UnicodeEncodeError as error:
        raise UserError(f"{where} {_half(error)}") from None
    except RecursionError:
        raise UserError(f"{where} is nested too deeply to be a row.") from None
    except json.JSONDecodeError as error:
        spot = f"row {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise UserError(f"{where} is not JSON at {spot}: {error.msg}.") from None
    except ValueError as error:
        raise UserError(f"{where} {error}") from None
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f'has the key "{twice}" twice in one object: keep one of them.')
    return record


def _no_constant(name: str) -> None:
    raise ValueError(f"holds {name}, which JSON has not: write a number or null.")


def _half(error: UnicodeEncodeError) -> str:
    point = ord(error.object[error.start])
    return f"holds U+{point:04X}, half of a character, which no UTF-8 file can keep: mend the text or drop the row."


def _unread(path: Path, error: OSError) -> UserError:
    return UserError(f"{path} cannot be read: {error.strerror or error}. Mend the path or the file's rights.")
