"""Gives each label one spelling: "New York", "new york." and "York, New" are one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Cleaner, Repair
from gristmill.keying import fingerprint_key, ngram_key
from gristmill.lazy import lazy

distances = lazy("rapidfuzz.distance")


class MessyValues(Cleaner):
    """Values of the same key become the spelling that most rows have; of equally common ones, the lowest.

    `fingerprint` takes values for one that have the same words, whatever their order, case, accents and punctuation;
    `ngram` those with the same pairs of letters, so that small slips and missing spaces meet; `knn` those that are
    few edits apart. Values are compared within one column, and only the columns of ready-made rows that are named.

    Pitfalls. Punctuation does not count, so "C++" and "C" become one, and "A/B" and "AB": name such values in
    `spare`. With `knn` values that differ in a letter meet though they mean different things ("male", "female" with a
    radius of 2), so only those that share a run of `block` letters are compared, which also leaves short values
    alone. A value follows a commoner one within the radius, never a chain of them. Values without a letter (numbers,
    dates, signs) always stay.

    Source: the clustering methods of OpenRefine.
    """

    needs: ClassVar[tuple[str, ...]] = ("rapidfuzz",)
    together: ClassVar[bool] = True
    codes: ClassVar[Mapping[str, str]] = {"spelling": "A value that most rows spell in another way."}

    columns: tuple[str, ...] = Field(default=("label", "category"), description="Columns whose values are compared.")
    method: Literal["fingerprint", "ngram", "knn"] = Field(
        default="fingerprint", description="What makes two values one: fingerprint, ngram or knn."
    )
    n: int = Field(default=2, ge=1, le=6, description="For ngram: how many letters a run has.")
    radius: int = Field(default=1, ge=1, le=5, description="For knn: how many edits apart two values may be.")
    block: int = Field(default=6, ge=1, description="For knn: only values that share a run of so many are compared.")
    spare: tuple[str, ...] = Field(default=(), description="Values that stay, and that none becomes.")

    def wanted(self) -> tuple[str, ...]:
        """The columns whose values it compares."""
        return self.columns

    def repairs(self, texts: Sequence[str]) -> Iterator[Sequence[Repair]]:
        """For each value the one that it becomes."""
        counts = Counter(text for text in texts if text not in self.spare and any(map(str.isalpha, text)))
        values = sorted(counts, key=lambda value: (-counts[value], value))
        becomes = self._near(values) if self.method == "knn" else self._same(values)
        for text in texts:
            put = becomes.get(text, text)
            yield () if put == text else (Repair(0, len(text), put, "spelling"),)

    def _same(self, values: Sequence[str]) -> Mapping[str, str]:
        """Each value and the first in this order that has its key."""
        leads: dict[str, str] = {}
        found = {}
        for value in values:
            key = fingerprint_key(value) if self.method == "fingerprint" else ngram_key(value, self.n)
            found[value] = leads.setdefault(key, value) if key else value
        return found

    def _near(self, values: Sequence[str]) -> Mapping[str, str]:
        """Each value and the first in this order that leads, and is near enough."""
        blocks: dict[str, list[str]] = {}
        found: dict[str, str] = {}
        rank = {value: number for number, value in enumerate(values)}
        for value in values:
            whole = "".join(value.casefold().split())
            runs = sorted({whole[at : at + self.block] for at in range(len(whole) - self.block + 1)})
            leads = dict.fromkeys(lead for run in runs for lead in blocks.get(run, ()))
            near = [lead for lead in leads if self._distance(value, lead) <= self.radius]
            found[value] = min(near, key=rank.__getitem__, default=value)
            if found[value] == value:
                for run in runs:
                    blocks.setdefault(run, []).append(value)
        return found

    def _distance(self, one: str, other: str) -> int:
        return int(distances.Levenshtein.distance(one.casefold(), other.casefold(), score_cutoff=self.radius))
