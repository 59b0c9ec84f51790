"""Cuts text into words and signs as spaCy's English rules do: signs apart, contractions in two."""

import numpy as np

from gristmill.compiled._loops import borrowing
from gristmill.compiled.quality_affixes import infix, prefix, suffix
from gristmill.compiled.quality_letters import BEFORE_DOT, DIGIT, LETTER, LOWER, SPACE, SUFFIX, Letters, Tables, special

INSIDE, BEGINS, BETWEEN = 0, 1, 2

_DOT, _HYPHEN, _UNDERSCORE, _SPACE = 0x2E, 0x2D, 0x5F, 0x20
_COLON, _SLASH, _AT, _PLUS = 0x3A, 0x2F, 0x40, 0x2B


@borrowing
def _pieces(letters: Letters, first: int, last: int, bits: int) -> None:
    for step in range(1, last - first):
        if bits >> step & 1:
            letters.marks[first + step] = BEGINS


@borrowing
def _is_host(letters: Letters, first: int, last: int) -> bool:
    """Whether a host's name begins here, and after it only a port and a path come."""
    points, kinds = letters.points, letters.kinds
    end, dot = first, first - 1
    while end < last:
        point = points[end]
        inner = point in (_HYPHEN, _UNDERSCORE)
        if point == _DOT:
            if end == dot + 1 or end - dot > 65 or points[end - 1] == _HYPHEN or points[end - 1] == _UNDERSCORE:
                return False
            dot = end
        elif inner and end == dot + 1:
            return False
        elif not (inner or kinds[end] & DIGIT or 0xA1 <= point <= 0xFFFF or (point < 128 and kinds[end] & LETTER)):
            break
        end += 1
    if dot < first or not 2 <= end - dot - 1 <= 63:
        return False
    for at in range(dot + 1, end):
        if not kinds[at] & LOWER:
            return False
    if end < last and points[end] == _COLON:
        begin = end + 1
        end = begin
        while end < last and kinds[end] & DIGIT:
            end += 1
        if not 2 <= end - begin <= 5:
            return False
    return end == last or points[end] == _SLASH or points[end] == 0x3F or points[end] == 0x23


@borrowing
def _is_address(letters: Letters, first: int, last: int) -> bool:
    """Whether a stretch is a web or mail address as a whole."""
    points, kinds = letters.points, letters.kinds
    if _is_host(letters, first, last):
        return True
    scheme = True
    for at in range(first, last):
        point = points[at]
        if point == _AT and at > first and _is_host(letters, at + 1, last):
            return True
        if scheme and point == _COLON:
            slashes = at + 2 < last and points[at + 1] == _SLASH and points[at + 2] == _SLASH
            if slashes and at - first > 1 and _is_host(letters, at + 3, last):
                return True
        word = kinds[at] & (LETTER | DIGIT) > 0 or point in (_UNDERSCORE, _PLUS, _HYPHEN, _DOT)
        scheme = scheme and word
    return False


@borrowing
def _middle(letters: Letters, first: int, last: int, tables: Tables) -> None:
    """Mark the words of a stretch whose ends have been cut off."""
    letters.marks[first] = BEGINS
    bits = special(letters, first, last, tables, 0)
    if bits:
        _pieces(letters, first, last, bits)
        return
    at, begin, address = first + 1, first, False
    while at < last:
        length = 0 if letters.kinds[at] & LETTER else infix(letters, at, last)
        if length == 0:
            at += 1
            continue
        if begin == first and not address:
            if _is_address(letters, first, last):
                return
            address = True
        bits = special(letters, begin, at, tables, 0)
        if bits > 1:
            _pieces(letters, begin, at, bits)
        letters.marks[at] = BEGINS
        at += length
        begin = at
        if at < last:
            letters.marks[at] = BEGINS
    if begin > first:
        _pieces(letters, begin, last, special(letters, begin, last, tables, 0))


@borrowing
def _stretch(letters: Letters, first: int, last: int, tables: Tables) -> None:
    """Mark the words of a stretch without white space: cut signs off at both ends, then look inside."""
    while first < last:
        letters.marks[first] = BEGINS
        if special(letters, first, last, tables, 0):
            break
        head = prefix(letters, first, last)
        if head and special(letters, first + head, last, tables, 0):
            first += head
            break
        tail = suffix(letters, first + head, last, tables)
        if tail:
            letters.marks[last - tail] = BEGINS
            if special(letters, first, last - tail, tables, 0):
                last -= tail
                break
        if head + tail == 0:
            break
        first += head
        last -= tail
    if first < last:
        _middle(letters, first, last, tables)


@borrowing
def _plain(letters: Letters, first: int, last: int, tables: Tables) -> None:
    """Mark a word of letters alone."""
    letters.marks[first] = BEGINS
    bits = special(letters, first, last, tables, 0)
    if bits > 1:
        _pieces(letters, first, last, bits)


@borrowing
def _is_closed(letters: Letters, first: int, last: int, tables: Tables) -> bool:
    """Whether letters and a sign behind them, as most that are not letters alone, are two words."""
    dotted = letters.points[last - 1] == _DOT and letters.kinds[last - 2] & BEFORE_DOT
    if not (letters.kinds[last - 1] & SUFFIX or dotted):
        return False
    return int(special(letters, first, last, tables, 0)) == 0


@borrowing
def cut(letters: Letters, size: int, tables: Tables) -> None:
    """Mark where words begin; more white space than one blank between words is a word too, as in spaCy."""
    kinds, marks = letters.kinds, letters.marks
    for at in range(size):
        marks[at] = INSIDE
    at = 0
    while at < size:
        begin, inner, white = at, np.uint16(0xFFFF), kinds[at] & SPACE
        at += 1
        while at < size and kinds[at] & SPACE == white:
            inner &= kinds[at - 1]
            at += 1
        if not white:
            if inner & kinds[at - 1] & LETTER:
                _plain(letters, begin, at, tables)
            elif at - begin > 1 and inner & LETTER and _is_closed(letters, begin, at, tables):
                _plain(letters, begin, at - 1, tables)
                marks[at - 1] = BEGINS
            else:
                _stretch(letters, begin, at, tables)
            continue
        if begin > 0 and letters.points[begin] == _SPACE:
            marks[begin] = BETWEEN
            begin += 1
        if begin < at:
            marks[begin] = BEGINS


@borrowing
def word_end(letters: Letters, begin: int, size: int) -> int:
    """Where the word ends that begins here."""
    end = begin + 1
    while end < size and letters.marks[end] == INSIDE:
        end += 1
    return end
