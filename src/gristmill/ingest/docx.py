"""Reads Word files as Markdown: headings, numbered lists, tables, notes, equations."""

from collections.abc import Iterator
from typing import Any, ClassVar

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._docx_parts import Parts
from gristmill.ingest._docx_styles import W
from gristmill.ingest._docx_walk import Walk
from gristmill.ingest._office_blocks import markdown, notes_markdown
from gristmill.ingest._office_meta import core_fields, title_of
from gristmill.records import Document, Source


class Docx(Reader):
    """One document per file, in Markdown.

    Headings are the paragraphs whose style (by its name, its outline level or the style it is based on) says so. List
    items carry the number or label that Word shows; tables are pipe tables, in which a cell over several rows is
    repeated (up to 200 characters) and one over several columns stands first; a table of one row or column is read as
    the paragraphs in it. Equations are TeX between dollar signs, foot- and endnotes stand at the end as `[^1]: …`.

    Bold and italic are not marked: marks would cut sentences. Of tracked changes insertions are kept. Left out, and
    counted in the metadata, are: tables of contents, headers and footers, comments, deletions, hidden text, embedded
    objects.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".docx", ".docm", ".dotx")
    needs: ClassVar[tuple[str, ...]] = ("lxml",)

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the file's text. Raises Unreadable: `empty`, `encrypted`, `broken` or `no_text`."""
        parts = Parts(data)
        root = parts.document()
        body = None if root is None else root.find(f"{W}body")
        if body is None:
            raise Unreadable("broken", f"It has no Word text inside ({parts.main}). Get a whole copy.")
        walk = Walk(parts)
        try:
            blocks = walk.blocks(body)
            notes = walk.notes()
        except RecursionError:
            reason = "Its elements are nested too deep to be read. Save it again in a word processor."
            raise Unreadable("broken", reason) from None
        if not blocks:
            raise Unreadable("no_text", "It has no text: only pictures or nothing. Write some or leave it out.")
        text = "\n\n".join(filter(None, [markdown(blocks), notes_markdown(notes)]))
        walk.counts["headers_footers"] = _with_text(parts, "header") + _with_text(parts, "footer")
        fields = core_fields(parts.core()) | {name: str(n) for name, n in sorted(walk.counts.items()) if n}
        yield Document(text=text, source=source, title=title_of(fields, blocks, source), metadata=fields)


def _with_text(parts: Parts, kind: str) -> int:
    roots: list[Any] = [parts.xml(name) for name in parts.named(kind)]
    return sum(any(text.text for text in root.iter(f"{W}t")) for root in roots if root is not None)
