"""Reads e-books in EPUB as Markdown: chapters in order, headings, lines of verse."""

from collections.abc import Iterator
from typing import ClassVar

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._epub_chapter import chapter
from gristmill.ingest._epub_package import opened, package
from gristmill.ingest._office_zip import OfficeZip
from gristmill.records import Document, Source

_COPY = "Get a whole copy, or open it in an e-book program (for example Calibre) and save it again."


class Epub(Reader):
    """One document per book: its chapters in order, with headings, lists, tables, verse and notes, in Markdown.

    Pages that the book itself names as cover, title page, contents, list of illustrations, imprint, colophon or
    copyright page are left out; so are pictures and printed page numbers. A licence text among the chapters, as
    Project Gutenberg's, stays. Metadata holds creator, language and rights, and counts what was left out.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".epub",)
    needs: ClassVar[tuple[str, ...]] = ("lxml",)

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the book. Raises Unreadable: `empty`, `broken`, `encrypted` (locked by DRM) or `no_text`."""
        book = opened(data)
        about = package(book)
        said: list[str] = []
        counts = {"chapters": 0, "pages_left_out": 0, "pages_unreadable": about.lost}
        for page in about.pages:
            outcome, found = ("pages_left_out", []) if page in about.outside else _read(book, page)
            counts[outcome] += 1
            said += found
        if not said:
            raise _nothing(counts)
        fields = about.fields | {field: str(count) for field, count in counts.items() if count}
        title = about.title or source.title
        yield Document(text="\n\n".join(said), source=source, title=title, metadata=fields)


def _read(book: OfficeZip, page: str) -> tuple[str, list[str]]:
    """How a page ended, and its blocks."""
    try:
        found = chapter(book.read(page))
    except Unreadable as error:
        if error.state == "encrypted":
            raise
        return ("pages_left_out" if error.state in ("empty", "no_text") else "pages_unreadable"), []
    return ("chapters", found) if found else ("pages_left_out", [])


def _nothing(counts: dict[str, int]) -> Unreadable:
    """Why a book gives no text at all."""
    if counts["pages_unreadable"]:
        return Unreadable("broken", f"None of its chapters can be read ({counts['pages_unreadable']} broken). {_COPY}")
    told = f"Its {counts['pages_left_out']} pages have no text of their own: they may be pictures."
    return Unreadable("no_text", f"{told} Run text recognition over them first, or leave it out.")
