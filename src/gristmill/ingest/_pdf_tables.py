"""Tables found by where words stand: cells under each other, parted by white or by drawn lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from gristmill.ingest._columns import box
from gristmill.ingest._lines import Line, join
from gristmill.ingest._pdf_cells import FEWEST_ROWS, Row, figure, joined, runs
from gristmill.ingest._pdf_words import Rule
from gristmill.ingest._tables import pipe_table

_HEAD_ROWS = 4
_MOST_STRIPES = 60
_WIDE = 0.8


class Table(NamedTuple):
    """A table as Markdown, and the box that its words fill, with the first one's place in the file."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    place: int


@dataclass(frozen=True, slots=True)
class _Grid:
    """The rows of what may be a table, the stripes of its columns, and the lines drawn right across it."""

    rows: list[Row]
    stripes: list[tuple[float, float]]
    across: list[float]
    upright: list[Rule]


def tables(page: Sequence[Line], drawn: Sequence[Rule]) -> tuple[list[Table], list[Line]]:
    """The tables of a page and the lines that are in none. What might as well be prose is left as lines."""
    flat = joined([rule for rule in drawn if rule.right - rule.left > rule.bottom - rule.top])
    upright = [rule for rule in drawn if rule.right - rule.left <= rule.bottom - rule.top]
    found: list[Table] = []
    used: set[int] = set()
    for run in runs(page, flat, upright):
        grid = _grid(run, flat, upright)
        if grid and _is_table(grid):
            found.append(_table(grid))
            used.update(cell.place + i for row in grid.rows for cell in row for i in range(len(cell.words)))
    return found, [line for line in page if _whole(line, used)]


def _whole(line: Line, used: set[int]) -> bool:
    return not any(line.place + i in used for i in range(len(line.words)))


def _grid(run: list[Row], flat: Sequence[Rule], upright: Sequence[Rule]) -> _Grid | None:
    several = [i for i, one in enumerate(run) if len(one) > 1]
    if len(several) < FEWEST_ROWS:
        return None
    body = run[several[0] : several[-1] + 1]
    left, top, right, bottom = box([cell for row in body for cell in row])
    high = median(cell.height for row in body for cell in row)
    across = sorted(
        rule.top
        for rule in flat
        if min(right, rule.right) - max(left, rule.left) > _WIDE * (right - left)
        and top - _HEAD_ROWS * high < rule.top < bottom + _HEAD_ROWS * high
    )
    first = several[0]
    if len(across) > 1:
        start = max((y for y in across if y < run[first][0].top + 2), default=across[0])
        first = next((i for i, row in enumerate(run) if row[0].bottom > start + 2), first)
    last = several[-1]
    if len(across) >= FEWEST_ROWS:
        last = max(i for i, row in enumerate(run) if row[0].top < across[-1] or i == first)
    body = run[first : last + 1]
    stripes = _stripes(body, 0.3 * high) if body else []
    if not 1 < len(stripes) <= _MOST_STRIPES or len(body) < FEWEST_ROWS:
        return None
    return _Grid(body, stripes, across, [rule for rule in upright if rule.bottom > top and rule.top < bottom])


def _stripes(run: Sequence[Row], least: float) -> list[tuple[float, float]]:
    """Where columns lie: what the fuller rows cover, between gaps that run through nearly all of them."""
    most = max(map(len, run))
    full = [row for row in run if len(row) >= max(2, 0.65 * most)]
    spared = len(full) // 10
    cells = [cell for row in full for cell in row]
    marks = sorted([(cell.left, 1) for cell in cells] + [(cell.right, -1) for cell in cells])
    stripes: list[tuple[float, float]] = []
    depth, start = 0, None
    for x, step in marks:
        depth += step
        if depth > spared and start is None:
            start = x
        elif depth <= spared and start is not None:
            if stripes and start - stripes[-1][1] < least:
                stripes[-1] = (stripes[-1][0], x)
            else:
                stripes.append((start, x))
            start = None
    return _with_outliers(stripes, run)


def _with_outliers(stripes: list[tuple[float, float]], run: Sequence[Row]) -> list[tuple[float, float]]:
    """The columns and, beside them, those that only emptier rows have: labels of several rows."""
    cells = (cell for row in run for cell in row)
    apart = sorted((c.left, c.right) for c in cells if all(c.right <= a or c.left >= b for a, b in stripes))
    made: list[tuple[float, float]] = []
    for left, right in apart:
        if made and left < made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], right))
        else:
            made.append((left, right))
    return _uncut(sorted([*stripes, *made]), run) if len(made) < _MOST_STRIPES else stripes


def _uncut(stripes: list[tuple[float, float]], run: Sequence[Row]) -> list[tuple[float, float]]:
    """The columns without those that part a cell of one row, when hardly another row has cells on both sides."""
    made = stripes[:1]
    for left, right in stripes[1:]:
        start, end = made[-1]
        crossed = any(cell.left < end and cell.right > left for row in run for cell in row)
        before = [any(cell.right <= left and start < cell.right for cell in row) for row in run]
        after = [any(end <= cell.left < right for cell in row) for row in run]
        if crossed and sum(one and other for one, other in zip(before, after, strict=True)) < 2:
            made[-1] = (start, right)
        else:
            made.append((left, right))
    return made


def _is_table(grid: _Grid) -> bool:
    """Three columns of figures or with lines drawn, or two with lines drawn; and no two columns of prose."""
    held = [[cell for cell in row if any(map(str.isalnum, cell.text))] for row in grid.rows]
    several = [row for row in held if len(row) > 1]
    cells = [cell for row in several for cell in row]
    filled = {_column(grid, cell) for cell in cells}
    if len(several) < FEWEST_ROWS or len(filled) < 2 or len(several) < 0.35 * len(held):
        return False
    figures = sum(figure(cell.text) for cell in cells)
    long = sum(len(cell.words) > 7 for cell in cells)
    if long > 0.3 * len(cells) or len(cells) < 0.4 * len(several) * len(grid.stripes):
        return False
    full = sum(len({_column(grid, cell) for cell in row}) >= 0.6 * len(grid.stripes) for row in several)
    if full < FEWEST_ROWS:
        return False
    if len(filled) == 2:
        return len(grid.across) >= FEWEST_ROWS
    return len(grid.across) >= 2 or figures >= 0.3 * len(cells)


def _column(grid: _Grid, cell: Line) -> int:
    """The column that shares most with a cell; the nearest one when none does."""
    shares = [min(right, cell.right) - max(left, cell.left) for left, right in grid.stripes]
    return shares.index(max(shares))


def _table(grid: _Grid) -> Table:
    inner = [y for y in grid.across if y > grid.rows[0][0].bottom - 2]
    head = [row for row in grid.rows if inner and row[0].bottom < inner[0] + 2]
    if len(head) in range(2, min(_HEAD_ROWS, len(grid.rows) - 1) + 1):
        texts = [_head(grid, head)]
    else:
        head, texts = [], []
    above: Row = []
    for row in grid.rows[len(head) :]:
        texts, above = _add(grid, texts, above, row), row
    cells = [cell for row in grid.rows for cell in row]
    left, top, right, bottom = box(cells)
    return Table(
        pipe_table([[_without_leader(text) for text in row] for row in texts]),
        left,
        top,
        right,
        bottom,
        min(cell.place for cell in cells),
    )


def _head(grid: _Grid, head: Sequence[Row]) -> list[str]:
    """The rows of heads as one: a head that stands alone between upright lines is over all columns between them."""
    texts = [""] * len(grid.stripes)
    for row in head:
        for cell in row:
            for i in _spanned(grid, row, cell):
                texts[i] = f"{texts[i]} {cell.text}".strip()
    return texts


def _spanned(grid: _Grid, row: Row, cell: Line) -> list[int]:
    near = [rule.left for rule in grid.upright if rule.top < cell.bottom and rule.bottom > cell.top]
    left = max((x for x in near if x <= cell.left + 2), default=None)
    right = min((x for x in near if x >= cell.right - 2), default=None)
    own = [_column(grid, cell)]
    if left is None and right is None:
        return own
    low = grid.stripes[0][0] - 2 if left is None else left
    high = grid.stripes[-1][1] + 2 if right is None else right
    if any(other is not cell and low < (other.left + other.right) / 2 < high for other in row):
        return own
    return [i for i, (start, end) in enumerate(grid.stripes) if low < (start + end) / 2 < high] or own


def _add(grid: _Grid, texts: list[list[str]], above: Row, row: Row) -> list[list[str]]:
    """The table with one more row: a lone cell under a filled one, or between two rows, belongs to the row above."""
    made = [""] * len(grid.stripes)
    for cell in row:
        i = _column(grid, cell)
        made[i] = f"{made[i]} {cell.text}".strip()
    places = [i for i, text in enumerate(made) if text]
    if above and len(places) == 1:
        i = places[0]
        gap = row[0].top - max(cell.bottom for cell in above)
        if gap < -0.2 * row[0].height and not texts[-1][i]:
            return [*texts[:-1], [*texts[-1][:i], made[i], *texts[-1][i + 1 :]]]
        goes_on = i > 0 or made[0][0].islower()
        if goes_on and texts[-1][i] and gap < 0.5 * row[0].height:
            return [*texts[:-1], [*texts[-1][:i], join([texts[-1][i], made[i]]), *texts[-1][i + 1 :]]]
    return [*texts, made]


def _without_leader(text: str) -> str:
    """A cell without the dots that lead the eye to the next one."""
    words = text.rstrip(" .")
    dots = text[len(words) :]
    leads = text.endswith(".") and (dots.count(".") > 2 or dots.endswith(" .."))
    return words if leads else text
