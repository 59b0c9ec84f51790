"""A page of an EPUB as Markdown: verse keeps its lines, printed page numbers go, notes are marked."""

import re
from typing import Any

from gristmill.errors import Unreadable
from gristmill.ingest._decode import decode
from gristmill.ingest._epub_package import OUTSIDE
from gristmill.ingest._formula import formula
from gristmill.ingest._html_blocks import blocks
from gristmill.ingest._html_page import DEEP, html_page

# An XML page may close any element at once; for a parser of HTML that would only open it.
_CLOSED = re.compile(r"<([A-Za-z][\w:.-]*+)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)/>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_NEVER = frozenset("script style head nav svg audio video object iframe form button template canvas".split())
_DROPPED = frozenset(["pagebreak", "doc-pagebreak", "backlink", "doc-backlink", "referrer"])
_PAGE_NUMBER = re.compile(r"(?<![a-z])(?:pagenum|pageno|page-?number|pagebreak)(?![a-z])", re.IGNORECASE)
_NOTES = frozenset(["noteref", "doc-noteref"])
_LINE = re.compile(r"(?<![a-z])(?:(?:verse-?)?line|verse|[iv]\d+|indent-?\d*|l)(?![a-z])", re.IGNORECASE)
_STANZA = re.compile(r"stanza|poem|poetry|verse|line-?group|(?<![a-z])lg(?![a-z])", re.IGNORECASE)
_LONGEST_MARK = 30


def chapter(data: bytes) -> list[str] | None:
    """The page's Markdown blocks; None for a page that is only a cover, contents, imprint or the like.

    Raises Unreadable: `empty`, `not_text`, `no_text` or `broken`.
    """
    body = _body(decode(data).text)
    if _is_outside(body):
        return None
    for element in list(body.iterdescendants()):
        _clean(element)
    for element in list(body.iterdescendants("p", "div", "blockquote", "section")):
        _keep_lines(element)
    try:
        return blocks(body)
    except RecursionError:
        raise Unreadable("broken", DEEP) from None


def _body(text: str) -> Any:
    text = _CLOSED.sub(lambda tag: tag[0] if tag[1].lower() in _VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>", text)
    page = html_page(text)
    body = page.find("body")
    return page if body is None else body


def _kinds(element: Any) -> set[str]:
    """What an element is, by EPUB's types and by roles."""
    roles = (element.get("role") or "").lower()
    return set((element.get("epub:type") or "").lower().split()) | {role for role in roles.split() if role}


def _is_outside(body: Any) -> bool:
    """Whether the page, or all that it holds, is of a kind that tells of the book alone."""
    if _kinds(body) & OUTSIDE:
        return True
    filled = [part for part in body if any(map(str.strip, part.itertext()))]
    return bool(filled) and not (body.text or "").strip() and all(_kinds(part) & OUTSIDE for part in filled)


def _clean(element: Any) -> None:
    """Empty what is no text, in its place, so that the text after it stays."""
    tag = element.tag.rpartition(":")[2] if isinstance(element.tag, str) else ""
    kinds = _kinds(element)
    if tag == "math":
        _say(element, formula(element))
    elif tag in _NEVER or _is_mark(element, kinds):
        _say(element, "")
    elif kinds & _NOTES:
        mark = "".join(element.itertext()).strip()
        _say(element, f"[{mark.strip('[]()')}]" if mark else "")


def _is_mark(element: Any, kinds: set[str]) -> bool:
    """Whether it only says which printed page begins, or leads back from a note; a wrong name does not lose a text."""
    named = kinds & _DROPPED or _PAGE_NUMBER.search(element.get("class") or "")
    return bool(named) and len("".join(element.itertext()).strip()) <= _LONGEST_MARK


def _say(element: Any, text: str) -> None:
    element.clear(keep_tail=True)
    element.tag, element.text = "span", text


def _keep_lines(element: Any) -> None:
    """Put a line break after each line of verse that is an element of its own and has none."""
    lines = [child for child in element if child.tag != "br" and any(map(str.strip, child.itertext()))]
    apart = [element.text or "", *((child.tail or "") for child in element)]
    if len(lines) < 2 or any(map(str.strip, apart)) or next(element.iter("br"), None) is not None:
        return
    tags = {line.tag for line in lines}
    marked = all(_LINE.search(f"{line.get('class') or ''} {line.get('epub:type') or ''}") for line in lines)
    if tags == {"span"} and (marked or all("\n" in text for text in apart[1:-1])):
        _break(lines)
    elif tags <= {"div", "p"} and marked and _STANZA.search(element.get("class") or "") and not any(map(len, lines)):
        for line in lines:
            line.tag = "span"
        _break(lines)


def _break(lines: list[Any]) -> None:
    for line in lines[:-1]:
        line.append(line.makeelement("br"))
