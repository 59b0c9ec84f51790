"""Count hashed words of texts, and score rows of such counts by weights and back."""

import numpy as np

from gristmill.compiled._loops import compiled

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@compiled
def word_places(data, starts, bits, rows, places):
    """Put row and place of each word, and of each pair of neighbours, of texts of UTF-8; say how many there are.

    A word is a run of ASCII letters in either case, of digits, and of bytes beyond ASCII; its place is a hash.
    """
    count = 0
    shift = np.uint64(64 - bits)
    for row in range(len(starts) - 1):
        last, word, inside = np.uint64(0), _SEED, False
        for at in range(starts[row], starts[row + 1] + 1):
            byte = data[at] if at < starts[row + 1] else np.uint8(32)
            if 65 <= byte <= 90:
                byte = np.uint8(byte + 32)
            if byte >= 128 or 97 <= byte <= 122 or 48 <= byte <= 57 or (byte == 39 and inside):
                word, inside = (word ^ np.uint64(byte)) * _PRIME, True
            elif inside:
                rows[count], places[count] = row, np.int64((word * _SPREAD) >> shift)
                count += 1
                if last != 0:
                    rows[count], places[count] = row, np.int64(((last * _PRIME ^ word) * _SPREAD) >> shift)
                    count += 1
                last, word, inside = word, _SEED, False
    return count


@compiled
def scores(starts, places, values, weights, out):
    """Add to each row of `out` the weights at its places, times their values."""
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            for label in range(out.shape[1]):
                out[row, label] += values[at] * weights[places[at], label]


@compiled
def pulls(starts, places, values, errors, out):
    """Add to `out` at each place of a row its value times the row's errors: the gradient of `scores`."""
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            for label in range(out.shape[1]):
                out[places[at], label] += values[at] * errors[row, label]
