"""Reads PDF files: whole paragraphs, tables as tables, and the page of every sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._columns import SCANNED_GAP, lines
from gristmill.ingest._lines import goes_on_overleaf, mend_hyphens, running_lines
from gristmill.ingest._ocr import Recogniser
from gristmill.ingest._pdf_file import Opened, opened
from gristmill.ingest._pdf_page import Leaf, Piece, body_height, closing, edges, lead, pieces, text_of, without_running
from gristmill.ingest._pdf_words import rules, sheet
from gristmill.lazy import lazy
from gristmill.records import Document, Page, Source

pdfium = lazy("pypdfium2")

_MOST_PAGES = 5_000
_NO_TITLE = re.compile(r"microsoft \w+ - |untitled|.*\.\w{2,4}$", re.IGNORECASE)
_FIELDS = {"Author": "authors", "CreationDate": "created_at", "Creator": "created_by"}
_FIELDS |= {"Subject": "subject", "Keywords": "keywords"}
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-]\d\d)'?(\d\d)?)?")


class Pdf(Reader):
    """One document per file with its page map.

    Lines that wrapping broke are joined with a space, so that sentences are whole: a quotation is found in the
    document's text, and in a PDF viewer's search, which joins lines too. Columns are read one after the other.
    Tables become Markdown tables where their cells stand in rows and columns beyond doubt. Footnotes stand after
    the text of their page, and before a sentence that goes on overleaf. Running headers, footers and page numbers
    are left out; metadata counts them and names the pages without text. A file that was cut is read as far as its
    pages are whole, and metadata says so.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".pdf",)
    needs: ClassVar[tuple[str, ...]] = ("pypdfium2",)

    password: str = Field(
        "",
        pattern=r"^([A-Z_][A-Z0-9_]*)?$",
        description="NAME of the environment variable with the password of files that ask for one; never the password.",
        json_schema_extra={"secret": True},
    )
    ocr: bool = Field(
        False,
        description="Recognise the text of pages that have none; needs the extra `ocr`, and seconds a page.",
    )

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the file's text. Raises Unreadable: `empty`, `encrypted`, `failed:locked`, `broken` or `no_text`."""
        if not data:
            raise Unreadable("empty", "The file has 0 bytes. Restore its content or leave it out.")
        if b"%PDF-" not in data[:1024]:
            raise Unreadable("broken", "It does not begin as a PDF does. Give it its real suffix or get a whole copy.")
        with opened(data, self.password) as found:
            told = found.document.get_metadata_dict(skip_empty=True)
            book = _book(found, Recogniser() if self.ocr else None)
        yield _document(book, told, source)


@dataclass(frozen=True, slots=True)
class _Book:
    """The pages as read: None for one that could not be; the confidence of each that was recognised."""

    leaves: list[Leaf | None]
    count: int
    confidence: Mapping[int, float]
    rebuilt: bool


def _book(found: Opened, recogniser: Recogniser | None) -> _Book:
    count = len(found.document)
    leaves: list[Leaf | None] = []
    confidence: dict[int, float] = {}
    for i in range(min(count, _MOST_PAGES)):
        page = None if i in found.lost else _page(found.document, i)
        if page is None:
            leaves.append(None)
            continue
        try:
            leaf = _leaf(page)
            if recogniser and leaf and not leaf.lines and (seen := recogniser.page(page)):
                leaf, confidence[i + 1] = Leaf(lines(seen.words, SCANNED_GAP), [], [], False), seen.least
        except pdfium.PdfiumError:
            leaf = None
        finally:
            page.close()
        leaves.append(leaf)
    return _Book(leaves, count, confidence, found.rebuilt)


def _page(document: Any, i: int) -> Any:
    try:
        return document[i]
    except pdfium.PdfiumError:
        return None


def _leaf(page: Any) -> Leaf | None:
    found = sheet(page)
    if found is None:
        return None
    return Leaf(lines(found.words), found.asides, rules(page, found.turn) if found.words else [], True)


def _document(book: _Book, told: Mapping[str, str], source: Source) -> Document:
    texts, dropped = _texts(book.leaves)
    fields = _fields(told) | _pages_told(book, texts)
    if not any(texts):
        raise Unreadable("no_text", _unread(book))
    text, pages = _joined(texts)
    fields |= {"running_lines": str(dropped)} if dropped else {}
    title = " ".join(told.get("Title", "").split())
    if not title or _NO_TITLE.match(title):
        title = source.title
    return Document(text=text, source=source, title=title, metadata=fields, pages=pages)


def _unread(book: _Book) -> str:
    if None in book.leaves:
        lost = book.leaves.count(None)
        return f"None of its {book.count} pages gives text, and {lost} cannot be read at all. Get a whole copy."
    count = "Its page has" if book.count == 1 else f"Its {book.count} pages have"
    return (
        f"{count} no text layer: it is a scan or blank. Run text recognition over it: set `ocr: true` for the reader "
        "pdf (pip install 'gristmill[ocr]'), or use a program such as ocrmypdf."
    )


def _texts(leaves: Sequence[Leaf | None]) -> tuple[list[str], int]:
    """Each page as paragraphs, and how many running lines were left out."""
    running = running_lines([edges(leaf) for leaf in leaves if leaf and leaf.lines])
    body = body_height(leaf for leaf in leaves if leaf)
    dropped = 0
    made: list[list[Piece]] = []
    trimmed = [without_running(leaf, running) if leaf else None for leaf in leaves]
    if not any(one and (one[0].lines or one[0].asides) for one in trimmed):
        trimmed = [(leaf, 0) if leaf else None for leaf in leaves]
    for one in trimmed:
        dropped += one[1] if one else 0
        made.append(pieces(one[0], body) if one else [])
    for i in range(len(made) - 1):
        made[i] = closing(made[i], made[i + 1])
        made[i + 1] = lead(made[i][-1].text if made[i] else "", made[i + 1])
    return mend_hyphens([text_of(page) for page in made]), dropped


def _joined(texts: Sequence[str]) -> tuple[str, tuple[Page, ...]]:
    """The pages as one text, and their spans: each begins where the one before ended."""
    filled = [(number, text) for number, text in enumerate(texts, 1) if text]
    parts: list[str] = []
    starts = []
    length, last = 0, ""
    for number, text in filled:
        if last:
            parts.append(" " if goes_on_overleaf(last, text) else "\n\n")
            length += len(parts[-1])
        starts.append((number, length))
        parts.append(text)
        length += len(text)
        last = text[-200:]
    starts.append((0, length))
    return "".join(parts), tuple(Page(number=n, start=start, end=end) for (n, start), (_, end) in pairwise(starts))


def _fields(told: Mapping[str, str]) -> dict[str, str]:
    """The file's own metadata under our names, its date as ISO 8601."""
    fields = {ours: " ".join(told[theirs].split()) for theirs, ours in _FIELDS.items() if told.get(theirs, "").strip()}
    if found := _DATE.match(fields.get("created_at", "")):
        year, month, day, *clock = (part or "00" for part in found.groups()[:6])
        zone = found[7] or (f"{found[8]}:{found[9] or '00'}" if found[8] else "")
        fields["created_at"] = f"{year}-{month}-{day}T{':'.join(clock)}{zone}"
    return fields


def _pages_told(book: _Book, texts: Sequence[str]) -> dict[str, str]:
    """How many pages there are, and which of them gave nothing, were lost or were recognised."""
    lost = [i for i, leaf in enumerate(book.leaves, 1) if leaf is None]
    blank = [i for i, text in enumerate(texts, 1) if not text and i not in lost]
    told = {"pages": str(book.count)}
    for name, numbers in (("pages_without_text", blank), ("pages_unreadable", lost), ("recognised", book.confidence)):
        if numbers:
            told[name] = _ranges(list(numbers))
    if book.count > len(book.leaves):
        told["pages_not_read"] = f"{len(book.leaves) + 1}-{book.count}"
    if book.confidence:
        told["least_confidence"] = f"{min(book.confidence.values()):.2f}"
    if book.rebuilt:
        told["rebuilt"] = (
            "the file was cut: these are the pages found in it, in its order; what stood after the cut is missing"
        )
    return told


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers that count up, as people write them: 2, 5-9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
