"""The walk through a Word document's XML: its blocks in the order of the file."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from gristmill.ingest import _docx_runs as runs
from gristmill.ingest._docx_lists import Lists
from gristmill.ingest._docx_parts import Parts
from gristmill.ingest._docx_styles import Styles, W, number, numbered, outline, value
from gristmill.ingest._office_blocks import Block, Cell, cell, heading, item, markdown, spread, table, tidy

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_CONTENTS = "Table of Contents"
_BULLET = "•"


class Walk:
    """One pass over a Word file: `blocks` of its body, then `notes`; `counts` says what was left out."""

    def __init__(self, parts: Parts) -> None:
        self.counts: Counter[str] = Counter()
        self._parts = parts
        self._styles = Styles(parts.first("styles"))
        self._lists = Lists(parts.first("numbering"), self._styles)
        self._runs = runs.Runs(self.blocks, self.counts)
        self._runs.relations = parts.relations(parts.main)
        self._runs.notes = self._found_notes()
        self._unended: runs.Line | None = None

    def blocks(self, container: Any) -> list[Block]:
        """The blocks of a body, cell, note or text box."""
        kept, self._unended = self._unended, None
        out: list[Block] = []
        self._walk(container, out)
        if self._unended is not None:
            _add_text(self._unended, out)
        self._unended = kept
        return out

    def notes(self) -> list[tuple[int, str]]:
        """The foot- and endnotes that the text refers to, numbered as their marks are."""
        found = []
        for kind, known in self._runs.cited:
            self._runs.relations = self._parts.relations(self._note_part(kind))
            text = markdown(self.blocks(self._runs.notes[kind, known]))
            found.append((self._runs.cited[kind, known], text))
        return found

    def _found_notes(self) -> dict[tuple[str, str], Any]:
        found = {}
        for kind in ("footnote", "endnote"):
            root = self._parts.first(f"{kind}s")
            for element in () if root is None else root.iter(f"{W}{kind}"):
                found[kind, element.get(f"{W}id", "")] = element
        return found

    def _note_part(self, kind: str) -> str:
        return self._parts.named(f"{kind}s")[0]

    def _walk(self, container: Any, out: list[Block]) -> None:
        for child in container:
            if child.tag in _LEFT_OUT:
                self.counts[_LEFT_OUT[child.tag]] += 1
            elif child.tag not in _WITHOUT_TEXT:
                _BLOCKS.get(child.tag, Walk._walk)(self, child, out)

    def _choice(self, element: Any, out: list[Block]) -> None:
        self._walk(runs.chosen(element), out)

    def _control(self, element: Any, out: list[Block]) -> None:
        if value(element, "sdtPr", "docPartObj", "docPartGallery") == _CONTENTS:
            self.counts["contents_lines"] += sum(1 for _ in element.iter(f"{W}p"))
            return
        self._walk(element, out)

    def _equation(self, element: Any, out: list[Block]) -> None:
        line = runs.Line(out)
        self._runs.equation(element, line)
        _add_text(line, out)

    def _paragraph(self, element: Any, out: list[Block]) -> None:
        properties = element.find(f"{W}pPr")
        line, self._unended = self._unended or runs.Line(out), None
        self._runs.read(element, line)
        mark = None if properties is None else properties.find(f"{W}rPr")
        if mark is not None and (mark.find(f"{W}del") is not None or mark.find(f"{W}moveFrom") is not None):
            self._unended = line
            return
        style = value(properties, "pStyle") or ""
        if self._styles.is_contents(style):
            self.counts["contents_lines"] += bool(tidy("".join(line.pieces)))
        else:
            self._add(line, properties, style, out)

    def _add(self, line: runs.Line, properties: Any, style: str, out: list[Block]) -> None:
        place = self._lists.place(numbered(properties), style)
        label = self._lists.label(place.list_id, place.level or 0) if place else ""
        text = tidy("".join(line.pieces))
        level = outline(properties)
        level = self._styles.level(style) if level is None else level
        shown = "" if label == _BULLET else label
        if text and level:
            out.append(heading(level, f"{shown} {text}".strip()))
        elif text and label and place:
            out.append(item(place.level or 0, shown, text, place.list_id))
        elif text:
            out.append(Block("text", text))
        out.extend(line.boxes)

    def _table(self, element: Any, out: list[Block]) -> None:
        rows: list[list[Cell]] = []
        tall: dict[int, Cell] = {}
        for row in _rows(element, "tr"):
            properties = row.find(f"{W}trPr")
            if properties is not None and properties.find(f"{W}del") is not None:
                self.counts["deletions"] += 1
                continue
            rows.append(self._row(row, properties, tall))
        out.extend(table(rows))

    def _row(self, row: Any, properties: Any, tall: dict[int, Cell]) -> list[Cell]:
        """The cells by column. `tall` holds the cells that may reach further down, and is kept up to date."""
        skipped = number(value(properties, "gridBefore"))
        cells = [Cell()] * (spread(skipped, 0) if skipped > 0 else 0)
        for element in _rows(row, "tc"):
            own = element.find(f"{W}tcPr")
            column = len(cells)
            across = spread(number(value(own, "gridSpan"), 1), column)
            merged = value(own, "vMerge")
            found = cell(self.blocks(element))
            if merged is not None and merged != "restart" and column in tall:
                found = tall[column].again() if not found.text else found
            elif merged == "restart":
                tall[column] = found
            else:
                tall.pop(column, None)
            cells += [found, *[Cell()] * (across - 1)]
        return cells


def _rows(element: Any, name: str) -> list[Any]:
    """The rows of a table or the cells of a row, also those inside content controls and insertions."""
    found = []
    for child in element:
        if child.tag == f"{W}{name}":
            found.append(child)
        elif child.tag in _TRANSPARENT:
            found += _rows(child, name)
    return found


def _add_text(line: runs.Line, out: list[Block]) -> None:
    text = tidy("".join(line.pieces))
    if text:
        out.append(Block("text", text))
    out.extend(line.boxes)


_TRANSPARENT = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
_LEFT_OUT = {f"{W}altChunk": "embedded_objects", f"{W}del": "deletions", f"{W}moveFrom": "deletions"}
_WITHOUT_TEXT = frozenset(f"{W}{name}" for name in ("sdtPr", "sectPr", "tcPr"))
_BLOCKS: dict[Any, Callable[[Walk, Any, list[Block]], None]] = {
    f"{W}p": Walk._paragraph,
    f"{W}tbl": Walk._table,
    f"{W}sdt": Walk._control,
    f"{_MC}AlternateContent": Walk._choice,
    f"{_M}oMathPara": Walk._equation,
    f"{_M}oMath": Walk._equation,
}
