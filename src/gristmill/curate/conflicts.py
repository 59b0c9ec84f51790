"""Point out rows that ask the same question and answer it differently."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TableCheck, Task
from gristmill.curate._twins import kin, squeezed, terms
from gristmill.records import Example, Verdict
from gristmill.text import squad_f1, squad_normal

_SHOWN = 5


class Conflicts(TableCheck):
    """What it rejects: nothing. It notes rows whose question is another row's and whose answer is not.

    Two questions are the same when their words and signs of arithmetic are, whatever the case and
    punctuation; two answers differ when fewer than `agreement` of their words (F1) are shared. The
    note says whether both are asked about one passage: over two passages both may be right.
    Rows of one family over different passages are meant to differ and are left out.

    Why it matters: a model taught two answers to one question learns to waver, and only a person
    can say which of them is right.

    Kept: "When was it built?" - "1889", beside "When was it built?" - "In 1889".

    Rejected: "When was it built?" - "1889", beside "When was it built?" - "1925" (as a note).
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")
    agreement: float = Field(
        0.5, gt=0, le=1, description="share of words (F1) from which on two answers count as the same"
    )

    def verdicts(self, examples: Sequence[Example], task: Task) -> Iterator[Verdict]:
        """A note for each row in conflict; evidence: up to five `others`, with id, answer and passage."""
        asked: dict[tuple[str, ...], list[Example]] = defaultdict(list)
        for example in sorted(examples, key=lambda row: row.id):
            asked[tuple(terms(task.text(example, "question")))].append(example)
        for rows in asked.values():
            answers = dict.fromkeys(task.text(row, "answer") for row in rows)
            agreed = {
                one: frozenset(other for other in answers if one == other or self._agree(one, other)) for one in answers
            }
            for row in rows:
                alike = agreed[task.text(row, "answer")]
                yield self._judge(row, rows if len(alike) < len(answers) else (), task, alike)

    def _judge(self, row: Example, rows: Sequence[Example], task: Task, agreed: frozenset[str]) -> Verdict:
        differing = (other for other in rows if task.text(other, "answer") not in agreed)
        others = list(islice(self._others(row, differing, task), _SHOWN))
        if not others:
            return Verdict(example_id=row.id, outcome="pass")
        here = any(other["same_passage"] for other in others)
        reason = (
            f"Row {others[0]['id']} asks the same{'' if here else ' of another passage'} and answers "
            f'"{others[0]["answer"]}", not "{task.text(row, "answer")}". Settle which one is right.'
        )
        evidence = {"others": others, "rows": len(rows)}
        return Verdict(example_id=row.id, outcome="note", code="conflict", reason=reason, evidence=evidence)

    def _others(self, row: Example, rows: Iterable[Example], task: Task) -> Iterator[dict[str, Any]]:
        passage = squeezed(task.text(row, "context"))
        for other in rows:
            theirs = task.text(other, "answer")
            here = squeezed(task.text(other, "context")) == passage
            if here or not kin(row, other):
                yield {"id": other.id, "answer": theirs, "same_passage": here}

    def _agree(self, one: str, other: str) -> bool:
        # Two signs such as "+" and "-" have the same, empty, normal form.
        if not squad_normal(one) and not squad_normal(other):
            return squeezed(one) == squeezed(other)
        return squad_f1(one, other) >= self.agreement
