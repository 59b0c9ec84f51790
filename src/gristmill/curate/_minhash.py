"""Find pairs of texts that may be alike without comparing all with all: MinHash and banding.

A signature holds up to `HASHES` minima; it is cut into bands, and two texts that agree in a whole band
are candidates. With r rows in each of b bands, texts of Jaccard similarity s meet with probability
1 - (1 - s^r)^b (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, ch. 3).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gristmill.lazy import lazy
from gristmill.texts import column_of, raw

np = lazy("numpy")
pa = lazy("pyarrow")
pc = lazy("pyarrow.compute")
alphabets = lazy("gristmill.compiled.alphabet")
alike = lazy("gristmill.compiled.alike")
sketch = lazy("gristmill.compiled.sketch")

HASHES = 112
RECALL = 0.97
# Texts that are compared at a time: their bytes.
_BLOCK = 1 << 25
# Pairs that are held before those that were met again are dropped.
_PAIRS = 1 << 24
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
    """A column of texts, and for each of its rows what was read of it, as numpy arrays.

    counts  int32, words; wholes  uint64, equal for equal words; figures  uint64, equal for equal figures and signs
    bands   uint32 by band and row; loose  bool: whether the text is read in its normal form (NFKC)
    """

    column: Any
    ngram: int
    counts: Any
    wholes: Any
    figures: Any
    bands: Any
    loose: Any

    def similarity(self, lefts: Any, rights: Any) -> Any:
        """The exact Jaccard similarity of the texts of each two rows; each text is read again, block by block."""
        found = np.empty(len(lefts), np.float64)
        for start, end in self._blocks(lefts, rights):
            rows, places = np.unique(np.concatenate((lefts[start:end], rights[start:end])), return_inverse=True)
            pairs = places[: end - start], places[end - start :]
            table = alphabets.alphabet().settled()
            counts = self.counts[rows].astype(np.int64)
            found[start:end] = alike.similarities(raw(self._texts(rows)), counts, pairs, self.ngram, table)
        return found

    def _blocks(self, lefts: Any, rights: Any) -> Iterator[tuple[int, int]]:
        sizes = np.concatenate([np.diff(raw(chunk)[1]) for chunk in self.column.chunks])
        reached = np.cumsum(sizes[lefts] + sizes[rights])
        start = 0
        while start < len(lefts):
            before = reached[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(reached, before + _BLOCK)))
            yield start, end
            start = end

    def _texts(self, rows: Any) -> Any:
        """The texts of these rows, which are in order, each chunk by itself; in normal form where it must be."""
        pieces, first = [], 0
        for chunk in self.column.chunks:
            begin, end = np.searchsorted(rows, (first, first + len(chunk)))
            if begin < end:
                pieces.append(chunk.take(pa.array(rows[begin:end] - first)))
            first += len(chunk)
        texts = pa.concat_arrays(pieces)
        loose = self.loose[rows]
        if loose.any():
            mended = _normal(texts.filter(pa.array(loose))).cast(texts.type)
            texts = pc.replace_with_mask(texts, pa.array(loose), mended)
        return texts


def sketches(column: Any, ngram: int, bands: int = 0, rows: int = 0) -> Sketches:
    """What the texts of a column are like; without bands only what is equal."""
    size, table, chosen = len(column), alphabets.alphabet(), factors(bands * rows)
    out = (
        np.zeros(size, np.int32),
        np.zeros(size, np.uint64),
        np.zeros(size, np.uint64),
        np.zeros((bands, size), np.uint32),
    )
    loose, first = np.zeros(size, np.bool_), 0
    for chunk in column.chunks:
        numbers = np.arange(first, first + len(chunk))
        sketch.sketched(raw(chunk), numbers, table, ngram, chosen, out)
        mask = out[0][first : first + len(chunk)] < 0
        if mask.any():
            loose[first : first + len(chunk)] = mask
            mended = raw(_normal(chunk.filter(pa.array(mask))))
            sketch.sketched(mended, numbers[mask], table.settled(), ngram, chosen, out)
        first += len(chunk)
    return Sketches(column, ngram, *out, loose)


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
