import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.compiled.label_scores import pulls, scores, word_places
from gristmill.texts import raw


def places(texts, bits=20):
    data, starts = raw(pa.array(texts, pa.large_string()))
    room = int(starts[-1]) + len(texts) + 2
    rows, found = np.empty(room, np.int64), np.empty(room, np.int64)
    count = word_places(data, starts, bits, rows, found)
    return [sorted(found[:count][rows[:count] == row].tolist()) for row in range(len(texts))]


def test_words_and_pairs_of_neighbours_are_counted():
    one, same, longer, none = places(["red dog", "Red, DOG!", "red dog runs", " ."])
    assert len(one) == 3
    assert one == same
    assert len(longer) == 5
    assert set(one) < set(longer)
    assert none == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=5), st.integers(1, 20))
def test_places_stay_in_bounds_and_rows_apart(texts, bits):
    found = places(texts, bits)
    assert all(0 <= place < 1 << bits for row in found for place in row)
    assert [places([text], bits)[0] for text in texts] == found


def test_scores_and_their_gradient_are_products_with_a_matrix():
    draw = np.random.default_rng(0)
    dense = draw.standard_normal((5, 9)) * (draw.random((5, 9)) < 0.4)
    row, place = np.nonzero(dense)
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=5))])
    weights, errors = draw.standard_normal((9, 3)), draw.standard_normal((5, 3))
    out, back = np.zeros((5, 3)), np.zeros((9, 3))
    scores(starts, place, dense[row, place], weights, out)
    pulls(starts, place, dense[row, place], errors, back)
    np.testing.assert_allclose(out, dense @ weights)
    np.testing.assert_allclose(back, dense.T @ errors)
