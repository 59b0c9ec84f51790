"""Opens a PDF file from its bytes, with a password, and with its list of pages rebuilt when lost."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from gristmill.errors import Unreadable
from gristmill.lazy import lazy

pdfium = lazy("pypdfium2")

_PASSWORD = 4
_SECURITY = 5
_MOST_REBUILT = 5_000
_MOST_PARTS = 2_000
_LONGEST_HEAD = 20_000
_TAIL = 2048
_PADDED = 65_536
_OBJECT = re.compile(rb"(?<![\d.])(\d{1,7})[ \t\r\n]{1,4}(\d{1,5})[ \t\r\n]{1,4}obj\b")
_PAGE = re.compile(rb"/Type\s{0,4}/Page(?![A-Za-z])")
_PARENT = re.compile(rb"/Parent\s{1,4}(\d{1,7})\s{1,4}\d{1,5}\s{1,4}R")
_PART = re.compile(rb"(?<![\d.])(\d{1,7})\s{1,4}\d{1,5}\s{1,4}R\b")
_ASIDE = re.compile(
    rb"/(?:Parent|Metadata|StructParents?|A|P|Dest|Popup|Thumb|PieceInfo|B|Annots)\s{0,4}(?:\[[^\]]{0,9999}\]|\d+\s+\d+\s+R)"
)


class Opened(NamedTuple):
    """The document; whether its list of pages was rebuilt, and which pages (from 0) then lack parts of theirs."""

    document: Any
    rebuilt: bool = False
    lost: frozenset[int] = frozenset()


class _Rebuilt(NamedTuple):
    data: bytes
    lost: frozenset[int]


@contextmanager
def opened(data: bytes, variable: str) -> Iterator[Opened]:
    """The document of a file, closed afterwards; `variable` names the environment's variable with the password.

    Raises Unreadable: `encrypted`, `failed:locked` or `broken`.
    """
    found = _opened(data, variable)
    try:
        yield found
    finally:
        found.document.close()


def _opened(data: bytes, variable: str) -> Opened:
    direct = _open(data, variable)
    tail = data[-_PADDED:].rstrip(b"\0\t\r\n ")[-_TAIL:]
    if direct and (b"%%EOF" in tail or b"startxref" in tail):
        return Opened(direct)
    made = _with_pages(data)
    if direct and not (made and made.lost):
        return Opened(direct, True)
    if direct:
        direct.close()
    document = _open(made.data, variable) if made and made.data else None
    if document and made:
        return Opened(document, True, made.lost)
    if made:
        raise Unreadable(
            "broken", "Its end is missing, and with it parts of every page, such as fonts. Get a whole copy."
        )
    raise Unreadable("broken", "It cannot be opened as PDF, and no page is found in it. Get a whole copy.")


def _open(data: bytes, variable: str) -> Any:
    """The document; None when it is broken. Raises Unreadable: `encrypted` or `failed:locked`."""
    password = os.environ.get(variable, "") if variable else ""
    try:
        return pdfium.PdfDocument(data, password=password or None)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", 0)
    if code == _PASSWORD:
        raise _locked(variable, password)
    if code == _SECURITY:
        raise Unreadable("encrypted", "It is locked in a way unknown here. Remove the lock in a PDF program.")
    return None


def _locked(variable: str, password: str) -> Unreadable:
    """Why it stays closed. A state of `failed:` is tried again at the next run, when the variable may be another."""
    if not variable:
        remedy = "Name the variable that holds it (`password` of the reader pdf), or save it without one."
        return Unreadable("encrypted", f"It needs a password. {remedy}")
    if not password:
        reason = (
            f"It needs a password, and the variable {variable}, which the reader pdf is to take it from, is not set."
        )
        return Unreadable("failed:locked", f"{reason} Set it, and run again.")
    reason = f"The password in the variable {variable} does not open it."
    return Unreadable("failed:locked", f"{reason} Set the file's own password and run again, or save it without one.")


def _with_pages(data: bytes) -> _Rebuilt | None:
    """The file with a new list of the pages in it, in the order in which it holds them; no file when none is whole.

    A file that was cut loses its end, where the list of pages stands, and with it parts of pages before the cut: a
    page without its font would be read as other letters than those it shows. What is inside compressed streams of
    objects stays lost.
    """
    heads = {int(match[1]): (match[2], _head(data, match.end())) for match in _OBJECT.finditer(data)}
    numbers = [number for number, (_, head) in heads.items() if _PAGE.search(head)][:_MOST_REBUILT]
    lost = frozenset(i for i, number in enumerate(numbers) if not _is_whole(number, heads))
    if len(lost) == len(numbers):
        return _Rebuilt(b"", lost) if numbers else None
    parents = [int(match[1]) for number in numbers if (match := _PARENT.search(heads[number][1]))]
    absent = sorted(parent for parent in parents if parent not in heads)
    root = max(absent, key=absent.count) if absent else max(heads) + 1
    top = max(*heads, root) + 1
    kids = b" ".join(b"%d %s R" % (number, heads[number][0]) for number in numbers)
    tree = b"%d 0 obj<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 612 792]>>endobj\n" % (root, len(numbers), kids)
    end = b"%d 0 obj<</Type/Catalog/Pages %d 0 R>>endobj\ntrailer<</Root %d 0 R>>\n%%%%EOF\n" % (top, root, top)
    return _Rebuilt(data + b"\nendstream\nendobj\n" + tree + end, lost)


def _head(data: bytes, start: int) -> bytes:
    """An object without what it streams; nothing when its end is lost."""
    end = data.find(b"endobj", start)
    if end < 0:
        return b""
    stream = data.find(b"stream", start, min(end, start + _LONGEST_HEAD))
    return data[start : min(end if stream < 0 else stream, start + _LONGEST_HEAD)]


def _is_whole(page: int, heads: dict[int, tuple[bytes, bytes]]) -> bool:
    """Whether all that a page needs to be shown is in the file: fonts, what it draws, forms in it."""
    seen, left = {page}, [page]
    while left:
        head = heads.get(left.pop(), (b"", b""))[1]
        if not head or len(seen) > _MOST_PARTS:
            return False
        parts = {int(part) for part in _PART.findall(_ASIDE.sub(b"", head))} - seen
        seen |= parts
        left += sorted(parts)
    return True
