"""Text within a paragraph of a JATS article: citation marks, links, formulas, raised letters."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gristmill.ingest._formula import formula
from gristmill.ingest._plain_xml import entity, name

_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_ABSOLUTE = re.compile(r"https?://[^\s()<>]+$")
_DOCUMENT = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_HREF = "{http://www.w3.org/1999/xlink}href"
_NEVER = frozenset(
    ["graphic", "inline-graphic", "media", "inline-media", "object-id", "index-term", "private-char", "fn", "long-desc"]
)
_NOTES = frozenset(["bibr", "fn", "table-fn"])
_APART = frozenset(["p", "list", "list-item", "title", "def-list", "def-item", "def", "term", "disp-quote", "td", "th"])


def words(element: Any) -> str:
    """An element's text on one line; `break` ends a line."""
    lines = "".join(_inner(element)).split("\x00")
    return "\n".join(filter(None, (_SPACE.sub(" ", line).strip() for line in lines)))


def one_line(element: Any) -> str:
    """An element's text on one line, whatever breaks it; "" for None."""
    return "" if element is None else words(element).replace("\n", " ")


def _inner(element: Any) -> list[str]:
    pieces: list[str] = [element.text or ""]
    for child in element:
        pieces += piece(child, "".join(pieces[-3:])[-1:])
        pieces.append(child.tail or "")
    return pieces


def piece(child: Any, before: str = "") -> list[str]:
    """One child's text as it stands in its line; `before` is the character before it."""
    tag = name(child)
    if not tag:
        return [entity(child)]
    if tag in _NEVER:
        return []
    if tag == "sup":
        return [_raised(child, before)]
    maker = _BY_NAME.get(tag)
    if maker:
        return [maker(child)]
    return [" ", *_inner(child), " "] if tag in _APART else _inner(child)


def _raised(element: Any, before: str) -> str:
    """`10^3`, `ha^-1`; marks of notes and citations in brackets; `1st` and the like as they are."""
    text = words(element)
    if any(mark.get("ref-type") in _NOTES for mark in element.iter("xref")):
        return _mark(text)
    if not text or not text.strip("™®°"):
        return text
    if not before.strip():
        return _mark(text) + " "
    if before.isdigit() and text.isalpha() and len(text) == 2:
        return text
    raised = f"^{text}" if " " not in text or text.startswith("(") else f"^({text})"
    return f"{raised} " if (element.tail or "")[:1].isalnum() else raised


def _mark(text: str) -> str:
    return text if not text or text[0] in "[(" else f"[{text}]"


def _reference(element: Any) -> str:
    if element.get("ref-type") in _NOTES and element.find(".//sup") is not None and element.getparent().tag != "sup":
        return _mark("".join("".join(element.itertext(with_tail=False)).split()))
    return "".join(_inner(element))


def _link(element: Any) -> str:
    label, address = words(element), (element.get(_HREF) or "").strip()
    return f"[{label}]({address})" if label and label != address and _ABSOLUTE.match(address) else label or address


def _code(element: Any) -> str:
    text = one_line(element)
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{text}{ticks}" if text else ""


def _choice(element: Any) -> str:
    """The first of several forms of the same thing that has text; TeX before MathML."""
    for form in sorted(element, key=lambda form: name(form) != "tex-math"):
        if text := "".join(piece(form)).strip():
            return text
    return ""


def _tex(element: Any) -> str:
    """TeX between dollar signs, without the preamble that some publishers wrap it in."""
    source = "".join(element.itertext())
    inner = _DOCUMENT.search(source)
    text = (inner[1] if inner else source).strip()
    return f"${' '.join(text.strip('$').split())}$" if text.strip("$ ") else ""


def _person(element: Any) -> str:
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        return "".join(_inner(element))
    return " ".join(filter(None, map(one_line, element)))


def person(element: Any) -> str:
    """A person's name, the given names first."""
    parts = (one_line(element.find(part)) for part in ("prefix", "given-names", "surname", "suffix"))
    return " ".join(filter(None, parts)) or one_line(element)


_BY_NAME: Mapping[str, Callable[[Any], str]] = {
    "xref": _reference,
    "ext-link": _link,
    "uri": _link,
    "break": lambda _: "\x00",
    "monospace": _code,
    "code": _code,
    "alternatives": _choice,
    "tex-math": _tex,
    "math": formula,
    "name": _person,
    "string-name": _person,
}
