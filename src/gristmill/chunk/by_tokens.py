"""Cut a document every so many tokens of a model's own tokenizer, with overlap."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from gristmill.chunk._pieces import Span, passages
from gristmill.contracts import Chunker
from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import Document, Passage

tokenizers = lazy("tokenizers")
_HUB_NAME = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?")


class ByTokens(Chunker):
    """As many tokens per passage as asked, counted over the whole document without special tokens.

    Nothing is lost between passages: text that the tokenizer drops (spaces, control characters) goes
    to the passage before it, and a character that is several tokens is never cut.
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
        encoding = self._loaded.encode(document.text, add_special_tokens=False)
        return passages(document, self._windows(_borders(encoding.offsets, len(document.text))))

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

    def _windows(self, borders: list[int]) -> Iterator[Span]:
        """Spans of at most max_tokens tokens; `borders[i]` is where token i may be cut off before."""
        count = len(borders) - 1
        first = after = 0
        while borders[after] < borders[-1]:
            last = min(first + self.max_tokens, count)
            while last > after + 1 and borders[last] == borders[last - 1]:
                last -= 1
            while borders[last] == borders[after]:
                last += 1
            yield borders[first], borders[last]
            after = last
            first = max(first + 1, after - self.overlap)
            while first < after and borders[first] == borders[first - 1]:
                first += 1


def _borders(offsets: list[tuple[int, int]], length: int) -> list[int]:
    """Where each token begins, never falling, from 0 to the text's length.

    The bytes of one character all have that character's offsets, so a cut at a token that begins
    where the one before it did would cut nothing: it is the same place.
    """
    borders = [0]
    for start, _ in offsets[1:]:
        borders.append(max(start, borders[-1]))
    return [*borders, length]
