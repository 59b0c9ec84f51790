"""A grid of cells as a Markdown table."""

from collections.abc import Sequence


def pipe_table(rows: Sequence[Sequence[str]]) -> str:
    """The rows, the first as heads, as a Markdown table; short rows are filled, white space in cells is one space."""
    width = max(map(len, rows), default=0)
    lines = [_line([*row, *[""] * (width - len(row))]) for row in rows]
    return "\n".join([*lines[:1], "|" + " --- |" * width, *lines[1:]]) if width else ""


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
