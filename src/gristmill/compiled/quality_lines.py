"""Where lines begin and end, and how many characters stand in pieces that repeat earlier ones."""

from typing import Any, NamedTuple

import numpy as np

from gristmill.compiled._loops import borrowing, compiled
from gristmill.compiled.quality_letters import SPACE, Letters, hashed

_LINE = 0x0A


class Seen(NamedTuple):
    """A set of numbers that is emptied by another turn: keys, and in which turn they came (int64)."""

    keys: Any
    rounds: Any


@borrowing
def _power_over(size: int) -> int:
    power = 16
    while power < size:
        power *= 2
    return power


@compiled
def room_for(many: int) -> Seen:
    """An empty set for so many numbers."""
    size = _power_over(2 * many)
    return Seen(np.zeros(size, np.int64), np.zeros(size, np.int64))


@compiled
def part_of(seen: Seen, many: int) -> Seen:
    """As much of the set as so many numbers need: near bytes are read faster."""
    size = _power_over(2 * many)
    return Seen(seen.keys[:size], seen.rounds[:size])


@borrowing
def place_of(seen: Seen, number: int, turn: int) -> int:
    """Where the number stands in the set of this turn, or the free place where it belongs."""
    last = len(seen.keys) - 1
    place = (number ^ number >> 29 ^ number >> 47) & last
    while seen.rounds[place] == turn and seen.keys[place] != number:
        place = (place + 1) & last
    return int(place)


@borrowing
def line_end(points: Any, first: int, size: int) -> int:
    """Where the line ends that begins here, by any of Unicode's line breaks."""
    for at in range(first, size):
        point = points[at]
        if 0x0A <= point <= 0x0D or 0x1C <= point <= 0x1E or point == 0x85 or 0x2028 <= point <= 0x2029:
            return at
    return size


@borrowing
def trimmed(letters: Letters, first: int, last: int) -> tuple[int, int]:
    """The stretch without white space at its ends."""
    while first < last and letters.kinds[first] & SPACE:
        first += 1
    while last > first and letters.kinds[last - 1] & SPACE:
        last -= 1
    return first, last


@borrowing
def piece_end(points: Any, first: int, size: int, breaks: int) -> tuple[int, int]:
    """Where the piece ends that begins here, and the next one begins, parted by so many line feeds or more."""
    at = first
    while at < size:
        end = at
        while at < size and points[at] == _LINE:
            at += 1
        if at - end >= breaks:
            return end, at
        at += 1
    return size, size + 1


@borrowing
def feeds(points: Any, size: int) -> int:
    """How many line feeds a text has."""
    count = 0
    for at in range(size):
        count += 1 if points[at] == _LINE else 0
    return count


@borrowing
def repeated(letters: Letters, first: int, size: int, breaks: int, seen: Seen, turn: int) -> tuple[int, int, int]:
    """How many pieces a text has, how many of them repeat an earlier one, and with how many characters."""
    pieces = again = characters = 0
    while first <= size:
        end, after = piece_end(letters.points, first, size, breaks)
        number = hashed(letters.points, first, end, 1)
        place = place_of(seen, number, turn)
        if seen.rounds[place] == turn:
            again += 1
            characters += end - first
        seen.keys[place], seen.rounds[place] = number, turn
        pieces += 1
        first = after
    return pieces, again, characters
