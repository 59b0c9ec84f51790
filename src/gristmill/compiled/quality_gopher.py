"""Measures a text as Gopher's quality rules do: words, signs, bullets, letters, stop words."""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing, compiled
from gristmill.compiled.quality_letters import LETTER, SIGN, SPACE, Letters, Tables, hashed, letters_for, read
from gristmill.compiled.quality_lines import line_end, trimmed
from gristmill.compiled.quality_words import BEGINS, cut, word_end

WORDS, MEAN_LENGTH, HASHES, ELLIPSES, BULLETS, END_ELLIPSES, ALPHABETIC, STOP_WORDS = range(8)
MEASURES = 8

_DOT, _ELLIPSIS, _HASH, _BULLET, _HYPHEN = 0x2E, 0x2026, 0x23, 0x2022, 0x2D


@compiled
def measure(data: Any, starts: Any, tables: Tables, stop_words: Any) -> Any:
    """A row of MEASURES for each text; not a number where a text has no words to measure.

    `stop_words` are the numbers of words, as `quality_letters.hashed` gives them.
    """
    letters = letters_for(starts)
    found = np.full((len(starts) - 1, MEASURES), np.nan)
    seen = np.zeros(len(stop_words), np.int64)
    for text in range(len(starts) - 1):
        size = read(data, starts[text], starts[text + 1], tables, letters)
        cut(letters, size, tables)
        words = _words(letters, size, stop_words, seen, found[text])
        if words:
            _signs(letters, size, words, found[text])
            _line_ends(letters, size, found[text])
    return found


@borrowing
def _words(letters: Letters, size: int, stop_words: Any, seen: Any, found: Any) -> int:
    """Count words and what they are made of; the number of all words and signs."""
    for stop in range(len(stop_words)):
        seen[stop] = 0
    every = plain = length = alphabetic = begin = 0
    while begin < size:
        end = word_end(letters, begin, size)
        if letters.marks[begin] == BEGINS and not letters.kinds[begin] & SPACE:
            some, all_kinds = letters.kinds[begin], letters.kinds[begin]
            for at in range(begin + 1, end):
                some |= letters.kinds[at]
                all_kinds &= letters.kinds[at]
            every += 1
            alphabetic += 1 if some & LETTER else 0
            if not all_kinds & SIGN:
                plain += 1
                length += end - begin
            number = hashed(letters.points, begin, end, 0)
            for stop in range(len(stop_words)):
                if stop_words[stop] == number:
                    seen[stop] = 1
        begin = end
    found[WORDS] = plain
    if plain:
        found[MEAN_LENGTH] = length / plain
    if every:
        found[ALPHABETIC] = alphabetic / every
        found[STOP_WORDS] = 0
        for stop in range(len(stop_words)):
            found[STOP_WORDS] += seen[stop]
    return every


@borrowing
def _signs(letters: Letters, size: int, words: int, found: Any) -> None:
    """Hashes and ellipses per word; three dots are one."""
    hashes = ellipses = dots = 0
    for at in range(size):
        point = letters.points[at]
        dots = dots + 1 if point == _DOT else 0
        hashes += 1 if point == _HASH else 0
        if point == _ELLIPSIS or dots == 3:
            ellipses += 1
            dots = 0
    found[HASHES] = hashes / words
    found[ELLIPSES] = ellipses / words


@borrowing
def _line_ends(letters: Letters, size: int, found: Any) -> None:
    """Shares of the lines that begin with a bullet, and that end with an ellipsis."""
    points = letters.points
    lines = bullets = ellipses = first = 0
    while first < size:
        last = line_end(points, first, size)
        begin, end = trimmed(letters, first, last)
        lines += 1
        if begin < end:
            bullets += 1 if points[begin] == _BULLET or points[begin] == _HYPHEN else 0
            dots = end - begin > 2 and points[end - 1] == _DOT and points[end - 2] == _DOT and points[end - 3] == _DOT
            ellipses += 1 if dots or points[end - 1] == _ELLIPSIS else 0
        first = last + 1
    found[BULLETS] = bullets / lines
    found[END_ELLIPSES] = ellipses / lines
