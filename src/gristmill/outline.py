"""The shape of a Markdown or plain text: its lines by kind, its sections with their headings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from gristmill.entities import resolved

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_ATX = re.compile(r"(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?$")
_UNDERLINE = re.compile(r"={3,}$|-{3,}$")
_NO_TITLE = re.compile(r"[-*+>|] |\d+[.)] |.{100}")
_TAGGED = re.compile(r"<h([1-6])(?:\s[^<>]*)?>(.*)</h\1>$")
_OPENED = re.compile(r"<(pre|table)(?=[\s>])")
_ADMONITION = re.compile(r"(?:\?\?\?\+?|!!!)[ \t]+\w")
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?=[\w-]+:)(?:.*\n)*?---[ \t]*(?:\r?\n|\Z)")


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of Markdown or plain text, `text[start:end]` with its line end; indent counts columns.

    `code` is a fenced line, a line of `<pre>` or front matter, `table` a row between bars or a line of `<table>`,
    `underline` the second line of an underlined heading, `opener` the first of an indented block (`??? note`);
    level and title belong to a heading.
    """

    start: int
    end: int
    indent: int
    kind: Literal["blank", "text", "table", "code", "heading", "underline", "opener"]
    level: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what follows up to the next heading of any level; `body` is where that begins.

    Text before the first heading is a section of level 0 with an empty path. The line that opens an
    indented block goes with the heading that the block begins with.
    """

    start: int
    body: int
    end: int
    level: int
    path: tuple[str, ...]


@lru_cache(maxsize=4)
def markdown_lines(text: str) -> Sequence[TextLine]:
    """The lines of a text, in order and without gaps; headings in fences or deep indentation are none.

    Inside an indented admonition block (`??? note`, `!!! note`) the indentation counts from its margin.
    """
    found: list[TextLine] = []
    front = _FRONT_MATTER.match(text)
    last = {end: text.rfind(end) for end in ("</pre>", "</table>")}
    fence, margin = "", 0
    for match in _LINE.finditer(text):
        raw = match.group().expandtabs(4).rstrip()
        body = raw.lstrip()
        line = TextLine(match.start(), match.end(), len(raw) - len(body), "text")
        if front and match.end() <= front.end():
            found.append(replace(line, kind="code"))
            continue
        inside, fence = fence, _fence(fence, body)
        if not inside and last.get(fence, line.end) < line.end:
            fence = ""
        if inside or fence:
            held: Literal["blank", "code", "table"] = "code" if "</table>" not in (inside, fence) else "table"
            found.append(replace(line, kind=held if body or held == "code" else "blank"))
            continue
        if body:
            margin = line.indent + 4 if _ADMONITION.match(body) else margin * (line.indent >= margin)
        _classify(text, found, line, body, line.indent - margin)
    return tuple(found)


def _fence(inside: str, body: str) -> str:
    """What ends the fence that a line stands in or opens; "" when none is open below it."""
    if inside.startswith("<"):
        return "" if inside in body or not (body or inside == "</pre>") else inside
    if inside:
        return "" if body.startswith(inside) and not body.strip(inside[0]) else inside
    if opened := _FENCE.match(body):
        return opened[1] or opened[2]
    tag = _OPENED.match(body)
    return f"</{tag[1]}>" if tag and f"</{tag[1]}>" not in body else ""


def _classify(text: str, found: list[TextLine], line: TextLine, body: str, depth: int) -> None:
    atx = _ATX.match(body)
    if not body:
        found.append(replace(line, kind="blank"))
    elif atx and depth < 4:
        found.append(replace(line, kind="heading", level=len(atx.group(1)), title=plain(atx.group(2) or "")))
    elif depth < 4 and (tagged := _TAGGED.match(body)):
        title = resolved(re.sub(r"<[^<>]*>", "", tagged[2]))
        found.append(replace(line, kind="heading", level=int(tagged[1]), title=plain(title)))
    elif depth < 4 and _UNDERLINE.match(body) and (title := _underlined(text, found)):
        found[-1] = replace(found[-1], kind="heading", level=1 if body[0] == "=" else 2, title=title)
        found.append(replace(line, kind="underline"))
    elif _ADMONITION.match(body):
        found.append(replace(line, kind="opener"))
    elif body.startswith("|"):
        found.append(replace(line, kind="table"))
    else:
        found.append(line)


def _underlined(text: str, found: list[TextLine]) -> str:
    """The last line as a title: a line of text alone, short, no list item, quote or table row."""
    if not found or found[-1].kind != "text" or (len(found) > 1 and found[-2].kind == "text"):
        return ""
    body = text[found[-1].start : found[-1].end].strip()
    return "" if _NO_TITLE.match(body) else plain(body)


@lru_cache(maxsize=4)
def sections(text: str) -> Sequence[Section]:
    """The sections of a text; together they are the whole of it. Paths hold the headings above and its own."""
    found: list[Section] = []
    above: list[tuple[int, str]] = []
    start, body, level, opened = 0, 0, 0, -1
    for line in markdown_lines(text):
        if line.kind == "underline":
            body = line.end
        if line.kind == "heading":
            first = line.start if opened < 0 else opened
            if first > start:
                found.append(Section(start, body, first, level, tuple(title for _, title in above)))
            start, body, level = first, line.end, line.level
            above = [*((rank, title) for rank, title in above if rank < level), (level, line.title)]
        if line.kind != "blank":
            opened = line.start if line.kind == "opener" else -1
    if len(text) > start:
        found.append(Section(start, body, len(text), level, tuple(title for _, title in above)))
    return tuple(found)


def plain(line: str) -> str:
    """A heading or a term without its Markdown: links become their text; bold, anchors and pilcrows go."""
    line = re.sub(r"!?\[([^\]\[]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)", r"\1", line)
    line = re.sub(r"\{[#.:][^}]*\}|¶|\*\*", "", line).strip()
    return re.sub(r"^([*_])(?!\1)(\S.*\S|\S)\1$", r"\2", line).strip()
