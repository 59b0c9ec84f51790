"""Reads OpenDocument texts as Markdown: headings, numbered lists, tables, equations."""

from collections.abc import Iterator
from typing import Any, ClassVar

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._odt_walk import Walk
from gristmill.ingest._office_blocks import markdown, notes_markdown
from gristmill.ingest._office_meta import core_fields, title_of
from gristmill.ingest._office_zip import OfficeZip
from gristmill.records import Document, Source

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_BODY = f"{{{_OASIS}:office:1.0}}body/{{{_OASIS}:office:1.0}}text"
_ENCRYPTED = f"{{{_OASIS}:manifest:1.0}}encryption-data"
_STYLE = f"{{{_OASIS}:style:1.0}}"
_RUNNING = ("header", "header-left", "header-first", "footer", "footer-left", "footer-first")


class Odt(Reader):
    """One document per file, in Markdown.

    Headings are headings by their outline level, with their numbers; list items carry the number or label that the
    word processor shows. Tables are pipe tables, in which a cell over several rows is repeated (up to 200 characters)
    and one over several columns stands first; a table of one row or column is read as the paragraphs in it. Equations
    are TeX between dollar signs, foot- and endnotes stand at the end as `[^1]: …`.

    Bold and italic are not marked: marks would cut sentences. Of tracked changes insertions are kept. Left out, and
    counted in the metadata, are: tables of contents, headers and footers, comments, deletions, hidden text, embedded
    objects.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".odt", ".ott")
    needs: ClassVar[tuple[str, ...]] = ("lxml",)

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the file's text. Raises Unreadable: `empty`, `encrypted`, `broken` or `no_text`."""
        office = OfficeZip(data)
        _refuse_encrypted(office)
        content, styles = office.xml("content.xml"), office.xml("styles.xml")
        body = None if content is None else content.find(_BODY)
        if body is None:
            raise Unreadable("broken", "It has no OpenDocument text inside (content.xml). Get a whole copy.")
        walk = Walk(office, content, styles)
        try:
            blocks = walk.blocks(body)
        except RecursionError:
            reason = "Its elements are nested too deep to be read. Save it again in a word processor."
            raise Unreadable("broken", reason) from None
        if not blocks:
            raise Unreadable("no_text", "It has no text: only pictures or nothing. Write some or leave it out.")
        text = "\n\n".join(filter(None, [markdown(blocks), notes_markdown(walk.notes)]))
        walk.counts["headers_footers"] = _running(styles)
        fields = core_fields(office.xml("meta.xml")) | {name: str(n) for name, n in sorted(walk.counts.items()) if n}
        yield Document(text=text, source=source, title=title_of(fields, blocks, source), metadata=fields)


def _refuse_encrypted(office: OfficeZip) -> None:
    manifest = office.xml("META-INF/manifest.xml")
    locked = manifest is not None and next(manifest.iter(_ENCRYPTED), None) is not None
    if locked or "encrypted-package" in office.names():
        raise Unreadable("encrypted", "It needs a password. Remove the password in its program and save it again.")


def _running(styles: Any) -> int:
    found = () if styles is None else styles.iter(*(f"{_STYLE}{name}" for name in _RUNNING))
    return sum(bool("".join(element.itertext()).strip()) for element in found)
