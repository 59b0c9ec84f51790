"""Find pairs of texts that may be alike without comparing all with all: MinHash and banding.

A signature holds up to `HASHES` minima; it is cut into bands, and two texts that agree in a whole band
are candidates. With r rows in each of b bands, texts of Jaccard similarity s meet with probability
1 - (1 - s^r)^b (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, ch. 3).
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

from gristmill.lazy import lazy
from gristmill.texts import column_of, raw

np = lazy("numpy")
pa = lazy("pyarrow")
alphabets = lazy("gristmill.compiled.alphabet")
alike = lazy("gristmill.compiled.alike")
sketch = lazy("gristmill.compiled.sketch")

HASHES = 112
RECALL = 0.97
# Pairs that are held before those that were met again are dropped.
_PAIRS = 1 << 24
_BYTES_OF_A_WORD = 4
_MASK = (1 << 64) - 1


def collision(similarity: float, bands: int, rows: int) -> float:
    """The chance that two texts of this Jaccard similarity are candidates."""
    return float(1 - (1 - similarity**rows) ** bands)


def banding(threshold: float) -> tuple[int, int]:
    """Bands and rows per band: the longest rows that still find `RECALL` of pairs at the threshold.

    Longer rows mean fewer pairs to compare; all candidates are compared exactly afterwards.
    """
    layouts = [(HASHES // rows, rows) for rows in range(HASHES, 0, -1)]
    return next((one for one in layouts if collision(threshold, *one) >= RECALL), (HASHES, 1))


def factors(count: int) -> Any:
    """Odd numbers of 32 bits, one for each hash; always the same (SplitMix64, Steele and others 2014)."""
    found, state = [], 1
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
        found.append((mixed ^ mixed >> 31) >> 32 | 1)
    return np.array(found, np.uint32)


@dataclass(frozen=True, slots=True)
class Sketches:
    """What was read of each row of a column of texts, as numpy arrays.

    wholes  uint64, equal for equal words; figures  uint64, equal for equal figures and signs
    bands   uint32 by band and row
    runs    uint32, the runs of words of all rows; those of a row are so many, `sizes`, from `begins` on
    """

    wholes: Any
    figures: Any
    bands: Any
    begins: Any
    sizes: Any
    runs: Any

    def similarity(self, lefts: Any, rights: Any) -> Any:
        """The Jaccard similarity of the runs of words of each two rows, to a few parts in 2 to the 32."""
        return alike.similarities(self.runs, self.begins, self.sizes, (lefts, rights))


def sketches(column: Any, ngram: int, bands: int = 0, rows: int = 0) -> Sketches:
    """What the texts of a column are like; without bands only what is equal, and their runs of words."""
    size, table, chosen = len(column), alphabets.alphabet(), factors(bands * rows)
    counts = np.zeros(size, np.int32)
    out = (
        counts,
        np.zeros(size, np.uint64),
        np.zeros(size, np.uint64),
        np.zeros((bands, size), np.uint32),
        np.zeros(size, np.int64),
        np.zeros(size, np.int32),
    )
    # Memory is taken when it is written: room for as many words as the bytes of most languages hold costs nothing.
    room, first = (np.empty(column.nbytes // _BYTES_OF_A_WORD, np.uint32), 0), 0
    for chunk in column.chunks:
        numbers = np.arange(first, first + len(chunk))
        room = sketch.sketched((*raw(chunk), numbers), table, ngram, chosen, out, room)
        loose = counts[numbers] < 0
        if loose.any():
            mended = raw(_normal(chunk.filter(pa.array(loose))))
            room = sketch.sketched((*mended, numbers[loose]), table.settled(), ngram, chosen, out, room)
        first += len(chunk)
    runs, filled = room
    return Sketches(*out[1:], runs[:filled])


def _normal(texts: Any) -> Any:
    return column_of([unicodedata.normalize("NFKC", text) for text in texts.to_pylist()]).combine_chunks()


def candidates(bands: Any, rows: Any) -> tuple[Any, Any]:
    """Pairs of places in `rows` (lower, higher) that agree in a band; pairs of one cluster stand together."""
    numbers, found = np.arange(len(rows), dtype=np.uint64), [np.zeros(0, np.uint64)]
    for band in bands:
        found.append(alike.met(np.sort(band[rows].astype(np.uint64) << np.uint64(32) | numbers)))
        if sum(map(len, found)) > _PAIRS:
            found = [np.unique(np.concatenate(found))]
    pairs = np.unique(np.concatenate(found))
    highs, lows = (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
    near = np.lexsort((highs, lows, alike.tops(len(rows), lows, highs)[lows]))
    return lows[near], highs[near]
