"""The words of a text as numbers, read from its bytes; case, layout and form do not count."""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing

# As in compiled/alphabet.py; numbers here, so that the loops have them as constants.
LETTER, FIGURE, JOINER, MARK, ALONE, SIGN, PERHAPS, SPACE = 1, 2, 4, 8, 16, 32, 64, 128
DIGIT_FIRST, DIGIT_LAST, WORD_FIRST, WORD_LAST, SPACED = 1, 2, 4, 8, 16
SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x9E3779B97F4A7C15)
NONE = np.uint64(0)
HALF = np.uint64(32)
_ODD = np.uint64(0xD6E8FEB86659FD93)
_SIGNED = np.uint64(1 << 40)
_FIGURED = np.uint64(1)
_ONE = np.uint64(1)
# In the table of bytes: above the kinds stands the folded letter, and the highest bit tells what is not so plain.
_FOLDED = np.uint64(8)
_CLOSER = np.uint64(1 << 15)
_JOINS = np.uint64(JOINER)
# More words than one code point can become.
_ROOM = 40
UNSETTLED, CRAMPED = -1, -2


@borrowing
def decoded(data: Any, at: Any, end: Any) -> Any:
    """The code point at a byte, and the byte after it; broken bytes count one by one, as U+FFFD."""
    byte = np.int64(data[at])
    if byte < 0x80:
        return byte, at + 1
    more = 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
    if byte < 0xC0 or at + more >= end:
        return 0xFFFD, at + 1
    point = byte & (0x3F >> more)
    for place in range(at + 1, at + more + 1):
        point = point << 6 | (np.int64(data[place]) & 0x3F)
    return (point, at + more + 1) if point < 0x323B0 else (0xFFFD, at + more + 1)


@borrowing
def before(data: Any, at: int, start: int) -> int:
    """Where the code point that ends before a byte begins; -1 at the start of the text."""
    at -= 1
    while at > start and data[at] & 0xC0 == 0x80:
        at -= 1
    return at if at >= start else -1


@borrowing
def _nature(text: Any, at: int, nature: Any) -> Any:
    data, start, end = text
    return np.int64(nature[decoded(data, at, end)[0]]) if start <= at < end else 0


@borrowing
def _is_sign(text: Any, at: int, after: int, point: int, nature: Any) -> Any:
    """Whether one of - * / # at this place tells two rows apart: 3 * 4, 1/2, C#, -5; else it is layout."""
    data, start, end = text
    last = before(data, at, start)
    near, following = _nature(text, last, nature), _nature(text, after, nature)
    if point == 35:
        return near & WORD_LAST != 0 and following & WORD_FIRST == 0
    if point == 42 or point == 47:
        if near & SPACED:
            near = _nature(text, before(data, last, start), nature)
        if following & SPACED:
            following = _nature(text, decoded(data, after, end)[1], nature)
        return near & DIGIT_LAST != 0 and following & DIGIT_FIRST != 0
    return (last < 0 or near & WORD_LAST == 0) and following & DIGIT_FIRST != 0


@borrowing
def _finished(word: Any, held: Any) -> Any:
    """A word's number; its lowest bit says whether a figure or a sign is in it."""
    word = (word ^ (word >> HALF)) * PRIME
    return (word & ~_FIGURED) | (held >> _ONE & _FIGURED)


@borrowing
def _step(point: int, sign: bool, kind: int, state: Any, out: Any) -> Any:
    """One folded code point onwards: the word that is open, what it holds, the joiner that waits, and the count."""
    word, held, waiting, count = state
    if kind & LETTER or (kind & MARK and word != NONE and waiting == NONE):
        if word == NONE:
            held = 0
        elif waiting != NONE:
            word = (word ^ waiting) * PRIME
        return (word ^ np.uint64(point)) * PRIME, held | kind, NONE, count
    if kind & JOINER and not sign and word != NONE and waiting == NONE:
        return word, held, np.uint64(point), count
    if word != NONE:
        out[count] = _finished(word, np.uint64(held))
        count += 1
    if sign or kind & ALONE:
        lone = np.uint64(point) | (_SIGNED if sign else NONE)
        out[count] = _finished((SEED ^ lone) * PRIME, np.uint64(FIGURE if sign else kind))
        count += 1
    return NONE, 0, NONE, count


@borrowing
def _other(text: Any, at: int, alphabet: Any, state: Any, out: Any) -> Any:
    """A code point that is no plain letter or space: the place after it and the state; count -1 where unsettled."""
    data, start, end = text
    point, after = decoded(data, at, end)
    order = alphabet.orders[point]
    if order:
        last = before(data, at, start)
        if last >= 0 and alphabet.orders[decoded(data, last, end)[0]] > order:
            return after, (NONE, 0, NONE, UNSETTLED)
    if alphabet.loose[point]:
        return after, (NONE, 0, NONE, UNSETTLED)
    folded = alphabet.folds[point]
    if folded < 0:
        for place in range(1 - folded, 1 - folded + alphabet.longer[-folded]):
            one = np.int64(alphabet.longer[place])
            kind = np.int64(alphabet.kinds[one])
            state = _step(one, kind & SIGN != 0, kind, state, out)
        return after, state
    kind = np.int64(alphabet.kinds[folded])
    sign = kind & SIGN != 0 or (kind & PERHAPS != 0 and _is_sign(text, at, after, folded, alphabet.nature))
    return after, _step(np.int64(folded), sign, kind, state, out)


@borrowing
def _wordless(text: Any, alphabet: Any, out: Any) -> int:
    """What stands between white space, for a text without any word."""
    data, at, end = text
    word, count = NONE, 0
    while at < end:
        point, at = decoded(data, at, end)
        if count + _ROOM > len(out):
            return CRAMPED
        if not alphabet.nature[point] & SPACED:
            word = ((SEED if word == NONE else word) ^ np.uint64(point)) * PRIME
        elif word != NONE:
            out[count] = _finished(word, NONE)
            count, word = count + 1, NONE
    if word != NONE:
        out[count] = _finished(word, NONE)
        count += 1
    return count


@borrowing
def _plain(text: Any, alphabet: Any, state: Any, out: Any) -> Any:
    """Read on over plain letters and what parts or joins them; that most bytes need no branch makes it fast.

    The place of the first byte that needs a closer look, the word that is open there, what it holds, and the count.
    """
    data, at, end = text
    word, held, count = state
    steps = alphabet.steps
    letter = _ONE if word != NONE else NONE
    holds = np.uint64(held)
    while at < end:
        byte = data[np.uint64(at)]
        step = np.uint64(steps[byte])
        if step & _CLOSER:
            following = np.uint64(steps[data[np.uint64(at + 1)]]) if at + 1 < end else _CLOSER
            if step & _JOINS == NONE or following & _CLOSER:
                break
            if letter & following:
                word, at = (word ^ np.uint64(byte)) * PRIME, at + 1
                continue
            step = NONE
        # Written over until it is the end of a word.
        out[np.uint64(count)] = _finished(word, holds)
        before, letter = letter, step & _ONE
        count += np.int64(before & ~letter)
        on = NONE - letter
        word = (word ^ (step >> _FOLDED)) * (PRIME & on)
        holds = (holds | step) & on
        at += 1
    return at, word, np.int64(holds) & (LETTER | FIGURE), count


@borrowing
def terms(text: Any, alphabet: Any, out: Any) -> Any:
    """Put the number of each word of text = (bytes, start, end) into `out`, and say how many there are.

    UNSETTLED when the text must be brought to its normal form first, CRAMPED when `out` is too short.
    """
    data, at, end = text
    held: Any = 0
    word, waiting, count = NONE, NONE, 0
    while at < end:
        if count + end - at + _ROOM > len(out):
            return CRAMPED
        if waiting == NONE:
            at, word, held, count = _plain((data, at, end), alphabet, (word, held, count), out)
            if at == end:
                break
        byte = data[np.uint64(at)]
        kind = np.int64(alphabet.octets[byte])
        if kind & (SIGN | PERHAPS):
            at, (word, held, waiting, count) = _other(text, at, alphabet, (word, held, waiting, count), out)
            if count < 0:
                return count
        else:
            word, held, waiting, count = _step(
                np.int64(alphabet.folds[byte]), False, kind, (word, held, waiting, count), out
            )
            at += 1
    if word != NONE:
        out[count] = _finished(word, np.uint64(held))
        count += 1
    return count if count else _wordless(text, alphabet, out)


@borrowing
def shingles(words: Any, count: int, ngram: int) -> int:
    """Put a number for each run of `ngram` words over the words, and say how many there are.

    A text of fewer words is one run, so that only equal words make it equal.
    """
    runs = max(1, count - ngram + 1)
    length = min(count, ngram)
    for place in range(runs):
        run = np.uint64(length)
        for at in range(place, place + length):
            run = run * _ODD + words[at]
        run = (run ^ (run >> HALF)) * PRIME
        words[place] = run ^ (run >> HALF)
    return runs
