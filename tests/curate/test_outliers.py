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
