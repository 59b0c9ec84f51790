"""The scores that the official evaluate-v2.0.py printed for four questions, to four decimals."""

import pytest

from gristmill.records import Example, Made, Origin
from gristmill.tasks.extractive_qa import ExtractiveQa

CONTEXT = "The Eiffel Tower is in Paris, France. It was built in 1889."
# question: golds, prediction, probability that there is no answer
ASKED = {
    "q1": ([("Paris, France", 23), ("Paris", 23)], "in the Paris", 0.1),
    "q2": ([("1889", 54)], "built in 1889", 0.4),
    "q3": ([], "unanswerable", 0.9),
    "q4": ([], "300 m", 0.6),
}
TASK = ExtractiveQa()


def scores(threshold: float, questions: str) -> tuple[float, float]:
    graded = []
    for name in questions.split():
        golds, prediction, no_answer = ASKED[name]
        draft = TASK.accept(
            {
                "context": CONTEXT,
                "question": name,
                "answers": [text for text, _ in golds],
                "answer_start": [start for _, start in golds],
                "is_impossible": not golds,
            }
        )
        origin = Origin(kind="human", made=Made(by="ingest", fingerprint=""), parents=())
        example = Example(task="extractive_qa", fields=draft.fields, origin=origin)
        graded.append(TASK.grade(example, "" if no_answer > threshold else prediction))
    return tuple(100 * sum(score[name] for score in graded) / len(graded) for name in ("exact", "f1"))


@pytest.mark.parametrize(
    ("threshold", "questions", "exact", "f1"),
    [
        (1.0, "q1 q2 q3 q4", 25.0, 54.1667),
        (1.0, "q1 q2", 0.0, 58.3333),
        (1.0, "q3 q4", 50.0, 50.0),
        (0.5, "q1 q2 q3 q4", 50.0, 79.1667),
        (0.5, "q1 q2", 0.0, 58.3333),
        (0.5, "q3 q4", 100.0, 100.0),
    ],
)
def test_scores_equal_the_official_ones(threshold, questions, exact, f1):
    assert scores(threshold, questions) == pytest.approx((exact, f1), abs=1e-4)
