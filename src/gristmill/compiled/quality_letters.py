"""One text at a time as code points, with what each character is; words that have a rule of their own."""

from typing import Any, NamedTuple

import numpy as np

from gristmill.compiled._loops import borrowing, compiled

# What a character is, as bits: `curate/_quality_words.py` says which characters these are.
LETTER, LOWER, UPPER, DIGIT, SPACE, PREFIX, SUFFIX, QUOTE = 1, 2, 4, 8, 16, 32, 64, 128
ICON, CURRENCY, PUNCTUATION, SIGN, TERMINAL, BEFORE_DOT, NUMBER = 256, 512, 1024, 2048, 4096, 8192, 16384
CASED = LOWER | UPPER
# Unsigned: products of signed numbers that overflow are not defined in compiled code.
HASH_FACTOR = np.uint64(6364136223846793005)
LONGEST_SPECIAL = 16
UNIT_SEED = 1
ENDS = 1 << 14

_LAST_POINT = 0x10FFFF


class Tables(NamedTuple):
    """What is known of characters and words.

    kinds   uint16, by code point: the bits above
    ends    uint8, by `ends_of`: 1 where some word with a rule of its own has such ends; spares most look-ups
    keys    int64, open addressing, a power of two long: hashes of words with a rule of their own
    cuts    int64, beside `keys`: bit k is set where a piece begins at character k; 0 for a free place
    """

    kinds: Any
    ends: Any
    keys: Any
    cuts: Any


class Letters(NamedTuple):
    """One text at a time: its code points (int32), their kinds (uint16), and where words begin (uint8)."""

    points: Any
    kinds: Any
    marks: Any


@compiled
def letters_for(starts: Any) -> Letters:
    """Room for the longest of the texts that begin here."""
    longest = 1
    for text in range(len(starts) - 1):
        longest = max(longest, starts[text + 1] - starts[text])
    return Letters(np.empty(longest, np.int32), np.empty(longest, np.uint16), np.empty(longest, np.uint8))


@borrowing
def read(data: Any, first: int, last: int, tables: Tables, letters: Letters) -> int:
    """Decode one text's bytes, a line break of two characters as one; how many characters it has."""
    at, size = first, 0
    while at < last:
        byte = int(data[at])
        follow = 0 if byte < 0xC0 else 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
        if byte == 0x0D and at + 1 < last and data[at + 1] == 0x0A:
            at += 1
            continue
        point = byte if follow == 0 else byte & (0x3F >> follow)
        for step in range(1, min(follow, last - at - 1) + 1):
            point = point << 6 | (int(data[at + step]) & 0x3F)
        point = min(point, _LAST_POINT)
        letters.points[size] = point
        letters.kinds[size] = tables.kinds[point]
        size += 1
        at += follow + 1
    return size


@borrowing
def hashed(points: Any, first: int, last: int, seed: int) -> int:
    """A number for a stretch of code points."""
    number = np.uint64(seed)
    for at in range(first, last):
        number = number * HASH_FACTOR + np.uint64(points[at])
    return np.int64(number)  # type: ignore[return-value]


@borrowing
def ends_of(head: int, tail: int, length: int) -> int:
    """A number below ENDS for the first and last character of a word and its length."""
    return (head * 67 + tail * 1031 + length * 4127) & (ENDS - 1)


@borrowing
def special(letters: Letters, first: int, last: int, tables: Tables, seed: int) -> int:
    """Where the pieces of a word begin that has a rule of its own, as bits; 0 when it has none."""
    if last - first > LONGEST_SPECIAL or last <= first:
        return 0
    if not tables.ends[ends_of(letters.points[first], letters.points[last - 1], last - first)]:
        return 0
    key = hashed(letters.points, first, last, seed)
    room = len(tables.keys) - 1
    place = (key ^ key >> 29) & room
    while tables.cuts[place]:
        if tables.keys[place] == key:
            return int(tables.cuts[place])
        place = (place + 1) & room
    return 0
