"""Find pairs of texts that may be alike without comparing all with all: MinHash and banding.

A signature holds `HASHES` minima; it is cut into bands, and two texts that agree in a whole band
are candidates. With r rows in each of b bands, texts of Jaccard similarity s meet with probability
1 - (1 - s^r)^b (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, ch. 3).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from gristmill.engine import col, collect, frame
from gristmill.lazy import lazy

pa = lazy("pyarrow")
HASHES = 128
RECALL = 0.97
# In a bucket of very many texts each meets this many before it, and the first: enough to join them.
NEIGHBOURS = 16


def collision(similarity: float, bands: int, rows: int) -> float:
    """The chance that two texts of this Jaccard similarity are candidates."""
    return float(1 - (1 - similarity**rows) ** bands)


def banding(threshold: float) -> tuple[int, int]:
    """Bands and rows per band: the longest rows that still find `RECALL` of pairs at the threshold.

    Longer rows mean fewer pairs to compare; all candidates are compared exactly afterwards.
    """
    layouts = [(HASHES // rows, rows) for rows in range(HASHES, 0, -1)]
    return next((one for one in layouts if collision(threshold, *one) >= RECALL), (HASHES, 1))


def signed(texts: Sequence[str], ngram: int, hashes: int = HASHES) -> Any:
    """A dataframe of `row` and `signature`; texts are terms joined by one space."""
    table = pa.table({"row": list(range(len(texts))), "text": list(texts)})
    signature = col("text").minhash(num_hashes=hashes, ngram_size=ngram, seed=1, hash_function="murmurhash3")
    return frame(table).select(col("row"), signature.alias("signature"))


def candidates(texts: Sequence[str], ngram: int, bands: int, rows: int) -> set[tuple[int, int]]:
    """Pairs of positions (lower first) that agree in a band."""
    names = [f"band{band}" for band in range(bands)]
    buckets = [
        col("signature").slice(band * rows, (band + 1) * rows).hash().alias(name) for band, name in enumerate(names)
    ]
    entries = signed(texts, ngram, bands * rows).select(col("row"), *buckets).unpivot(["row"], names, "band", "bucket")
    grouped = entries.groupby("band", "bucket").agg(col("row").list_agg().alias("rows"))
    shared = collect(grouped.where(col("rows").list_count() > 1)).column("rows")
    return {pair for members in shared for pair in _pairs(sorted(members.as_py()))}


def _pairs(members: Sequence[int]) -> Iterator[tuple[int, int]]:
    for place, later in enumerate(members):
        for earlier in members[max(0, place - NEIGHBOURS) : place]:
            yield earlier, later
        if place > NEIGHBOURS:
            yield members[0], later
