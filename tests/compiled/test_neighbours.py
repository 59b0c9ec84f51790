import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.compiled.neighbours import add_rows


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), max_size=5), max_size=6))
def test_rows_are_summed(lists):
    table = np.random.default_rng(0).standard_normal((7, 4)).astype(np.float32)
    starts = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    out = np.zeros((len(lists), 4), np.float32)
    add_rows(table, np.array([one for each in lists for one in each], np.int64), starts, out)
    for row, each in zip(out, lists, strict=True):
        np.testing.assert_allclose(row, table[each].sum(axis=0), atol=1e-5)
