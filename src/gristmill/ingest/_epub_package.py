"""What an EPUB says about itself: chapters in order, metadata, which pages are cover or imprint."""

import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from gristmill.errors import Unreadable
from gristmill.ingest._office_zip import OfficeZip
from gristmill.ingest._plain_xml import plain

TYPE = "{http://www.idpf.org/2007/ops}type"
# Pages that tell of the book and not of its subject, by EPUB's own words and those of the older guide.
OUTSIDE = frozenset(
    (
        "cover titlepage title-page halftitlepage halftitle toc landmarks page-list loi lot loa lov colophon imprint "
        "copyright-page copyright"
    ).split()
)
_PAGES = frozenset(["application/xhtml+xml", "text/html", "application/html+xml", "text/x-oeb1-document"])
_FIELDS = ("creator", "language", "rights", "publisher")
_SCRAMBLED_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_COPY = "Get a whole copy, or open it in an e-book program (for example Calibre) and save it again."
_LOCKED = "Its text is locked (DRM). Get it without a lock from its seller or author, or leave it out."


class Package(NamedTuple):
    """A book: its title and metadata, its pages in order, those outside its content, and how many are not listed."""

    title: str
    fields: dict[str, str]
    pages: list[str]
    outside: frozenset[str]
    lost: int


def opened(data: bytes) -> OfficeZip:
    """The book as a ZIP. Raises Unreadable: `empty`, `broken` or `encrypted`."""
    try:
        return OfficeZip(data)
    except Unreadable as error:
        if error.state != "broken":
            raise
        raise Unreadable("broken", f"It cannot be opened as an EPUB, which is a ZIP file. {_COPY}") from None


def package(book: OfficeZip) -> Package:
    """What the book says about itself. Raises Unreadable: `broken` or `encrypted`."""
    root, folder = _root(book)
    items = {item.get("id") or "": item for item in root.iterfind("manifest/item")}
    listed = [items.get(one.get("idref") or "") for one in root.iterfind("spine/itemref")]
    pages = [_path(folder, item) for item in listed if item is not None and item.get("media-type") in _PAGES]
    pages = list(dict.fromkeys(pages))
    if not pages:
        raise Unreadable("broken", f"Its list of chapters is empty or lost. {_COPY}")
    if _locked(book) & {page.casefold() for page in pages}:
        raise Unreadable("encrypted", _LOCKED)
    contents = {_path(folder, item) for item in items.values() if "nav" in (item.get("properties") or "").split()}
    outside = {where for where, kind in _marked(book, root, folder, contents) if kind in OUTSIDE}
    titles = [text for text in _texts(root, "title") if text]
    fields = {field: ", ".join(_texts(root, field)) for field in _FIELDS}
    fields["date"] = "".join(_texts(root, "date")[:1])
    fields["subjects"] = "; ".join(_texts(root, "subject"))
    fields = {field: text for field, text in fields.items() if text}
    return Package(titles[0] if titles else "", fields, pages, frozenset(outside | contents), listed.count(None))


def _root(book: OfficeZip) -> tuple[Any, str]:
    """The package's root element and the folder it stands in."""
    container = _xml(book, "META-INF/container.xml")
    named = [] if container is None else [one.get("full-path") or "" for one in plain(container).iter("rootfile")]
    found = [*named, *(name for name in book.names() if name.lower().endswith(".opf"))]
    for name in found:
        path = _inside("", name)
        root = _xml(book, path)
        if root is not None:
            return plain(root), posixpath.dirname(path)
    raise Unreadable("broken", f"It has no package file (.opf), which lists the chapters. {_COPY}")


def _xml(book: OfficeZip, name: str) -> Any:
    try:
        return book.xml(name)
    except Unreadable as error:
        if error.state != "broken":
            raise
        raise Unreadable("broken", f"{name} inside it cannot be read. {_COPY}") from None


def _inside(folder: str, link: str) -> str:
    """A link as the name of a member: it never leads out of the book."""
    return posixpath.normpath(posixpath.join("/", folder, unquote(link.partition("#")[0]))).lstrip("/")


def _path(folder: str, item: Any) -> str:
    return _inside(folder, item.get("href") or "")


def _locked(book: OfficeZip) -> set[str]:
    """Members whose bytes are locked; fonts that are only scrambled do not count."""
    root = _xml(book, "META-INF/encryption.xml")
    found: set[str] = set()
    for one in () if root is None else plain(root).iter("EncryptedData"):
        method, where = one.find("EncryptionMethod"), one.find(".//CipherReference")
        if where is not None and (method is None or method.get("Algorithm") not in _SCRAMBLED_FONTS):
            found.add(_inside("", where.get("URI") or "").casefold())
    return found


def _marked(book: OfficeZip, root: Any, folder: str, contents: set[str]) -> Iterator[tuple[str, str]]:
    """Whole pages whose kind the guide or the landmarks tell; a link to a place within a page tells nothing."""
    for one in root.iterfind("guide/reference"):
        if "#" not in (one.get("href") or ""):
            yield _path(folder, one), (one.get("type") or "").lower()
    for name in sorted(contents):
        try:
            navigation = book.xml(name)
        except Unreadable:
            continue
        for link in () if navigation is None else plain(navigation).iter("a"):
            if link.get(TYPE) and "#" not in (link.get("href") or ""):
                for kind in link.get(TYPE).split():
                    yield _inside(posixpath.dirname(name), link.get("href") or ""), kind


def _texts(root: Any, name: str) -> list[str]:
    return [text for one in root.iterfind(f"metadata//{name}") if (text := " ".join((one.text or "").split()))]
