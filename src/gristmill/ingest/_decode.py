"""Bytes to text, with what was found out about their encoding; binary is refused."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from gristmill.errors import Unreadable
from gristmill.ingest._legacy import guess

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HALVES = re.compile("[\ud800-\udfff]")
# Text of one script without a space or line end has no NUL in UTF-16; its high halves are the script's own.
_SCRIPT_HALVES = 2
_STRANGE = frozenset(["Cc", "Cn", "Co"])
_BINARY = (
    "It is not text in Unicode or in an encoding that can be told. Give it the suffix of its real format, convert it "
    "to UTF-8, or leave it out."
)


def _checked(name: str) -> str:
    try:
        "".encode(name or "utf-8")
    except (LookupError, ValueError):
        raise ValueError("no text encoding has that name; try utf-8, cp1252, shift_jis or gb18030") from None
    return name


Encoding = Annotated[str, AfterValidator(_checked)]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with LF line ends and no byte order mark; `notes` tells what is not plain UTF-8 about it."""

    text: str
    notes: dict[str, str]


def decode(data: bytes, encoding: str = "") -> Decoded:
    """Text of a file: by `encoding` when given, else by its byte order mark, as Unicode, or by its letters.

    A guess by letters is noted with its `encoding_certainty`, from 0 to 1.

    Raises Unreadable: `empty` without bytes, `no_text` for nothing but white space, `not_text` for binary.
    """
    if not data:
        raise Unreadable("empty", "The file has 0 bytes. Restore its content or leave it out.")
    text, notes = _by_name(data, encoding) if encoding else _guessed(data)
    if len(_CONTROL.findall(text)) > len(text) / 200:
        raise Unreadable("not_text", _BINARY)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Unreadable("no_text", "The file holds nothing but white space. Restore its content or leave it out.")
    return Decoded(text, notes)


def _by_name(data: bytes, encoding: str) -> tuple[str, dict[str, str]]:
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        raise Unreadable("not_text", f"It cannot be read as {encoding}: {error}. Name another `encoding`.") from None
    if _HALVES.search(text):
        raise Unreadable("not_text", f"Read as {encoding} it holds halves of characters. Name another `encoding`.")
    return text.removeprefix("\ufeff"), {} if codecs.lookup(encoding).name == "utf-8" else {"encoding": encoding}


def _guessed(data: bytes) -> tuple[str, dict[str, str]]:
    for mark, name in _BOMS:
        if data.startswith(mark) and (text := _try(data[len(mark) :], name)) is not None:
            return text, {} if name == "utf-8" else {"encoding": name}
    if b"\0" in data or len(_CONTROL_BYTES.findall(data)) > len(data) / 200:
        return _unmarked(data)
    return _eight_bits(data.removeprefix(codecs.BOM_UTF8))


def _unmarked(data: bytes) -> tuple[str, dict[str, str]]:
    """UTF-32 or UTF-16, in the byte order with fewer strange characters and fewer different high halves."""
    for first, name in ((3, "utf-32-le"), (0, "utf-32-be")):
        if not any(data[first::4]) and (wide := _try(data, name)) is not None:
            return wide, {"encoding": name}
    found = []
    for half, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        text = _try(data, name)
        if text is not None:
            strange = sum(unicodedata.category(c) in _STRANGE and c not in "\t\n\r\f\ufeff" for c in text)
            found.append((strange, len(set(data[half::2])), max(text), name, text))
    strange, halves, _, name, text = min(found, default=(1, 0, "", "", ""))
    if strange > len(text) / 200 or (b"\0" not in data and halves > _SCRIPT_HALVES):
        raise Unreadable("not_text", _BINARY)
    return text, {"encoding": name}


def _eight_bits(data: bytes) -> tuple[str, dict[str, str]]:
    text = _try(data, "utf-8")
    if text is not None:
        return text, {}
    patched = data.decode("utf-8", "replace")
    wrong = patched.count("\ufffd")
    if wrong * 10 < sum(letter > "\x7f" for letter in patched):
        return patched, {"replaced": str(wrong)}
    name, certainty = guess(data)
    read = data.decode(name, "replace")
    wrong = read.count("\ufffd")
    if wrong > len(read) / 200:
        raise Unreadable("not_text", _BINARY)
    notes = {"encoding": name, "encoding_certainty": f"{certainty:.2f}"}
    return read, notes | ({"replaced": str(wrong)} if wrong else {})


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None
