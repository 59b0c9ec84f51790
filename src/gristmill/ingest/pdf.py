"""Reads PDF files with a text layer: whole paragraphs, and the page of every sentence."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, ClassVar

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._lines import goes_on_overleaf, mend_hyphens, paragraphs, running_lines, without_running
from gristmill.lazy import lazy
from gristmill.records import Document, Page, Source

kreuzberg = lazy("kreuzberg")

_SECONDS = 300
_LINE_END = re.compile(r"\r\n?|\n")
_NO_TITLE = re.compile(r"microsoft \w+ - |untitled|.*\.\w{2,4}$", re.IGNORECASE)
_FIELDS = ("authors", "created_at", "created_by", "subject", "keywords")


class Pdf(Reader):
    """One document per file with its page map.

    Lines that wrapping broke are joined with a space, so that sentences are whole: a quotation is found in the
    document's text, and in a PDF viewer's search, which joins lines too. Running headers, footers and page numbers
    are left out; metadata counts them and names the pages without text.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".pdf",)
    needs: ClassVar[tuple[str, ...]] = ("kreuzberg",)

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the file's text. Raises Unreadable: `empty`, `not_text`, `encrypted`, `broken` or `no_text`."""
        if not data:
            raise Unreadable("empty", "The file has 0 bytes. Restore its content or leave it out.")
        if b"%PDF-" not in data[:1024]:
            raise Unreadable("broken", "It does not begin as a PDF does. Give it its real suffix or get a whole copy.")
        result = _extracted(data)
        raw = [str(page["content"]) for page in result.pages or []]
        texts, dropped = _clean(raw)
        if not any(texts):
            raise Unreadable("no_text", _unread(len(raw)))
        text, pages = _joined(texts)
        fields = _fields(result.metadata, texts) | ({"running_lines": str(dropped)} if dropped else {})
        title = str(result.metadata.get("title") or "").strip()
        if not title or _NO_TITLE.match(title):
            title = source.title
        yield Document(text=text, source=source, title=title, metadata=fields, pages=pages)


def _extracted(data: bytes) -> Any:
    pages = kreuzberg.PageConfig(extract_pages=True)
    config = kreuzberg.ExtractionConfig(
        use_cache=False, disable_ocr=True, output_format="plain", pages=pages, extraction_timeout_secs=_SECONDS
    )
    try:
        return kreuzberg.extract_bytes_sync(data, "application/pdf", config)
    except kreuzberg.KreuzbergError as error:
        said = str(error).splitlines()[0]
        if "password" in said.lower():
            reason = "It needs a password. Remove the password in a PDF program and save it again."
            raise Unreadable("encrypted", reason) from None
        reason = f"It cannot be opened as PDF ({said}). Get a whole copy, or print it to a new PDF."
        raise Unreadable("broken", reason) from None


def _unread(pages: int) -> str:
    count = "Its page has" if pages == 1 else f"Its {pages} pages have"
    return f"{count} no text layer: it is a scan or blank. Run text recognition over it (for example ocrmypdf) first."


def _clean(raw: Sequence[str]) -> tuple[list[str], int]:
    """Each page as paragraphs, and how many running lines were left out."""
    lines = [[line for line in _LINE_END.split(page) if line.strip()] for page in raw]
    running = running_lines([page for page in lines if page])
    kept = [without_running(page, running) for page in lines]
    return mend_hyphens(paragraphs(kept)), sum(map(len, lines)) - sum(map(len, kept))


def _joined(texts: Sequence[str]) -> tuple[str, tuple[Page, ...]]:
    """The pages as one text, and their spans: each begins where the one before ended."""
    filled = [(number, text) for number, text in enumerate(texts, 1) if text]
    whole = ""
    starts = []
    for number, text in filled:
        if whole:
            last = whole[-200:]
            whole += " " if goes_on_overleaf(last, text) else "\n\n"
        starts.append((number, len(whole)))
        whole += text
    starts.append((0, len(whole)))
    return whole, tuple(Page(number=n, start=start, end=end) for (n, start), (_, end) in pairwise(starts))


def _fields(found: Any, texts: Sequence[str]) -> dict[str, str]:
    """The file's own metadata as text, its number of pages, and the numbers of those without text."""
    fields = {}
    for name in _FIELDS:
        value = found.get(name)
        if value:
            fields[name] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    fields["pages"] = str(len(texts))
    blank = [str(number) for number, text in enumerate(texts, 1) if not text]
    return fields | ({"pages_without_text": ", ".join(blank)} if blank else {})
