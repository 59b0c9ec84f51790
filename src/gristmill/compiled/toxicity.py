"""Signs of hate and abuse in windows of a text's sentences, and the scores of these windows.

Source of the manner: linear classification of hashed word and character n-grams, and the classes of a lexicon in
their order, as in hate speech work since Waseem and Hovy 2016; written for this package.
"""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing
from gristmill.compiled._toxic_tokens import (
    CLASS,
    END,
    FROM,
    IDENTITY,
    KEY,
    LEXICAL,
    PIECE_NO,
    PRIME,
    SEED,
    SEGMENT,
    START,
    TO,
    read_tokens,
    segment_end,
)

BUCKETS = 1 << 17
WINDOW = 32
REACH_TOKENS, REACH_CLASSES, NEAR = 12, 7, 3


@borrowing
def mixed(key: int, more: int) -> int:
    """A key of two keys in this order."""
    both = (key ^ (more + 0x9E3779B97F4A7C1 + (key << 6) + (key >> 2))) * PRIME
    return both ^ (both >> 32)


@borrowing
def noted(key: int, salt: int, bag: Any) -> None:
    """Note a sign once in each window."""
    seen, found, count = bag
    key = mixed(key, salt)
    bucket = (key ^ (key >> 17)) & (BUCKETS - 1)
    found[count[0]] = bucket
    count[0] += 1 - seen[bucket]
    seen[bucket] = 1


@borrowing
def classed(tokens: Any, at: int) -> int:
    """A token as its class when the class says more than the word, else as itself."""
    kind = tokens[at, CLASS]
    return kind * PRIME if 0 < kind <= LEXICAL else tokens[at, KEY]  # type: ignore[no-any-return]


@borrowing
def word_signs(tokens: Any, at: int, high: int, bag: Any) -> None:
    """A word, and it with one and two words after it."""
    key = tokens[at, KEY]
    for next in range(at, min(at + 3, high)):
        if next > at:
            key = mixed(key, tokens[next, KEY])
        noted(key, next - at + 1, bag)


@borrowing
def phrase_signs(tokens: Any, at: int, high: int, bag: Any) -> None:
    """A word with one to three words after it, put as their classes."""
    key = classed(tokens, at)
    for next in range(at + 1, min(at + 4, high)):
        key = mixed(key, classed(tokens, next))
        noted(key, 10 + next - at, bag)


@borrowing
def class_signs(tokens: Any, at: int, high: int, bag: Any) -> None:
    """A word's class, and it with the classes of words after it, near and afar."""
    kind = tokens[at, CLASS]
    if kind == 0:
        return
    noted(kind, 4, bag)
    before, key, seen = kind, kind, 0
    for next in range(at + 1, min(at + REACH_TOKENS, high)):
        other = tokens[next, CLASS]
        if other == 0 or seen == REACH_CLASSES:
            continue
        seen += 1
        noted(mixed(kind, other), 5 if next - at <= NEAR else 6, bag)
        key = mixed(key, other) if seen <= 3 else mixed(mixed(kind, before), other)
        if seen <= 3 or before != other:
            noted(key, 6 + seen if seen <= 3 else 20, bag)
        before = other


@borrowing
def letter_signs(tokens: Any, at: int, letters: Any, bag: Any) -> None:
    """One to three letters in a row after a word's first, its end told; the name of a group is left out."""
    first, last = tokens[at, FROM], tokens[at, TO]
    if tokens[at, CLASS] == IDENTITY or last - first < 3:
        return
    # The shipped weights are those of these very signs: other lengths or edges want new weights.
    for start in range(first + 1, last + 1):
        key = (SEED ^ 32) * PRIME
        for next in range(start, min(start + 3, last + 1)):
            letter = 32
            if next < last:
                letter = letters[next]
            key = (key ^ letter) * PRIME
            noted(key, 30, bag)


@borrowing
def window_end(tokens: Any, count: int, low: int) -> tuple[int, int]:
    """Where the window that begins with this token's sentence ends, and where the next one begins.

    A window is as many sentences as fit, at least one; `count` tokens in all.
    """
    high, following = low, count
    while high < count:
        last = high
        while last < count and tokens[last, PIECE_NO] == tokens[high, PIECE_NO]:
            last += 1
        if high > low and last - low > WINDOW:
            break
        following = last if high == low else following
        high = last
    return high, count if high == count else following


@borrowing
def signs(page: Any, low: int, high: int, bag: Any) -> tuple[int, int, int]:
    """The distinct signs of a window: how many by words, with those by classes, with those by letters.

    bag  a mark for each bucket that was found (uint8), the buckets found, how many
    """
    tokens, letters, _ = page
    seen, found, count = bag
    for at in range(count[0]):
        seen[found[at]] = 0
    count[0] = 0
    for at in range(low, high):
        word_signs(tokens, at, high, bag)
    words = count[0]
    for at in range(low, high):
        phrase_signs(tokens, at, high, bag)
        class_signs(tokens, at, high, bag)
    classes = count[0]
    for at in range(low, high):
        letter_signs(tokens, at, letters, bag)
    return words, classes, count[0]


@borrowing
def weighed(found: Any, ends: Any, model: Any, head: int) -> float:
    """The score of a window's signs before the logistic curve."""
    weights, scales = model
    total, first = scales[head, 3], 0
    for group in range(3):
        last, own = ends[group], 0
        for at in range(first, last):
            own += weights[head, found[at]]
        if last > first:
            total += own * scales[head, group] / np.sqrt(last - first)
        first = last
    return total  # type: ignore[no-any-return]


@borrowing
def judge_windows(page: Any, bag: Any, model: Any, row: int, told: Any) -> None:
    """Note in told = (scores, spans) at a row what the windows of a stretch score, where that is more than before."""
    tokens, count = page[0], page[2][0]
    scores, spans = told
    low = count - count
    while low < count:
        high, following = window_end(tokens, count, low)
        ends = signs(page, low, high, bag)
        for head in range(scores.shape[1]):
            score = weighed(bag[1], ends, model, head)
            if score > scores[row, head]:
                scores[row, head] = score
                spans[row, head, 0], spans[row, head, 1] = tokens[low, START], tokens[high - 1, END]
        low = following


@borrowing
def judge_texts(texts: Any, table: Any, model: Any, room: Any, told: Any) -> None:
    """Judge texts = (bytes, starts) with a blank page and bag into told = (scores, spans, counts of letters)."""
    data, starts = texts
    page, bag = room
    scores, spans, counts = told
    for row in range(len(starts) - 1):
        start, end = starts[row], starts[row + 1]
        while start < end:
            stop = segment_end(data, start, end)
            latin, other = read_tokens((data, start, stop), page, table)
            counts[row, 0] += latin
            counts[row, 1] += other
            judge_windows(page, bag, model, row, (scores, spans))
            start = stop


def blank() -> tuple[Any, Any]:
    """An empty page for tokens and an empty bag for signs."""
    page = np.zeros((SEGMENT + 8, 7), np.int64), np.zeros(2 * SEGMENT, np.uint8), np.zeros(3, np.int64)
    return page, (np.zeros(BUCKETS, np.uint8), np.zeros(BUCKETS + 1, np.int64), np.zeros(1, np.int64))


def judge(texts: Any, table: Any, model: Any) -> tuple[Any, Any, Any]:
    """Each text's highest score of each head, the bytes of that window, and how many letters are Latin or not.

    texts  UTF-8 bytes, and where each text begins (one more than texts)
    table  the lexicon: keys and classes
    model  weights (int8, a row for each head); scales (a row for each head: factors of the three groups and the bias)
    Returns scores (rows x heads), spans (rows x heads x 2), letters (rows x 2).
    """
    rows, heads = len(texts[1]) - 1, len(model[0])
    scores, spans = np.full((rows, heads), -99.0), np.zeros((rows, heads, 2), np.int64)
    told = scores, spans, np.zeros((rows, 2), np.int64)
    judge_texts(texts, table, model, blank(), told)
    return told
