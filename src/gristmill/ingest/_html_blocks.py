"""Web page elements as Markdown: headings, paragraphs, lists, tables, code, definition lists."""

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Any

BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
    ]
)
_ROW_PARTS = frozenset(["tr", "thead", "tbody", "tfoot"])
CODE = frozenset(["code", "kbd", "samp", "tt"])
_SPACE = re.compile(r"[ \t\n\r\f\v\u200b]+|[\x01-\x08\x0e-\x1f\x7f]")
_INVISIBLE = dict.fromkeys(map(ord, "\u2060\ufeff\u00ad")) | {0xA0: " "}
ABSOLUTE = re.compile(r"https?://[^\s()<>]+$")
_SPAN_LIMIT = 30
_PLACES, _FREE_PLACES = 20, 2000
_Rows = list[list[str]]
_Maker = Callable[[Any], Iterable[str]]


def blocks(element: Any) -> list[str]:
    """The Markdown blocks of an element's content, in order; none is empty."""
    maker = _BY_TAG.get(element.tag)
    if maker:
        return [block for block in maker(element) if block.strip()]
    return list(_flow(element))


def inline(element: Any, links: bool = True) -> str:
    """An element's text on one line (`br` breaks it), with code in backticks and absolute links."""
    return tidy("".join(_pieces(element, links)))


def _flow(element: Any) -> Iterator[str]:
    """Inline runs become paragraphs between the block children; a `summary` is left to its `details`."""
    run = [element.text or ""]
    for child in element:
        if child.tag == "summary":
            run += [child.tail or ""]
        elif child.tag in BLOCKS or holds_block(child):
            yield from _paragraph(run)
            yield from blocks(child)
            run = [child.tail or ""]
        else:
            run += [_one(child, True), child.tail or ""]
    yield from _paragraph(run)


def _paragraph(run: list[str]) -> Iterator[str]:
    text = tidy("".join(run))
    if text:
        yield text


def holds_block(element: Any) -> bool:
    """Whether an inline element has a block in it."""
    return any(inner.tag in BLOCKS for inner in element.iterdescendants())


def _pieces(element: Any, links: bool) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in BLOCKS:
            yield f" {inline(child, links)} "
        else:
            yield _one(child, links)
        yield child.tail or ""


def _one(element: Any, links: bool) -> str:
    if element.tag == "br":
        return "\x00"
    text = "".join(_pieces(element, links and element.tag not in CODE))
    if element.tag in CODE and (code := " ".join(text.replace("\x00", " ").split())):
        ticks = "``" if "`" in code else "`"
        return f"{ticks}{code}{ticks}"
    address = (element.get("href") or "").strip() if element.tag == "a" and links else ""
    label = tidy(text)
    return f"[{label}]({address})" if label and ABSOLUTE.match(address) else text


def tidy(text: str) -> str:
    """White space squeezed; U+0000 stands for a line break in the page."""
    lines = _SPACE.sub(" ", text.translate(_INVISIBLE)).split("\x00")
    return "\n".join(line.strip() for line in lines if line.strip())


def _heading(element: Any) -> Iterator[str]:
    text = " ".join(inline(element, links=False).split())
    if text:
        yield f"{'#' * int(element.tag[1])} {text}"


def _code(element: Any) -> Iterator[str]:
    for line_break in element.iter("br"):
        line_break.text = "\n"
    text = textwrap.dedent("".join(element.itertext())).strip("\n").rstrip()
    if text.strip():
        longest = max(map(len, re.findall(r"`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        yield f"{fence}\n{text}\n{fence}"


def _quote(element: Any) -> Iterator[str]:
    text = "\n\n".join(_flow(element))
    yield _prefixed(text, "> ", "> ") if text else ""


def _list(element: Any) -> Iterator[str]:
    items = []
    start = element.get("start") or "1"
    number = int(start) if start.isdecimal() and len(start) < 9 else 1
    for child in element:
        inner = blocks(child) if child.tag in ("ul", "ol") else list(_flow(child))
        mark = f"{number}. " if element.tag == "ol" else "- "
        if inner:
            text = "\n".join(inner) if all(map(_is_tight, inner[1:])) else "\n\n".join(inner)
            items.append(_prefixed(text, mark, " " * len(mark)))
            number += 1
    yield "\n".join(items)


def _is_tight(block: str) -> bool:
    return block.startswith(("- ", "1. "))


def _definitions(element: Any) -> Iterator[str]:
    """`term` on a line, each `: definition` below it; more blocks of a definition stand indented."""
    lines: list[str] = []
    parts = [part for child in element for part in (child if child.tag == "div" else [child])]
    for part in parts:
        if part.tag == "dt":
            if lines and lines[-1].startswith(": "):
                yield "\n".join(lines)
                lines = []
            lines += [inline(part, links=False).replace("\n", " ")]
        else:
            text = "\n\n".join(_flow(part))
            lines += [_prefixed(text, ": ", "  ")] if text else []
    yield "\n".join(line for line in lines if line)


def _details(element: Any) -> Iterator[str]:
    """A question that opens is a term and its definition."""
    summary = element.find("summary")
    term = "" if summary is None else inline(summary, links=False).replace("\n", " ")
    body = "\n\n".join(_flow(element))
    yield f"{term}\n{_prefixed(body, ': ', '  ')}" if term and body else term or body


def _table(element: Any) -> Iterator[str]:
    """A Markdown table; a table that only lays out the page gives the blocks of its cells."""
    for caption in element.findall("caption"):
        yield inline(caption)
    yield from between_cells(element, blocks, lambda child: _paragraph([_one(child, True)]))
    cells = table_cells(element)
    grid = [] if lays_out(element, cells) else _without_empty(_grid(cells))
    if len(grid) < 2 or len(grid[0]) < 2:
        for row in cells:
            for cell in row:
                yield from _flow(cell)
        return
    lines = ["| " + " | ".join(row) + " |" for row in grid]
    yield "\n".join([lines[0], "|" + " --- |" * len(grid[0]), *lines[1:]])


def table_cells(table: Any) -> list[list[Any]]:
    """The cells of a table by rows, without those of tables inside it."""
    rows = (row for row in table.iter("tr") if next(row.iterancestors("table")) is table)
    return [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]


def lays_out(table: Any, cells: list[list[Any]]) -> bool:
    """Whether a table only places parts of the page."""
    tags = {inner.tag for row in cells for cell in row for inner in cell.iterdescendants()}
    return table.get("role") == "presentation" or bool(tags & {"table", "h1", "h2", "h3", "pre", "dl", "blockquote"})


def between_cells(element: Any, of_block: _Maker, of_inline: _Maker) -> Iterator[str]:
    """What stands in a table and in none of its cells, made by these of elements (text is put into a `span`)."""
    yield from _said(element, element.text, of_inline)
    for child in element:
        if child.tag in _ROW_PARTS or (child.tag != "table" and child.find(".//tr") is not None):
            yield from between_cells(child, of_block, of_inline)
        elif not (child.tag == "caption" or (element.tag == "tr" and child.tag in ("td", "th"))):
            yield from (of_block if child.tag in BLOCKS else of_inline)(child)
        yield from _said(element, child.tail, of_inline)


def _said(element: Any, text: str | None, of_inline: _Maker) -> Iterator[str]:
    if text and text.strip():
        span = element.makeelement("span")
        span.text = text
        yield from of_inline(span)


def _grid(rows: list[list[Any]]) -> _Rows:
    """The cells' text in columns: a cell over several rows is repeated, one over several columns stands first.

    Spans that would make far more places than there are cells do not count; rows that differ so much in length
    are no grid.
    """
    cells = [cell for row in rows for cell in row]
    most = _PLACES * len(cells) + _FREE_PLACES
    spans = sum(_span(cell, "colspan") * _span(cell, "rowspan") for cell in cells) <= most
    filled: dict[tuple[int, int], str] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (y, x) in filled:
                x += 1
            text = inline(cell).replace("\n", " ").replace("|", "\\|")
            across, down = (_span(cell, "colspan"), _span(cell, "rowspan")) if spans else (1, 1)
            for dy in range(min(down, len(rows) - y)):
                for dx in range(across):
                    filled[y + dy, x + dx] = "" if dx else text
            x += across
    width = max((x + 1 for _, x in filled), default=0)
    if width * len(rows) > most:
        return []
    return [[filled.get((y, x), "") for x in range(width)] for y in range(len(rows))]


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return min(int(value), _SPAN_LIMIT) if value.isdecimal() and len(value) < 9 and int(value) else 1


def _without_empty(grid: _Rows) -> _Rows:
    rows = [row for row in grid if any(row)]
    columns = [x for x in range(len(rows[0])) if any(row[x] for row in rows)] if rows else []
    return [[row[x] for x in columns] for row in rows]


def _prefixed(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])])


_BY_TAG = {f"h{level}": _heading for level in range(1, 7)} | {
    "pre": _code,
    "blockquote": _quote,
    "ul": _list,
    "ol": _list,
    "dl": _definitions,
    "details": _details,
    "table": _table,
}
