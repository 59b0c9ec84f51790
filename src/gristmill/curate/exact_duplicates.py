"""Drop rows that ask and answer word for word what another row does."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import ClassVar

from gristmill.contracts import TableCheck, Task
from gristmill.curate._twins import kin, rank, squeezed
from gristmill.records import Example, Verdict


class ExactDuplicates(TableCheck):
    """What it rejects: a row whose question and answer both equal another row's, to the letter.

    White space and the Unicode form of letters do not count; case and punctuation do. Of equal rows
    the one stays that a person wrote, else the longest with its passage, else the one of lowest id.
    Members of one family may repeat question and answer over different passages.

    Why it matters: repeated rows are learned by heart, and one that falls on both sides of a split
    makes the score too good.

    Kept: "Who wrote Emma?" - "Jane Austen", beside "Who wrote Emma?" - "Austen".

    Rejected: "Who wrote Emma?" - "Jane Austen", beside "Who  wrote Emma?" - "Jane Austen".
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")

    def verdicts(self, examples: Sequence[Example], task: Task) -> Iterator[Verdict]:
        """A rejection for every row but one of those that are equal; evidence: the `twin` that stays."""
        alike: dict[tuple[str, ...], list[Example]] = defaultdict(list)
        for example in examples:
            alike[tuple(squeezed(task.text(example, role)) for role in self.reads)].append(example)
        for rows in alike.values():
            yield from _one_stays(sorted(rows, key=lambda row: rank(row, task)), task)


def _one_stays(rows: Sequence[Example], task: Task) -> Iterator[Verdict]:
    kept: dict[tuple[str, str], Example] = {}
    for row in rows:
        passage = squeezed(task.text(row, "context"))
        twin = kept.get((row.family, passage)) or next((one for one in kept.values() if not kin(one, row)), None)
        if twin is None:
            kept[row.family, passage] = row
            yield Verdict(example_id=row.id, outcome="pass")
        else:
            reason = f"Its question and answer equal those of row {twin.id}, which stays."
            yield Verdict(
                example_id=row.id,
                outcome="reject",
                code="exact_duplicate",
                reason=reason,
                score=1.0,
                evidence={"twin": twin.id, "rows": len(rows)},
            )
