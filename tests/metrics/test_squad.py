"""The fixture that evaluate-v2.0.py was run on."""

import pytest

from gristmill.metrics.squad import Squad

ROWS = [
    {"id": "q1", "answers": ["Paris, France", "Paris"]},
    {"id": "q2", "answers": ["1889"]},
    {"id": "q3", "answers": []},
    {"id": "q4", "answers": []},
]
SAID = ["in the Paris", "built in 1889", "", "300 m"]


def scores(rows, said):
    metric = Squad()
    return {name: round(float(value), 4) for name, value in metric.totals(metric.statistics(rows, said).sum(0)).items()}


def test_it_equals_the_official_script():
    assert scores(ROWS, SAID) == {"exact": 25.0, "f1": 54.1667}
    has = Squad().slices(ROWS)
    assert {part: list(map(bool, mask)) for part, mask in has.items()} == {
        "HasAns": [True, True, False, False],
        "NoAns": [False, False, True, True],
    }
    assert scores(ROWS[:2], SAID[:2]) == {"exact": 0.0, "f1": 58.3333}
    assert scores(ROWS[2:], SAID[2:]) == {"exact": 50.0, "f1": 50.0}


def test_beyond_the_threshold_of_a_half_the_last_two_abstain():
    assert scores(ROWS, [*SAID[:3], ""]) == {"exact": 50.0, "f1": 79.1667}


@pytest.mark.parametrize("said", ["unanswerable", "Unanswerable.", ""])
def test_a_refusal_in_words_is_no_answer(said):
    assert scores(ROWS[2:3], [said]) == {"exact": 100.0, "f1": 100.0}
