"""Cut a document between sentences, with as many sentences of overlap as wanted."""

from collections.abc import Iterator

from pydantic import Field

from gristmill.chunk._pieces import PROSE, Span, passages, pieces, size
from gristmill.contracts import Chunker
from gristmill.records import Document, Passage
from gristmill.text import sentence_spans


class BySentences(Chunker):
    """As many whole sentences per passage as fit; a sentence that is too long is cut at words.

    Each passage repeats the last sentences of the one before, as far as they leave room for a new one.
    """

    max_words: int = Field(
        220, ge=1, description="longest passage in words; every 20 characters count as a word at least"
    )
    overlap: int = Field(1, ge=0, description="sentences that a passage repeats from the one before")

    def chunk(self, document: Document) -> Iterator[Passage]:
        """Yield passages that, less the overlap, join up to the whole text."""
        text = document.text
        parts = [part for span in sentence_spans(text) for part in pieces(text, span, self.max_words, PROSE[1:])]
        return passages(document, self._windows(parts, [size(text[start:end]) for start, end in parts]))

    def _windows(self, parts: list[Span], sizes: list[int]) -> Iterator[Span]:
        first, after = 0, 0
        while after < len(parts):
            first = max(first, after - self.overlap)
            while first < after and sum(sizes[first : after + 1]) > self.max_words:
                first += 1
            held = sum(sizes[first : after + 1])
            after += 1
            while after < len(parts) and held + sizes[after] <= self.max_words:
                held += sizes[after]
                after += 1
            yield parts[first][0], parts[after - 1][1]
