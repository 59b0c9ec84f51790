"""What a text is like, in few numbers: signatures of its runs of words (MinHash), cut into bands."""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing, compiled
from gristmill.compiled._terms import CRAMPED, HALF, PRIME, SEED, UNSETTLED, shingles, terms


@borrowing
def signature(runs: Any, factors: Any, lowest: Any) -> None:
    """MinHash: for each factor the lowest of all runs times the factor, modulo 2 to the 32.

    Runs are mixed numbers and an odd factor makes a permutation, so that two signatures agree in a place with the
    chance of their Jaccard similarity (Broder 1997).
    """
    lowest[:] = np.uint32(0xFFFFFFFF)
    for run in runs:
        one = np.uint32(run)
        for place in range(len(lowest)):
            lowest[place] = min(lowest[place], np.uint32(one * factors[place]))


@borrowing
def _whole(words: Any) -> Any:
    """All words in order as two numbers: that of the text, and that of its figures and signs alone."""
    text, figures = SEED, SEED
    for word in words:
        text = (text ^ word) * PRIME
        text ^= text >> HALF
        if word & np.uint64(1):
            figures = (figures ^ word) * PRIME
            figures ^= figures >> HALF
    return text, figures


@borrowing
def _banded(lowest: Any, bands: Any, row: int) -> None:
    width = len(lowest) // len(bands)
    for band in range(len(bands)):
        key = SEED
        for place in range(band * width, (band + 1) * width):
            key = (key ^ np.uint64(lowest[place])) * PRIME
            key ^= key >> HALF
        bands[band, row] = np.uint32(key)


@borrowing
def _keep(words: Any, runs: int, kept: Any, filled: int) -> None:
    for place in range(runs):
        kept[filled + place] = np.uint32(words[place])


@compiled
def sketched(texts: Any, alphabet: Any, ngram: int, factors: Any, out: Any, room: Any) -> tuple[Any, int]:
    """For texts = (bytes, starts, rows), each at its row: words counted, both numbers of the whole, a key per band.

    out = (counts int32, wholes uint64, figures uint64, bands uint32 by band and row, begins int64, sizes int32). A
    count of -1 stands for a text that must be brought to its normal form first. Without factors no keys are made.
    room = (the runs of words of texts before these, uint32, and how many they are); returned with those of these texts
    after them, a row's from `begins` on, so many as its `sizes`.
    """
    data, starts, rows = texts
    counts, wholes, figures, bands, begins, sizes = out
    words, lowest = np.empty(1024, np.uint64), np.empty(len(factors), np.uint32)
    kept, filled = room
    for place in range(len(rows)):
        row = rows[place]
        count = terms((data, starts[place], starts[place + 1]), alphabet, words)
        while count == CRAMPED:
            words = np.empty(2 * len(words), np.uint64)
            count = terms((data, starts[place], starts[place + 1]), alphabet, words)
        counts[row] = count
        if count == UNSETTLED:
            continue
        wholes[row], figures[row] = _whole(words[:count])
        runs = shingles(words, count, ngram)
        if len(factors):
            signature(words[:runs], factors, lowest)
            _banded(lowest, bands, row)
        if filled + runs > len(kept):
            more = np.empty(2 * (filled + runs), np.uint32)
            more[:filled] = kept[:filled]
            kept = more
        _keep(words, runs, kept, filled)
        begins[row], sizes[row] = filled, runs
        filled += runs
    return kept, filled
