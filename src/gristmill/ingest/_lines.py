"""The lines of a page back to paragraphs: wrapped lines joined, headings and lists on their own."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

CUT = "\x02"
_MARKER = re.compile(r"(?:[•▪◦●○■‣⁃∙*-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_ENDED = re.compile(r"[.!?:;…。！？]['\"”’)\]]*$")
_CUT = re.compile(r"((?:(?<!\w)\w++)?)\x02(\w*)")
_CODE = re.compile(r"^(?:[\w.\"\[\]]+ ?= ?\S|--?\w|[\])}]+[,;]?$)|[\\({\[=]$")
_JUNK = re.compile(r"[\x00\x01\x03-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_WORD = re.compile(r"\w+(?:-\w+)*")
_SPACELESS = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_FRACTION = re.compile(r"(?<=\d) ?⁄ ?(?=\d)")
_TIGHT = re.compile(r"[^\W_][–@]$|//$")
_PATH = re.compile(r"\S*\w[/_]\w")
_OPEN = re.compile(r"(?:,|\b(?:an?|and|as|at|by|for|from|in|its|of|on|or|that|the|their|this|to|with))$")
_HYPHEN = re.compile(r"[^\W\d_]-$")
_EDGE = 3
_NARROW = 8
_COUNTS = 5


class Word(NamedTuple):
    """Letters without a blank and their box, counted from the top; `cut` when wrapping cut it at a hyphen."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Words beside each other, in reading order, the box around them, and the place of the first in the file."""

    words: tuple[Word, ...]
    left: float
    top: float
    right: float
    bottom: float
    place: int

    @property
    def text(self) -> str:
        """The words with a blank between them; U+0002 at the end of a line that cuts a word."""
        shown = " ".join(word.text + CUT * word.cut for word in self.words)
        return _JUNK.sub("", _FRACTION.sub("⁄", shown.replace(f"{CUT} ", CUT)))

    @property
    def height(self) -> float:
        """Of the letters, in the units of the page."""
        return self.bottom - self.top


def line_of(words: Sequence[Word], place: int) -> Line:
    """The line of these words; raised and lowered signs do not count for its height."""
    longest = max(words, key=lambda word: (word.bottom - word.top) * (len(word.text) > 1))
    left, right = min(word.left for word in words), max(word.right for word in words)
    return Line(tuple(words), left, longest.top, right, longest.bottom, place)


def running_lines(pages: Sequence[Sequence[str]]) -> set[str]:
    """Keys of the lines at the edges of at least three pages and two fifths of all: headers, footers, numbers."""
    seen = Counter(key for lines in pages for key in {key_of(line) for line in _edges(lines)} if key)
    least = max(3, 0.4 * len(pages))
    return {key for key, pages_with_it in seen.items() if pages_with_it >= least}


def key_of(line: str) -> str:
    """What a running line has in common on all pages: its first letters; `#` for a bare page number."""
    letters = " ".join(re.sub(r"[\W\d_]+", " ", line).split()).casefold()[:30]
    return letters or ("#" if any(letter.isdigit() for letter in line) else "")


def at_edge(place: int, count: int) -> bool:
    """Whether the line at this place of so many is one that may be a running line."""
    return place < _EDGE or place >= count - _EDGE


def counting(lines: Sequence[str]) -> set[int]:
    """The places of five or more lines in a row that only count on: the margin of a transcript."""
    found: set[int] = set()
    run: list[int] = []
    for i, line in enumerate([*lines, ""]):
        number = line.strip()
        on = number.isdecimal() and len(number) < 6
        if on and run and int(number) == int(lines[run[-1]]) + 1:
            run.append(i)
            continue
        found.update(run if len(run) >= _COUNTS else ())
        run = [i] if on else []
    return found


def mend_hyphens(pages: Sequence[str]) -> list[str]:
    """Words that were cut at a line's end (U+0002 marks the cut) made whole.

    The hyphen stays when the document writes it elsewhere, or when it uses both halves as words and never the
    word without it. A word that goes on overleaf is whole on the page where it begins.
    """
    pages = _over_pages(pages)
    words = {word.casefold() for page in pages for word in _WORD.findall(_CUT.sub(" ", page))}

    def mended(cut: re.Match[str]) -> str:
        left, right = cut[1].casefold(), cut[2].casefold()
        own = not right or (left in words and right in words and left + right not in words) or cut[2][0].isupper()
        return cut[1] + ("-" if own or f"{left}-{right}" in words else "") + cut[2]

    return [_CUT.sub(mended, page) for page in pages]


def _over_pages(pages: Sequence[str]) -> list[str]:
    whole = list(pages)
    for i in range(len(whole) - 1):
        if whole[i].endswith(CUT) and whole[i + 1][:1].isalpha():
            rest, _, whole[i + 1] = whole[i + 1].partition(" ")
            whole[i] += rest
    return whole


def goes_on_overleaf(above: str, below: str) -> bool:
    """Whether a sentence runs on from one page to the next."""
    if above.endswith(CUT):
        return below[:1].isalpha()
    return bool(above) and not _ENDED.search(above) and below[:1].islower() and not _MARKER.match(below)


def paragraphs(lines: Sequence[Line]) -> list[str]:
    """The lines of a column as paragraphs; list items and the rows of a table without rules share one, line by line.

    A line goes on in the next when the next word would not have fitted, or when the next begins in lower case and
    it does not end a sentence. A wider gap, an indent after a full stop or another size begins a paragraph.
    """
    if not lines:
        return []
    pitch = median([(below.top - above.top) / max(below.height, 0.1) for above, below in pairwise(lines)] or [0.0])
    groups = [[lines[0]]]
    right = max(line.right for line in lines)
    for i in range(1, len(lines)):
        after = lines[i + 1].text if i + 1 < len(lines) else ""
        parted = _parted(groups[-1], lines[i], pitch)
        if not parted and _goes_on(lines[i - 1], lines[i], after, right):
            groups[-1].append(lines[i])
        else:
            groups.append([lines[i]])
    return _set([[line.text for line in group] for group in groups])


def _parted(group: Sequence[Line], below: Line, pitch: float) -> bool:
    """Whether the space around a line, its indent or its size says that it begins something new."""
    above = group[-1]
    low, high = sorted((above.height, below.height))
    gap = below.top - above.top
    if gap > max(1.3 * pitch * low, 1.1 * high) or high > 1.3 * low:
        return True
    if not _ENDED.search(above.text):
        return False
    if gap > max(1.2 * pitch * low, low):
        return True
    step = below.left - above.left
    return step > 0.6 * high or (step < -0.6 * high and len(group) > 1)


def _goes_on(above: Line, below: Line, after: str, right: float) -> bool:
    upper, lower = above.text, below.text
    if upper.endswith(CUT):
        return True
    if _MARKER.match(lower) or _capitals(upper) != _capitals(lower):
        return False
    if _CODE.search(upper) or _CODE.search(lower) or _spread(above) or _spread(below):
        return False
    room = right - above.right
    open_ended = goes_on_overleaf(upper, lower) or _OPEN.search(upper) or upper.count("(") > upper.count(")")
    if open_ended and 2 * room < right - above.left:
        return True
    if _heads(below, upper, after, right) or (_tabular(upper) and _tabular(lower)):
        return False
    first = below.words[0]
    narrow = above.right - above.left < _NARROW * above.height
    slack = 0.2 if _ENDED.search(upper) else 1.2
    return not narrow and first.right - first.left + slack * above.height > room


def _spread(line: Line) -> bool:
    """Whether a line ends in a number far from its words, as in a table of contents."""
    words = line.words[-2:]
    return len(words) == 2 and words[1].text.isdecimal() and words[1].left - words[0].right > 3 * line.height


def _capitals(line: str) -> bool:
    return len(line) >= 12 and line[0].isalpha() and line.isupper()


def _tabular(line: str) -> bool:
    """Nearly all words are figures, of three or more."""
    row = [word for word in line.split() if any(map(str.isalnum, word))]
    return len(row) > 2 and 10 * sum(any(map(str.isdigit, word)) for word in row) > 7 * len(row)


def _heads(below: Line, above: str, after: str, right: float) -> bool:
    """Whether a short line after a finished sentence, itself unfinished, begins something new."""
    text = below.text
    short = below.right - below.left < 0.6 * (right - below.left)
    opens = short and text[:1].isupper() and not _ENDED.search(text) and not text.endswith(",")
    return bool(_ENDED.search(above)) and opens and after[:1].isupper()


def join(pieces: Sequence[str]) -> str:
    """Pieces of one sentence as one: a blank between them where the script has blanks and no word is cut."""
    text = pieces[0]
    for piece in pieces[1:]:
        if _HYPHEN.search(text) and piece[:1].islower():
            text = text[:-1] + CUT
        tight = text.endswith(CUT) or _TIGHT.search(text) or (text.endswith("/") and _PATH.match(piece))
        tight = tight or (_SPACELESS.match(text[-1:]) and _SPACELESS.match(piece))
        text += piece if tight else f" {piece}"
    return text


def _set(groups: Sequence[Sequence[str]]) -> list[str]:
    made = [join(group) for group in groups]
    texts = made[:1]
    for i in range(1, len(made)):
        rows = len(groups[i - 1]) == len(groups[i]) == 1 and not _ENDED.search(made[i - 1] + made[i][-1:])
        if rows or _MARKER.match(made[i]):
            texts[-1] += f"\n{made[i]}"
        else:
            texts.append(made[i])
    return [text for text in texts if text.strip()]


def _edges(lines: Sequence[str]) -> Sequence[str]:
    return [line for i, line in enumerate(lines) if at_edge(i, len(lines))]
