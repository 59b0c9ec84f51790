import random

import numpy as np
import pytest
from columns_of_text import said

from gristmill.curate import outliers
from gristmill.curate.outliers import Outliers, _deviations
from gristmill.static_vectors import to_unit
from tiny_gguf import vectors_file


class Given:
    """A text `name number` lies near the direction of its name."""

    averages = False

    def vectors(self, texts):
        found = []
        for text in texts:
            name, _, number = text.partition(" ")
            noise = np.random.default_rng(int(number or 0)).standard_normal(32)
            found.append(np.random.default_rng(len(name)).standard_normal(32) + 0.3 * noise if name else np.zeros(32))
        return to_unit(np.array(found).reshape(len(texts), 32))


@pytest.fixture(autouse=True)
def directions(monkeypatch):
    monkeypatch.setattr(outliers, "embedder", lambda model: Given())


def rows(**counts):
    return [{"text": f"{name} {n:04}", "id": f"{name}{n}"} for name, count in counts.items() for n in range(count)]


def test_strays_are_noted():
    found = said(Outliers(), rows(apple=200, xy=2))
    assert {"xy0", "xy1"} <= set(found)
    assert len(found) <= 6
    assert found["xy0"]["outcome"] == "note"
    assert found["xy0"]["score"] > 3
    assert found["xy0"]["evidence"]["distance"] > found["xy0"]["evidence"]["median"]


def test_a_subject_of_its_own_is_no_stray():
    found = said(Outliers(neighbours=10), rows(apple=200, xy=40))
    assert sum(name.startswith("xy") for name in found) <= 4


def test_within_a_label_the_rows_of_another_are_strays():
    listed = [{**row, "label": "even"} for row in rows(apple=100)] + [{**row, "label": "odd"} for row in rows(xy=100)]
    assert len(said(Outliers(column="label"), listed)) <= 6
    listed[0]["label"] = "odd"
    assert "apple0" in said(Outliers(column="label"), listed)
    assert "apple0" not in said(Outliers(), listed)


def test_few_rows_and_rows_without_words_are_not_judged():
    assert said(Outliers(), rows(apple=18, xy=1)) == {}
    empty = [{"text": "", "id": "none"}]
    assert "none" not in said(Outliers(), rows(apple=60) + empty)


def test_equal_rows_are_no_strays():
    assert said(Outliers(), [{"text": "apple 1"} for _ in range(50)]) == {}


def test_the_order_of_rows_does_not_matter():
    listed = rows(apple=90, xy=3)
    first = said(Outliers(), listed)
    random.Random(0).shuffle(listed)
    assert said(Outliers(), listed) == first


def test_deviations_are_those_of_rows_of_the_same_length():
    lengths = np.repeat([10, 1000], 100)
    distances = np.where(lengths == 10, 0.6, 0.2) + np.tile(np.linspace(-0.05, 0.05, 100), 2)
    assert abs(_deviations(distances, lengths)).max() < 2
    distances[150] = 0.6
    assert _deviations(distances, lengths).argmax() == 150
    assert _deviations(distances, lengths)[150] > 5


def test_its_examples_are_judged_with_a_file_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.undo()
    listed = [{"text": f"the {word} dog was good {n}"} for n in range(30) for word in ("red", "blue")]
    stray = [{"text": "ÿþ ÿþ ÿþ", "id": "stray"}]
    assert "stray" in said(Outliers(model=vectors_file(tmp_path, "one")), listed + stray)


def far(monkeypatch, deviations):
    """Let the first row be so far from the others."""
    monkeypatch.setattr(outliers, "_deviations", lambda distances, _: deviations * (np.arange(len(distances)) == 0))


@pytest.mark.parametrize(("deviations", "noted"), [(2.99, 0), (3.0, 0), (3.01, 1)])
def test_only_what_is_more_than_three_deviations_away_is_noted(monkeypatch, deviations, noted):
    far(monkeypatch, deviations)
    assert len(said(Outliers(), rows(apple=40))) == noted


@pytest.mark.parametrize(("count", "noted"), [(19, 0), (20, 1), (21, 1)])
def test_twenty_rows_of_meaning_are_enough_and_of_one_label(monkeypatch, count, noted):
    far(monkeypatch, 9.0)
    assert len(said(Outliers(), rows(apple=count))) == noted
    assert len(said(Outliers(), [*rows(apple=count), *({"text": "", "id": f"e{n}"} for n in range(9))])) == noted
    listed = [{**row, "label": "one"} for row in rows(apple=count)] + [{**row, "label": "two"} for row in rows(xy=9)]
    assert len(said(Outliers(column="label"), listed)) == noted


@pytest.mark.parametrize(("short", "own"), [(19, False), (20, True), (21, True)])
def test_twenty_rows_of_a_length_are_compared_among_themselves(short, own):
    lengths = np.array([10] * short + [1000] * (160 - short))
    distances = np.where(lengths == 10, 0.6, 0.2) + np.linspace(-0.01, 0.01, 160)
    assert (_deviations(distances, lengths)[:short].max() < 3) == own


@pytest.mark.parametrize(("beside", "far_off"), [(0.0029, False), (0.0031, True)])
def test_a_thousandth_is_the_least_deviation(beside, far_off):
    distances = np.full(40, 0.5)
    distances[7] += beside
    assert (_deviations(distances, np.full(40, 9))[7] > 3) == far_off
