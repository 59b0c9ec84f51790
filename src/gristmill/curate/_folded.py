"""Words for comparing across case, punctuation and Unicode form, character by character."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from gristmill.lazy import lazy
from gristmill.text import words

np = lazy("numpy")
runs = lazy("gristmill.compiled.runs")

_EM_DASHES = frozenset("\u2014\u2015\u2e3a\u2e3b")
_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_STRETCH = re.compile(rf"[^\s{''.join(sorted(_EM_DASHES))}]+")
_ASCII_SIGN = re.compile(r"[^A-Za-z0-9]+")
_ASCII_CORE = re.compile(r"[A-Za-z0-9](?:.*[A-Za-z0-9])?", re.DOTALL)
_PAGE = 256


@lru_cache(maxsize=4096)
def counted(sign: str) -> tuple[str, str]:
    """What a character counts as in a word, and how it is written there.

    `letter` (part of a word), `alone` (a word: scripts without spaces), `mark` (part of the word before it), `gap`
    (between words: spaces and long dashes), or `left_out` (punctuation, symbols, what is not seen).
    Letters, digits and marks are those of NFKD in folded case: é may be one character or two, ﬁ is fi, ß is ss.
    """
    kind, point = unicodedata.category(sign), ord(sign)
    if sign.isspace() or sign in _EM_DASHES:
        return "gap", ""
    if (kind[0] in "PSC" and kind not in ("Co", "Cn")) or any(low <= point <= high for low, high in _SELECTORS):
        return "left_out", ""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
    written = "".join(one for one in folded if unicodedata.category(one)[0] in "LNM" or kind[0] == "C")
    if not written or kind == "Me":
        return "left_out", ""
    if kind[0] == "M" or unicodedata.category(written[0])[0] == "M":
        return "mark", written
    return "alone" if len(words(written[0] * 2)) > 1 else "letter", written


def spans(text: str) -> list[tuple[str, int, int]]:
    """The words of a text, and where each begins and ends in it."""
    found: list[tuple[str, int, int]] = []
    for stretch in _STRETCH.finditer(text):
        seen, (start, end) = stretch.group(), stretch.span()
        if not seen.isascii():
            found += _signs(seen, start)
        elif seen.isalnum():
            found.append((seen.lower(), start, end))
        elif core := _ASCII_CORE.search(seen):
            found.append((_ASCII_SIGN.sub("", seen).lower(), start + core.start(), start + core.end()))
    return found


def _signs(text: str, offset: int) -> Iterator[tuple[str, int, int]]:
    """The words of a text without spaces, sign by sign, and where each begins and ends, counted from `offset`."""
    word, start, end, inside = "", 0, 0, ""
    for place, sign in enumerate(text, offset):
        kind, written = counted(sign)
        if inside and (kind in ("gap", "alone") or (kind == "letter" and inside == "alone")):
            yield word, start, end
            word, inside = "", ""
        if kind in ("letter", "alone") or (kind == "mark" and inside):
            if not inside:
                start, inside = place, kind
            word, end = word + written, place + 1
    if inside:
        yield word, start, end


def plain(text: str) -> list[str]:
    """The words of a text, without case and punctuation: `Don't` and `don’t` are `dont`, `Well-known` is `wellknown`.

    ASCII punctuation is deleted and words end at white space, as in lm-eval's Janitor; so are curly quotes, ellipses
    and other punctuation and symbols. An em dash parts words, as the spaces around a hyphen do.
    """
    return [word for word, _, _ in spans(text)]


class Letters:
    """What each character counts as, as arrays for compiled loops; told page by page as a loop meets it."""

    def __init__(self) -> None:
        points = runs.CODE_POINTS
        self.arrays = (np.zeros(points, np.uint8), np.zeros(points, np.uint64), np.zeros(points, np.uint64))
        self.learn(0)

    def learn(self, point: int) -> None:
        """Tell of this code point and those beside it."""
        kinds, times, plus = self.arrays
        factor = int(runs.SPREAD)
        for other in range(point - point % _PAGE, point - point % _PAGE + _PAGE):
            kind, written = counted(chr(other))
            kinds[other] = runs.KINDS.index(kind)
            power, added = 1, 0
            for one in written:
                power, added = power * factor % 2**64, (added * factor + ord(one) + 1) % 2**64
            times[other], plus[other] = power, added


def every(loop: Any, count: int, letters: Letters) -> Any:
    """Run a loop from text 0 to the last, telling it of each character it stops at; yields what it wrote each time.

    `loop(first)` returns the text before which it stopped, how much it wrote, and the unknown code point or -1.
    """
    first = 0
    while first < count:
        first, filled, point = loop(first)
        if point >= 0:
            letters.learn(point)
        yield first, filled
