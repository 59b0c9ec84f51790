"""Web page elements as clean HTML: structure and links only, a block or a table row a line."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from gristmill.ingest._html_blocks import (
    ABSOLUTE,
    BLOCKS,
    CODE,
    between_cells,
    holds_block,
    lays_out,
    table_cells,
    tidy,
)

_MOST_SPANNED = 1000


def clean_blocks(element: Any) -> list[str]:
    """The blocks of an element's content as HTML, in order; none is empty."""
    maker = _BY_TAG.get(element.tag)
    return list(maker(element) if maker else _flow(element))


def _flow(element: Any) -> Iterator[str]:
    """Inline runs become paragraphs between the block children; a `summary` is left to its `details`."""
    run = [_text(element.text)]
    for child in element:
        if child.tag == "summary":
            run += [_text(child.tail)]
        elif child.tag in BLOCKS or holds_block(child):
            yield from _in("p", "".join(run))
            yield from clean_blocks(child)
            run = [_text(child.tail)]
        else:
            run += [_one(child), _text(child.tail)]
    yield from _in("p", "".join(run))


def _text(text: str | None) -> str:
    return html.escape(text or "", quote=False)


def _in(tag: str, content: str, attributes: str = "") -> Iterator[str]:
    """A line of inline content in its tag, if it says anything."""
    line = tidy(content).replace("\n", "<br>")
    if line:
        yield f"<{tag}{attributes}>{line}</{tag}>"


def _inline(element: Any) -> str:
    """An element's content on one line."""
    parts = [_text(element.text)]
    for child in element:
        parts += [f" {_inline(child)} " if child.tag in BLOCKS else _one(child), _text(child.tail)]
    return "".join(parts)


def _one(element: Any) -> str:
    if element.tag == "br":
        return "\x00"
    content = _inline(element)
    said = bool(content.strip("\x00 \t\n\r\xa0"))
    if element.tag in CODE and said:
        return f"<code>{content}</code>"
    address = (element.get("href") or "").strip() if element.tag == "a" else ""
    return f'<a href="{html.escape(address)}">{content}</a>' if said and ABSOLUTE.match(address) else content


def _line(element: Any) -> Iterator[str]:
    yield from _in(element.tag, _inline(element))


def _code(element: Any) -> Iterator[str]:
    for line_break in element.iter("br"):
        line_break.text = "\n"
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", "".join(element.itertext())).strip("\n").rstrip()
    if text.strip():
        yield f"<pre>{html.escape(text, quote=False)}</pre>"


def _around(tag: str, inner: list[str]) -> Iterator[str]:
    """Blocks in their tag, a line each; a single paragraph stands in it without its own."""
    if len(inner) == 1 and inner[0].startswith("<p>"):
        yield f"<{tag}>{inner[0][3:-4]}</{tag}>"
    elif inner:
        yield "\n".join([f"<{tag}>", *inner, f"</{tag}>"])


def _quote(element: Any) -> Iterator[str]:
    inner = list(_flow(element))
    if inner:
        yield "\n".join(["<blockquote>", *inner, "</blockquote>"])


def _list(element: Any) -> Iterator[str]:
    items: list[str] = []
    for child in element:
        items += _around("li", clean_blocks(child) if child.tag in ("ul", "ol") else list(_flow(child)))
    if items:
        yield "\n".join([f"<{element.tag}>", *items, f"</{element.tag}>"])


def _definitions(element: Any) -> Iterator[str]:
    parts = [part for child in element for part in (child if child.tag == "div" else [child])]
    items: list[str] = []
    for part in parts:
        items += _in("dt", _inline(part)) if part.tag == "dt" else _around("dd", list(_flow(part)))
    if items:
        yield "\n".join(["<dl>", *items, "</dl>"])


def _details(element: Any) -> Iterator[str]:
    """A question that opens is a term and its definition."""
    summary = element.find("summary")
    term = [] if summary is None else list(_in("dt", _inline(summary)))
    body = list(_flow(element))
    if term and body:
        yield "\n".join(["<dl>", *term, *_around("dd", body), "</dl>"])
    else:
        yield from body or [f"<p>{line[4:-5]}</p>" for line in term]


def _table(element: Any) -> Iterator[str]:
    """A table with a row a line; a table that only lays out the page gives the blocks of its cells."""
    for caption in element.findall("caption"):
        yield from _in("p", _inline(caption))
    yield from between_cells(element, clean_blocks, lambda child: _in("p", _one(child)))
    cells = table_cells(element)
    rows = [row for row in cells if any("".join(cell.itertext()).strip() for cell in row)]
    if len(rows) < 2 or max(map(len, rows)) < 2 or lays_out(element, cells):
        for row in rows:
            for cell in row:
                yield from _flow(cell)
        return
    yield "\n".join(["<table>", *(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows), "</table>"])


def _cell(cell: Any) -> str:
    inner = list(_flow(cell))
    content = inner[0][3:-4] if len(inner) == 1 and inner[0].startswith("<p>") else "".join(inner).replace("\n", "")
    spans = ((name, (cell.get(name) or "").strip()) for name in ("colspan", "rowspan"))
    kept = [f' {name}="{int(span)}"' for name, span in spans if _spans(span)]
    return f"<{cell.tag}{''.join(kept)}>{content}</{cell.tag}>"


def _spans(written: str) -> bool:
    return written.isascii() and written.isdecimal() and len(written) < 5 and 1 < int(written) <= _MOST_SPANNED


_BY_TAG: dict[str, Callable[[Any], Iterator[str]]] = {f"h{level}": _line for level in range(1, 7)} | {
    "pre": _code,
    "blockquote": _quote,
    "ul": _list,
    "ol": _list,
    "dl": _definitions,
    "details": _details,
    "table": _table,
}
