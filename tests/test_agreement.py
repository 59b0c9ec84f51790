import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.agreement import Agreement, agreement, settled, win_rate

counts = st.tuples(*[st.integers(0, 40)] * 4)


def of(right_kept: int, right_rejected: int, wrong_kept: int, wrong_rejected: int) -> Agreement:
    return Agreement(
        right_kept=right_kept,
        right_rejected=right_rejected,
        wrong_kept=wrong_kept,
        wrong_rejected=wrong_rejected,
        kinds={},
    )


def test_words_are_counted_by_worth_and_by_kind():
    words = [("right", True, True), ("right", True, False), ("number", False, True), ("number", False, False)]
    found = agreement([*words, ("number", False, False), ("right", True, None)])
    assert (found.right_kept, found.right_rejected, found.wrong_kept, found.wrong_rejected) == (1, 1, 1, 2)
    assert (found.n, found.unknown) == (5, 1)
    assert found.kinds == {"number": (3, 2), "right": (3, 1)}


# The first is the textbook's (20, 5, 10, 15): 0.4 by hand, (0.7 - 0.5) / (1 - 0.5).
@pytest.mark.parametrize(
    ("cells", "kappa"),
    [
        ((20, 5, 10, 15), 0.4),
        ((45, 15, 25, 15), 0.130434782),
        ((25, 35, 5, 35), 0.259259259),
        ((10, 0, 0, 10), 1.0),
        ((0, 10, 10, 0), -1.0),
        ((10, 0, 10, 0), 0.0),
        ((7, 0, 0, 0), 0.0),
        ((0, 0, 0, 0), 0.0),
    ],
)
def test_kappa_by_known_vectors(cells, kappa):
    assert of(*cells).kappa == pytest.approx(kappa, abs=1e-9)


def test_a_kappa_on_the_limit_is_not_below_it():
    assert of(20, 5, 10, 15).kappa >= 0.4


def test_the_interval_by_hand():
    # Fleiss' terms: A = .10972, B = .36 * .283, C = .01; the error is sqrt(A + B - C) / (.5 * sqrt(50)) = .12700.
    low, high = of(20, 5, 10, 15).kappa_interval
    assert (low, high) == (pytest.approx(0.4 - 1.959964 * 0.126996, abs=1e-5), pytest.approx(0.648908, abs=1e-5))


def test_nothing_known_tells_nothing():
    assert of(0, 0, 0, 0).kappa_interval == (-1.0, 1.0) == of(7, 0, 0, 0).kappa_interval


def _kappa(shares):
    a, b, c, d = shares
    chance = (a + b) * (a + c) + (c + d) * (b + d)
    return (a + d - chance) / (1 - chance)


@settings(max_examples=80, deadline=None)
@given(counts.filter(lambda cells: all(cells)))
def test_the_error_is_that_of_the_delta_method(cells):
    n, step = sum(cells), 1e-6
    shares = [cell / n for cell in cells]
    slopes = []
    for place in range(4):
        up, down = ([s + way * step * (i == place) for i, s in enumerate(shares)] for way in (1, -1))
        slopes.append((_kappa(up) - _kappa(down)) / (2 * step))
    mean = sum(s * slope for s, slope in zip(shares, slopes, strict=True))
    error = math.sqrt(max(0, sum(s * t * t for s, t in zip(shares, slopes, strict=True)) - mean**2) / n)
    found = of(*cells)
    low, high = found.kappa_interval
    assert low == pytest.approx(max(-1, found.kappa - 1.959964 * error), abs=1e-5)
    assert high == pytest.approx(min(1, found.kappa + 1.959964 * error), abs=1e-5)


@settings(max_examples=100, deadline=None)
@given(counts)
def test_kappa_lies_in_its_interval_and_does_not_care_who_is_who(cells):
    found, swapped = of(*cells), of(cells[0], cells[2], cells[1], cells[3])
    low, high = found.kappa_interval
    assert -1 <= low <= found.kappa <= high <= 1
    assert found.kappa == pytest.approx(swapped.kappa)


@pytest.mark.parametrize(
    ("wins", "ties", "duels", "rate"), [(3, 2, 10, 0.4), (0, 0, 0, 0.0), (4, 0, 4, 1), (0, 3, 3, 0.5)]
)
def test_the_win_rate(wins, ties, duels, rate):
    assert win_rate(wins, ties, duels) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("forward", "backward", "word"),
    [
        ("first", "second", "first"),
        ("second", "first", "second"),
        ("first", "first", "tie"),
        ("second", "second", "tie"),
        ("tie", "tie", "tie"),
        ("first", "tie", "tie"),
        ("tie", "second", "tie"),
        ("first", "unknown", "unknown"),
        ("unknown", "tie", "unknown"),
    ],
)
def test_two_orders_are_settled(forward, backward, word):
    assert settled(forward, backward) == word


def test_settling_does_not_care_which_order_came_first():
    turned = {"first": "second", "second": "first", "tie": "tie", "unknown": "unknown"}
    for one, other in itertools.product(turned, repeat=2):
        assert settled(one, other) == turned[settled(other, one)]
