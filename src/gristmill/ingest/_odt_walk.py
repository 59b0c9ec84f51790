"""The walk through an OpenDocument text's XML: its blocks in the order of the file."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from gristmill.ingest._odt_runs import SHAPES, Runs
from gristmill.ingest._odt_styles import BULLET, TEXT, Styles, number
from gristmill.ingest._office_blocks import Block, Cell, cell, heading, item, spread, table
from gristmill.ingest._office_zip import OfficeZip

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_TABLE = f"{{{_OASIS}:table:1.0}}"
_OFFICE = f"{{{_OASIS}:office:1.0}}"
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_STYLE_NAME = f"{TEXT}style-name"


class _List:
    """A list being read: its style, the count at each depth, the last counts, and the label of an item that begins."""

    def __init__(self, name: str, last: list[int]) -> None:
        self.name = name
        self.style = ""
        self.counts: list[int] = []
        self.last = last
        self.fresh: str | None = None


class Walk:
    """One pass over an OpenDocument text. `notes` are found on the way; `counts` says what was left out."""

    def __init__(self, office: OfficeZip, content: Any, styles: Any) -> None:
        self.counts: Counter[str] = Counter()
        self._styles = Styles(content, styles)
        self._runs = Runs(office, self._styles, self.blocks, self.counts)
        self.notes = self._runs.notes
        self._list: _List | None = None
        self._ended: dict[str, list[int]] = {}
        self._outline: list[int] = []
        self._count = 0

    def blocks(self, container: Any) -> list[Block]:
        """The blocks of a body, cell, note or text box."""
        kept, self._list = self._list, None
        out: list[Block] = []
        self._walk(container, out)
        self._list = kept
        return out

    def _walk(self, container: Any, out: list[Block]) -> None:
        for child in container:
            if child.tag in _LEFT_OUT:
                name, each = _LEFT_OUT[child.tag]
                self.counts[name] += sum(1 for _ in child.iter(each))
            elif child.tag not in _WITHOUT_TEXT:
                _BLOCKS.get(child.tag, Walk._walk)(self, child, out)

    def _section(self, element: Any, out: list[Block]) -> None:
        if element.get(f"{TEXT}display") == "none":
            self.counts["hidden_runs"] += 1
        else:
            self._walk(element, out)

    def _frame(self, element: Any, out: list[Block]) -> None:
        text, boxes = self._runs.frame(element)
        out.extend([Block("text", text)] if text else [])
        out.extend(boxes)

    def _paragraph(self, element: Any, out: list[Block]) -> None:
        text, boxes = self._runs.read(element)
        style = element.get(_STYLE_NAME, "")
        if self._styles.hidden(style):
            self.counts["hidden_runs"] += 1
        elif element.tag == f"{TEXT}h":
            label = self._heading_label(element, style)
            level = max(1, number(element.get(f"{TEXT}outline-level"), 1))
            out.extend([heading(level, f"{label} {text}".strip())] if text else [])
        elif text and self._styles.is_title(style):
            out.append(heading(1, text))
        elif text and self._list:
            self._in_list(self._list, text, out)
        elif text:
            out.append(Block("text", text))
        out.extend(boxes)

    def _heading_label(self, element: Any, style: str) -> str:
        """The number before a heading: its list's, else the outline's."""
        if self._list:
            label, self._list.fresh = self._list.fresh or "", None
            return "" if label == BULLET else label
        depth = max(1, min(number(element.get(f"{TEXT}outline-level"), 1), 10))
        if element.get(f"{TEXT}is-list-header") == "true" or not self._styles.counts_headings(style):
            return ""
        above = [*self._outline, *[1] * depth][: depth - 1]
        goes_on = len(self._outline) >= depth and element.get(f"{TEXT}restart-numbering") != "true"
        count = self._outline[depth - 1] + 1 if goes_on else self._styles.start("", depth)
        self._outline = [*above, number(element.get(f"{TEXT}start-value"), count)]
        return self._styles.label("", self._outline)

    def _in_list(self, inside: _List, text: str, out: list[Block]) -> None:
        """A new item, or one more paragraph of the last."""
        level = len(inside.counts) - 1
        if inside.fresh is None:
            out.append(Block("more", text, level))
        elif inside.fresh:
            shown = "" if inside.fresh == BULLET else inside.fresh
            out.append(item(level, shown, text, inside.name))
        else:
            out.append(Block("text", text))
        inside.fresh = None

    def _listed(self, element: Any, out: list[Block]) -> None:
        outer = self._list
        inside = self._list = outer or self._begun(element)
        inherited, inside.style = inside.style, element.get(_STYLE_NAME, inside.style)
        depth = len(inside.counts) + 1
        first = self._styles.start(inside.style, depth) - 1
        inside.counts.append(inside.last[depth - 1] if len(inside.last) >= depth else first)
        for child in element:
            # An item that begins with a list only lends it its depth: it shows no label and does not count.
            if child.tag == f"{TEXT}list-item" and (len(child) == 0 or child[0].tag != f"{TEXT}list"):
                inside.counts[-1] = number(child.get(f"{TEXT}start-value"), inside.counts[-1] + 1)
                inside.last = [*inside.counts]
                inside.fresh = self._styles.label(inside.style, inside.counts)
            elif child.tag == f"{TEXT}list-header":
                inside.fresh = ""
            self._walk(child, out)
            inside.fresh = None
        inside.counts.pop()
        if depth == 1:
            self._ended[f"style {inside.style}"] = self._ended[f"id {element.get(_ID, '')}"] = inside.last
        inside.style = inherited
        self._list = outer

    def _begun(self, element: Any) -> _List:
        self._count += 1
        return _List(str(self._count), self._gone_before(element))

    def _gone_before(self, element: Any) -> list[int]:
        """The last numbers of the list that this one goes on with."""
        before = element.get(f"{TEXT}continue-list")
        if before:
            return self._ended.get(f"id {before}", [])
        goes_on = element.get(f"{TEXT}continue-numbering") == "true"
        return self._ended.get(f"style {element.get(_STYLE_NAME, '')}", []) if goes_on else []

    def _table(self, element: Any, out: list[Block]) -> None:
        tall: dict[int, tuple[Cell, int]] = {}
        out.extend(table([self._row(row, tall) for row in _rows(element)]))

    def _row(self, row: Any, tall: dict[int, tuple[Cell, int]]) -> list[Cell]:
        """The cells by column. `tall` holds the cells that reach further down, and how far."""
        cells: list[Cell] = []
        for element in row:
            column = len(cells)
            again = spread(number(element.get(f"{_TABLE}number-columns-repeated"), 1), column)
            if element.tag == f"{_TABLE}covered-table-cell":
                above, left = tall.get(column, (Cell(), 0))
                tall[column] = (above, left - 1)
                cells += [above.again() if left > 0 else Cell(), *[Cell()] * (again - 1)]
            elif element.tag == f"{_TABLE}table-cell":
                found = cell(self.blocks(element))
                tall[column] = (found, number(element.get(f"{_TABLE}number-rows-spanned"), 1) - 1)
                cells += [found, *[found.again()] * (again - 1)]
        return cells


def _rows(element: Any) -> list[Any]:
    """A table's rows, also those in groups of rows."""
    found = []
    for child in element:
        if child.tag == f"{_TABLE}table-row":
            found.append(child)
        elif child.tag in _GROUPS:
            found += _rows(child)
    return found


_GROUPS = frozenset(f"{_TABLE}{name}" for name in ("table-header-rows", "table-rows", "table-row-group"))
_INDEXES = ("table-of-content", "illustration-index", "table-index", "object-index", "user-index")
_LEFT_OUT = {
    f"{TEXT}tracked-changes": ("deletions", f"{TEXT}deletion"),
    f"{_OFFICE}annotation": ("comments", f"{_OFFICE}annotation"),
    **{f"{TEXT}{name}": ("contents_lines", f"{TEXT}p") for name in _INDEXES},
}
_WITHOUT_TEXT = frozenset([f"{_OFFICE}forms", f"{TEXT}alphabetical-index-source", f"{TEXT}bibliography-source"])
_BLOCKS: dict[Any, Callable[[Walk, Any, list[Block]], None]] = {
    f"{TEXT}p": Walk._paragraph,
    f"{TEXT}h": Walk._paragraph,
    f"{TEXT}list": Walk._listed,
    f"{_TABLE}table": Walk._table,
    f"{TEXT}section": Walk._section,
    **dict.fromkeys(SHAPES, Walk._frame),
}
