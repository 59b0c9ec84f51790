"""What is cut off at the front and the end of a stretch of text, and what divides words inside it."""

import numpy as np

from gristmill.compiled._loops import borrowing
from gristmill.compiled.quality_letters import (
    BEFORE_DOT,
    CASED,
    CURRENCY,
    DIGIT,
    ICON,
    LOWER,
    PREFIX,
    QUOTE,
    SUFFIX,
    UNIT_SEED,
    UPPER,
    Letters,
    Tables,
    special,
)

_DOT, _HYPHEN, _APOSTROPHE, _RIGHT_QUOTE, _ELLIPSIS = 0x2E, 0x2D, 0x27, 0x2019, 0x2026
_COLON, _SLASH, _PLUS, _DOLLAR, _COMMA, _STAR, _CARET = 0x3A, 0x2F, 0x2B, 0x24, 0x2C, 0x2A, 0x5E
_DASH, _LONG_DASH, _TILDE, _LESS, _MORE = 0x2013, 0x2014, 0x7E, 0x3C, 0x3E


@borrowing
def prefix(letters: Letters, first: int, last: int) -> int:
    """How many characters are cut off at the front."""
    points, kinds = letters.points, letters.kinds
    if kinds[first] & PREFIX:
        return 1
    point = points[first]
    if point == _DOT:
        end = first
        while end < last and points[end] == _DOT:
            end += 1
        return end - first if end - first > 1 else 0
    if point == _PLUS:
        return 0 if first + 1 < last and kinds[first + 1] & DIGIT else 1
    if (point == 0x41 or point == 0x43) and first + 1 < last and points[first + 1] == _DOLLAR:
        return 2
    dollars = first + 2 < last and point == 0x55 and points[first + 1] == 0x53 and points[first + 2] == _DOLLAR
    return 3 if dollars else 0


@borrowing
def _dots(letters: Letters, first: int, last: int) -> int:
    """How many dots are cut off at the end, of a stretch that ends with one."""
    points, kinds = letters.points, letters.kinds
    begin = last - 1
    while begin > first and points[begin - 1] == _DOT:
        begin -= 1
    if last - begin > 1:
        return last - begin
    if begin > first and kinds[begin - 1] & BEFORE_DOT:
        return 1
    return 1 if begin - 1 > first and kinds[begin - 1] & UPPER and kinds[begin - 2] & UPPER else 0


@borrowing
def suffix(letters: Letters, first: int, last: int, tables: Tables) -> int:
    """How many characters are cut off at the end."""
    if last <= first:
        return 0
    points, kinds = letters.points, letters.kinds
    final = last - 1
    point = points[final]
    if point == _DOT:
        return int(_dots(letters, first, last))
    possessive = (point == 0x73 or point == 0x53) and final > first
    if possessive and (points[final - 1] == _APOSTROPHE or points[final - 1] == _RIGHT_QUOTE):
        return 2
    for length in range(1, min(4, final - first) + 1):
        if kinds[last - length - 1] & DIGIT:
            if special(letters, last - length, last, tables, UNIT_SEED):
                return length
            break
    if kinds[final] & SUFFIX:
        return 1
    return 1 if final > first and kinds[final - 1] & DIGIT and (point == _PLUS or kinds[final] & CURRENCY) else 0


@borrowing
def infix(letters: Letters, at: int, last: int) -> int:
    """How many characters stand between two words here, inside a stretch."""
    points, kinds = letters.points, letters.kinds
    point = points[at]
    if kinds[at] & ICON or point == _ELLIPSIS:
        return 1
    end = at + 1
    while end < last and points[end] == point:
        end += 1
    if point == _DOT and end - at > 1:
        return end - at
    before, after = kinds[at - 1], kinds[at + 1] if at + 1 < last else np.uint16(0)
    if point == _DOT:
        return 1 if before & (LOWER | QUOTE) and after & (UPPER | QUOTE) else 0
    if point == _COMMA:
        return 1 if before & CASED and after & CASED else 0
    calculates = point in (_PLUS, _HYPHEN, _STAR, _CARET)
    if calculates and before & DIGIT and at + 1 < last and (after & DIGIT or points[at + 1] == _HYPHEN):
        return 1
    if not before & (CASED | DIGIT):
        return 0
    if point in (_HYPHEN, _LONG_DASH):
        longest = 3 if point == _HYPHEN else 2
        return end - at if end - at <= longest and end < last and kinds[end] & CASED else 0
    joins = point in (_DASH, _TILDE, _COLON, _SLASH) or _LESS <= point <= _MORE
    return 1 if joins and after & CASED else 0
