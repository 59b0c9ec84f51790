"""Reads reStructuredText as Markdown; no directive reads another file."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._decode import Encoding, decode
from gristmill.ingest._rst_blocks import Walker
from gristmill.ingest._rst_inline import Names, gather, options_of
from gristmill.records import Document, Source


class Rst(Reader):
    """One document per file: titles by the order of their underlines, lists, code, tables, notes as quotes.

    Definition and field lists become `term` and `: definition` lines, roles and references their words, formulas
    `$…$`; links to other sites keep their address. Images, tables of contents, indexes, raw text and included files
    are left out and counted in the metadata `left_out`: no other file is ever read. Fields at the top of the file are
    metadata.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".rst", ".rest")

    encoding: Encoding = Field("", description="The files' encoding, when you know it: cp1251, shift_jis …")

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the file's text. Raises Unreadable."""
        found = decode(data, self.encoding)
        text = found.text.replace("\x0c", "\n").replace("\x0b", " ").expandtabs(8)
        names = Names()
        gather(text, names)
        walker = Walker(names)
        told, lines = options_of([line.rstrip() for line in text.strip("\n").split("\n")])
        blocks = walker.blocks(lines)
        held = ", ".join(f"{kind}: {count}" for kind, count in sorted(names.left_out.items()))
        if not blocks:
            raise Unreadable("no_text", f"The file has no text of its own{f' ({held})' if held else ''}. Leave it out.")
        fields = {name.replace(" ", "_"): value for name, value in told.items() if value}
        fields |= {"left_out": held} if held else {}
        title = walker.title or source.title
        yield Document(text="\n\n".join(blocks), source=source, title=title, metadata=fields | found.notes)
