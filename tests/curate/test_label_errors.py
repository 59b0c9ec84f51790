import random

import numpy as np
import pytest
from columns_of_text import columns, said

from gristmill.curate import label_errors
from gristmill.curate._folds import Features, _fitted, _likely, features, folds
from gristmill.curate.label_errors import LabelErrors
from gristmill.errors import UserError
from tiny_gguf import vectors_file

GOOD = "good fine warm funny bright moving".split()
BAD = "bad dull cold weak empty tedious".split()
COMMON = "the film was a story of its cast and scenes with music".split()


@pytest.fixture
def check(tmp_path):
    return LabelErrors(model=vectors_file(tmp_path, "one"))


def labelled(count=200, wrong=(), seed=0):
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        good = number % 2 == 0
        words = draw.sample(COMMON, 6) + draw.sample(GOOD if good else BAD, 3)
        draw.shuffle(words)
        label = "good" if good != (number in wrong) else "bad"
        rows.append({"text": " ".join(words), "label": label, "id": f"id{number:03}"})
    return rows


def test_swapped_labels_are_noted_with_the_probable_one(check):
    wrong = {10, 55, 120, 177}
    found = said(check, labelled(wrong=wrong))
    swapped = {f"id{number:03}" for number in wrong}
    assert len(swapped & set(found)) >= 2
    assert len(set(found) - swapped) <= 2
    line = found["id055"]
    assert line["outcome"] == "note"
    assert line["evidence"]["label"] == "good"
    assert line["evidence"]["probable"] == "bad"
    assert line["evidence"]["rows"] == 200
    assert line["evidence"]["right_by_folds"] > 0.9
    assert line["score"] < 0.5 < line["evidence"]["probability"]


def test_right_labels_are_left_alone(check):
    assert len(said(check, labelled())) <= 2


def test_labels_that_texts_do_not_tell_are_unknown(check):
    rows = labelled()
    for row in rows:
        row["label"] = random.Random(row["id"]).choice(["good", "bad"])
    found = said(check, rows)
    assert len(found) == 200
    assert {line["outcome"] for line in found.values()} == {"unknown"}
    assert "cannot be told" in found["id000"]["reason"]


def test_too_few_rows_or_one_label_are_unknown(check):
    assert {line["outcome"] for line in said(check, labelled(10)).values()} == {"unknown"}
    assert "1 different" in said(check, [{**row, "label": "x"} for row in labelled(40)])["id000"]["reason"]


def test_the_order_of_rows_does_not_matter(check):
    rows = labelled(120, wrong={3, 40})
    first = said(check, rows)
    random.Random(1).shuffle(rows)
    assert said(check, rows) == first


def test_rows_without_such_a_column_are_told(check):
    with pytest.raises(UserError, match='no column "label"'):
        check.judge_texts(columns([{"text": "a"}]))
    assert check.wanted() == ("label",)


def test_equal_rows_and_families_share_a_fold():
    texts = [{"text": f"text {number % 9}", "family": number // 2 if number < 8 else -1} for number in range(60)]
    found = folds(columns(texts), ("text",))
    assert set(found) <= set(range(5))
    assert all(found[number] == found[number + 1] for number in range(0, 8, 2))
    assert len({int(found[number]) for number in range(13, 60, 9)}) == 1


def test_the_model_learns_what_its_features_tell():
    draw = np.random.default_rng(0)
    dense = draw.standard_normal((300, 3))
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    labels = dense.argmax(axis=1)
    found = Features(dense, np.zeros(301, np.int64), np.zeros(0, np.int64), np.zeros(0), 0)
    likely = _likely(found, *_fitted(found, labels, 3))
    assert likely.sum(axis=1) == pytest.approx(1)
    assert (likely.argmax(axis=1) == labels).mean() > 0.95


@pytest.mark.parametrize(("count", "outcome"), [(19, "unknown"), (20, "note"), (21, "note")])
def test_twenty_rows_are_enough(tmp_path, monkeypatch, count, outcome):
    rows = labelled(count)
    rows[0]["label"] = "bad"
    right = np.array([[0.9, 0.1] if number % 2 else [0.1, 0.9] for number in range(count)])
    monkeypatch.setattr(label_errors, "held_out", lambda *_: right)
    monkeypatch.setattr(label_errors, "ranked", lambda texts: np.arange(len(texts)))
    found = said(LabelErrors(model=vectors_file(tmp_path, "one")), rows)
    assert found["id000"]["outcome"] == outcome


@pytest.mark.parametrize(("right", "told"), [(59, False), (60, False), (61, True)])
def test_the_model_must_be_right_for_two_deviations_more_than_chance(check, monkeypatch, right, told):
    # Half of 100 rows is chance; its deviation is a twentieth.
    likely = np.array([[0.9, 0.1] if (number % 2 == 1) == (number < right) else [0.1, 0.9] for number in range(100)])
    monkeypatch.setattr(label_errors, "held_out", lambda *_: likely)
    monkeypatch.setattr(label_errors, "ranked", lambda texts: np.arange(len(texts)))
    outcomes = {line["outcome"] for line in said(check, labelled(100)).values()}
    assert (outcomes == {"unknown"}) is not told


@pytest.mark.parametrize(("chance", "noted"), [(0.91, True), (0.9, True), (0.899, False)])
def test_another_label_must_be_as_likely_as_on_rows_of_its_own(check, monkeypatch, chance, noted):
    likely = np.array([[0.9, 0.1] if number % 2 else [0.1, 0.9] for number in range(100)])
    likely[40] = chance, 1 - chance
    monkeypatch.setattr(label_errors, "held_out", lambda *_: likely)
    monkeypatch.setattr(label_errors, "ranked", lambda texts: np.arange(len(texts)))
    assert set(said(check, labelled(100))) == ({"id040"} if noted else set())


@pytest.mark.parametrize(("rows", "width"), [(1, 0), (2, 1), (3, 1)])
def test_a_word_counts_from_the_second_row_that_has_it(rows, width):
    texts = columns([{"text": f"shared {name}" if number < rows else name} for number, name in enumerate("abc")])
    assert features(texts, ("text",), np.zeros((3, 1))).width == width
