"""The compiled loops see the words and runs that plain Python sees, whatever the bytes."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.compiled import runs
from gristmill.curate._folded import Letters, every, plain
from gristmill.text import ngrams
from gristmill.texts import raw

SIGNS = (
    "abZß1ﬁé e\u0301\u0300'’-–—_/.…#€²½™\u00ad\u200b\ufeff\ufe0f"
    "👩\u200d北が\u3099ｶﾞ ไทยำ한\u0644\u064eक्षि\x1c\x00\u2028\u00a0İΣς\U0010ffff\ue000"
)
TEXTS = st.lists(
    st.text(st.one_of(st.sampled_from(SIGNS), st.characters(exclude_categories=["Cs"])), max_size=30),
    min_size=1,
    max_size=5,
)
LETTERS = Letters()


def listed(texts, size):
    """For each text how many words it has, the hashes of its runs, and that of its whole."""
    data, starts = raw(pa.array(texts, pa.string()))
    hashes, sizes, done = np.empty(len(data) + len(texts), np.uint64), np.zeros(len(texts), np.int64), 0

    def loop(first):
        return runs.listed((data, starts), first, LETTERS.arrays, size, (hashes[done:], sizes))

    for _, filled in every(loop, len(texts), LETTERS):
        done += filled
    ends = np.cumsum(np.maximum(sizes - size + 1, 0) + 1)
    assert ends[-1] == done
    found = np.split(hashes[:done], ends[:-1])
    return [(count, one[:-1].tolist(), int(one[-1])) for count, one in zip(sizes.tolist(), found, strict=True)]


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(1, 4))
def test_equal_runs_and_only_they_have_equal_hashes(texts, size):
    by_hash, by_run = {}, {}
    for text, (count, hashes, whole) in zip(texts, listed(texts, size), strict=True):
        words = plain(text)
        assert count == len(words)
        for run, one in [*zip(ngrams(words, size), hashes, strict=True), (("whole", *words), whole)]:
            assert by_hash.setdefault(one, run) == run and by_run.setdefault(run, one) == one


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, st.integers(1, 3), st.integers(40, 200))
def test_known_runs_are_met_where_they_stand(held, texts, size, room):
    known = np.unique(np.array([one for _, hashes, _ in listed(held, size) for one in hashes], np.uint64))
    slots = np.full(64 if len(known) < 32 else 1024, -1, np.int32)
    runs.slots_of(known, slots)
    data, starts = raw(pa.array(texts, pa.string()))
    room = max(room, int(np.diff(starts).max()) + 2)
    out = tuple(np.empty(room, np.int64) for _ in range(3))
    met = []

    def loop(first):
        return runs.met((data, starts), first, LETTERS.arrays, size, (known, slots), out)

    for _, filled in every(loop, len(texts), LETTERS):
        met += list(zip(*(one[:filled].tolist() for one in out), strict=True))
    there = {run for text in held for run in ngrams(plain(text), size)}
    expected = [
        (row, place)
        for row, text in enumerate(texts)
        for place, run in enumerate(ngrams(plain(text), size))
        if run in there
    ]
    assert [entry[:2] for entry in met] == expected


def test_a_slice_of_a_column_is_read_where_it_begins():
    whole = pa.array(["one two", "three four five", "six"], pa.large_string())
    data, starts = raw(whole.slice(1, 1))
    hashes, sizes = np.empty(len(data) + 1, np.uint64), np.zeros(1, np.int64)
    runs.listed((data, starts), 0, LETTERS.arrays, 2, (hashes, sizes))
    assert sizes.tolist() == [3] and hashes[:2].tolist() == listed(["three four five"], 2)[0][1]


def test_bytes_that_end_within_a_character_are_read_no_further():
    data, found = np.array([0x61, 0x20, 0xE5, 0x8C], np.uint8), np.zeros(5, np.uint64)
    letters = LETTERS.arrays
    LETTERS.learn((0x5 << 6) | 0xC)
    assert runs.words(data, 0, 4, letters, found) == 2
