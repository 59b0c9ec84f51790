"""Reads the main content of web pages as Markdown, without navigation and banners."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._clean_html import clean_blocks
from gristmill.ingest._decode import Decoded, Encoding, decode
from gristmill.ingest._html_blocks import blocks, inline
from gristmill.ingest._html_page import DEEP, html_page
from gristmill.ingest._main_content import main_content
from gristmill.records import Document, Source

_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding=[\"']([\w.-]+)", re.I
)
_LATIN = re.compile(r"(?:iso-?8859-1|latin-?1|us-ascii|ascii)$", re.IGNORECASE)
_WIDE = re.compile(r"utf-?(?:16|32)", re.IGNORECASE)
_META = ("description", "author", "keywords")


class Html(Reader):
    """One document per page: headings, paragraphs, lists, tables and code of its main element, in Markdown.

    Definition lists become `term` and `: definition` lines; links to other sites keep their address. As `html` it has
    the same blocks, a line each, in tags of structure without attributes but href, colspan and rowspan.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".html", ".htm")
    needs: ClassVar[tuple[str, ...]] = ("lxml",)

    encoding: Encoding = Field("", description="The files' encoding, when you know it: cp1251, shift_jis …")
    markup: Literal["markdown", "html"] = Field(
        "markdown",
        description="html keeps the page's own tags, cleaned: for a model that shall answer from HTML.",
    )

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the page's main content. Raises Unreadable."""
        found = _decoded(data, self.encoding)
        page = html_page(found.text)
        title = _title(page)
        fields = _fields(page) | found.notes
        try:
            root = main_content(page)
            text = "\n\n".join(blocks(root) if self.markup == "markdown" else clean_blocks(root))
            heading = next((inline(top, links=False) for top in root.iter("h1") if inline(top)), "")
        except RecursionError:
            raise Unreadable("broken", DEEP) from None
        if not text.strip():
            raise Unreadable(
                "no_text", "The page has no text of its own: a script may fill it. Save it from a browser."
            )
        title = " ".join((heading or title or source.title).replace("`", "").split())
        yield Document(text=text, source=source, title=title, metadata=fields)


def _decoded(data: bytes, encoding: str) -> Decoded:
    """By the recipe's encoding, else the one that the page declares and its bytes fit, else as plain text is."""
    declared = _DECLARED.search(data[:4096])
    name = (declared[1] or declared[2]).decode("ascii", "replace") if declared and not encoding else ""
    name = "cp1252" if _LATIN.match(name) else name
    if name and not _WIDE.match(name) and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            "".encode(name)
            return decode(data, name)
        except (LookupError, ValueError):
            pass
        except Unreadable as error:
            if error.state != "not_text":
                raise
    return decode(data, encoding)


def _title(page: Any) -> str:
    found = page.find(".//title")
    return "" if found is None else " ".join("".join(found.itertext()).split())


def _fields(page: Any) -> dict[str, str]:
    """The page's own metadata: its title, language, description, author, keywords and canonical address."""
    fields = {"page_title": _title(page), "language": page.get("lang") or ""}
    for meta in page.iter("meta"):
        name = (meta.get("name") or "").lower()
        if name in _META:
            fields.setdefault(name, (meta.get("content") or "").strip())
    for link in page.iter("link"):
        if link.get("rel") == "canonical" and (link.get("href") or "").startswith("http"):
            fields.setdefault("canonical", link.get("href"))
    return {name: value for name, value in fields.items() if value}
