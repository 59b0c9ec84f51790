"""What each code point is to a word, and what it is folded to: tables for the loops that read UTF-8."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

# What a folded code point is: part of a word (a figure among them), what joins two parts, a mark after a letter, a
# word of its own in scripts without spaces, a sign of arithmetic, or one where its neighbours make it so.
LETTER, FIGURE, JOINER, MARK, ALONE, SIGN, PERHAPS, SPACE = 1, 2, 4, 8, 16, 32, 64, 128
CLOSER = 1 << 15
# How a code point begins and ends once it is in its compatibility form.
DIGIT_FIRST, DIGIT_LAST, WORD_FIRST, WORD_LAST, SPACED = 1, 2, 4, 8, 16
# No letter is assigned beyond it.
SIZE = 0x323B0
_HANGUL_VOWELS_AND_ENDS = (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))
# The classes by which `gristmill.text` splits words; a test holds the two together.
_SPACELESS = ((0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF))
_COMPATIBLE_SPACELESS = (0xF900, 0xFAFF)
_MARKS = (
    (0x300, 0x36F), (0x483, 0x489), (0x591, 0x5BD), (0x5BF, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670),
    (0x6D6, 0x6ED), (0x900, 0x963), (0x966, 0x96F), (0x971, 0xDF3),
)  # fmt: skip
_JOINERS = "'’.,:_-"
_SIGNS = "+=<>^%×÷±≤≥≠√"
_SIGNS_BY_PLACE = "-−*/#"


class Alphabet(NamedTuple):
    """Tables by code point, numpy arrays.

    octets  uint8: the kinds of the first 128, and PERHAPS for every byte of the others
    steps   uint16 by byte: LETTER | FIGURE | JOINER, above them the folded letter, or CLOSER: neither letter nor gap
    kinds   uint8: LETTER | FIGURE | JOINER | …, of the folded form
    folds   int32: the folded code point; below 0 the place of several in `longer`, which begin with their number
    longer  int32
    nature  uint8: DIGIT_FIRST | …, of the compatibility form (NFKC)
    orders  uint8: the combining class
    loose   bool: whether NFKC may make something else of it and its neighbours; such a text is brought to NFKC first
    unset   bool: the same of NFC
    """

    octets: Any
    steps: Any
    kinds: Any
    folds: Any
    longer: Any
    nature: Any
    orders: Any
    loose: Any
    unset: Any

    def settled(self) -> "Alphabet":
        """The same for texts that are in a normal form already."""
        return self._replace(loose=np.zeros(SIZE, np.bool_), unset=np.zeros(SIZE, np.bool_))


@cache
def alphabet() -> Alphabet:
    """The tables of this Python's Unicode; made once, in less than a tenth of a second."""
    points = _points()
    kinds, nature = _kinds(points), _nature(points)
    folds, longer = np.arange(SIZE, dtype=np.int32), [0]
    orders = np.zeros(SIZE, np.uint8)
    orders[: len(points)] = np.fromiter(map(unicodedata.combining, points), np.uint8, len(points))
    loose, unset = np.zeros(SIZE, np.bool_), np.zeros(SIZE, np.bool_)
    seconds = set(_seconds(points))
    loose[list(map(ord, seconds))] = unset[list(map(ord, seconds))] = True
    for point in _changing(points):
        plain, at = unicodedata.normalize("NFKC", point), ord(point)
        folded = plain.casefold()
        mixed = len(plain) > 1 and any(one in _SIGNS_BY_PLACE or unicodedata.combining(one) for one in plain)
        loose[at] |= mixed or not seconds.isdisjoint(plain)
        unset[at] |= unicodedata.normalize("NFC", point) != point
        first = nature[ord(plain[0])] & (DIGIT_FIRST | WORD_FIRST | (SPACED if len(plain) == 1 else 0))
        nature[at] = first | nature[ord(plain[-1])] & (DIGIT_LAST | WORD_LAST)
        if len(folded) == 1:
            folds[at] = ord(folded)
        else:
            folds[at] = -len(longer)
            longer += [len(folded), *map(ord, folded)]
    octets = np.full(256, PERHAPS, np.uint8)
    octets[:128] = kinds[:128]
    steps = _steps(octets, folds)
    return Alphabet(octets, steps, kinds, folds, np.array(longer, np.int32), nature, orders, loose, unset)


def _steps(octets: Any, folds: Any) -> Any:
    steps = (octets & (LETTER | FIGURE | JOINER)).astype(np.uint16)
    steps[octets & JOINER > 0] |= CLOSER
    # A hyphen joins too, but may be a minus.
    steps[octets & (SIGN | PERHAPS) > 0] = CLOSER
    letters = np.flatnonzero(steps & LETTER)
    steps[letters] |= (folds[letters] << 8).astype(np.uint16)
    return steps


def _points() -> str:
    """All code points in order, a space where there is none that text can hold."""
    points = np.arange(SIZE, dtype="<u4")
    points[0xD800:0xE000] = ord(" ")
    return points.tobytes().decode("utf-32-le")


def _changing(points: str) -> Iterator[str]:
    """The code points that folding or a normal form changes; most blocks have none."""
    for start in range(0, len(points), 64):
        block = points[start : start + 64]
        apart = "\n".join(block)
        if apart.casefold() != apart or not unicodedata.is_normalized("NFKC", apart):
            yield from (one for one in block if one.casefold() != one or not unicodedata.is_normalized("NFKC", one))


def _seconds(points: str) -> Iterator[str]:
    """Code points that may become one with the one before them."""
    yield from map(chr, _HANGUL_VOWELS_AND_ENDS)
    for start in range(0, len(points), 64):
        block = points[start : start + 64]
        if unicodedata.is_normalized("NFD", "\n".join(block)):
            continue
        for one in block:
            parts = unicodedata.decomposition(one).split()
            if len(parts) == 2 and not parts[0].startswith("<"):
                yield chr(int(parts[1], 16))


def _kinds(points: str) -> Any:
    kinds = np.zeros(SIZE, np.uint8)
    for first, last in _MARKS:
        kinds[first : last + 1] = MARK
    for match in re.finditer(r"[^\W_]+", points):
        kinds[match.start() : match.end()] = LETTER
    for first, last in (*_SPACELESS, _COMPATIBLE_SPACELESS):
        kinds[first : last + 1] = ALONE
    for match in re.finditer(r"\d+", points):
        kinds[match.start() : match.end()] |= FIGURE
    for signs, kind in ((_JOINERS, JOINER), (_SIGNS, SIGN), (_SIGNS_BY_PLACE, PERHAPS)):
        kinds[list(map(ord, signs))] |= kind
    for match in re.finditer(r"\s+", points):
        kinds[match.start() : match.end()] |= SPACE
    kinds[0xD800:0xE000] = 0
    return kinds


def _nature(points: str) -> Any:
    nature = np.zeros(SIZE, np.uint8)
    for pattern, bits in ((r"\d+", DIGIT_FIRST | DIGIT_LAST), (r"\w+", WORD_FIRST | WORD_LAST), (r"\s+", SPACED)):
        for match in re.finditer(pattern, points):
            nature[match.start() : match.end()] |= bits
    nature[0xD800:0xE000] = 0
    return nature
