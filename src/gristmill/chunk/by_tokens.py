"""Cut a document every so many tokens of a model's own tokenizer, with overlap."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from gristmill.chunk._pieces import passages
from gristmill.chunk._tables import Fits, Span, led_to, tables
from gristmill.contracts import Chunker
from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import Document, Passage
from gristmill.text import sentence_spans

tokenizers = lazy("tokenizers")
_HUB_NAME = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?")


class ByTokens(Chunker):
    """As many tokens per passage as asked, counted over the whole document without special tokens.

    Nothing is lost between passages: text that the tokenizer drops (spaces, control characters) goes
    to the passage before it, and a character that is several tokens is never cut. A table that fits stays whole, with
    the sentence before it, and a longer one is cut between rows: such passages are shorter.
    """

    needs: ClassVar[tuple[str, ...]] = ("tokenizers",)

    tokenizer: str = Field(description="a tokenizer.json, or the name of a model whose tokenizer to download")
    max_tokens: int = Field(300, ge=1, description="longest passage in tokens")
    overlap: int = Field(30, ge=0, description="tokens that a passage repeats from the one before")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.overlap >= self.max_tokens:
            raise ValueError(f"overlap ({self.overlap}) must be below max_tokens ({self.max_tokens})")
        return self

    def files(self) -> tuple[str, ...]:
        """The tokenizer file, so that another file means other passages."""
        return (self.tokenizer,) if self._is_file else ()

    def chunk(self, document: Document) -> Iterator[Passage]:
        """Yield passages that, less the overlap, join up to the whole text.

        Raises UserError when the tokenizer cannot be had.
        """
        text = document.text
        borders = _borders(self._loaded.encode(text, add_special_tokens=False).offsets, len(text))
        whole = _whole(text, lambda start, end: _token_at(borders, end) - _token_at(borders, start) <= self.max_tokens)
        return passages(document, self._windows(borders, whole))

    @property
    def _is_file(self) -> bool:
        return self.tokenizer.endswith(".json") or Path(self.tokenizer).is_file()

    @cached_property
    def _loaded(self) -> Any:
        name = self.tokenizer
        if not self._is_file and not _HUB_NAME.fullmatch(name):
            raise UserError(f'"{name}" is neither a tokenizer.json nor a model name; give the path of a tokenizer.json')
        try:
            read = tokenizers.Tokenizer.from_file if self._is_file else tokenizers.Tokenizer.from_pretrained
            loaded = read(name)
        except Exception as error:
            raise UserError(
                f'the tokenizer "{name}" cannot be loaded ({error}); give the path of a tokenizer.json'
            ) from error
        loaded.no_truncation()
        loaded.no_padding()
        return loaded

    def _windows(self, borders: list[int], whole: list[Span]) -> Iterator[Span]:
        """Spans of at most max_tokens tokens that cut none of `whole`, if it can be helped, and repeat none.

        `borders[i]` is where token i may be cut off before.
        """
        first = start = end = 0
        while end < borders[-1]:
            cut, parted = self._cut(borders, whole, first, end)
            if parted and start < end:
                first, start = _token_at(borders, end), end
                cut, _ = self._cut(borders, whole, first, end)
            end = cut
            yield start, end
            after = _token_at(borders, end)
            first = min(after, max(first + 1, after - self.overlap))
            while first < after and borders[first] == borders[first - 1]:
                first += 1
            start = borders[first] if first < after else end
            held = bisect_left(whole, (end, 0)) - 1
            if held >= 0 and start < whole[held][1]:
                start = min(whole[held][1], end)
                first = _token_at(borders, start)

    def _cut(self, borders: list[int], whole: list[Span], first: int, end: int) -> tuple[int, bool]:
        """Where a passage from token `first` on ends, beyond `end`, and whether that parts what is whole."""
        last = min(first + self.max_tokens, len(borders) - 1)
        while borders[last] <= end:
            last += 1
        held = bisect_left(whole, (borders[last], 0)) - 1
        if held < 0 or whole[held][1] <= borders[last]:
            return borders[last], False
        return (whole[held][0], False) if end < whole[held][0] else (borders[last], True)


def _whole(text: str, fits: Fits) -> list[Span]:
    """What a cut shall not part: tables with the sentences before them, or their rows."""
    found: list[Span] = []
    for table in tables(text):
        first, *more = table.parts(fits)
        done, start = found[-1][1] if found else 0, table.span[0]
        if table.grid and done < start:
            *_, (left, right) = sentence_spans(text[done:start])
            first = led_to(text, (done + left, done + right), first, fits)[-1]
        found += [first, *more]
    return found


def _token_at(borders: list[int], offset: int) -> int:
    """The token that begins at this offset, or the one that holds it."""
    place = bisect_left(borders, offset)
    return place - (borders[place] > offset)


def _borders(offsets: list[tuple[int, int]], length: int) -> list[int]:
    """Where each token begins, never falling, from 0 to the text's length.

    The bytes of one character all have that character's offsets, so a cut at a token that begins
    where the one before it did would cut nothing: it is the same place.
    """
    borders = [0]
    for start, _ in offsets[1:]:
        borders.append(max(start, borders[-1]))
    return [*borders, length]
