import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import UserError
from gristmill.metrics.accuracy import Accuracy
from gristmill.metrics.kappa import Kappa
from gristmill.metrics.macro_f1 import MacroF1
from gristmill.metrics.mcc import Mcc

CLASSES = ("bad", "fair", "good")
# (class, answer) and how often.
TABLE = {("bad", "bad"): 10, ("bad", "fair"): 3, ("fair", "fair"): 7, ("fair", "good"): 4, ("good", "bad"): 1}


def rows_of(golds):
    return [{"id": str(place), "label": label} for place, label in enumerate(golds)]


def score(metric, golds, said):
    (value,) = metric.totals(metric.statistics(rows_of(golds), said).sum(axis=0)).values()
    return float(value)


def spread(table):
    pairs = [pair for pair, count in table.items() for _ in range(count)]
    return [gold for gold, _ in pairs], [said for _, said in pairs]


def test_figures_worked_out_by_hand():
    golds, said = spread(TABLE)
    assert score(Accuracy(), golds, said) == pytest.approx(100 * 17 / 25)
    # bad: 2*10/(13+11), fair: 2*7/(11+10), good: 0/(1+4)
    assert score(MacroF1(), golds, said) == pytest.approx(100 * (20 / 24 + 14 / 21 + 0) / 3)
    # 17/25 seen, (13*11 + 11*10 + 1*4)/625 by chance
    assert score(Kappa(), golds, said) == pytest.approx((17 / 25 - 257 / 625) / (1 - 257 / 625))
    # (17*25 - 257) / sqrt((625 - 169 - 121 - 1) * (625 - 121 - 100 - 16))
    assert score(Mcc(), golds, said) == pytest.approx(168 / (334 * 388) ** 0.5)


def test_two_classes_give_the_textbook_correlation():
    golds, said = spread({("yes", "yes"): 6, ("yes", "no"): 2, ("no", "yes"): 1, ("no", "no"): 3})
    assert score(Mcc(), golds, said) == pytest.approx((6 * 3 - 1 * 2) / (7 * 8 * 4 * 5) ** 0.5)


def test_naming_one_class_always_earns_nothing_where_accuracy_earns_its_share():
    golds = ["bad"] * 9 + ["good"]
    assert score(Accuracy(), golds, ["bad"] * 10) == pytest.approx(90)
    assert score(Mcc(), golds, ["bad"] * 10) == 0
    assert score(Kappa(), golds, ["bad"] * 10) == pytest.approx(0)
    assert score(MacroF1(), golds, ["bad"] * 10) == pytest.approx(100 * (18 / 19) / 2)


def test_rows_of_one_class_have_no_correlation():
    assert np.isnan(score(Mcc(), ["bad"] * 3, ["bad"] * 3))
    assert np.isnan(score(Kappa(), ["bad"] * 3, ["bad"] * 3))
    assert score(MacroF1(), ["bad"] * 3, ["bad"] * 3) == pytest.approx(100)


def test_an_answer_of_no_class_misses_its_row_and_is_false_for_no_other():
    assert score(MacroF1(), ["bad", "good"], ["who knows", "good"]) == pytest.approx(50)
    assert score(Kappa(), ["bad", "good"], ["who knows", "good"]) == pytest.approx(1 - 0.5 / 0.75)


def test_on_a_scale_a_near_miss_costs_less():
    golds, near, far = ["bad", "fair", "good"], ["fair", "fair", "good"], ["good", "fair", "good"]
    for weights in ("linear", "quadratic"):
        metric = Kappa(weights=weights, scale=CLASSES)
        assert score(metric, golds, near) > score(metric, golds, far)
    assert score(Kappa(), golds, near) == pytest.approx(score(Kappa(), golds, far))
    # 1 - (1/2) / ((0 + 1 + 1 + 1/2 + 0 + 1/2 + 1 + 1/2 ...)/3), by the table of chance
    golds, said = spread({("bad", "bad"): 2, ("fair", "good"): 1, ("good", "good"): 1})
    chance = (2 * 2 * 0 + 2 * 2 * 1 + 1 * 2 * 0.5 + 1 * 2 * 0.5 + 1 * 2 * 1 + 0) / 4
    assert score(Kappa(weights="linear", scale=CLASSES), golds, said) == pytest.approx(1 - 0.5 / chance)


def test_weights_without_an_order_and_classes_off_the_scale_are_refused():
    golds = list(CLASSES)
    with pytest.raises(UserError, match="order of bad, fair, good: name them in `scale`"):
        Kappa(weights="linear").statistics(rows_of(golds), golds)
    with pytest.raises(UserError, match='no "fair", which a row has'):
        Kappa(weights="linear", scale=("bad", "good")).statistics(rows_of(golds), golds)
    with pytest.raises(ValueError, match="names bad twice"):
        Kappa(scale=("bad", "bad"))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=2, max_size=40))
def test_they_equal_those_of_scikit_learn(pairs):
    known = pytest.importorskip("sklearn.metrics")
    golds, said = [gold for gold, _ in pairs], [answer for _, answer in pairs]
    # Ours knows only classes that rows have; another answer is one of none.
    if not set(said) <= set(golds) or len(set(golds)) < 2:
        return
    assert score(MacroF1(), golds, said) == pytest.approx(100 * known.f1_score(golds, said, average="macro"))
    assert score(Mcc(), golds, said) == pytest.approx(known.matthews_corrcoef(golds, said), abs=1e-9)
    present = [name for name in CLASSES if name in golds]
    for weights, name in (("none", None), ("linear", "linear"), ("quadratic", "quadratic")):
        ours = score(Kappa(weights=weights, scale=present), golds, said)
        assert ours == pytest.approx(known.cohen_kappa_score(golds, said, labels=present, weights=name), abs=1e-9)
