"""The letters of a text as a number of 128 bits; how they are spaced and composed does not count."""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing, compiled
from gristmill.compiled._terms import HALF, NONE, PRIME, SEED, SPACED, before, decoded

_OTHER_SEED = np.uint64(0x6A09E667F3BCC909)
_OTHER_PRIME = np.uint64(0xD6E8FEB86659FD93)
_TURN, _REST = np.uint64(23), np.uint64(41)
_SPACE = np.uint64(32)


@borrowing
def _unset(data: Any, at: int, start: int, point: int, alphabet: Any) -> bool:
    """Whether NFC may make something else of a code point and those before it."""
    if alphabet.unset[point]:
        return True
    order = alphabet.orders[point]
    last = before(data, at, start) if order else -1
    return last >= 0 and alphabet.orders[decoded(data, last, at)[0]] > order


@borrowing
def _mixed(one: Any, other: Any, letter: Any) -> tuple[Any, Any]:
    one = (one ^ letter) * PRIME
    other = (other + letter) * _OTHER_PRIME
    return one ^ (one >> HALF), other << _TURN | other >> _REST


@borrowing
def squeezed(text: Any, alphabet: Any) -> tuple[bool, Any, Any]:
    """Whether text = (bytes, start, end) is in NFC, and two numbers of it with each run of white space as one space."""
    data, start, end = text
    one, other, gap, begun, at = SEED, _OTHER_SEED, False, False, start
    while at < end:
        point, after = np.int64(data[at]), at + 1
        if point > 127:
            point, after = decoded(data, at, end)
            if _unset(data, at, start, point, alphabet):
                return False, one, other
        at_space = alphabet.nature[point] & SPACED != 0
        if not at_space:
            if gap and begun:
                one, other = _mixed(one, other, _SPACE)
            one, other = _mixed(one, other, np.uint64(point))
            begun = True
        gap, at = at_space, after
    one, other = _mixed(one, other, NONE)
    return True, one, other


@compiled
def hashed(texts: Any, rows: Any, alphabet: Any, out: Any) -> None:
    """For texts = (bytes, starts), each at its row: out = (bool: read, uint64, uint64).

    What is not read must be brought to NFC first.
    """
    data, starts = texts
    for place in range(len(rows)):
        row = rows[place]
        out[0][row], out[1][row], out[2][row] = squeezed((data, starts[place], starts[place + 1]), alphabet)
