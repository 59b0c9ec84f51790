"""Intervals hold the truth as often as they say, clusters widen them, and luck is called luck."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.entries import Row
from gristmill.intervals import clusters_of, gains, intervals
from gristmill.measuring import Metric


class Mean(Metric):
    scores: ClassVar[tuple[str, ...]] = ("mean",)
    reads: ClassVar[tuple[str, ...]] = ()

    def statistics(self, rows: Sequence[Row], said: Sequence[str]) -> Any:
        return np.array([[float(one), 1.0] for one in said])

    def totals(self, sums: Any) -> Mapping[str, Any]:
        with np.errstate(invalid="ignore"):
            return {"mean": sums[..., 0] / sums[..., 1]}


def sheet(values: Any) -> Any:
    return np.stack([np.asarray(values, float), np.ones(len(values))], axis=1)


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random, held = np.random.default_rng(5), 0
    for _ in range(200):
        values = random.random(80) < 0.6
        found = intervals(Mean(), sheet(values), np.arange(80), 3)["mean"]
        held += found.low <= 0.6 <= found.high
    # 190 are wanted; three standard deviations are 9, and percentiles of so few rows are a little narrow.
    assert 177 <= held <= 199


def test_rows_of_one_cluster_count_as_one() -> None:
    values = np.repeat(np.random.default_rng(1).random(30) < 0.5, 20)
    alone = intervals(Mean(), sheet(values), np.arange(600), 3)["mean"]
    together = intervals(Mean(), sheet(values), np.repeat(np.arange(30), 20), 3)["mean"]
    assert alone.value == together.value
    assert 3.5 < (together.high - together.low) / (alone.high - alone.low) < 5.5


def test_one_cluster_has_a_value_and_no_interval() -> None:
    found = intervals(Mean(), sheet([1, 0]), np.zeros(2, int), 3)["mean"]
    assert (found.value, found.low, found.high) == (0.5, None, None)
    gain = gains(Mean(), sheet([1, 1]), sheet([0, 1]), np.zeros(2, int), 3)["mean"]
    assert (gain.value, gain.low, gain.high, gain.chance) == (0.5, None, None, None)


def test_a_score_that_is_none_has_no_interval() -> None:
    found = intervals(Mean(), np.zeros((4, 2)), np.arange(4), 3)["mean"]
    assert np.isnan(found.value)
    assert (found.low, found.high) == (None, None)


def test_paired_rows_show_a_gain_that_two_intervals_hide() -> None:
    random = np.random.default_rng(2)
    hard = random.random(300)
    base, ours = hard, hard + 0.03
    gain = gains(Mean(), sheet(ours), sheet(base), np.arange(300), 3)["mean"]
    assert gain.low == pytest.approx(0.03) == gain.high
    assert gain.chance < 0.001
    mine = intervals(Mean(), sheet(ours), np.arange(300), 3)["mean"]
    assert mine.low < intervals(Mean(), sheet(base), np.arange(300), 3)["mean"].high


def test_luck_is_called_luck_about_as_often_as_it_comes() -> None:
    random, small = np.random.default_rng(9), 0
    for _ in range(100):
        ours, base = random.random(40) < 0.5, random.random(40) < 0.5
        small += gains(Mean(), sheet(ours), sheet(base), np.arange(40), 3)["mean"].chance < 0.05
    assert small <= 11


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["a", "b", "c", ""])), min_size=2, max_size=20), st.randoms()
)
def test_the_order_of_rows_changes_nothing(rows: list[tuple[int, str]], random: Any) -> None:
    mixed = sorted(rows)
    again = list(mixed)
    random.shuffle(again)
    first, second = (
        intervals(Mean(), sheet([value for value, _ in some]), clusters_of([name for _, name in some]), 3)["mean"]
        for some in (mixed, again)
    )
    assert first.value == pytest.approx(second.value)
    # Which cluster is which number depends on the order; what is drawn of them differs by luck alone.
    assert (first.low is None) == (second.low is None)


def test_the_same_seed_gives_the_same_figures() -> None:
    values, clusters = sheet(np.random.default_rng(4).random(50)), clusters_of(["a", "b"] * 25)
    assert intervals(Mean(), values, clusters, 3) == intervals(Mean(), values, clusters, 3)


def test_rows_without_a_name_are_clusters_of_their_own() -> None:
    assert clusters_of(["a", "", "a", "", "b"]).tolist() == [0, 1, 0, 2, 3]
