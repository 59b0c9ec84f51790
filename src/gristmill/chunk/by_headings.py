"""Cut a document at its headings, and long sections at paragraphs and sentences."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from gristmill.chunk._pieces import LINES, PROSE, ROWS, TAGGED, packed, passages, pieces, size
from gristmill.chunk._tables import Span, led_to, tables
from gristmill.contracts import Chunker
from gristmill.outline import Section, TextLine, markdown_lines, sections
from gristmill.records import Document, Passage


class ByHeadings(Chunker):
    """One passage per section; short sections join their neighbour, long ones are cut evenly.

    Long sections are cut between paragraphs; only a paragraph, code block or table that is itself too
    long is cut at sentences, lines or rows, then words, then characters. A heading stays with its text, and a
    table with the sentence before it; a passage that begins inside a table has its column heads as last heading.
    Passages do not overlap.
    """

    max_words: int = Field(
        220, ge=1, description="longest passage in words; every 20 characters count as a word at least"
    )
    min_words: int = Field(30, ge=0, description="a shorter section joins the next one under the same heading")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_words > self.max_words:
            raise ValueError(f"min_words ({self.min_words}) is above max_words ({self.max_words}); lower it")
        return self

    def chunk(self, document: Document) -> Iterator[Passage]:
        """Yield passages that join up to the whole text, with the headings each stands under."""
        text = document.text
        lines = markdown_lines(text)
        starts = [line.start for line in lines]
        rows = {start for table in tables(text) if table.grid for start, _ in table.rows}
        spans: list[Span] = []
        for start, end in self._groups(text):
            inside = lines[bisect_left(starts, start) : bisect_left(starts, end)]
            spans.extend(packed(text, self._parts(text, inside, rows), self.max_words, max(1, self.min_words)))
        return passages(document, spans)

    def _parts(self, text: str, lines: Sequence[TextLine], rows: Set[int]) -> list[Span]:
        """Blocks, cut where they are too long; what leads to a table is joined with its first part."""
        found: list[Span] = []
        prose = False
        for block in _blocks(lines):
            first, *more = self._cut(text, block, rows)
            led = [first]
            if prose and block[0].kind == "table":
                led = led_to(text, found.pop(), first, lambda start, end: size(text[start:end]) <= self.max_words)
            found += [*led, *more]
            prose = any(line.kind == "text" for line in block)
        return found

    def _groups(self, text: str) -> list[Span]:
        """Sections, with short ones joined to the next, or to the last when no next belongs to them."""
        forward: list[_Group] = []
        for section in sections(text):
            more = size(text[section.start : section.end])
            if forward and forward[-1].size < max(1, self.min_words) and _together(forward[-1].section, section):
                forward[-1] = forward[-1].joined(section.end, more)
            else:
                forward.append(_Group(section, section.end, more))
        both: list[_Group] = []
        for group in forward:
            short = group.size < self.min_words and bool(both) and both[-1].size + group.size <= self.max_words
            if short and _together(both[-1].section, group.section):
                both[-1] = both[-1].joined(group.end, group.size)
            else:
                both.append(group)
        return [(group.section.start, group.end) for group in both]

    def _cut(self, text: str, block: list[TextLine], rows: Set[int]) -> list[Span]:
        tabular = [line.start for line in block if line.start in rows]
        borders = [block[0].start, *tabular[1:], block[-1].end]
        if size(text[borders[0] : borders[-1]]) <= self.max_words:
            return [(borders[0], borders[-1])]
        prose = next((line for line in block if line.kind == "text"), None)
        ways = ROWS if tabular else LINES
        if prose and not tabular:
            ways = TAGGED if text[prose.start] == "<" else PROSE
        return [piece for row in pairwise(borders) for piece in pieces(text, row, self.max_words, ways)]


class _Group(NamedTuple):
    section: Section
    end: int
    size: int

    def joined(self, end: int, size: int) -> "_Group":
        return _Group(self.section, end, self.size + size)


def _together(first: Section, second: Section) -> bool:
    return first.path[:-1] == second.path[:-1] or second.path[:-1] == first.path


def _blocks(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Paragraphs, code blocks and tables, each with the headings above and the blank lines below it."""
    found = [list(lines[:1])]
    filled = False
    for last, line in pairwise(lines):
        filled = filled or last.kind in ("text", "table", "code")
        border = line.kind not in ("blank", "underline") and line.kind != last.kind
        if filled and border:
            found.append([line])
            filled = False
        else:
            found[-1].append(line)
    return found
