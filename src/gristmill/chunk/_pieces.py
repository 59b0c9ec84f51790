"""Cut a stretch of text into pieces of a bounded size, and turn spans into passages."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile

from gristmill.chunk._tables import Span, by_cells, tables
from gristmill.outline import Section, sections
from gristmill.records import Document, Passage
from gristmill.text import sentence_spans, words

Way = Callable[[str], Iterable[Span]]

# A word counts once per 20 characters, so that a blob without spaces cannot pass as one word.
LETTERS = 20


@lru_cache(maxsize=1024)
def size(text: str) -> int:
    """How long a text is, in words; at least one for every 20 characters, none when it is blank."""
    return max(len(words(text)), -(-len(text.strip()) // LETTERS))


def by_lines(text: str) -> Iterator[Span]:
    """Spans of lines with their line ends."""
    return (match.span() for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text))


def by_words(text: str) -> Iterator[Span]:
    """Spans of runs between spaces, each with the space after it."""
    return (match.span() for match in re.finditer(r"\s+|\S+\s*", text))


def by_runs(text: str) -> Iterator[Span]:
    """Spans of 20 characters, for a stretch without spaces; marks stay with their letter."""
    return _runs(text, LETTERS)


def by_letters(text: str) -> Iterator[Span]:
    """Spans of single characters, each with the marks, joiners and variation signs that follow it."""
    return _runs(text, 1)


def _runs(text: str, length: int) -> Iterator[Span]:
    start = 0
    for at in range(1, len(text)):
        if at - start >= length and not _joined(text[at - 1], text[at]):
            yield start, at
            start = at
    if text:
        yield start, len(text)


PROSE: tuple[Way, ...] = (sentence_spans, by_lines, by_words, by_runs, by_letters)
LINES: tuple[Way, ...] = (by_lines, by_words, by_runs, by_letters)
TAGGED: tuple[Way, ...] = (by_lines, sentence_spans, by_words, by_runs, by_letters)
ROWS: tuple[Way, ...] = (by_lines, by_cells, by_words, by_runs, by_letters)


def pieces(text: str, span: Span, limit: int, ways: Sequence[Way]) -> list[Span]:
    """The span itself if its size is within the limit, else cut the first way, and so on by the next."""
    start, end = span
    if not ways or size(text[start:end]) <= limit:
        return [span]
    parts = [(start + left, start + right) for left, right in ways[0](text[start:end])]
    return [piece for part in parts for piece in pieces(text, part, limit, ways[1:])]


def packed(text: str, spans: Sequence[Span], limit: int, least: int) -> list[Span]:
    """Neighbouring spans joined up to the limit, as evenly as their borders allow.

    A joined span shorter than `least` takes the next one, and the last such joins the one before it,
    where the limit allows.
    """
    sizes = [size(text[start:end]) for start, end in spans]
    even = sum(sizes) / max(1, -(-sum(sizes) // limit))
    found: list[tuple[int, int, int]] = []
    for (start, end), more in zip(spans, sizes, strict=True):
        first, _, held = found[-1] if found else (start, end, limit + 1)
        if held + more <= limit and (held < least or held + more / 2 <= even):
            found[-1] = (first, end, held + more)
        else:
            found.append((start, end, more))
    if len(found) > 1 and found[-1][2] < least and found[-1][2] + found[-2][2] <= limit:
        _, end, _ = found.pop()
        found[-1] = (found[-1][0], end, limit)
    return [(start, end) for start, end, _ in found]


def passages(document: Document, spans: Iterable[Span]) -> Iterator[Passage]:
    """Passages at these spans, each with the headings that all of it stands under.

    One that begins inside a table has the table's head row as the last of them.
    """
    outline = sections(document.text)
    grids = [table for table in tables(document.text) if table.head]
    grid_starts = [table.span[0] for table in grids]
    document_id = document.id
    starts = [section.start for section in outline]
    for ordinal, (start, end) in enumerate(spans):
        within = outline[bisect_right(starts, start) - 1 : bisect_left(starts, end)]
        grid = bisect_left(grid_starts, start) - 1
        head = grids[grid].head if grid >= 0 and start < grids[grid].end else ""
        yield Passage(
            document_id=document_id,
            start=start,
            end=end,
            text=document.text[start:end],
            ordinal=ordinal,
            heading_path=_shared_path(document.text, (start, end), within) + (head,) * bool(head),
            title=document.title,
        )


def _shared_path(text: str, span: Span, within: Sequence[Section]) -> tuple[str, ...]:
    """The headings common to the sections; one that is only a heading here says nothing of the rest."""
    start, end = span
    full = [section for section in within if text[max(start, section.body) : min(end, section.end)].strip()]
    paths = [section.path for section in full or within]
    if not paths:
        return ()
    same = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return tuple(names[0] for names in same)


def _joined(left: str, right: str) -> bool:
    if left == "\r":
        return right == "\n"
    return unicodedata.combining(right) > 0 or "\u200d" in (left, right) or "\ufe00" <= right <= "\ufe0f"
