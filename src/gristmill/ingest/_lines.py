"""The lines of a page back to paragraphs: wrapped lines joined, headings and lists on their own."""

import re
from collections import Counter
from collections.abc import Sequence

_MARKER = re.compile(r"(?:[•▪◦●○■‣⁃∙*-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_ENDED = re.compile(r"[.!?:;…。！？]['\"”’)\]]*$")
_CUT = re.compile(r"(\w*)\x02(\w*)")
_CODE = re.compile(r"^(?:[\w.\"\[\]]+ ?= ?\S|--?\w|[\])}]+[,;]?$)|[\\({\[=]$")
_JUNK = re.compile(r"[\x00\x01\x03-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_WORD = re.compile(r"\w+(?:-\w+)*")
_EDGE = 3
_SHORTEST = 30


def running_lines(pages: Sequence[Sequence[str]]) -> set[str]:
    """Keys of the lines at the edges of at least three pages and two fifths of all: headers, footers, numbers."""
    seen = Counter(key for lines in pages for key in {_key(line) for line in _edges(lines)} if key)
    least = max(3, 0.4 * len(pages))
    return {key for key, pages_with_it in seen.items() if pages_with_it >= least}


def without_running(lines: Sequence[str], running: set[str]) -> list[str]:
    """The lines of a page without its running lines and without a column of line numbers."""
    last = len(lines) - _EDGE
    kept = [line for i, line in enumerate(lines) if _EDGE <= i < last or _key(line) not in running]
    return _without_line_numbers(kept)


def mend_hyphens(pages: Sequence[str]) -> list[str]:
    """Words that were cut at a line's end (U+0002 marks the cut) made whole.

    The hyphen stays when the document writes it elsewhere, or when it uses both halves as words and never the
    word without it.
    """
    words = {word.casefold() for page in pages for word in _WORD.findall(_CUT.sub(" ", page))}

    def mended(cut: re.Match[str]) -> str:
        left, right = cut[1].casefold(), cut[2].casefold()
        own = left in words and right in words and left + right not in words
        return cut[1] + ("-" if own or f"{left}-{right}" in words else "") + cut[2]

    return [_CUT.sub(mended, page) for page in pages]


def paragraphs(pages: Sequence[Sequence[str]]) -> list[str]:
    """Each page with one line per paragraph, heading, list item or table row; a blank line around prose.

    A line goes on in the next when it ends in the blank that wrapping leaves behind, or, where a document has no
    such blanks or has them everywhere, when the next word would not have fitted. It also does when the next
    begins in lower case and it does not end a sentence.
    """
    pages = [[line for line in (_JUNK.sub("", line) for line in page) if line.strip()] for page in pages]
    count = sum(map(len, pages))
    blanks = sum(line.endswith(" ") for page in pages for line in page)
    telling = 0.1 * count <= blanks <= 0.9 * count
    return [_page(page, telling) for page in pages]


def _page(rows: Sequence[str], telling: bool) -> str:
    if not rows:
        return ""
    lengths = sorted(len(piece) for line in rows for piece in line.strip().split("\x02"))
    width = max(_SHORTEST, lengths[len(lengths) * 4 // 5])
    blocks = [[rows[0].strip()]]
    for i in range(1, len(rows)):
        if _goes_on(rows, i, width, telling):
            blocks[-1].append(rows[i].strip())
        else:
            blocks.append([rows[i].strip()])
    return _set(blocks)


def goes_on_overleaf(above: str, below: str) -> bool:
    """Whether a sentence runs on from one page to the next."""
    return bool(above) and not _ENDED.search(above) and below[:1].islower() and not _MARKER.match(below)


def _goes_on(rows: Sequence[str], i: int, width: int, telling: bool) -> bool:
    above, below = rows[i - 1].strip(), rows[i].strip()
    if above.endswith(":") or _MARKER.match(below) or _capitals(above) != _capitals(below):
        return False
    if _CODE.search(above) or _CODE.search(below):
        return False
    length = len(above.rpartition("\x02")[2])
    if goes_on_overleaf(above, below) and length > width / 2:
        return True
    if _heads(above, below, rows[i + 1].strip() if i + 1 < len(rows) else "", width):
        return False
    if telling:
        return rows[i - 1].endswith(" ")
    full = length >= _SHORTEST and length + 1 + len(below.split()[0]) > 0.95 * width
    return full and not _tabular(above) and not _tabular(below)


def _capitals(line: str) -> bool:
    return len(line) >= 12 and line[0].isalpha() and line.isupper()


def _tabular(line: str) -> bool:
    """A third or more of the words are figures."""
    row = line.split()
    return 3 * sum(any(letter.isdigit() for letter in word) for word in row) >= len(row)


def _heads(above: str, below: str, after: str, width: int) -> bool:
    """Whether a short line after a finished sentence, itself unfinished, begins something new."""
    short = len(below) < 0.6 * width and below[:1].isupper() and not _ENDED.search(below) and not below.endswith(",")
    return bool(_ENDED.search(above)) and short and after[:1].isupper()


def _set(blocks: Sequence[Sequence[str]]) -> str:
    made = [" ".join(block) for block in blocks]
    text = made[0]
    for i in range(1, len(made)):
        rows = len(blocks[i - 1]) == len(blocks[i]) == 1 and not _ENDED.search(made[i - 1] + made[i][-1])
        text += ("\n" if rows or _MARKER.match(made[i]) else "\n\n") + made[i]
    return text


def _edges(lines: Sequence[str]) -> Sequence[str]:
    return lines if len(lines) <= 2 * _EDGE else [*lines[:_EDGE], *lines[-_EDGE:]]


def _key(line: str) -> str:
    """What a running line has in common on all pages: its first letters; `#` for a bare page number."""
    letters = " ".join(re.sub(r"[\W\d_]+", " ", line).split()).casefold()[:30]
    return letters or ("#" if any(letter.isdigit() for letter in line) else "")


def _without_line_numbers(lines: Sequence[str]) -> list[str]:
    """Five or more lines in a row that only count on are the margin of a transcript."""
    kept: list[str] = []
    count: list[str] = []
    for line in [*lines, ""]:
        number = line.strip()
        if number.isdecimal() and (not count or int(number) == int(count[-1]) + 1):
            count.append(number)
            continue
        kept += count if len(count) < 5 else []
        count = [number] if number.isdecimal() else []
        kept += [] if count else [line]
    return kept[:-1]
