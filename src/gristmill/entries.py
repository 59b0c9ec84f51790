"""What a file gives beside documents: rows, and files inside it."""

import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Bytes = bytes | mmap.mmap
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inner:
    """A file inside a file: the member of an archive, the attachment of a mail."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to write, walked as often as needed; `types` are the Arrow types of columns, where they are known."""

    each: Callable[[], Iterable[Row]]
    types: Mapping[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.each())
