"""Text of a shape or table on a slide as Markdown: paragraphs, lists by their levels and bullets."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from gristmill.ingest._plain_xml import entity, name
from gristmill.ingest._spans import Cell, grid, span
from gristmill.ingest._tables import pipe_table

_BULLETS = {"buNone": "", "buChar": "-", "buBlip": "-", "buAutoNum": "1"}
_TYPED = re.compile(r"[•▪‣◦●○■□➢✓–-]\s+(?=\S)")
_LEVELS = 9


class Line(NamedTuple):
    """A paragraph: its text, its level from 0, and its bullet (`-`, a number as text, or "")."""

    text: str
    level: int
    bullet: str


def blocks(body: Any, styles: Sequence[Any] = ()) -> list[str]:
    """A text body as Markdown blocks; `styles` are the list styles it inherits, the nearest first."""
    own = body.find("lstStyle")
    chain = [style for style in (own, *styles) if style is not None]
    return list(_joined(_numbered(_line(one, chain) for one in body.iterfind("p"))))


def one_line(element: Any) -> str:
    """All paragraphs within an element on one line; "" for None."""
    return "" if element is None else " ".join(" ".join(map(paragraph, element.iter("p"))).split())


def paragraph(element: Any) -> str:
    """A paragraph's runs, joined as they are; a line break stays one."""
    lines = re.split(r"[\n\v]", "".join(_runs(element)).replace("_x000B_", "\n"))
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _runs(element: Any) -> Iterator[str]:
    for child in element:
        tag = name(child)
        if tag == "r" or (tag == "fld" and child.get("type") != "slidenum"):
            yield "".join(map(_text, child.iterfind("t")))
        elif tag == "br":
            yield "\n"
        elif tag == "m":
            yield "".join(map(_text, child.iter("t")))
        elif tag == "AlternateContent":
            yield next((text for form in child if (text := "".join(_runs(form)))), "")


def _text(element: Any) -> str:
    pieces = [element.text or ""]
    for child in element:
        pieces += ["" if name(child) else entity(child), child.tail or ""]
    return re.sub(r"\s", " ", "".join(pieces).replace("\v", "_x000B_"))


def _line(element: Any, chain: Sequence[Any]) -> Line:
    own = element.find("pPr")
    written = "0" if own is None else own.get("lvl") or "0"
    level = min(int(written), _LEVELS - 1) if written.isascii() and written.isdecimal() and len(written) < 3 else 0
    nearest = [own, *(style.find(f"lvl{level + 1}pPr") for style in chain)]
    bullet = next((found for style in nearest if (found := _bullet(style)) is not None), "")
    text = paragraph(element)
    typed = _TYPED.match(text)
    if typed and not bullet:
        text, bullet = text[typed.end() :], "-"
    return Line(text, level, bullet)


def _bullet(style: Any) -> str | None:
    """A style's bullet; None when it leaves that to the next style."""
    for child in () if style is None else style:
        if name(child) == "buAutoNum":
            start = child.get("startAt") or "1"
            return start if start.isascii() and start.isdecimal() and len(start) < 6 else "1"
        if name(child) in _BULLETS:
            return _BULLETS[name(child)]
    return None


def _numbered(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines with text; numbers go on within a level until a higher level or another kind of line."""
    last: dict[int, int] = {}
    for line in lines:
        if line.text:
            last = {level: number for level, number in last.items() if level <= line.level}
            if line.bullet.isdecimal():
                last[line.level] = last[line.level] + 1 if line.level in last else int(line.bullet)
                line = line._replace(bullet=f"{last[line.level]}.")
            else:
                last.pop(line.level, None)
            yield line


def _joined(lines: Iterable[Line]) -> Iterator[str]:
    """Paragraphs as they are, runs of list items as one block each, nested by their levels."""
    items: list[str] = []
    marks: list[tuple[int, int]] = []
    for line in lines:
        if not line.bullet:
            yield from ["\n".join(items)] if items else []
            items, marks = [], []
            yield line.text
            continue
        while marks and marks[-1][0] >= line.level:
            marks.pop()
        indent = " " * (marks[-1][1] if marks else 0)
        rest = indent + " " * (len(line.bullet) + 1)
        items.append(indent + line.bullet + " " + textwrap.indent(line.text, rest)[len(rest) :])
        marks.append((line.level, len(rest)))
    yield from ["\n".join(items)] if items else []


def table(element: Any) -> list[str]:
    """A table as Markdown; with one row or one column it is paragraphs."""
    rows = [[_cell(cell) for cell in row.iterfind("tc") if not _is_covered(cell)] for row in element.iterfind("tr")]
    laid = grid(rows)
    if len(laid) < 2 or len(laid[0]) < 2:
        return [text for row in laid for text in row if text]
    return [pipe_table(laid)]


def _cell(element: Any) -> Cell:
    return Cell(one_line(element.find("txBody")), span(element.get("gridSpan")), span(element.get("rowSpan")))


def _is_covered(cell: Any) -> bool:
    """Whether another cell reaches over this one, which then only keeps its place and is never shown."""
    return any(cell.get(merged) in ("1", "true") for merged in ("hMerge", "vMerge"))
