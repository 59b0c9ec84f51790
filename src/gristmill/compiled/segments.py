"""Runs of tokens that stand twice in many texts, told from their UTF-8 bytes."""

import numpy as np

from gristmill.compiled._loops import compiled


@compiled
def _step(data, at):
    """How many bytes from here: negative for a character that is a token by itself, 0 for a space."""
    byte = data[at]
    if byte < 128:
        word = 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == 95
        if word:
            return 1
        return 0 if byte == 32 or 9 <= byte <= 13 else -1
    if byte < 0xE0:
        return 2 if byte >= 0xC0 else 1
    if byte >= 0xF0:
        return -4 if data[at + 1] >= 0xA0 else 4
    second = data[at + 1]
    # Scripts without spaces: Thai and Lao, Burmese, Khmer, Japanese and Chinese.
    alone = (
        (byte == 0xE0 and 0xB8 <= second <= 0xBB)
        or (byte == 0xE1 and (0x80 <= second <= 0x82 or second == 0x9E or second == 0x9F))
        or 0xE3 <= byte <= 0xE9
    )
    return -3 if alone else 3


@compiled
def tokens(data, starts, first, told):
    """Write where each token begins and ends, and a hash of it, as three rows; with no room for it, only count.

    A token is a word, or one character of a script without spaces, or one sign. `first` becomes the number of the
    first token of each text. How many tokens there are is returned.
    """
    write = told.shape[1] > 0
    count = 0
    for text in range(len(starts) - 1):
        first[text] = count
        at = starts[text]
        last = starts[text + 1]
        while at < last:
            step = _step(data, at)
            if step == 0:
                at += 1
                continue
            start = at
            at += abs(step)
            while step > 0 and at < last:
                step = _step(data, at)
                if step > 0:
                    at += step
            if write:
                mixed = -3750763034362895579
                for place in range(start, at):
                    mixed = (mixed ^ data[place]) * 1099511628211
                told[0, count], told[1, count], told[2, count] = start, at, mixed ^ (mixed >> 29)
            count += 1
    first[len(starts) - 1] = count
    return count


@compiled
def _same(data, told, one, other, count):
    for number in range(count):
        start, begin = told[0, one + number], told[0, other + number]
        length = told[1, one + number] - start
        if told[1, other + number] - begin != length:
            return False
        for place in range(length):
            if data[start + place] != data[begin + place]:
                return False
    return True


@compiled
def repeated(data, first, told, window, cut):
    """Mark in `cut` each token of a window that an earlier one, not overlapping it, equals; how many are marked."""
    size = 1024
    while size < 2 * told.shape[1]:
        size *= 2
    seen = np.full(size, -1, np.int64)
    kept = np.zeros(size, np.int64)
    factor, power = -7046029254386353131, 1
    for _ in range(window):
        power *= factor
    marked = 0
    for text in range(len(first) - 1):
        rolling, done = 0, first[text]
        for end in range(first[text], first[text + 1]):
            rolling = rolling * factor + told[2, end]
            start = end - window + 1
            if start < first[text]:
                continue
            if start > first[text]:
                rolling -= told[2, start - 1] * power
            slot = ((rolling ^ (rolling >> 31)) * 3935559000370003845 >> 20) & (size - 1)
            while seen[slot] >= 0 and not (kept[slot] == rolling and _same(data, told, seen[slot], start, window)):
                slot = (slot + 1) & (size - 1)
            if seen[slot] < 0:
                seen[slot], kept[slot] = start, rolling
            elif seen[slot] + window <= start:
                for place in range(max(start, done), end + 1):
                    marked += 1
                    cut[place] = 1
                done = end + 1
    return marked
