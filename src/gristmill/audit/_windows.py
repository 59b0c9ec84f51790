"""The text of a file of any size in overlapping windows; recurring signs as one finding."""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gristmill.contracts import Bytes
from gristmill.findings import Finding, Severity

_CHUNK = 1 << 19
_BEFORE, _AFTER = 256, 8192
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_CONTROLS = dict.fromkeys([*range(9), *range(14, 27), *range(28, 32), 127, 0xFFFD])
_RAW_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32), 127])
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef\u2800]|[^\\x20-\\x7e]"
)
_MOST_SHOWN = 80
_MOST_PLACES = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a file's text. Its own characters are `text[first:last]`; the others belong to its neighbours.

    `offset` is the place of `text[0]` in the file, in characters. A sign belongs to the window it begins in.
    """

    text: str
    offset: int
    first: int
    last: int

    def owns(self, place: int) -> bool:
        """Whether a sign that begins here is this window's to report."""
        return self.first <= place < self.last

    def is_text(self) -> bool:
        """Whether it reads as text: fewer than one character in fifty is a control or could not be decoded."""
        sample = self.text[:: max(1, len(self.text) // 20_000)]
        return len(sample) - len(sample.translate(_CONTROLS)) <= len(sample) / 50

    def lower(self) -> str:
        """The text with A to Z in lower case, and so of the same length."""
        lowered = self.text.lower()
        return lowered if len(lowered) == len(self.text) else self.text.translate(_ASCII_LOWER)


def windows(data: Bytes) -> Iterator[Window]:
    """A file's text, decoded as UTF-8, UTF-16 or UTF-32; bytes that are none of it become U+FFFD.

    A stretch that is no text at all is given byte by byte, so that ASCII in it can be looked for.
    """
    name = encoding(data)
    decoder = codecs.getincrementaldecoder(name)("replace")
    bytewise = name == "utf-8"
    text, offset, first = "", 0, 0
    for at in range(0, len(data), _CHUNK):
        ends = at + _CHUNK >= len(data)
        raw = data[at : at + _CHUNK]
        if bytewise and len(raw) - len(raw.translate(None, _RAW_CONTROLS)) > len(raw) / 30:
            decoder.reset()
            text += raw.decode("latin-1")
        else:
            text += decoder.decode(raw, ends)
        last = len(text) if ends else max(first, len(text) - _AFTER)
        yield Window(text, offset, first, last)
        dropped = max(0, last - _BEFORE)
        text, offset, first = text[dropped:], offset + dropped, last - dropped


def encoding(data: Bytes) -> str:
    """The encoding of a text by its byte order mark or its zero bytes; UTF-8 for all else."""
    head = data[:4096]
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    even, odd = head[::2].count(0), head[1::2].count(0)
    if len(head) >= 4 and max(even, odd) > len(head) / 6 and min(even, odd) <= len(head) / 100:
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8"


def whole_text(data: Bytes, most: int) -> str | None:
    """The whole text of a file of at most `most` bytes, without its byte order mark; None for a bigger one."""
    if len(data) > most:
        return None
    return codecs.decode(data[:], encoding(data), "replace").removeprefix("\ufeff")


def anchored(text: str, anchor: str) -> Iterator[int]:
    """The places of a literal, in order; faster than a pattern by far."""
    at = text.find(anchor)
    while at >= 0:
        yield at
        at = text.find(anchor, at + len(anchor))


def shown(text: str, most: int = _MOST_SHOWN) -> str:
    """Text as evidence: short, and with every character that is unseen or may fool a reader escaped."""
    return escaped(text[:most]) + ("…" if len(text) > most else "")


def escaped(text: str) -> str:
    r"""Text with unseen characters as `\u{E0041}`, and line ends and tabs by name; letters of any script stay."""
    return _UNSEEN.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    seen = character.isprintable() and not _UNSEEN_LETTERS.match(character)
    return named or (character if seen else f"\\u{{{ord(character):04X}}}")


_UNSEEN_LETTERS = re.compile(_UNSEEN.pattern.split("|")[0])


@dataclass(slots=True)
class Sights:
    """One sign over a whole file: how often it was seen, where first, and what it looked like there."""

    count: int = 0
    places: list[int] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)

    def add(self, place: int, evidence: Callable[[], str], times: int = 1) -> None:
        """Count a sight; its evidence is made only for the first few."""
        self.count += times
        if len(self.places) < _MOST_PLACES:
            self.places.append(place)
            sight = evidence()
            if sight not in self.evidence:
                self.evidence.append(sight)

    def finding(self, code: str, severity: Severity, reason: str, remedy: str) -> Finding:
        """All sights as one finding at the first; `{count}` in the reason is filled in, the next places are added."""
        further = ", ".join(f"{place:,}" for place in dict.fromkeys(self.places) if place != self.places[0])
        return Finding(
            code=code,
            severity=severity,
            reason=reason.format(count=f"{self.count:,}") + (f" Also at character {further}." if further else ""),
            remedy=remedy,
            evidence=" · ".join(self.evidence),
            offset=self.places[0],
            unit="character",
        )
