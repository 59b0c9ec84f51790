from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.compiled import alike
from gristmill.curate._minhash import sketches

LINKS = st.integers(1, 7).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.dictionaries(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] < pair[1]),
            st.sampled_from([0.7, 0.8, 1.0]),
        ),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(-1, 1)), max_size=12),
    )
)


def pairs_met(buckets: list[int]) -> set[tuple[int, int]]:
    keys = np.sort(np.array([bucket << 32 | number for number, bucket in enumerate(buckets)], np.uint64))
    return {(int(pair) & 0xFFFFFFFF, int(pair) >> 32) for pair in alike.met(keys)}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=14))
def test_those_of_one_bucket_meet(buckets):
    assert pairs_met(buckets) == {(a, b) for a, b in combinations(range(len(buckets)), 2) if buckets[a] == buckets[b]}


def test_a_bucket_of_very_many_is_joined_without_comparing_all():
    met = pairs_met([5] * 3000)
    assert len(met) <= 3000 * (alike.FIRST + alike.LAST)
    assert {(0, later) for later in range(1, 3000)} | {(one, one + 1) for one in range(2999)} <= met


def similarity(one: str, other: str, ngram: int) -> float:
    read = sketches(pa.chunked_array([[one], [other]]), ngram)
    found = read.similarity(np.array([0, 0]), np.array([1, 0]))
    assert found[1] == 1 and read.similarity(np.array([1]), np.array([0])).tolist() == found[:1].tolist()
    return float(found[0])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 6))
def test_similarity_is_that_of_the_runs(one, other, ngram):
    runs = [{tuple(words[at : at + ngram]) for at in range(max(1, len(words) - ngram + 1))} for words in (one, other)]
    expected = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
    assert similarity(" ".join(one), " ".join(other), ngram) == expected


def test_a_text_shorter_than_a_run_equals_only_itself():
    assert similarity("a", "A!", 2) == similarity("", "", 2) == 1
    assert similarity("a ﬁ " * 2000, "A FI " * 3000, 2) == 1
    assert similarity("a", "", 2) == similarity("a b", "b a", 3) == similarity("a", "a a", 3) == 0


@settings(max_examples=60, deadline=None)
@given(LINKS)
def test_clusters_are_named_by_their_lowest_member(drawn):
    size, links, _ = drawn
    roots = list(range(size))
    for _ in range(size):
        for one, other in links:
            roots[one] = roots[other] = min(roots[one], roots[other])
    lefts, rights = np.array([a for a, _ in links], np.int64), np.array([b for _, b in links], np.int64)
    assert alike.tops(size, lefts, rights).tolist() == roots


@settings(max_examples=200, deadline=None)
@given(LINKS)
def test_rows_are_settled_as_by_a_plain_reading_of_the_rule(drawn):
    size, links, rows = drawn
    near = {entry: {entry: 1.0} for entry in range(size)}
    for (one, other), score in links.items():
        near[one][other] = near[other][one] = score
    order = [sorted(near[entry], key=lambda other: (-near[entry][other], other)) for entry in range(size)]
    begins = np.cumsum([0, *map(len, order)])
    flat = np.array([other for others in order for other in others], np.int64)
    entries, families = (np.array([row[which] for row in rows], np.int64) for which in (0, 1))
    states, twins, places = alike.settled(begins, flat, entries, families.astype(np.int32))
    kept: list[int] = []
    gone: list[int] = []
    for row, (entry, family) in enumerate(rows):

        def nearest(among: list[int], entry: int = entry, family: int = family) -> int:
            strangers = [one for one in among if family < 0 or rows[one][1] != family]
            return next((one for other in order[entry] for one in strangers if rows[one][0] == other), -1)

        twin = nearest(kept)
        state = alike.GOES if twin >= 0 else alike.CHAINED if nearest(gone) >= 0 else alike.PASSES
        assert (states[row], twins[row]) == (state, twin if twin >= 0 else nearest(gone))
        if twins[row] >= 0:
            assert flat[places[row]] == rows[twins[row]][0]
        (gone if twin >= 0 else kept).append(row)


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_is_settled_of_nothing(size):
    states, _, _ = alike.settled(np.arange(size + 1), np.arange(size), np.arange(size), np.full(size, -1, np.int32))
    assert states.tolist() == [alike.PASSES] * size
