"""Cut a document between sentences, with as many sentences of overlap as wanted."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from gristmill.chunk._pieces import PROSE, ROWS, passages, pieces, size
from gristmill.chunk._tables import Fits, Span, led_to, tables
from gristmill.contracts import Chunker
from gristmill.records import Document, Passage
from gristmill.text import sentence_spans


class _Part(NamedTuple):
    start: int
    end: int
    is_row: bool


class BySentences(Chunker):
    """As many whole sentences per passage as fit; a sentence that is too long is cut at words.

    Each passage repeats the last sentences of the one before, as far as they leave room for a new one. A table that
    fits stays whole, with the sentence before it; a longer one is cut between rows, which are not repeated.
    """

    max_words: int = Field(
        220, ge=1, description="longest passage in words; every 20 characters count as a word at least"
    )
    overlap: int = Field(1, ge=0, description="sentences that a passage repeats from the one before")

    def chunk(self, document: Document) -> Iterator[Passage]:
        """Yield passages that, less the overlap, join up to the whole text."""
        text = document.text
        parts = self._parts(text)
        return passages(document, self._windows(parts, [size(text[start:end]) for start, end, _ in parts]))

    def _parts(self, text: str) -> list[_Part]:
        """Sentences, tables and rows, cut where they are too long."""
        found: list[_Part] = []
        for table in tables(text):
            found += self._sentences(text, found[-1].end if found else 0, table.span[0])
            first, *more = (
                piece for row in table.parts(self._fits(text)) for piece in pieces(text, row, self.max_words, ROWS)
            )
            led = [first]
            if table.grid and found and not found[-1].is_row:
                before = found.pop()
                led = led_to(text, (before.start, before.end), first, self._fits(text))
            found += [_Part(start, end, True) for start, end in (*led, *more)]
        return found + self._sentences(text, found[-1].end if found else 0, len(text))

    def _fits(self, text: str) -> Fits:
        return lambda start, end: size(text[start:end]) <= self.max_words

    def _sentences(self, text: str, first: int, after: int) -> list[_Part]:
        spans = ((first + start, first + end) for start, end in sentence_spans(text[first:after]))
        cut = (part for span in spans for part in pieces(text, span, self.max_words, PROSE[1:]))
        return [_Part(start, end, False) for start, end in cut]

    def _windows(self, parts: list[_Part], sizes: list[int]) -> Iterator[Span]:
        first, after = 0, 0
        while after < len(parts):
            first = max(first, after - self.overlap)
            while first < after and (parts[first].is_row or sum(sizes[first : after + 1]) > self.max_words):
                first += 1
            held = sum(sizes[first : after + 1])
            after += 1
            while after < len(parts) and held + sizes[after] <= self.max_words:
                held += sizes[after]
                after += 1
            yield parts[first].start, parts[after - 1].end
