"""Measures a text as FineWeb's own rules do: how lines end, how short they are, what they repeat."""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing, compiled
from gristmill.compiled.quality_letters import SPACE, TERMINAL, Letters, Tables, hashed, letters_for, read
from gristmill.compiled.quality_lines import Seen, feeds, part_of, piece_end, place_of, room_for, trimmed
from gristmill.compiled.quality_words import BEGINS, cut

LINE_ENDS, SHORT_LINES, REPEATED, LINE_BREAKS = range(4)
MEASURES = 4


@compiled
def measure(data: Any, starts: Any, tables: Tables, short: int) -> Any:
    """A row of MEASURES for each text, not a number for a blank one; lines of `short` characters are short."""
    letters, seen = letters_for(starts), room_for(64)
    found = np.full((len(starts) - 1, MEASURES), np.nan)
    for text in range(len(starts) - 1):
        size = read(data, starts[text], starts[text + 1], tables, letters)
        breaks = feeds(letters.points, size)
        if 2 * (breaks + 1) > len(seen.keys):
            seen = room_for(breaks + 1)
        if _lines(letters, size, short, part_of(seen, breaks + 1), text + 1, found[text]):
            found[text, REPEATED] /= size - breaks
            cut(letters, size, tables)
            found[text, LINE_BREAKS] = breaks / _words(letters, size)
    return found


@borrowing
def _lines(letters: Letters, size: int, short: int, seen: Seen, turn: int, found: Any) -> int:
    """Shares of the lines by their ends and lengths, and characters of those that came before; how many lines."""
    lines = ends = shorts = characters = first = 0
    while first <= size:
        last, after = piece_end(letters.points, first, size, 1)
        begin, end = trimmed(letters, first, last)
        if begin < end:
            lines += 1
            ends += 1 if letters.kinds[last - 1] & TERMINAL else 0
            shorts += 1 if last - first <= short else 0
            number = hashed(letters.points, first, last, 1)
            place = place_of(seen, number, turn)
            if seen.rounds[place] == turn:
                characters += last - first
            seen.keys[place], seen.rounds[place] = number, turn
        first = after
    if lines:
        found[LINE_ENDS], found[SHORT_LINES], found[REPEATED] = ends / lines, shorts / lines, characters
    return lines


@borrowing
def _words(letters: Letters, size: int) -> int:
    words = 0
    for at in range(size):
        words += 1 if letters.marks[at] == BEGINS and not letters.kinds[at] & SPACE else 0
    return words
