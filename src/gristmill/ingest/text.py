"""Reads plain text as it is written."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.ingest._decode import Encoding, decode
from gristmill.records import Document, Source


class Text(Reader):
    """One document per file, titled by the file's name."""

    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".text")

    encoding: Encoding = Field("", description="The files' encoding, when you know it: cp1251, shift_jis …")

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the file's text, unchanged but for its encoding and line ends. Raises Unreadable."""
        found = decode(data, self.encoding)
        yield Document(text=found.text, source=source, title=source.title, metadata=found.notes)
