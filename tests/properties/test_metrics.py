"""Every metric adds up over rows, gives a right answer its best, and never takes rows' order or number amiss."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import part

from gristmill.errors import UserError
from gristmill.find import find, names

WANTED = (
    ("The first harbour of Eastport opened in 1894.", "pos"),
    ("Ana Silva designed the bridge with 12 arches.", "neg"),
    ("北京是中国的首都。", "pos"),
    ("Die Große Gasse führt zum Café 👩‍👩‍👧.", "neg"),
    ("Water boils at 93 °C in Denver.", "neutral"),
)
ROWS = [
    {
        "id": f"r{place}",
        "answers": [text],
        "answer": text,
        "label": label,
        "labels": [label],
        "summary": text,
        "completion": text,
        "context": f"{text} It was said in the town.",
        "dialogue": f"A: {text}",
        "text": text,
        "supporting_facts": [{"title": "Town", "sentence": place}],
    }
    for place, (text, label) in enumerate(WANTED)
]
metrics = pytest.mark.parametrize("name", names("metrics"))
few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
said = st.lists(
    st.sampled_from(["", "pos", "neg", "none", *(text for text, _ in WANTED), "The harbour", "\0"]),
    min_size=5,
    max_size=5,
)


def right(name: str) -> list[str]:
    """The right answers, as this metric's answers are written."""
    labelled = {"label", "labels"} & set(find("metrics", name).reads)
    return [row["label"] if labelled else row["answer"] for row in ROWS]


@metrics
def test_what_it_says_of_itself_holds(name: str, folder: Path) -> None:
    metric = part("metrics", name, folder)
    assert metric.scores
    assert set(metric.reads) <= set(ROWS[0])
    assert metric.signature() == metric.signature()


@metrics
def test_statistics_of_rows_add_up_and_rows_are_alone(name: str, folder: Path) -> None:
    metric = part("metrics", name, folder)

    @few
    @given(said, st.permutations(range(5)))
    def holds(answers, order):
        whole = np.asarray(metric.statistics(ROWS, answers))
        mixed = np.asarray(metric.statistics([ROWS[one] for one in order], [answers[one] for one in order]))
        assert whole.dtype == np.float64
        assert whole.shape[0] == 5
        assert np.isfinite(whole).all()
        assert np.array_equal(whole[list(order)], mixed)
        sums = whole.sum(axis=0)
        told = metric.totals(sums)
        assert set(told) == set(metric.scores)
        several = metric.totals(np.stack([[sums, 2 * sums], [sums, sums]]))
        for score in metric.scores:
            assert several[score].shape == (2, 2)
            assert np.array_equal(several[score][1], [told[score], told[score]], equal_nan=True)
        other = np.asarray(metric.statistics(ROWS, ["pos"] * 5))
        assert other.shape == whole.shape

    holds()


@metrics
def test_a_right_answer_is_never_worse_than_another(name: str, folder: Path) -> None:
    metric = part("metrics", name, folder)
    best = metric.totals(np.asarray(metric.statistics(ROWS, right(name))).sum(axis=0))

    @few
    @given(said)
    def holds(answers):
        found = metric.totals(np.asarray(metric.statistics(ROWS, answers)).sum(axis=0))
        for score in metric.scores:
            assert not found[score] > best[score] + 1e-9 or np.isnan(best[score])

    holds()


@metrics
def test_no_rows_give_no_figure_and_no_crash(name: str, folder: Path) -> None:
    metric = part("metrics", name, folder)
    width = np.asarray(metric.statistics(ROWS, right(name))).shape[1]
    for value in metric.totals(np.zeros(width)).values():
        assert np.isnan(value) or 0 <= value <= 100


@metrics
def test_slices_are_parts_of_the_rows(name: str, folder: Path) -> None:
    for mask in part("metrics", name, folder).slices(ROWS).values():
        assert mask.shape == (5,)
        assert mask.dtype == np.bool_


@metrics
def test_a_row_it_cannot_use_is_named(name: str, folder: Path) -> None:
    metric = part("metrics", name, folder)
    with pytest.raises(UserError, match="strange"):
        metric.statistics([*ROWS, {"id": "strange", "colour": "red"}], [*right(name), "x"])
