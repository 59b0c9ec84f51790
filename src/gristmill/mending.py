"""Repairs put into effect: the mended text, where its characters went, and repairs until none is left."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from gristmill.intake import Repair

# Real damage is undone in two or three passes; one that goes on is made to keep us busy.
_MOST_PASSES = 60
Find = Callable[[str], Sequence[Repair]]


def mended(text: str, repairs: Iterable[Repair]) -> str:
    """The text with each of these stretches replaced."""
    pieces: list[str] = []
    done = 0
    for repair in repairs:
        pieces += (text[done : repair.start], repair.put)
        done = repair.end
    return "".join((*pieces, text[done:]))


class Moves:
    """Where the places of a text are after its repairs."""

    def __init__(self, repairs: Sequence[Repair]) -> None:
        self._repairs = repairs
        self._starts = [repair.start for repair in repairs]
        grown = (len(repair.put) - (repair.end - repair.start) for repair in repairs)
        self._shifts = list(accumulate(grown, initial=0))

    def to(self, place: int) -> int:
        """Where a place is now; one inside a replaced stretch is where its replacement begins."""
        number = bisect_right(self._starts, place - 1)
        if number and place < self._repairs[number - 1].end:
            return self._repairs[number - 1].start + self._shifts[number - 1]
        return place + self._shifts[number]

    def cut(self, place: int) -> bool:
        """Whether this place is inside a stretch that was replaced, so that nothing is there any more."""
        number = bisect_right(self._starts, place - 1)
        return number > 0 and place < self._repairs[number - 1].end


def narrowed(start: int, old: str, new: str, code: str) -> list[Repair]:
    """The repair that makes `new` of the text `old` at this place, without what both begin and end with."""
    if old == new:
        return []
    first, most = 0, min(len(old), len(new))
    while first < most and old[first] == new[first]:
        first += 1
    last = 0
    while last < most - first and old[-1 - last] == new[-1 - last]:
        last += 1
    return [Repair(start + first, start + len(old) - last, new[first : len(new) - last], code)]


def settled(text: str, find: Find) -> list[Repair]:
    """What `find` repairs in a text, in what it has repaired, and so on: mended once, nothing is left to it."""
    whole: list[Repair] = []
    now = text
    for _ in range(_MOST_PASSES):
        found = find(now)
        if not found:
            break
        whole = _joined(now, whole, found) if whole else list(found)
        now = mended(now, found)
    return [one for one in whole if text[one.start : one.end] != one.put]


def _joined(middle: str, first: Sequence[Repair], second: Sequence[Repair]) -> list[Repair]:
    """Repairs that made a middle text, and those of that text, as repairs of the first one; touching ones are one."""
    grown = accumulate((len(one.put) - (one.end - one.start) for one in first), initial=0)
    made = [(one.start + by, one.start + by + len(one.put), one, None) for one, by in zip(first, grown, strict=False)]
    mending = [(one.start, one.end, None, one) for one in second]
    whole: list[Repair] = []
    shift = 0
    # What stands together: earlier repairs, and later ones that touch them.
    group: list[tuple[int, int, Repair | None, Repair | None]] = []
    end = -1
    for item in sorted([*made, *mending], key=lambda one: one[:2]):
        touches = item[0] <= end and (item[3] is not None or any(one[3] for one in group))
        if group and not touches:
            shift += _close(middle, group, shift, whole)
            group, end = [], -1
        group.append(item)
        end = max(end, item[1])
    if group:
        _close(middle, group, shift, whole)
    return whole


def _close(
    middle: str,
    group: Sequence[tuple[int, int, Repair | None, Repair | None]],
    shift: int,
    whole: list[Repair],
) -> int:
    """Add a group as one repair of the first text; by how much its earlier repairs had moved what follows."""
    earlier = [one for _, _, one, _ in group if one]
    later = [one for _, _, _, one in group if one]
    start, end = min(one[0] for one in group), max(one[1] for one in group)
    grown = sum(len(one.put) - (one.end - one.start) for one in earlier)
    inner = [Repair(one.start - start, one.end - start, one.put, one.code) for one in later]
    code = (earlier or later)[0].code
    whole.append(Repair(start - shift, end - shift - grown, mended(middle[start:end], inner), code))
    return grown
