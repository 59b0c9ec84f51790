"""Drop rows that give away a question of your held-out test files."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import TableCheck, Task
from gristmill.curate._held_out import Item, held_out
from gristmill.records import Example, Verdict
from gristmill.text import ngrams, words

_DASH = re.compile(r"[–—/]")
_SIGN = re.compile(r"[^\w\s]|_")


def plain(text: str) -> list[str]:
    """Words in lower case with all punctuation deleted, so that `don't` is `dont`."""
    return words(_SIGN.sub("", _DASH.sub(" ", unicodedata.normalize("NFKC", text))))


@dataclass(frozen=True, slots=True)
class _Text:
    """One text of a held-out item, and which of its words a shared run can cover at all."""

    item: Item
    role: Literal["question", "answer"]
    found: tuple[str, ...]
    testable: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Hit:
    """How much of a held-out text one row holds, and the longest unbroken run of it."""

    text: _Text
    coverage: float
    run: tuple[str, ...]
    exact: bool

    @property
    def order(self) -> tuple[bool, float, str, str]:
        """Sorts the hit that decides first: questions before answers, then by coverage."""
        return self.text.role == "answer", -self.coverage, self.text.item.file, self.text.item.id


class Contaminated(TableCheck):
    """What it rejects: a row that holds more than half of the words of a held-out question.

    A word counts when it lies in a run of `ngram` words that the row's question or answer has too,
    whatever the case and punctuation. The share is of the held-out question, by this one row alone,
    and must be strictly above `coverage`. A held-out question shorter than `ngram` words has no such
    run: it is compared as a whole, and the evidence says `exact`. Runs in more than `common` held-out
    questions are stock phrases and do not count.

    A held-out answer of at least `ngram` words that is covered in the same way is noted, not
    rejected: rows made from the same documents may state the same fact for another question.
    Passages are not compared, as both sides may be asked about one. A paraphrase in other words is
    not found. The row is dropped, never the held-out item.

    Why it matters: a score on questions that were trained on says nothing about new ones.

    Kept: "Who wrote the novel Emma?", when "Which year did Jane Austen publish her novel Emma in
    London?" is held out.

    Rejected: "which year did jane austen publish her novel Emma", when "Which year did Jane Austen
    publish her novel Emma in London?" is held out.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")
    against: tuple[str, ...] = Field(
        min_length=1, description="held-out files to keep out of training: JSONL, a JSON list, or SQuAD JSON"
    )
    ngram: int = Field(8, ge=2, le=50, description="words in a row that count as copied")
    coverage: float = Field(0.5, ge=0, lt=1, description="share of a held-out text above which a row leaks it")
    common: int = Field(10, ge=1, description="a run of words in more held-out texts than this is a stock phrase")

    def files(self) -> tuple[str, ...]:
        """The held-out files: a change of their bytes is a change of the check."""
        return self.against

    def verdicts(self, examples: Sequence[Example], task: Task) -> Iterator[Verdict]:
        """Rejections name the file, the item, the longest shared run and the coverage, also the score."""
        index = _Index([item for path in self.against for item in held_out(path, task)], self)
        for example in examples:
            yield _verdict(example, index.hits([task.text(example, role) for role in self.reads]))


class _Index:
    """The runs of words of all held-out texts, and where each stands."""

    def __init__(self, items: Sequence[Item], check: Contaminated) -> None:
        self.check = check
        texts = [(item, role, tuple(plain(_side(item, role)))) for item in items for role in _ROLES]
        shared: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for number, (_, _, found) in enumerate(texts):
            for run in ngrams(found, check.ngram):
                shared[run].add(number)
        self.runs = {run: sorted(numbers) for run, numbers in shared.items() if len(numbers) <= check.common}
        self.texts = [_Text(item, role, found, self._testable(found)) for item, role, found in texts]
        self.whole: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, text in enumerate(self.texts):
            if text.role == "question" and text.found:
                self.whole[text.found].append(number)

    def hits(self, sides: Sequence[str]) -> list[_Hit]:
        """What a row with these texts (question first) gives away, the worst first."""
        rows = [tuple(plain(side)) for side in sides]
        met: dict[int, set[tuple[str, ...]]] = defaultdict(set)
        for found in rows:
            for run in ngrams(found, self.check.ngram):
                for number in self.runs.get(run, ()):
                    met[number].add(run)
        hits = [_Hit(self.texts[number], 1.0, self.texts[number].found, True) for number in self.whole.get(rows[0], ())]
        hits += [self._hit(self.texts[number], runs) for number, runs in met.items()]
        return sorted((hit for hit in hits if hit.coverage > self.check.coverage), key=lambda hit: hit.order)

    def _hit(self, text: _Text, runs: set[tuple[str, ...]]) -> _Hit:
        covered = self._covered(text.found, runs)
        start, end = _longest(covered)
        return _Hit(text, len(covered) / len(text.testable), text.found[start:end], False)

    def _testable(self, found: tuple[str, ...]) -> frozenset[int]:
        return frozenset(self._covered(found, self.runs))

    def _covered(self, found: tuple[str, ...], runs: Mapping[tuple[str, ...], Any] | set[tuple[str, ...]]) -> set[int]:
        size = self.check.ngram
        starts = [place for place, run in enumerate(ngrams(found, size)) if run in runs]
        return {place for start in starts for place in range(start, start + size)}


_ROLES: tuple[Literal["question", "answer"], ...] = ("question", "answer")


def _side(item: Item, role: str) -> str:
    return item.question if role == "question" else item.answer


def _longest(covered: set[int]) -> tuple[int, int]:
    best, start, last = (0, 0), -1, -2
    for place in sorted(covered):
        if place != last + 1:
            start = place
        last = place
        if place + 1 - start > best[1] - best[0]:
            best = (start, place + 1)
    return best


def _verdict(example: Example, hits: Sequence[_Hit]) -> Verdict:
    if not hits:
        return Verdict(example_id=example.id, outcome="pass")
    worst = hits[0]
    text, item = worst.text, worst.text.item
    leak = text.role == "question"
    share = "All" if worst.exact else f"{worst.coverage:.0%}"
    then = "it cannot be trained on" if leak else "see whether it gives the answer away"
    return Verdict(
        example_id=example.id,
        outcome="reject" if leak else "note",
        code="contaminated" if leak else "answer_seen",
        reason=f'{share} of the held-out {text.role} "{item.id}" of {item.file} is in this row; {then}.',
        score=round(worst.coverage, 4),
        evidence={
            "file": item.file,
            "item": item.id,
            "role": text.role,
            "exact": worst.exact,
            "matched": " ".join(worst.run),
            "longest_run": len(worst.run),
            "items": len({(hit.text.item.file, hit.text.item.id) for hit in hits}),
        },
    )
