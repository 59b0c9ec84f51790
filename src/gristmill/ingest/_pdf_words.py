"""The words of a PDF page with their places, upright and counted from the top, and its ruling lines."""

import ctypes
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gristmill.ingest._lines import CUT, Word
from gristmill.lazy import lazy

pdfium = lazy("pypdfium2.raw")

MOST_CHARACTERS = 300_000
_MOST_OBJECTS = 5_000
_FARTHEST = 1e6
_HYPHENS = frozenset((2, 0xFFFE))
_THIN = 3.0
_LONG = 8.0


class Rule(NamedTuple):
    """A straight drawn line: wide and flat, or high and narrow."""

    left: float
    top: float
    right: float
    bottom: float


class Sheet(NamedTuple):
    """A page's upright words in the order in which the file shows them, and its lines of sideways text.

    `turn` is how many quarters most of the text is turned by, which is upright here.
    """

    words: list[Word]
    asides: list[str]
    turn: int


def sheet(page: Any) -> Sheet | None:
    """The words of a page; None when it has more characters than any real page has."""
    text = page.get_textpage()
    try:
        count = pdfium.FPDFText_CountChars(text.raw)
        if count > MOST_CHARACTERS:
            return None
        codes = [pdfium.FPDFText_GetUnicode(text.raw, i) for i in range(max(0, count))]
        runs = list(_runs(codes))
        turns = [_quarter(pdfium.FPDFText_GetCharAngle(text.raw, start)) for start, _ in runs]
        usual = Counter(turns).most_common(1)[0][0] if turns else 0
        words: list[Word] = []
        asides: list[list[str]] = [[]]
        last = None
        for (start, end), turn in zip(runs, turns, strict=True):
            shown = _shown(codes[start:end])
            if turn == usual:
                words.append(Word(shown, *_box(text.raw, start, end, usual), end < count and codes[end] in _HYPHENS))
                continue
            if last is None or start - last > 1:
                asides.append([])
            asides[-1].append(shown)
            last = end
        return Sheet(words, [" ".join(line) for line in asides if line], usual)
    finally:
        text.close()


def rules(page: Any, turn: int) -> list[Rule]:
    """The straight lines that a page draws, and the edges of its frames, turned as its words are."""
    found = []
    for i in range(min(pdfium.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        item = pdfium.FPDFPage_GetObject(page.raw, i)
        if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        sides = [ctypes.c_float() for _ in range(4)]
        pdfium.FPDFPageObj_GetBounds(item, *map(ctypes.byref, sides))
        left, bottom, right, top = (side.value for side in sides)
        box = Rule(*_upright(left, bottom, right, top, turn))
        wide, high = box.right - box.left, box.bottom - box.top
        if (wide < _THIN) != (high < _THIN) and max(wide, high) > _LONG:
            found.append(box)
        elif min(wide, high) >= _LONG and pdfium.FPDFPath_CountSegments(item) in (4, 5):
            found += _edges(box)
    return found


def _edges(box: Rule) -> list[Rule]:
    left, top, right, bottom = box
    return [
        Rule(left, top, right, top),
        Rule(left, bottom, right, bottom),
        Rule(left, top, left, bottom),
        Rule(right, top, right, bottom),
    ]


def _runs(codes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The spans between blanks, ends of lines and hyphens that wrapping put in."""
    start = 0
    for i, code in enumerate([*codes, 32]):
        if code in _HYPHENS or code < 33 or chr(code).isspace():
            if i > start:
                yield start, i
            start = i + 1


def _shown(codes: Sequence[int]) -> str:
    text = "".join(map(chr, codes)).replace(CUT, "")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _quarter(angle: float) -> int:
    return round(angle / (math.pi / 2)) % 4 if math.isfinite(angle) and angle >= 0 else 0


def _box(text: Any, start: int, end: int, turn: int) -> tuple[float, float, float, float]:
    first, last = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, start, ctypes.byref(first))
    pdfium.FPDFText_GetLooseCharBox(text, end - 1, ctypes.byref(last))
    return _upright(
        min(first.left, last.left),
        min(first.bottom, last.bottom),
        max(first.right, last.right),
        max(first.top, last.top),
        turn,
    )


def _upright(left: float, bottom: float, right: float, top: float, turn: int) -> tuple[float, float, float, float]:
    """A box of the page, where up is more, as left, top, right, bottom where down is more."""
    left, bottom, right, top = map(_sane, (left, bottom, right, top))
    if turn == 0:
        return left, -top, right, -bottom
    if turn == 1:
        return -top, -right, -bottom, -left
    if turn == 2:
        return -right, bottom, -left, top
    return bottom, left, top, right


def _sane(place: float) -> float:
    return max(-_FARTHEST, min(_FARTHEST, place)) if math.isfinite(place) else 0.0
