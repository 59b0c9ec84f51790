"""Cells that reach over rows and columns, laid out as a plain grid."""

from collections.abc import Sequence
from typing import NamedTuple

_MOST = 1000
_FREE = 50_000
_TIMES = 5


class Cell(NamedTuple):
    """A cell's text and how many columns and rows it takes."""

    text: str
    across: int = 1
    down: int = 1


def span(written: str | None) -> int:
    """A span as it is written, from 1 to 1000; 1 for nonsense."""
    value = (written or "").strip()
    return max(1, min(int(value), _MOST)) if value.isascii() and value.isdecimal() and len(value) < 9 else 1


def grid(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """The texts in columns: a cell over several rows is repeated, one over several columns stands in the first.

    Rows and columns without any text are left out. Where that would fill the memory, spans count as 1.
    """
    if _absurd(rows):
        rows = [[Cell(cell.text) for cell in row] for row in rows]
    laid: list[list[str]] = []
    hanging: dict[int, tuple[str, int]] = {}
    for row in rows:
        line: list[str] = []
        for cell in row:
            while len(line) in hanging:
                line.append(hanging[len(line)][0])
            for text in [cell.text, *[""] * (cell.across - 1)]:
                if cell.down > 1:
                    hanging[len(line)] = (text, cell.down)
                line.append(text)
        while len(line) <= max(hanging, default=-1):
            line.append(hanging.get(len(line), ("", 0))[0])
        hanging = {at: (text, left - 1) for at, (text, left) in hanging.items() if left > 1}
        laid.append(line)
    return _filled(laid)


def _absurd(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the laid out cells have many times the characters of the written ones."""
    written = laid = 0
    for y, row in enumerate(rows):
        for cell in row:
            size = len(cell.text) + 3
            written += size
            laid += (size + 3 * (cell.across - 1)) * min(cell.down, len(rows) - y)
    return laid > _TIMES * written + _FREE


def _filled(laid: list[list[str]]) -> list[list[str]]:
    rows = [row for row in laid if any(row)]
    used = sorted({at for row in rows for at, text in enumerate(row) if text})
    return [[row[at] if at < len(row) else "" for at in used] for row in rows]
