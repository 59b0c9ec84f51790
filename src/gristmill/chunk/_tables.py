"""Where a document's tables and rows begin and end, what heads them, and which sentence leads to them."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from gristmill.outline import TextLine, markdown_lines
from gristmill.text import sentence_spans

Span = tuple[int, int]
Fits = Callable[[int, int], bool]

_RULE = re.compile(r"[\s|:]*-[\s|:-]*$")
_ROW = re.compile(r"\s*(?:\||<tr[\s>])")
_NAME = re.compile(r"(?:^|; )([^:;|]{1,80}): ")
_ENDS_A_CELL = re.compile(r"(?s).+?(?:(?<=\s)\|\s|</t[dh]>|(?<=;)\s|\Z)")
_LONGEST_HEAD = 1000


class Table(NamedTuple):
    """Rows that join up to a table with the blank lines below it; the first goes with the heads above it.

    `head` is the line of column heads, "" where there is none; `end` is where the last row's line ends. Lines that
    name each cell are rows without a `grid`: each stands alone.
    """

    rows: tuple[Span, ...]
    head: str
    end: int
    grid: bool

    @property
    def span(self) -> Span:
        """The whole of it."""
        return self.rows[0][0], self.rows[-1][1]

    def parts(self, fits: Fits) -> Sequence[Span]:
        """The table whole when it fits, else its rows."""
        return [self.span] if self.grid and fits(*self.span) else self.rows


@lru_cache(maxsize=4)
def tables(text: str) -> Sequence[Table]:
    """The Markdown and HTML tables of a text, and the runs of lines that name each cell (`name: Anna; city: Ghent`)."""
    lines = [line for line in markdown_lines(text) if line.kind != "blank"]
    names = [_names(text, line) for line in lines]
    starts = [0, *(n for n in range(1, len(lines)) if not _goes_on(text, lines, names, n)), len(lines)]
    found = []
    for first, after in pairwise(starts):
        run = lines[first:after]
        if run and (run[0].kind == "table" or len(run) > 1):
            found.append(_table(text, run, lines[after].start if after < len(lines) else len(text)))
    return found


def led_to(text: str, before: Span, table: Span, fits: Fits) -> list[Span]:
    """The span before a table and its first part, joined as far as they fit: both, or with the last sentence, or not.

    That sentence is the table's caption. A heading is not parted from the text below it.
    """
    (start, middle), (_, end) = before, table
    if fits(start, end):
        return [(start, end)]
    caption = start + max(left for left, _ in sentence_spans(text[start:middle]))
    stays = any(line.kind not in ("blank", "heading", "underline") for line in markdown_lines(text[start:caption]))
    return [(start, caption), (caption, end)] if stays and fits(caption, end) else [before, table]


def by_cells(text: str) -> list[Span]:
    """Spans of cells with the sign that ends each, for a row that is too long."""
    return [match.span() for match in _ENDS_A_CELL.finditer(text)]


def _names(text: str, line: TextLine) -> frozenset[str]:
    return frozenset(_NAME.findall(text[line.start : line.end]) if line.kind == "text" else ())


def _goes_on(text: str, lines: Sequence[TextLine], names: Sequence[frozenset[str]], number: int) -> bool:
    before, line = lines[number - 1], lines[number]
    if line.kind == "table":
        return before.kind == "table" and line.start == before.end and not text.startswith("<table", line.start)
    return len(names[number - 1] & names[number]) > 1


def _table(text: str, run: Sequence[TextLine], end: int) -> Table:
    starts = [line.start for line in run if line.kind == "text" or _ROW.match(text, line.start, line.end)]
    lines = [text[left:right] for left, right in pairwise([*starts, run[-1].end])]
    ruled = len(lines) > 1 and lines[0].lstrip().startswith("|") and bool(_RULE.match(lines[1]))
    grid = run[0].kind == "table"
    headed = ruled or (grid and bool(lines) and "<th" in lines[0])
    head = " ".join(lines[0].split()) if headed else ""
    borders = [run[0].start, *starts[(1 + headed + ruled) :], end]
    return Table(tuple(pairwise(borders)), head if len(head) <= _LONGEST_HEAD else "", run[-1].end, grid)
