"""Runs of so many words in texts, as hashes, and which of them are known: loops over UTF-8 bytes.

What a character counts as is told by three arrays over all code points, `letters`: its kind (a place in KINDS), and
`times` and `plus`, which lead the hash of a word on to what it is with this character after it. A loop that meets a
code point of which nothing is told yet stops before its text and names that code point.

Equal words have equal hashes, so that nothing known is missed; that two runs of equal hashes are equal is for the
caller to see.
"""

from typing import Any

import numpy as np

from gristmill.compiled._loops import compiled

# Told later; left out of its word; between words; part of a word; a word alone; part of the word before it.
KINDS = ("unknown", "left_out", "gap", "letter", "alone", "mark")
UNKNOWN, GAP, LETTER, ALONE, MARK = (KINDS.index(kind) for kind in ("unknown", "gap", "letter", "alone", "mark"))
CODE_POINTS = 0x110000
# Odd numbers with bits set all over: of the golden ratio, and of MurmurHash3's and SplitMix64's last steps.
SPREAD = np.uint64(0x9E3779B97F4A7C15)
STIR = np.uint64(0xFF51AFD7ED558CCD)
WHOLE = np.uint64(0xBF58476D1CE4E5B9)
HALF = np.uint64(32)


@compiled
def words(data: Any, begin: int, end: int, letters: Any, into: Any) -> int:
    """Write the hash of each word of `data[begin:end]` to `into`: how many, or -1 - c for an unknown code point c."""
    kinds, times, plus = letters
    count, inside, word, at = 0, 0, SPREAD, begin
    while at < end:
        sign = np.int64(data[at])
        at += 1
        if sign >= 0x80:
            more = 1 if sign < 0xE0 else 2 if sign < 0xF0 else 3
            sign &= 0x3F >> more
            stop = min(at + more, end)
            while at < stop:
                sign = sign << 6 | np.int64(data[at]) & 0x3F
                at += 1
        kind = kinds[sign]
        if inside != 0 and (kind in (GAP, ALONE) or (kind == LETTER and inside == ALONE)):
            into[count] = (word ^ word >> HALF) * STIR
            count, inside, word = count + 1, 0, SPREAD
        if kind in (LETTER, ALONE) or (kind == MARK and inside != 0):
            word = word * times[sign] + plus[sign]
            inside = kind if inside == 0 else inside
        elif kind == UNKNOWN:
            return int(-1 - sign)
    if inside != 0:
        into[count] = (word ^ word >> HALF) * STIR
        count += 1
    return count


@compiled
def rolled(found: Any, count: int, size: int) -> int:
    """Replace the hashes of `count` words by those of their runs of `size`, then one of the whole: how many runs.

    `found` has room for one more than there are words.
    """
    whole, run, oldest = WHOLE, np.uint64(0), np.uint64(1)
    for _ in range(size):
        oldest *= SPREAD
    held = np.zeros(size, np.uint64)
    for place in range(count):
        word, turn = found[place], place % size
        whole = (whole + word) * WHOLE
        run = (run - held[turn] * oldest + word) * SPREAD
        held[turn] = word
        if place >= size - 1:
            found[place - size + 1] = run
    runs = max(count - size + 1, 0)
    found[runs] = whole ^ whole >> HALF
    return runs


@compiled
def listed(text: Any, first: int, letters: Any, size: int, out: Any) -> tuple[int, int, int]:
    """Write the hashes of all runs of these texts, and after those of each text that of the whole, to `out`.

    `text` is the bytes and where each text begins; `out` has room for as many hashes as there are bytes and texts,
    and for the number of words of each text. Begins at text `first`; returns the text before which it stopped, how
    many hashes were written, and the unknown code point that stopped it, or -1.
    """
    data, starts = text
    hashes, sizes = out
    filled = 0
    for row in range(first, len(starts) - 1):
        count = words(data, starts[row], starts[row + 1], letters, hashes[filled:])
        if count < 0:
            return row, filled, -1 - count
        sizes[row] = count
        filled += rolled(hashes[filled:], count, size) + 1
    return len(starts) - 1, filled, -1


@compiled
def slots_of(known: Any, slots: Any) -> None:
    """Fill `slots`, a power of two of them and all -1, with the places of these distinct hashes."""
    last = len(slots) - 1
    for place in range(len(known)):
        slot = np.int64(known[place] * STIR >> HALF) & last
        while slots[slot] >= 0:
            slot = slot + 1 & last
        slots[slot] = place


@compiled
def met(text: Any, first: int, letters: Any, size: int, table: Any, out: Any) -> tuple[int, int, int]:
    """Write each known run of these texts to `out`: its text, the place of its first word, its place in the table.

    The whole of a text counts as a run at place -1. `table` is the known hashes and their slots; `out` has more room
    than the longest text has bytes. Begins at text `first`; returns the text before which it stopped, how many were
    written, and the unknown code point that stopped it, or -1 when `out` is full or all is done.
    """
    data, starts = text
    known, slots = table
    rows, places, numbers = out
    last, filled, longest = len(slots) - 1, 0, 0
    for row in range(first, len(starts) - 1):
        longest = max(longest, starts[row + 1] - starts[row])
    found = np.empty(longest + 1, np.uint64)
    for row in range(first, len(starts) - 1):
        if starts[row + 1] - starts[row] + 1 > len(rows) - filled:
            return row, filled, -1
        count = words(data, starts[row], starts[row + 1], letters, found)
        if count < 0:
            return row, filled, -1 - count
        runs = rolled(found, count, size)
        for place in range(runs + 1):
            slot = np.int64(found[place] * STIR >> HALF) & last
            while slots[slot] >= 0 and known[slots[slot]] != found[place]:
                slot = slot + 1 & last
            if slots[slot] >= 0:
                rows[filled], places[filled], numbers[filled] = row, place if place < runs else -1, slots[slot]
                filled += 1
    return len(starts) - 1, filled, -1
