"""HTML text as a tree of elements, within bounds of depth and of attributes."""

import re
from typing import Any

from gristmill.errors import Unreadable
from gristmill.lazy import lazy

lxml_html = lazy("lxml.html")
etree = lazy("lxml.etree")

# The parser's time grows with the square of a tag's attributes; no page needs so many.
_ATTRIBUTE = r"(?:[\s/]++[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?)?)"
_CROWDED = re.compile(rf"(<[A-Za-z][^\s/<>]*+{_ATTRIBUTE}{{200}}){_ATTRIBUTE}++")
# What a reference such as `&#1;` can name and no text of XML may hold: an element that is given it is an error.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
DEEP = "Its elements are nested too deep to be read. Save it again from a browser, or leave it out."


def html_page(text: str) -> Any:
    """The page's root element; a tag keeps its first 200 attributes, a text no control character.

    Raises Unreadable (`no_text`, `broken`).
    """
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        page = lxml_html.document_fromstring(_CROWDED.sub(r"\1", text).encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        raise Unreadable("no_text", "It has no elements with text. Restore its content or leave it out.") from None
    if any("depth" in error.message.lower() for error in parser.error_log):
        raise Unreadable("broken", DEEP)
    for element in page.iter():
        _clean(element)
    return page


def _clean(element: Any) -> None:
    if element.text and _NOT_XML.search(element.text):
        element.text = _NOT_XML.sub("", element.text)
    if element.tail and _NOT_XML.search(element.tail):
        element.tail = _NOT_XML.sub("", element.tail)
    for name, value in element.attrib.items():
        if _NOT_XML.search(value):
            element.attrib[name] = _NOT_XML.sub("", value)
