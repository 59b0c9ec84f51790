"""Reads the main content of web pages as Markdown, without navigation and banners."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._decode import Decoded, Encoding, decode
from gristmill.ingest._html_blocks import blocks, inline
from gristmill.ingest._main_content import main_content
from gristmill.lazy import lazy
from gristmill.records import Document, Source

lxml_html = lazy("lxml.html")
etree = lazy("lxml.etree")

_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding=[\"']([\w.-]+)", re.I
)
_LATIN = re.compile(r"(?:iso-?8859-1|latin-?1|us-ascii|ascii)$", re.IGNORECASE)
_WIDE = re.compile(r"utf-?(?:16|32)", re.IGNORECASE)
_META = ("description", "author", "keywords")


class Html(Reader):
    """One document per page: headings, paragraphs, lists, tables and code of its main element, in Markdown.

    Definition lists become `term` and `: definition` lines; links to other sites keep their address.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".html", ".htm")
    needs: ClassVar[tuple[str, ...]] = ("lxml",)

    encoding: Encoding = Field("", description="The files' encoding, when you know it: cp1251, shift_jis …")

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the page's main content. Raises Unreadable."""
        found = _decoded(data, self.encoding)
        page = _parsed(found.text)
        title = _title(page)
        fields = _fields(page) | found.notes
        try:
            root = main_content(page)
            text = "\n\n".join(blocks(root))
            heading = next((inline(top, links=False) for top in root.iter("h1") if inline(top)), "")
        except RecursionError:
            raise Unreadable("broken", _DEEP) from None
        if not text.strip():
            raise Unreadable(
                "no_text", "The page has no text of its own: a script may fill it. Save it from a browser."
            )
        title = " ".join((heading or title or source.title).replace("`", "").split())
        yield Document(text=text, source=source, title=title, metadata=fields)


_DEEP = "The page's elements are nested too deep to be read. Save it again from a browser, or leave it out."


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


def _parsed(text: str) -> Any:
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        page = lxml_html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        raise Unreadable(
            "no_text", "The page has no elements with text. Restore its content or leave it out."
        ) from None
    if any("depth" in error.message.lower() for error in parser.error_log):
        raise Unreadable("broken", _DEEP)
    return page


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
