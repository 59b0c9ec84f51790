import math

import numpy as np
import pyarrow as pa
import pytest

from gristmill.compiled._terms import shingles
from gristmill.compiled.sketch import signature
from gristmill.curate._minhash import HASHES, candidates, collision, factors, sketches


def runs_alike(shared: int, own: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of mixed numbers with Jaccard similarity shared / (shared + 2 own)."""
    drawn = np.random.default_rng(seed).integers(0, 2**63, shared + 2 * own, np.uint64)
    return drawn[: shared + own], np.concatenate((drawn[:shared], drawn[shared + own :]))


@pytest.mark.parametrize(("shared", "own"), [(20, 10), (40, 5), (90, 5)])
def test_signatures_estimate_the_similarity_within_three_sigma(shared, own):
    count, similarity, errors = 600, shared / (shared + 2 * own), []
    left, right = np.empty(HASHES, np.uint32), np.empty(HASHES, np.uint32)
    for pair in range(count):
        one, other = runs_alike(shared, own, pair)
        signature(one, factors(HASHES), left)
        signature(other, factors(HASHES), right)
        errors.append(float((left == right).mean()) - similarity)
    sigma = math.sqrt(similarity * (1 - similarity) / HASHES)
    assert sum(abs(error) <= 3 * sigma for error in errors) >= 0.99 * count
    assert abs(sum(errors) / count) <= 3 * sigma / math.sqrt(count)


@pytest.mark.parametrize("similarity", [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9])
def test_meetings_in_14_bands_of_8_lie_within_three_sigma_of_the_table(similarity):
    count, words = 3000, 120
    shared = round(similarity * words)
    own = (words - shared) // 2
    true = shared / (shared + 2 * own)
    texts = []
    for pair in range(count):
        both = [f"p{pair}x{number}" for number in range(shared)]
        texts += [" ".join(both + [f"p{pair}{side}{number}" for number in range(own)]) for side in "yz"]
    found = sketches(pa.chunked_array([texts]), 1, 14, 8)
    lows, highs = candidates(found.bands, np.arange(2 * count))
    assert (lows // 2 == highs // 2).all()
    expected = collision(true, 14, 8)
    assert abs(len(lows) / count - expected) <= 3 * math.sqrt(expected * (1 - expected) / count) + 1e-9


def test_runs_of_words_are_told_apart_by_order_and_number():
    def runs(words: list[int], ngram: int) -> list[int]:
        held = np.array(words, np.uint64)
        return held[: shingles(held, len(words), ngram)].tolist()

    assert len(set(runs([1, 2, 1, 2, 1], 2))) == 2
    assert runs([1, 2, 3], 2)[1:] == runs([2, 3], 2) == runs([2, 3], 2)
    assert runs([1, 2], 3) != runs([2, 1], 3)
    assert len({*runs([7], 3), *runs([7, 7], 3), *runs([7, 7, 7], 3)}) == 3
