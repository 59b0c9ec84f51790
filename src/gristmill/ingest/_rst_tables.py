"""Grid and simple tables of reStructuredText as rows of cells, each a list of lines."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

Cells = list[list[str]]

_GRID_RULE = re.compile(r"\+(?:[-=]+\+)+\s*$")
_SIMPLE_RULE = re.compile(r"=+(?: +=+)+ *$")
_UNDER_SPAN = re.compile(r"-+(?: +-+)* *$")
_MOST_COLUMNS = 200
# A long cell over many rows is not repeated in each: the table would grow with the square of the file.
_MOST_REPEATED = 10_000


def is_grid(line: str) -> bool:
    """Whether a grid table begins with this line."""
    return bool(_GRID_RULE.match(line))


def is_simple(line: str) -> bool:
    """Whether a simple table begins with this line."""
    return bool(_SIMPLE_RULE.match(line))


def grid_end(lines: Sequence[str], number: int) -> int:
    """The line after a grid table."""
    while number < len(lines) and lines[number][:1] in ("+", "|"):
        number += 1
    return number


def simple_end(lines: Sequence[str], number: int) -> int:
    """The line after a simple table: after its third rule, or its second when a blank line follows; 0 without one."""
    rules = 0
    for after in range(number + 1, len(lines)):
        if _SIMPLE_RULE.match(lines[after]):
            rules += 1
            if rules == 2 or after + 1 == len(lines) or not lines[after + 1].strip():
                return after + 1
    return 0


def grid_rows(lines: Sequence[str]) -> list[Cells]:
    """Rows of a grid table; a cell over several rows is repeated if short, one over several columns stands first."""
    wide = [_padded(line) for line in lines]
    stops = sorted({at for line in wide if line[:1] == "+" for at, sign in enumerate(line) if sign == "+"})
    stops = stops[: _MOST_COLUMNS + 1]
    columns = list(pairwise(stops))
    rows: list[Cells] = []
    open_cells: list[tuple[int, list[str]]] = [(0, []) for _ in columns]
    for line in wide[1:]:
        line = line.ljust(stops[-1] + 1)
        rule = line[:1] == "+" or any(re.fullmatch(r"[-=]+", line[left + 1 : right]) for left, right in columns)
        ended = [rule and re.fullmatch(r"[-=+]+", line[left + 1 : right]) is not None for left, right in columns]
        if any(ended):
            rows.append([[] for _ in columns])
        start = 0
        for place, (_, right) in enumerate(columns):
            if ended[place]:
                first, said = open_cells[place]
                _fill(rows[first:], place, said)
                open_cells[place] = (len(rows), [])
                start = place + 1
            elif line[right] in "|+" or place + 1 == len(columns) or ended[place + 1]:
                said_here = line[columns[start][0] + 1 : right]
                open_cells[start][1].append(said_here.replace("\x00", "").rstrip())
                start = place + 1
    if any(_says(said) for _, said in open_cells):
        rows.append([said for _, said in open_cells])
    return [row for row in rows if any(map(_says, row))]


def _fill(rows: list[Cells], place: int, said: list[str]) -> None:
    short = len(rows) * sum(len(line) + 1 for line in said) <= _MOST_REPEATED
    for row in rows if short else rows[:1]:
        row[place] = said


def simple_rows(lines: Sequence[str]) -> list[Cells]:
    """Rows of a simple table; a line whose first column is blank goes on with the row above."""
    wide = [_padded(line) for line in lines]
    starts = [found.start() for found in re.finditer(r"=+", wide[0])][:_MOST_COLUMNS]
    ends = [*starts[1:], None]
    rows: list[Cells] = []
    for line in wide:
        if _SIMPLE_RULE.match(line) or (_UNDER_SPAN.match(line) and rows):
            continue
        if not line.strip():
            continue
        cells = _sliced(line, starts, ends)
        if cells[0].strip() or not rows:
            rows.append([[cell] for cell in cells])
        else:
            for kept, cell in zip(rows[-1], cells, strict=True):
                kept.append(cell)
    return rows


def _sliced(line: str, starts: Sequence[int], ends: Sequence[int | None]) -> list[str]:
    """The columns of a line; text that runs over the gap between two columns belongs to the first."""
    cells = [""] * len(starts)
    first = 0
    for place, end in enumerate(ends):
        if end is None or len(line) < end or line[end - 1] == " ":
            cells[first] = line[starts[first] : end].replace("\x00", "").rstrip()
            first = place + 1
    return cells


def _padded(line: str) -> str:
    """The line with a NUL behind each character that is two columns wide."""
    if line.isascii():
        return line
    return "".join(sign + "\x00" if unicodedata.east_asian_width(sign) in "WF" else sign for sign in line)


def _says(cell: Sequence[str]) -> bool:
    return any(line.strip() for line in cell)
