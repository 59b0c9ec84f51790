"""Drop rows that are another row but for a few words, and keep one of each such set."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import TableCheck, Task
from gristmill.curate._minhash import banding, candidates
from gristmill.curate._twins import figures, kin, rank, terms
from gristmill.errors import UserError
from gristmill.records import Example, Verdict
from gristmill.text import ngrams

Shingles = frozenset[tuple[str, ...]]


@lru_cache(maxsize=4096)
def shingles(text: str, n: int) -> Shingles:
    """All runs of n of a text's terms; a shorter text is one shingle, so that it equals only itself."""
    found = text.split()
    return frozenset(ngrams(found, n) or [tuple(found)])


def jaccard(one: Shingles, other: Shingles) -> float:
    """The share of shingles that both have, of all that either has."""
    return len(one & other) / len(one | other)


class NearDuplicates(TableCheck):
    """What it rejects: a row whose wording another row shares but for a few words.

    Two rows are alike when, of all runs of `ngram` words in either, both have at least `threshold`
    (Jaccard), and their answers alone are as much alike, and they name the same figures and signs of
    arithmetic. So the same question with another answer stays (see `conflicts`), and so does the
    same dosage text with another dose. Members of one family are variations and never duplicates.
    One changed word in the middle of w words breaks 2 of w - 1 pairs: it passes the default of 0.7
    from 13 words on, two apart from 24 on. Shorter texts must have equal words. Scripts without
    spaces count by character.

    MinHash with banding proposes pairs; each is then compared exactly. Rows are gone through with
    those of people first, then the longest, then by id: one that is like a row already kept goes.
    A row that is like only rows that went stays, noted as `chain`. `evidence` has the size of the
    whole cluster and its lowest similarity to the first row: a low one tells of a long chain.

    Why it matters: near copies weigh some facts far above others, and when one falls into the test
    split the score measures memory.

    Kept: "How do I reset the password of my account at work?" - "Ask IT for a new one." beside
    "How do I reset the password of my account at work?" - "Call 555."

    Rejected: "How do I reset the password of my account at work?" - "Ask IT for a new one." beside
    "How do I reset the password for my account at work?" - "Ask IT for a new one."
    """

    needs: ClassVar[tuple[str, ...]] = ("daft", "pyarrow")
    reads: ClassVar[tuple[str, ...]] = ("question", "answer")
    columns: tuple[Literal["question", "answer", "context"], ...] = Field(
        ("question", "answer"), min_length=1, description="what is compared, taken together"
    )
    threshold: float = Field(0.7, gt=0, le=1, description="Jaccard similarity from which on two rows are alike")
    ngram: int = Field(2, ge=1, le=20, description="words per run that is compared; 5 suits long passages")

    def verdicts(self, examples: Sequence[Example], task: Task) -> Iterator[Verdict]:
        """Rejections name the `twin` that stays and the similarity, which is also the score."""
        for role in self.columns:
            if role not in task.roles():
                raise UserError(
                    f'near_duplicates compares "{role}", which these rows do not have: drop it from columns'
                )
        ranked = sorted(examples, key=lambda example: rank(example, task))
        yield from _Sieve(self, ranked, task).verdicts()


class _Sieve:
    """One run of the check: equal texts are one entry, entries that are alike are linked."""

    def __init__(self, check: NearDuplicates, ranked: Sequence[Example], task: Task) -> None:
        self.check, self.ranked, self.task = check, ranked, task
        numbers: dict[str, int] = {}
        self.entry = [numbers.setdefault(self._text(row, check.columns), len(numbers)) for row in ranked]
        self.texts = list(numbers)

    def verdicts(self) -> Iterator[Verdict]:
        kept: dict[int, list[int]] = defaultdict(list)
        gone: dict[int, list[int]] = defaultdict(list)
        for place, entry in enumerate(self.entry):
            twin = self._nearest(place, kept)
            if twin is None:
                kept[entry].append(place)
                yield self._stays(place, self._nearest(place, gone))
            else:
                gone[entry].append(place)
                yield self._goes(place, *twin)

    @cached_property
    def links(self) -> Mapping[int, Mapping[int, float]]:
        """For each entry the entries that are alike, itself among them, with their similarity."""
        check = self.check
        links: dict[int, dict[int, float]] = {entry: {entry: 1.0} for entry in range(len(self.texts))}
        for one, other in sorted(candidates(self.texts, check.ngram, *banding(check.threshold))):
            alike = self._alike(self.texts[one], self.texts[other])
            if alike >= check.threshold and figures(self.texts[one]) == figures(self.texts[other]):
                links[one][other] = links[other][one] = alike
        return links

    @cached_property
    def clusters(self) -> Mapping[int, tuple[int, float]]:
        """For each entry the rows in its cluster, and the lowest similarity to the cluster's first row."""
        first: dict[int, int] = {}
        for place, entry in enumerate(self.entry):
            first.setdefault(entry, place)
        root = _union(
            len(self.texts),
            ((a, b) for a, near in self.links.items() for b in near if a < b and self._twins(first[a], first[b])),
        )
        sizes: dict[int, int] = defaultdict(int)
        lowest: dict[int, float] = defaultdict(lambda: 1.0)
        for entry in self.entry:
            sizes[root[entry]] += 1
        for entry, top in enumerate(root):
            if entry != top:
                lowest[top] = min(lowest[top], round(self._alike(self.texts[entry], self.texts[top]), 4))
        return {entry: (sizes[top], lowest[top]) for entry, top in enumerate(root)}

    def _nearest(self, place: int, kept: Mapping[int, Sequence[int]]) -> tuple[int, float] | None:
        near = self.links[self.entry[place]]
        for entry in sorted(near, key=lambda other: (-near[other], other)):
            for other in kept.get(entry, ()):
                if self._twins(place, other):
                    return other, near[entry]
        return None

    def _twins(self, one: int, other: int) -> bool:
        left, right = self.ranked[one], self.ranked[other]
        if kin(left, right):
            return False
        return self._alike(self._text(left, ("answer",)), self._text(right, ("answer",))) >= self.check.threshold

    def _goes(self, place: int, twin: int, alike: float) -> Verdict:
        name = self.ranked[twin].id
        return Verdict(
            example_id=self.ranked[place].id,
            outcome="reject",
            code="near_duplicate",
            reason=f"It has {alike:.0%} of its wording in common with row {name}, which stays.",
            score=round(alike, 4),
            evidence={"twin": name, **self._cluster(place)},
        )

    def _stays(self, place: int, lost: tuple[int, float] | None) -> Verdict:
        row = self.ranked[place].id
        if lost is None:
            return Verdict(example_id=row, outcome="pass", evidence=self._cluster(place))
        name = self.ranked[lost[0]].id
        reason = f"It stays: it is like row {name}, which goes, but like no row that stays."
        evidence = {"near": name, **self._cluster(place)}
        return Verdict(
            example_id=row, outcome="note", code="chain", reason=reason, score=round(lost[1], 4), evidence=evidence
        )

    def _cluster(self, place: int) -> dict[str, Any]:
        size, lowest = self.clusters[self.entry[place]]
        return {} if size == 1 else {"cluster": size, "lowest_similarity": lowest}

    def _alike(self, one: str, other: str) -> float:
        n = self.check.ngram
        return 1.0 if one == other else jaccard(shingles(one, n), shingles(other, n))

    def _text(self, row: Example, roles: Sequence[str]) -> str:
        return " ".join(term for role in roles for term in terms(self.task.text(row, role)))


def _union(size: int, pairs: Iterator[tuple[int, int]]) -> list[int]:
    """The lowest member of each member's connected component (union-find)."""
    parent = list(range(size))

    def top(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for one, other in pairs:
        low, high = sorted((top(one), top(other)))
        parent[high] = low
    return [top(member) for member in range(size)]
