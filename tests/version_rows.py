"""Rows of versions, for the tests of versions and of their differences."""

from typing import Any

from gristmill.records import Example, Made, Origin, Span, Verdict
from gristmill.versions import Frozen

COLUMNS = {"question": "string", "answer": "string", "context": "string"}


def frozen(
    question: str, answer: str = "Ana", split: str = "train", state: str = "", group: str = "a.md", parent: str = "p"
) -> Frozen:
    """A row as freeze writes it; without a split it is rejected by `length`."""
    origin = Origin(kind="synthetic", made=Made(by="generate/question_answer", fingerprint="f"), parents=(parent,))
    example = Example(
        task="question_answer",
        fields={"question": question, "answer": answer, "context": "北京 👩‍👩‍👧"},
        origin=origin,
        group=group,
        spans=(Span(document_id="d", start=0, end=3),),
    )
    outcome: Any = "pass" if split else "reject"
    verdict = Verdict(
        example_id=example.id, outcome=outcome, code="" if split else "short", reason="" if split else "Too short.",
        score=0.5, evidence={"words": 1, "names": ["北京"]},
    )  # fmt: skip
    kept = "kept" if split else state or "length:short"
    return Frozen(example=example, verdicts={"length": verdict}, state=kept, split=split)
