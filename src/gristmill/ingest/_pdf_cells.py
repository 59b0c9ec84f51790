"""Where on a page a table may be: runs of rows with cells, apart from prose and from charts."""

from collections.abc import Iterator, Sequence
from statistics import median

from gristmill.ingest._columns import Box, beside, box, columns, rows
from gristmill.ingest._lines import Line, Word, line_of
from gristmill.ingest._pdf_words import Rule

FEWEST_ROWS = 3
Row = list[Line]
_CELL_GAP = 0.6
_FIGURE_GAP = 0.4
_MOST_CELLS = 5000
_TALL = 15
_MOST_TALL = 50


def runs(page: Sequence[Line], flat: Sequence[Rule], upright: Sequence[Rule]) -> Iterator[list[Row]]:
    """Rows close under each other, three of them or more with two cells or more."""
    loose, prose = _without_prose(page, flat)
    cells = [cell for line in loose for cell in _cells(line)]
    if len(cells) > _MOST_CELLS:
        return
    for side in _sides(cells, flat, upright):
        for run in _runs(side):
            yield _without_strangers(run, prose)


def _cells(line: Line) -> Iterator[Line]:
    start = 0
    for i in range(1, len(line.words) + 1):
        if i == len(line.words) or not beside(line.words[i - 1], line.words[i], _gap(*line.words[i - 1 : i + 1])):
            yield line_of(line.words[start:i], line.place + start)
            start = i


def _gap(one: Word, other: Word) -> float:
    """Figures stand in cells of their own, even when they stand close."""
    return _FIGURE_GAP if figure(one.text) and figure(other.text) else _CELL_GAP


def joined(flat: Sequence[Rule]) -> list[Rule]:
    """Flat rules that go on in each other as one."""
    made: list[Rule] = []
    for rule in sorted(flat, key=lambda rule: (round(rule.top), rule.left)):
        last = made[-1] if made else None
        if last and abs(rule.top - last.top) < 2 and rule.left <= last.right + 3:
            made[-1] = Rule(last.left, last.top, max(last.right, rule.right), last.bottom)
        else:
            made.append(rule)
    return made


def _without_prose(page: Sequence[Line], flat: Sequence[Rule]) -> tuple[list[Line], list[Box]]:
    """The lines outside of columns of prose, and of what stands within those; and the frames of those columns."""
    kept: list[Line] = []
    prose: list[Box] = []
    for column in columns(page):
        if is_prose(column, flat):
            worded = [i for i, line in enumerate(column) if _worded(line)]
            prose.append(box(column[worded[0] : worded[-1] + 1]))
            kept += [*column[: worded[0]], *column[worded[-1] + 1 :]]
        else:
            kept += column
    kept.sort(key=lambda line: line.place)
    return [line for line in kept if not any(_within(line, frame) for frame in prose)], prose


def _without_strangers(run: list[Row], prose: Sequence[Box]) -> list[Row]:
    """The rows without what stands in few of them, over or under a column of prose beside: a heading, not a cell."""
    for left, _, right, _ in prose:
        apart = [any(left - 2 <= cell.left and cell.right <= right + 2 for cell in row) for row in run]
        rest = [[cell for cell in row if cell.left < left - 2 or cell.right > right + 2] for row in run]
        beyond = all(cell.left > right or cell.right < left for row in rest for cell in row)
        if beyond and any(rest) and 3 * sum(apart) <= len(run):
            run = [row for row in rest if row]
    return run


def is_prose(column: Sequence[Line], flat: Sequence[Rule] = ()) -> bool:
    """Whether a column is lines of words that fill it, and not cells between lines drawn `flat` beyond its width."""
    if len(column) < 3:
        return False
    left, top, right, bottom = box(column)
    wide = right - left
    ruled = sum(top < rule.top < bottom and rule.right - rule.left > 1.3 * wide for rule in flat)
    worded = sum(_worded(line) for line in column)
    full = sum(line.right - line.left > 0.8 * wide for line in column)
    return ruled < 2 and 2 * worded >= len(column) and 2 * full >= len(column)


def _worded(line: Line) -> bool:
    """Four words or more, of letters, most of them small."""
    text = line.text
    letters = [letter for letter in text if letter.isalpha()]
    small = sum(letter.islower() or not letter.isupper() for letter in letters)
    return len(line.words) >= 4 and 2 * small > len(letters) and 10 * len(letters) > 6 * len(text.replace(" ", ""))


def _within(line: Line, frame: Box) -> bool:
    x, y = (line.left + line.right) / 2, (line.top + line.bottom) / 2
    return frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3]


def _sides(cells: Sequence[Line], flat: Sequence[Rule], upright: Sequence[Rule]) -> list[list[Line]]:
    """Cells apart where a long upright line parts what does not stand in rows: a table from the charts beside it."""
    height = median(cell.height for cell in cells) if cells else 0.0
    tall = [rule for rule in upright if rule.bottom - rule.top > _TALL * height]
    for rule in tall[:_MOST_TALL]:
        x = rule.left
        left = [cell for cell in cells if cell.right < x + 2]
        right = [cell for cell in cells if cell.left > x - 2]
        if left and right and len(left) + len(right) == len(cells) and _unaligned(left, right, flat, rule):
            return [*_sides(left, flat, tall), *_sides(right, flat, tall)]
    return [list(cells)]


def _unaligned(left: Sequence[Line], right: Sequence[Line], flat: Sequence[Rule], rule: Rule) -> bool:
    ends = 0.02 * (rule.bottom - rule.top)
    inner = (line for line in flat if rule.top + ends < line.top < rule.bottom - ends)
    if any(line.left < rule.left - 3 and line.right > rule.right + 3 for line in inner):
        return False
    middles = [(cell.top + cell.bottom) / 2 for cell in left]
    on = sum(any(abs((cell.top + cell.bottom) / 2 - y) < 0.15 * cell.height for y in middles) for cell in right)
    return on < 0.7 * len(right)


def _runs(cells: Sequence[Line]) -> Iterator[list[Row]]:
    """Rows close under each other, three of them or more with two cells or more."""
    run: list[Row] = []
    for row in [*rows(cells), []]:
        near = run and row and row[0].top - max(cell.bottom for cell in run[-1]) < 2.5 * row[0].height
        if run and not near:
            if sum(len(one) > 1 for one in run) >= FEWEST_ROWS:
                yield run
            run = []
        run += [row] if row else []


def figure(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return digits > 0 and 2 * sum(letter.isalpha() for letter in text) <= digits + 2
