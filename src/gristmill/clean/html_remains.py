"""Turns tags and entities that were left in plain text into what they mean."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from gristmill.clean._code import outside_code, unquoted
from gristmill.contracts import Cleaner, Repair
from gristmill.mending import settled

_VOID = "br|hr|img|wbr"
_BLOCK = (
    "p|div|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|h[1-6]|blockquote|pre|section|article|header|footer|nav|aside|"
    "figure|figcaption|center|form|html|head|body"
)
_CELL = "td|th"
_INLINE = (
    "a|b|i|u|s|em|strong|span|font|small|big|sub|sup|code|tt|kbd|cite|q|abbr|acronym|mark|del|ins|strike|label|button|"
    "iframe|object|title|var|samp|noscript"
)
_VALUE = r"(?:\"[^\"<>]{0,2000}\"|'[^'<>]{0,2000}'|[^\s\"'<>=`]{1,500})"
_ATTRIBUTES = rf"(?P<attributes>(?:\s{{1,20}}[A-Za-z_:][\w:.-]{{0,60}}\s?=\s?{_VALUE}){{0,40}})\s{{0,20}}/?"
_TAG = re.compile(
    rf"<(?:(?P<void>{_VOID})|(?P<block>{_BLOCK})|(?P<cell>{_CELL})|(?P<inline>{_INLINE}))\b{_ATTRIBUTES}>",
    re.IGNORECASE,
)
_CLOSE = re.compile(rf"</(?P<name>{_VOID}|{_BLOCK}|{_CELL}|{_INLINE})\s{{0,20}}>", re.IGNORECASE)
_OPENED = re.compile(r"<!--|<!DOCTYPE\b|<(?:script|style)\b[^<>]{0,2000}>", re.IGNORECASE)
_CLOSED = {
    "!--": re.compile("-->"),
    "!doctype": re.compile(">"),
    "script": re.compile(r"</script\s{0,20}>", re.IGNORECASE),
    "style": re.compile(r"</style\s{0,20}>", re.IGNORECASE),
}
_ENTITY = re.compile(r"&(?:amp;)*([A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
# An escaped tag that is meant to be seen, as in a text about HTML.
_SHOWN = re.compile(r"&lt;[/!]?[A-Za-z](?:(?!&[lg]t;)[^<>]){0,300}&gt;")


class HtmlRemains(Cleaner):
    """What a poor reader left of HTML in plain text: `<br />` is a line break again, `&nbsp;` a space.

    Tags of blocks become one line break where none is, cells a space; tags around words (`<b>…</b>`) go, and so do
    scripts, styles and comments with all that they hold. Entities become their characters.

    What is no tag stays: `a < b`, `List<String>`, `x<a>y`. So a tag around words counts only with its closing tag or
    with attributes, and a name that HTML does not know never does. Escaped tags (`&lt;br&gt;`) stay, since they are
    meant to be read. Code of Markdown, fenced, indented or between backticks, is left alone, and so is a tag
    or an entity that stands alone between quotation marks.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "tag": "A tag of HTML in plain text.",
        "entity": "A character that is written as an entity.",
        "unshown": "A script, style, comment or document type, which no reader sees.",
    }

    def repairs(self, texts: Sequence[str]) -> Iterator[Sequence[Repair]]:
        """For each text its repairs."""
        for text in texts:
            yield settled(text, _find) if "<" in text or "&" in text else ()


def _find(text: str) -> Sequence[Repair]:
    """The repairs of the first kind that the text needs."""
    kinds = (_unshown, _tags, _entities)
    return next(filter(None, (outside_code(text, unquoted(text, kind(text))) for kind in kinds)), ())


def _unshown(text: str) -> Iterator[Repair]:
    """What stands between signs that hide it; what is never closed stays."""
    done, never = 0, set()
    for match in _OPENED.finditer(text):
        name = match.group().lower().lstrip("<").rstrip(">").split()[0]
        if match.start() < done or name in never:
            continue
        end = _CLOSED[name].search(text, match.end())
        if end:
            done = end.end()
            yield Repair(match.start(), done, "", "unshown")
        else:
            never.add(name)


def _tags(text: str) -> list[Repair]:
    closes = list(_CLOSE.finditer(text))
    last = {match["name"].lower(): match.start() for match in closes}
    found = []
    for match in _TAG.finditer(text):
        name = (match["void"] or match["block"] or match["cell"] or match["inline"]).lower()
        glued = text[match.start() - 1 : match.start()].isalnum()
        paired = last.get(name, -1) > match.start() or bool(match["attributes"])
        if match["void"] or paired or (match["block"] and not glued):
            found.append(Repair(match.start(), match.end(), _put(text, match.start(), match.end(), name), "tag"))
    found += [
        Repair(match.start(), match.end(), _put(text, match.start(), match.end(), match["name"].lower()), "tag")
        for match in closes
    ]
    return sorted(found, key=lambda one: one.start)


def _put(text: str, start: int, end: int, name: str) -> str:
    """What stands for a tag: a line break where it makes one and none is, a space between cells, or nothing."""
    if name in ("br", "hr"):
        return "\n"
    if re.fullmatch(_BLOCK, name):
        at_line_end = text[start - 1 : start] in ("", "\n") or text[end : end + 1] in ("", "\n")
        return "" if at_line_end else "\n"
    return " " if re.fullmatch(_CELL, name) else ""


def _entities(text: str) -> Iterator[Repair]:
    shown = {place for match in _SHOWN.finditer(text) for place in (match.start(), match.end() - 4)}
    for match in _ENTITY.finditer(text):
        name = f"&{match[1]};"
        meant = html.unescape(name)
        # A name that HTML does not know keeps its ampersand.
        if meant.endswith(";") and len(meant) > 1:
            meant = name
        put = " " if meant == "\xa0" else "" if meant == "\xad" else meant
        if match.start() not in shown and put != match.group():
            yield Repair(match.start(), match.end(), put, "entity")
