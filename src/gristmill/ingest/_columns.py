"""Words with places to lines, lines to columns, and columns in the order in which people read them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from gristmill.ingest._lines import Line, Word, line_of

Column = list[Line]
Box = tuple[float, float, float, float]
_NOTE = re.compile(r"\d{1,3} ?[^\W\d_]|[*∗†‡§¶]")
_GAP = 2.5
SCANNED_GAP = 0.3
_FAR = 12.0
_TO_NUMBER = 80.0
_REACH = 1.6
_PICTURE = 5.0
_MOST_COLUMNS = 400
MOST_LINES = 2000


def lines(words: Sequence[Word], gap: float = _GAP) -> list[Line]:
    """The lines of a page in the file's order: words that follow each other, side by side, without a wide gap."""
    runs: list[list[Word]] = []
    places = []
    tallest = words[0] if words else None
    for place, word in enumerate(words):
        if runs and tallest and _level(tallest, word) and beside(runs[-1][-1], word, gap):
            runs[-1].append(word)
            tallest = max(tallest, word, key=lambda one: one.bottom - one.top)
        else:
            runs.append([word])
            places.append(place)
            tallest = word
    return _accented([line_of(run, place) for run, place in zip(runs, places, strict=True)])


def _accented(made: list[Line]) -> list[Line]:
    """Accents that the file shows apart from their letters put before the word over which they stand."""
    apart = [line for line in made if len(line.words) == 1 and _is_accent(line.words[0])]
    if not apart or len(made) > MOST_LINES:
        return made
    whole = [line for line in made if not (len(line.words) == 1 and _is_accent(line.words[0]))]
    for line in apart:
        accent = line.words[0]
        middle = (accent.left + accent.right) / 2
        over = [
            i for i, one in enumerate(whole) if one.left <= middle <= one.right and _level(_tall(one), accent, -0.5)
        ]
        if not over:
            whole.append(line)
            continue
        home = min(over, key=lambda i: abs(whole[i].top + whole[i].bottom - accent.top - accent.bottom))
        words = list(whole[home].words)
        at = next(i for i, word in enumerate(words) if middle <= word.right or i == len(words) - 1)
        whole[home] = line_of([*words[:at], accent, *words[at:]], whole[home].place)
    return sorted(whole, key=lambda line: line.place)


def _tall(line: Line) -> Word:
    return max(line.words, key=lambda word: word.bottom - word.top)


def _is_accent(word: Word) -> bool:
    return len(word.text) == 1 and unicodedata.category(word.text) in ("Sk", "Lm", "Mn")


def with_neighbours(page: Sequence[Line]) -> list[Line]:
    """Lines that the file shows one after the other and side by side, as one: a heading with its number, labels."""
    made: list[Line] = []
    for line in page:
        last = made[-1] if made else None
        if (
            last
            and line.left > last.right
            and _level(last.words[-1], line.words[0])
            and beside(last.words[-1], line.words[0], _reach(line))
        ):
            made[-1] = line_of([*last.words, *line.words], last.place)
        else:
            made.append(line)
    return made


def _reach(line: Line) -> float:
    return _TO_NUMBER if line.text.isdecimal() else _FAR


def beside(one: Word, other: Word, gap: float) -> bool:
    """Whether two words on one line are no further apart than so many heights, and the first is not cut."""
    height = max(one.bottom - one.top, other.bottom - other.top)
    return not one.cut and max(other.left - one.right, one.left - other.right) <= gap * height


def _level(tallest: Word, word: Word, least: float = 0.4) -> bool:
    """Whether a word stands on a line: shares so much of its height with the tallest one, raised or lowered or not."""
    shared = min(tallest.bottom, word.bottom) - max(tallest.top, word.top)
    low = min(tallest.bottom - tallest.top, word.bottom - word.top)
    return shared >= least * low


def rows(page: Sequence[Line]) -> list[list[Line]]:
    """Lines that stand at one height, from the top down; each row from left to right."""
    made: list[list[Line]] = []
    for line in sorted(page, key=lambda line: (line.top + line.bottom, line.left)):
        last = made[-1][0] if made else None
        if last and min(last.bottom, line.bottom) - max(last.top, line.top) > 0.5 * min(last.height, line.height):
            made[-1].append(line)
        else:
            made.append([line])
    return [sorted(row, key=lambda line: line.left) for row in made]


def columns(page: Sequence[Line]) -> list[Column]:
    """Lines under each other with nothing beside them between: columns, headings, captions, notes."""
    ordered = sorted(page, key=lambda line: (line.top, line.left))
    above: list[int] = []
    below: list[int] = [0] * len(ordered)
    for i, line in enumerate(ordered):
        over = list(_over(ordered, i, line))
        above.append(over[0] if len(over) == 1 else -1)
        for j in over:
            below[j] += 1
    made: list[Column] = []
    home: dict[int, Column] = {}
    for i, line in enumerate(ordered):
        parent = above[i]
        if parent >= 0 and below[parent] == 1:
            home[i] = home[parent]
            home[i].append(line)
        else:
            home[i] = [line]
            made.append(home[i])
    return made


def _over(ordered: Sequence[Line], i: int, line: Line) -> Iterator[int]:
    """The lines right above a line, of which none hides another."""
    bottom = None
    for j in range(i - 1, -1, -1):
        other = ordered[j]
        high = max(line.height, other.height)
        if line.top - other.top > 8 * high:
            return
        if bottom is not None and other.bottom < bottom:
            continue
        shared = min(line.right, other.right) - max(line.left, other.left)
        thin = min(line.right - line.left, other.right - other.left)
        if shared > 0.3 * thin and -0.5 * high < line.top - other.bottom < _REACH * high:
            bottom = other.bottom - 0.5 * other.height if bottom is None else bottom
            yield j


def in_order(found: Sequence[Column], told: bool, across: Sequence[float] = ()) -> list[Column]:
    """Columns as they are read: in the file's order where it is `told` and sound, else by their place.

    What stands above a line drawn `across` the page is read before what stands below.
    """
    by_file = sorted(found, key=lambda column: min(line.place for line in column))
    if len(found) > _MOST_COLUMNS:
        return by_file
    bands: dict[int, list[Column]] = {}
    for column in by_file:
        _, top, _, bottom = box(column)
        bands.setdefault(sum((top + bottom) / 2 > y for y in across), []).append(column)
    by_place = [column for _, band in sorted(bands.items()) for column in _cut(band)]
    trusted = told and not any(_back_up(one, other) for one, other in pairwise(by_file))
    return by_file if trusted and _leaps(by_file) <= _leaps(by_place) else by_place


def _leaps(ordered: Sequence[Column]) -> int:
    """How often the next column does not stand below the last one."""
    return sum(not _below(box(one), box(other)) for one, other in pairwise(ordered))


def _below(a: Box, b: Box) -> bool:
    shared = min(a[2], b[2]) - max(a[0], b[0])
    return shared > 0.3 * min(a[2] - a[0], b[2] - b[0]) and b[1] >= a[3] - 1


def box(column: Sequence[Line]) -> Box:
    """Left, top, right and bottom of the lines."""
    return (
        min(line.left for line in column),
        min(line.top for line in column),
        max(line.right for line in column),
        max(line.bottom for line in column),
    )


def _back_up(one: Column, other: Column) -> bool:
    """Whether the second stands above the first, or beside it on the left: not as one reads."""
    a, b = box(one), box(other)
    if b[2] <= a[0] and b[1] < a[3] and a[1] < b[3]:
        return True
    return _below(b, a)


def _cut(found: list[Column]) -> list[Column]:
    """By white stripes: above and below one as high as a picture, else side by side, else one above the other."""
    if len(found) < 2:
        return found
    tall = _PICTURE * median(line.height for column in found for line in column)
    for parts in (_bands(found, tall), _stripes(found, 0, -1.0), _bands(found, -1.0)):
        if len(parts) > 1:
            return [column for part in parts for column in _cut(part)]
    return found


def _stripes(found: list[Column], axis: int, least: float) -> list[list[Column]]:
    """Columns between white stripes wider than so much, from left to right (0) or from the top down (1)."""
    ordered = sorted(found, key=lambda column: box(column)[axis])
    parts = [[ordered[0]]]
    end = box(ordered[0])[axis + 2]
    for column in ordered[1:]:
        near, far = box(column)[axis], box(column)[axis + 2]
        if near > end + least:
            parts.append([])
        parts[-1].append(column)
        end = max(end, far)
    return parts


def _bands(found: list[Column], least: float) -> list[list[Column]]:
    """What stands above the widest white band and what stands below it, which may have columns of its own."""
    parts = _stripes(found, 1, least)
    gaps = [
        min(box(column)[1] for column in below) - max(box(column)[3] for column in above)
        for above, below in pairwise(parts)
    ]
    at = gaps.index(max(gaps)) + 1 if gaps else len(parts)
    return [[column for part in half for column in part] for half in (parts[:at], parts[at:]) if half]


def notes_apart(found: Sequence[Column], body: float) -> tuple[list[Column], list[Column]]:
    """Columns without footnotes, and the footnotes: lines lower than the `body` at a column's foot, from a mark on."""
    cuts = []
    for column in found:
        small = len(column)
        while small and column[small - 1].height < 0.93 * body:
            small -= 1
        marked = small < len(column) and bool(_NOTE.match(column[small].text))
        cuts.append((small, small if marked else len(column)))
    sizes = [column[at].height for column, (_, at) in zip(found, cuts, strict=True) if at < len(column)]
    kept, notes = [], []
    for column, (small, mark) in zip(found, cuts, strict=True):
        goes_on = 0 < small < len(column) and any(abs(column[small].height - size) < 0.05 * size for size in sizes)
        at = small if goes_on else mark
        kept.append(column[:at])
        notes.append(column[at:])
    return [column for column in kept if column], [note for note in notes if note]
