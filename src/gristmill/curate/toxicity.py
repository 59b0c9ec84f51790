"""Rejects texts that hate groups of people, or abuse a person, by a classifier of English."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from gristmill.contracts import TextCheck
from gristmill.curate._toxic_model import KINDS, judged
from gristmill.curate._toxic_own import loaded
from gristmill.lazy import lazy
from gristmill.records import Outcome
from gristmill.texts import DOCUMENT_ROLE, Texts, together, verdicts

np = lazy("numpy")

_SAYS = {
    "hateful": "is likely to hate, threaten or demean a group of people",
    "abusive": "is likely to insult, threaten or swear at someone",
    "toxic": "is likely to be toxic by the classifier named",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """The worst window of a cell: of which kind, how likely, and where in code points."""

    row: int
    role: str
    kind: str
    chance: float
    start: int
    end: int


class Toxicity(TextCheck):
    """What it rejects: a document, or a row with an answer, that is very likely to hate a group or to abuse someone.

    From `threshold` on it is noted, from `reject_above` on rejected. A toxic question is only noted: with a civil
    answer it is what safety data are made of. A long text is judged by its worst window of a few sentences, and the
    evidence says where that is. A text whose letters are mostly not Latin is noted as `not_judged`.

    Why it matters: a model says what it was trained on, and a list of bad words takes "you idiot" and "fuck, it
    works" for the same, and misses hate in plain words. The packaged classifier is small and linear, it needs no
    network: it weighs words, parts of words ("k1ll", "s t u p i d"), and the order of kinds of words ("not", a group,
    a verb of violence). It reads English alone: put `language` before it. It errs most with kind or negated
    sentences about groups, and with contempt that uses no hard word; films and books about violence are noted more
    than other texts. How often stands beside its weights, in toxicity_weights.md.

    Kept: You are kind.

    Rejected: Shut up, you stupid idiot.
    """

    reads: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("numpy", "numba", "pyarrow")

    kinds: tuple[Literal["hateful", "abusive"], ...] = Field(
        ("hateful", "abusive"),
        min_length=1,
        description="What is looked for: hateful (against groups), abusive (against anyone, or rude).",
    )
    threshold: float = Field(0.7, gt=0, lt=1, description="From this chance on a text is noted.")
    reject_above: float = Field(
        0.95, gt=0, le=1, description="From this chance on it is rejected; 1 notes and never rejects."
    )
    classifier: str = Field(
        "",
        description="Another classifier through transformers: a folder, or owner/name@revision of the hub; empty for "
        "the packaged one.",
    )
    label: str = Field("toxic", min_length=1, description="The label of that classifier which means toxic.")

    @model_validator(mode="after")
    def _in_order(self) -> "Toxicity":
        if self.reject_above < self.threshold:
            raise ValueError(f"reject_above is {self.reject_above}, below the threshold of {self.threshold}: raise it")
        return self

    def files(self) -> tuple[str, ...]:
        """The files of a classifier in a folder."""
        folder = Path(self.classifier)
        there = sorted(folder.iterdir()) if self.classifier and folder.is_dir() else ()
        return tuple(str(path) for path in there if path.is_file())

    def awaits(self) -> str:
        """The classifier of the hub, when one is named."""
        named = self.classifier and not Path(self.classifier).is_dir()
        return f"the classifier {self.classifier} from the hub" if named else ""

    def judge_texts(self, texts: Texts) -> Any:
        """A verdict on each row with a window of sentences above the threshold, and on each not written in Latin."""
        roles = (DOCUMENT_ROLE,) if texts.documents else tuple(r for r in ("question", "answer") if r in texts.roles)
        unjudged: dict[int, str] = {}
        worst: dict[int, _Found] = {}
        for role in roles:
            for found in self._own(texts, role) if self.classifier else self._packaged(texts, role, unjudged):
                before = worst.get(found.row)
                if before is None or self._weight(found) > self._weight(before):
                    worst[found.row] = found
        return together([_not_judged({row: r for row, r in unjudged.items() if row not in worst}), self._told(worst)])

    def _weight(self, found: _Found) -> tuple[bool, float]:
        return self._rejects(found), found.chance

    def _rejects(self, found: _Found) -> bool:
        """A toxic question may be there to be answered well: it is no reason to reject."""
        return found.role != "question" and self.reject_above < 1 and found.chance >= self.reject_above

    def _packaged(self, texts: Texts, role: str, unjudged: dict[int, str]) -> Iterator[_Found]:
        columns = [KINDS.index(kind) for kind in KINDS if kind in self.kinds]
        for first, array in texts.batches(role):
            seen = judged(array)
            latin, other = seen.letters.T
            unjudged |= {first + int(row): role for row in np.flatnonzero(other > latin)}
            chances = seen.chances[:, columns]
            for row in np.flatnonzero(chances.max(1, initial=0) >= self.threshold):
                column = int(chances[row].argmax())
                head = columns[column]
                text = str(array[int(row)]).encode()
                start, end = (len(text[: at - seen.starts[row]].decode()) for at in seen.spans[row, head])
                yield _Found(first + int(row), role, KINDS[head], float(chances[row, column]), start, end)

    def _own(self, texts: Texts, role: str) -> Iterator[_Found]:
        classifier = loaded(self.classifier, self.label)
        for first, array in texts.batches(role):
            for row, (chance, start, end) in enumerate(classifier.judged(array.to_pylist()), start=first):
                if chance >= self.threshold:
                    yield _Found(row, role, "toxic", chance, start, end)

    def _told(self, worst: dict[int, _Found]) -> Any:
        found = [worst[row] for row in sorted(worst)]
        outcomes: list[Outcome] = ["reject" if self._rejects(one) else "note" for one in found]
        return verdicts(
            [one.row for one in found],
            outcomes,
            [one.kind for one in found],
            [self._reason(one) for one in found],
            [round(one.chance, 4) for one in found],
            [{"role": one.role, "start": one.start, "end": one.end} for one in found],
        )

    def _reason(self, found: _Found) -> str:
        limit = self.reject_above if self._rejects(found) else self.threshold
        return (
            f"its {found.role}, characters {found.start} to {found.end}, {_SAYS[found.kind]}: "
            f"{found.chance:.2f}, and {limit:g} is enough"
        )


def _not_judged(rows: dict[int, str]) -> Any:
    return verdicts(
        sorted(rows),
        "note",
        "not_judged",
        [
            f"most letters of its {rows[row]} are not Latin, and the classifier reads English alone"
            for row in sorted(rows)
        ],
        evidence=[{"role": rows[row]} for row in sorted(rows)],
    )
