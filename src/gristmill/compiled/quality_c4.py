"""Measures a text as C4's rules do: which lines would stay, their sentences, what stops at once."""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing, compiled
from gristmill.compiled.quality_letters import NUMBER, PUNCTUATION, SPACE, TERMINAL, Letters, Tables, letters_for, read
from gristmill.compiled.quality_lines import line_end, trimmed
from gristmill.compiled.quality_words import BETWEEN, cut, word_end

LOREM_IPSUM, CURLY_BRACKET, SENTENCES, LINES, KEPT = range(5)
MEASURES = 5

_DOT, _OPEN, _CLOSE, _CURLY, _A, _Z = 0x2E, 0x5B, 0x5D, 0x7B, 0x41, 0x5A
# Phrases one behind the other: the first drops a text, the others drop a line.
_PHRASES = (
    b"lorem ipsum",
    b"javascript",
    b"terms of use",
    b"privacy policy",
    b"cookie policy",
    b"uses cookies",
    b"use of cookies",
    b"use cookies",
)
_TEXT = np.frombuffer(b"".join(_PHRASES), np.uint8)
_LOREM, _SCRIPT, _BRACKET = 0, 1, len(_PHRASES)
_BOUNDS = np.cumsum(np.array([0, *map(len, _PHRASES)], np.int64))
# Letters with which a phrase begins, by code point.
_FIRST = np.zeros(128, np.bool_)
_FIRST[[phrase[0] for phrase in _PHRASES]] = True


@compiled
def measure(data: Any, starts: Any, tables: Tables, limits: Any) -> Any:
    """A row of MEASURES for each text; the first two as the number of the line, from 1, and 0 for none.

    `limits` (int64): fewest words of a line, most characters of a word, whether a line must end with a
    sign, and how many sentences are enough: no more are counted.
    """
    letters, line = letters_for(starts), letters_for(starts)
    found = np.zeros((len(starts) - 1, MEASURES))
    for text in range(len(starts) - 1):
        size = read(data, starts[text], starts[text + 1], tables, letters)
        first = 0
        while first < size:
            last = line_end(letters.points, first, size)
            found[text, LINES] += 1
            begin, end = trimmed(letters, first, last)
            if _long_enough(letters, begin, end, limits):
                _judge(line, _without_citations(letters, begin, end, line), tables, limits, found[text])
            first = last + 1
    return found


@borrowing
def _judge(line: Letters, size: int, tables: Tables, limits: Any, found: Any) -> None:
    """Find out what a line of enough words does to its text."""
    if limits[2] and not _ends(line.points, size):
        return
    phrases = _phrases(line.points, size)
    if phrases & 1 << _LOREM:
        if not found[LOREM_IPSUM]:
            found[LOREM_IPSUM] = found[LINES]
        return
    if phrases & 1 << _SCRIPT:
        return
    if phrases & 1 << _BRACKET:
        if not found[CURLY_BRACKET]:
            found[CURLY_BRACKET] = found[LINES]
        return
    if phrases:
        return
    found[KEPT] += 1
    if found[SENTENCES] < limits[3]:
        cut(line, size, tables)
        found[SENTENCES] += _sentences(line, size)


@borrowing
def _long_enough(letters: Letters, begin: int, end: int, limits: Any) -> bool:
    """Whether a line has enough words, and none that is too long; words are parted by white space."""
    words = length = 0
    for at in range(begin, end):
        length = 0 if letters.kinds[at] & SPACE else length + 1
        words += 1 if length == 1 else 0
        if length > limits[1] >= 0:
            return False
    return words >= int(limits[0])


@borrowing
def _without_citations(letters: Letters, begin: int, end: int, line: Letters) -> int:
    """Copy a line without [1], [], [edit] and [citation needed]; how many characters it has then."""
    size, at = 0, begin
    while at < end:
        if letters.points[at] == _OPEN:
            after = _citation_end(letters, at + 1, end)
            if after > at:
                at = after
                continue
        line.points[size], line.kinds[size] = letters.points[at], letters.kinds[at]
        size += 1
        at += 1
    return size


@borrowing
def _citation_end(letters: Letters, at: int, end: int) -> int:
    """Where a citation ends whose bracket opens before this place; 0 when it is none."""
    for word in (b"edit]", b"citation needed]"):
        length = 0
        while length < len(word) and at + length < end and letters.points[at + length] == word[length]:
            length += 1
        if length == len(word):
            return at + length
    while at < end and letters.kinds[at] & NUMBER:
        at += 1
    return at + 1 if at < end and letters.points[at] == _CLOSE else 0


@borrowing
def _ends(points: Any, size: int) -> bool:
    """Whether a line ends with one of . ? ! " ' but not with three dots."""
    if size == 0:
        return False
    if points[size - 1] == _DOT:
        return not (size > 2 and points[size - 2] == _DOT and points[size - 3] == _DOT)
    return points[size - 1] in (0x3F, 0x21, 0x22, 0x27)


@borrowing
def _phrases(points: Any, size: int) -> int:
    """Which of the phrases a line has, whatever the case, as bits; one more for a curly bracket."""
    bits = 0
    for at in range(size):
        point = _lower(points[at])
        if point == _CURLY:
            bits |= 1 << _BRACKET
        if point >= len(_FIRST) or not _FIRST[point]:
            continue
        for phrase in range(len(_BOUNDS) - 1):
            first, last = _BOUNDS[phrase], _BOUNDS[phrase + 1]
            if point != _TEXT[first] or at + last - first > size:
                continue
            step = 0
            while step < last - first and _lower(points[at + step]) == _TEXT[first + step]:
                step += 1
            if step == last - first:
                bits |= 1 << phrase
    return bits


@borrowing
def _lower(point: int) -> int:
    return point + 0x20 if _A <= point <= _Z else point


@borrowing
def _sentences(line: Letters, size: int) -> int:
    """Sentences of a line: one more begins at each word that is no sign, after a sign that ends sentences."""
    sentences, begin, ended = 1, 0, False
    while begin < size:
        end = word_end(line, begin, size)
        if line.marks[begin] != BETWEEN:
            sign = True
            for at in range(begin, end):
                sign = sign and line.kinds[at] & PUNCTUATION > 0
            if end == begin + 1 and line.kinds[begin] & TERMINAL:
                ended = True
            elif ended and not sign:
                sentences += 1
                ended = False
        begin = end
    return sentences
