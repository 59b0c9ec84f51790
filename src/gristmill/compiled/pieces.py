"""Cut texts at line breaks and ends of sentences, and count the letters of each piece."""

import numpy as np

from gristmill.compiled._loops import compiled


@compiled
def is_form(second, third):
    """Whether U+F000 and above, by its second and third byte, is a form of a letter (ligature, wide, narrow)."""
    if second == 0xBB:
        return third != 0xBF
    if second == 0xBC:
        return third >= 0xA1
    if second == 0xBD:
        return 0x81 <= third <= 0x9A or third >= 0xA6
    return 0xA4 <= second < 0xB8 or second == 0xBA or second == 0xBE


@compiled
def is_sign(first, second):
    """Whether U+00C0 to U+07FF, by its two bytes, is a sign of Latin or Arabic script, an Arabic digit or a mark."""
    if first == 0xD8:
        return second < 0xA0
    if first == 0xD9:
        return 0xA0 <= second <= 0xA9
    if first == 0xDB:
        return second == 0x94 or 0xB0 <= second <= 0xB9
    return first == 0xCC or (first == 0xC3 and second & 0xDF == 0x97)


@compiled
def letter(data, at):
    """What the character whose first byte stands there weighs: a letter 1, a Han, Kana or Hangul letter 3, else 0.

    Digits, signs, emoji and most marks weigh nothing.
    """
    first = data[at]
    if first < 0x80:
        return 1 if 97 <= (first | 32) <= 122 else 0
    if first < 0xC3 or at + 1 >= len(data):
        return 0
    second, third = data[at + 1], data[at + 2] if at + 2 < len(data) else 0
    if first <= 0xDF:
        return 0 if is_sign(first, second) else 1
    if first <= 0xE1:
        return 0 if first == 0xE0 and second == 0xA5 and 0xA4 <= third <= 0xAF else 1
    if first == 0xE2:
        return 1 if second >= 0xB0 else 0
    if first <= 0xED:
        return 0 if first == 0xE3 and second == 0x80 else 3
    if first == 0xEF:
        return 1 if is_form(second, third) else 0
    if first == 0xF0:
        return 3 if second >= 0xA0 else 1 if second < 0x9D else 0
    return 0


@compiled
def ends_sentence(data, at, start):
    """Whether the byte before this place ends a sentence in Latin, Chinese, Devanagari or Arabic script."""
    before = data[at - 1]
    if before == 46 or before == 33 or before == 63:
        return True
    if at - start < 3 or before < 0x80:
        return False
    lead, middle = data[at - 3], data[at - 2]
    if lead == 0xE3:
        return middle == 0x80 and before == 0x82
    if lead == 0xEF:
        return middle == 0xBC and (before == 0x81 or before == 0x9F)
    if lead == 0xE0:
        return middle == 0xA5 and (before == 0xA4 or before == 0xA5)
    return middle == 0xDB and before == 0x94


@compiled
def cut(data, starts, least):
    """Pieces of texts: for each text where its pieces begin in the list, for each piece its end and its letters.

    A piece ends before a line break, or before white space after a sentence once it has so many letters. The
    pieces of a text are the whole text.
    """
    texts = len(starts) - 1
    most = texts + int((starts[texts] - starts[0]) // max(least, 1)) + 1
    for at in range(starts[0], starts[texts]):
        most += data[at] == 10
    ends, letters, first = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(texts + 1, np.int64)
    piece = 0
    for text in range(texts):
        begin, weight = starts[text], 0
        for at in range(begin, starts[text + 1]):
            byte = data[at]
            if byte == 10 or (byte == 32 and weight >= least and ends_sentence(data, at, begin)):
                ends[piece], letters[piece] = at, weight
                piece += 1
                weight = 0
            elif byte > 32:
                weight += letter(data, at) if byte & 0xC0 != 0x80 else 0
        ends[piece], letters[piece] = starts[text + 1], weight
        piece += 1
        first[text + 1] = piece
    return first, ends[:piece], letters[:piece]
