import json

import pytest

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.imdb import Imdb
from published_sets import comes_back, parted, saved


def reviews(labels):
    return [{"text": f"Film {number} about a mill.", "label": label} for number, label in enumerate(labels)]


def test_two_rows_have_names_types_and_classes(tmp_path):
    rated = {"id": "r", "text": "Good.<br /><br />Go.", "label": 1, "rating": 9}
    rows, failures, findings = parted(Imdb(), saved(tmp_path, [{"text": "Bad.", "label": 0}, rated]))
    assert not failures
    assert rows == [{"text": "Bad.", "label": "neg"}, {**rated, "label": "pos"}]
    assert list(findings) == ["markup"]
    written = comes_back(Imdb(), rows, tmp_path)
    assert [json.loads(line)["label"] for line in written.read_text("utf-8").splitlines()] == [0, 1]


@pytest.mark.parametrize("label", [1, "1", "pos"])
def test_a_class_may_be_a_number_or_a_name(label, tmp_path):
    assert parted(Imdb(), saved(tmp_path, reviews([label])))[0][0]["label"] == "pos"


@pytest.mark.parametrize("label", [2, True, None, "good", 0.5])
def test_another_label_is_a_failure(label, tmp_path):
    rows, failures, _ = parted(Imdb(), saved(tmp_path, reviews([0, label])))
    assert len(rows) == 1
    assert "line 2: the label is" in failures[0].reason


def test_unlabelled_rows_are_a_named_state(tmp_path):
    rows, failures, _ = parted(Imdb(), saved(tmp_path, reviews([0, -1, 1, "-1"])))
    assert len(rows) == 2
    assert [failure.state for failure in failures] == ["unlabelled", "unlabelled"]


def test_a_sorted_file_is_told_as_soon_as_its_head_is_read(tmp_path):
    found = Imdb().read(saved(tmp_path, reviews([0] * 150 + [1] * 150)))
    head = [next(found) for _ in range(101)]
    assert head[100].code == "sorted"
    assert "the first 100 of those read are all of one class" in head[100].reason
    assert not [item for item in found if not isinstance(item, dict)]


@pytest.mark.parametrize(
    ("labels", "told"),
    [([0] * 9 + [1] * 9, True), ([1] * 12, True), ([0, 1] * 9, False), ([0, 1], False), ([0] * 60 + [1] * 90, True)],
)
def test_a_shorter_file_is_sorted_or_not(labels, told, tmp_path):
    _, _, findings = parted(Imdb(), saved(tmp_path, reviews(labels)))
    assert ("sorted" in findings) == told


def test_a_class_that_it_has_not_cannot_be_written(tmp_path):
    with pytest.raises(UserError, match="'neutral'"):
        Imdb().write(Rows(lambda: [{"text": "x", "label": "neutral"}]), tmp_path / "out.jsonl")
