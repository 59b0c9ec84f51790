"""Words and marks of a text as tokens: disguised spelling read as plain, words with their class."""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing

SEGMENT = 4096
PIECE = 40
LONGEST = 32
# Columns of a token: first and last byte, key, class, sentence, first and last of its letters.
START, END, KEY, CLASS, PIECE_NO, FROM, TO = 0, 1, 2, 3, 4, 5, 6
IDENTITY, LEXICAL, QUOTE, MENTION, NUMBER, MARK = 1, 13, 22, 23, 24, 25
SEED, PRIME = -3750763034362895579, 1099511628211
BREAK, LETTER, DIGIT, APOSTROPHE, QUOTATION, SIGN, SYMBOL, STOP, FOREIGN = 0, 1, 2, 3, 4, 5, 6, 7, 8

_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_ASCII = np.zeros(128, np.int64)
for _kind, _signs in (
    (LETTER, _LETTERS + _LETTERS.upper()),
    (DIGIT, b"0123456789"),
    (APOSTROPHE, b"'`"),
    (QUOTATION, b'"'),
    (SIGN, b"@$*"),
    (STOP, b"!.?\n"),
):
    _ASCII[list(_signs)] = _kind
# A byte of a word as the letter that it stands for: small, and without the digits and signs used for letters.
_PLAIN = np.arange(256, dtype=np.uint8)
_PLAIN[list(_LETTERS.upper() + b"4@31!05$7")] = list(_LETTERS + b"aaeiiosst")


@borrowing
def kind_of(data: Any, at: int, end: int) -> tuple[int, int]:
    """What stands at a byte, and its length in bytes.

    SIGN is one used for a letter, SYMBOL a token of its own (emoji), FOREIGN a letter that is not Latin.
    """
    c = data[at]
    if c < 128:
        return _ASCII[c], 1
    size = 2 if c < 0xE0 else 3 if c < 0xF0 else 4
    if at + size > end:
        return BREAK, end - at
    if c == 0xC2:
        return (QUOTATION, 2) if data[at + 1] == 0xAB or data[at + 1] == 0xBB else (BREAK, 2)
    if c < 0xCA:
        return LETTER, size
    if c == 0xE2:
        if data[at + 1] == 0x80 and 0x98 <= data[at + 2] <= 0x9B:
            return APOSTROPHE, 3
        return (QUOTATION, 3) if data[at + 1] == 0x80 and 0x9C <= data[at + 2] <= 0x9F else (BREAK, 3)
    if c == 0xEF or (c == 0xE3 and data[at + 1] == 0x80):
        return BREAK, 3
    return (SYMBOL if c >= 0xF0 and data[at + 1] == 0x9F else FOREIGN), size


@borrowing
def spaced(data: Any, at: int, end: int) -> int:
    """How many lone letters follow each other here with one sign between, as in "w o r d"."""
    count = 0
    while at < end and 97 <= (data[at] | 32) <= 122:
        if at + 1 < end and kind_of(data, at + 1, end)[0] in (LETTER, DIGIT, APOSTROPHE, SIGN, FOREIGN):
            break
        count += 1
        between = data[at + 1] if at + 1 < end else 0
        if between != 32 and between != 46 and between != 45 and between != 95:
            break
        at += 2
    return count


@borrowing
def inside(data: Any, at: int, end: int) -> bool:
    """Whether the sign at a byte is part of the word before it: by itself or by what follows."""
    kind, size = kind_of(data, at, end)
    following = kind_of(data, at + size, end)[0] if at + size < end else BREAK
    if kind == SIGN:
        return data[at] == 42 or following in (LETTER, DIGIT, SIGN, FOREIGN)
    return (kind == APOSTROPHE or data[at] == 33) and following == LETTER


@borrowing
def word_end(data: Any, at: int, end: int) -> tuple[int, bool]:
    """Where the word that begins at this byte ends, and whether it holds a letter and anything but digits."""
    lettered = False
    while at < end:
        kind, size = kind_of(data, at, end)
        if kind in (LETTER, FOREIGN):
            lettered = True
        elif kind != DIGIT and not inside(data, at, end):
            break
        at += size
    return at, lettered


@borrowing
def spell(data: Any, span: Any, step: int, lettered: bool, page: Any) -> int:
    """Write a word's plain letters; letters said three times or more count once. Where they end."""
    at, end = span
    letters = page[1]
    first: int = page[2][1]
    filled = first
    while at < end and filled - first < LONGEST:
        c = data[at]
        if c != 39 and c != 96:
            if c == 0xE2 and at + 2 < end and data[at + 1] == 0x80:
                at += 3
                continue
            c = _PLAIN[c] if lettered else c
            if filled - first >= 2 and letters[filled - 1] == c and letters[filled - 2] == c:
                while filled - first >= 2 and letters[filled - 2] == c:
                    filled -= 1
                while at + step < end and _PLAIN[data[at + step]] == c:
                    at += step
            else:
                letters[filled] = c
                filled += 1
        at += step
    return filled


@borrowing
def key_of(letters: Any, first: int, last: int) -> int:
    """The key of letters (FNV-1a)."""
    key = SEED
    for at in range(first, last):
        key = (key ^ letters[at]) * PRIME
    return key


@borrowing
def looked_up(table: Any, key: int) -> int:
    """The class of a word by its key in an open table whose size is a power of two; 0 for none."""
    keys, classes = table
    at = key & (len(keys) - 1)
    while keys[at] != 0:
        if keys[at] == key:
            return classes[at]  # type: ignore[no-any-return]
        at = (at + 1) & (len(keys) - 1)
    return 0


@borrowing
def known(letters: Any, first: int, last: int, apart: bool, table: Any) -> tuple[int, int]:
    """The key and the class of a word: as it stands, without its s, or, said apart, without an "a" or "I" before."""
    key = key_of(letters, first, last)
    kind = looked_up(table, key)
    if kind == 0 and last - first > 3 and letters[last - 1] == 115:
        kind = looked_up(table, key_of(letters, first, last - 1))
    if kind == 0 and apart and last - first > 4 and (letters[first] == 97 or letters[first] == 105):
        kind = looked_up(table, key_of(letters, first + 1, last))
    return (kind * PRIME if kind == IDENTITY else key), kind


@borrowing
def put(page: Any, span: Any, key: int, kind: int, last: int) -> None:
    """Write one token, whose letters are those from the last token's to `last`."""
    tokens, _, filled = page
    count = filled[0]
    tokens[count, START], tokens[count, END] = span
    tokens[count, KEY], tokens[count, CLASS], tokens[count, PIECE_NO] = key, kind, filled[2]
    tokens[count, FROM], tokens[count, TO] = filled[1], last
    filled[0], filled[1] = count + 1, last


@borrowing
def put_word(data: Any, at: int, end: int, page: Any, table: Any) -> tuple[int, bool]:
    """Write the word at a byte as a token, with its class by the lexicon; where it ends, and whether it has letters."""
    lone = spaced(data, at, end)
    stop, lettered = (at + 2 * lone - 1, True) if lone > 2 else word_end(data, at, end)
    stop = max(stop, at + 1)
    key, kind, last = NUMBER * PRIME, NUMBER, page[2][1]
    if data[at] == 64 and lettered:
        key, kind = MENTION * PRIME, MENTION
    else:
        last = spell(data, (at, stop), 2 if lone > 2 else 1, lettered, page)
        if lettered:
            key, kind = known(page[1], page[2][1], last, lone > 2, table)
    put(page, (at, stop), key, kind, last)
    return stop, lettered


@borrowing
def read_tokens(text: Any, page: Any, table: Any) -> tuple[int, int]:
    """Write the tokens of a stretch; how many of its letters are Latin and how many are not.

    text  bytes, and where the stretch begins and ends
    page  tokens (SEGMENT x 7, a word or a mark each), their letters, and how many tokens, letters, sentences there are
    """
    data, at, end = text
    filled = page[2]
    filled[:] = 0
    in_piece, latin, other = 0, 0, 0
    while at < end:
        kind, size = kind_of(data, at, end)
        if kind in (LETTER, DIGIT, SIGN, FOREIGN):
            stop, lettered = put_word(data, at, end, page, table)
            if kind == FOREIGN:
                other += (stop - at) // size
            else:
                latin += stop - at if lettered else 0
            in_piece, at = in_piece + 1, stop
        else:
            if kind in (QUOTATION, SYMBOL) or data[at] == 33 or data[at] == 63:
                key = QUOTE if kind == QUOTATION else MARK + data[at + size - 1]
                put(page, (at, at + size), key * PRIME, QUOTE if kind == QUOTATION else 0, filled[1])
            at += size
        ended = kind == STOP and (at >= end or data[at] <= 32 or data[at - 1] == 10)
        if in_piece and (in_piece >= PIECE or ended):
            filled[2], in_piece = filled[2] + 1, 0
    return latin, other


@borrowing
def segment_end(data: Any, start: int, end: int) -> int:
    """Where a long text is cut: at the last blank within reach."""
    if end - start <= SEGMENT:
        return end
    at = start + SEGMENT
    while at > start + SEGMENT // 2 and data[at - 1] > 32:
        at -= 1
    return at if at > start + SEGMENT // 2 else start + SEGMENT
