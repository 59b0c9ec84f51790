"""How far a judge agrees with what is known: Cohen's kappa with its n, and a judge's win rate."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Preference = Literal["first", "second", "tie", "unknown"]
_SWAPPED: Mapping[Preference, Preference] = {"first": "second", "second": "first", "tie": "tie", "unknown": "unknown"}
_NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A judge's word beside known truth. `unknown` words are counted apart, as neither good nor bad.

    `kinds` says for each kind of known example how many there were, and of how many the judge was right.
    """

    right_kept: int = 0
    right_rejected: int = 0
    wrong_kept: int = 0
    wrong_rejected: int = 0
    unknown: int = 0
    kinds: Mapping[str, tuple[int, int]]

    @property
    def n(self) -> int:
        """Known examples on which the judge's word could be read."""
        return self.right_kept + self.right_rejected + self.wrong_kept + self.wrong_rejected

    @property
    def kappa(self) -> float:
        """Agreement beyond chance, 1 at most; 0 when there is nothing to agree on. Cohen 1960."""
        all_pairs, chance = self.n**2, self._by_chance()
        agreed = (self.right_kept + self.wrong_rejected) * self.n
        return 0.0 if all_pairs == chance else (agreed - chance) / (all_pairs - chance)

    @property
    def kappa_interval(self) -> tuple[float, float]:
        """Kappa's 95 % interval by its large-sample error; all of -1 to 1 when there is nothing to agree on.

        Fleiss, Cohen and Everitt 1969, "Large sample standard errors of kappa and weighted kappa". With
        few examples, or with none wrongly judged, it is narrower than it should be.
        """
        if self.n**2 == self._by_chance():
            return -1.0, 1.0
        chance = self._by_chance() / self.n**2
        cells = ((self.right_kept, self.right_rejected), (self.wrong_kept, self.wrong_rejected))
        known = [sum(row) / self.n for row in cells]
        judged = [sum(column) / self.n for column in zip(*cells, strict=True)]
        apart = 1 - self.kappa
        spread = -((self.kappa - chance * apart) ** 2)
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            weight = judged[i] + known[j]
            spread += cells[i][j] / self.n * (1 - weight * apart if i == j else weight * apart) ** 2
        half = _NORMAL_95 * math.sqrt(max(spread, 0.0) / self.n) / (1 - chance)
        return max(self.kappa - half, -1.0), min(self.kappa + half, 1.0)

    def _by_chance(self) -> int:
        """Of n squared pairings of a known worth with a word, how many agree."""
        good, kept = self.right_kept + self.right_rejected, self.right_kept + self.wrong_kept
        return good * kept + (self.n - good) * (self.n - kept)


def agreement(words: Iterable[tuple[str, bool, bool | None]]) -> Agreement:
    """The agreement over (kind, known to be good, judged good); a judgement of None is unknown."""
    counts = {(good, judged): 0 for good in (True, False) for judged in (True, False, None)}
    kinds: dict[str, tuple[int, int]] = {}
    for kind, good, judged in words:
        counts[good, judged] += 1
        of, right = kinds.get(kind, (0, 0))
        kinds[kind] = (of + 1, right + (judged == good))
    return Agreement(
        right_kept=counts[True, True],
        right_rejected=counts[True, False],
        wrong_kept=counts[False, True],
        wrong_rejected=counts[False, False],
        unknown=counts[True, None] + counts[False, None],
        kinds=dict(sorted(kinds.items())),
    )


def win_rate(wins: int, ties: int, duels: int) -> float:
    """The share of duels won, a tie counting half, as FastChat's pairwise judge adjusts it. 0 of 0 is 0."""
    return (wins + ties / 2) / duels if duels else 0.0


def settled(forward: Preference, backward: Preference) -> Preference:
    """What two askings about one pair, the second with its sides swapped, come to: the same word twice, or a tie.

    Each is given as the two were shown in it; what comes out is in the order of `forward`. A judge that
    prefers a place, not an answer, so makes a tie, as in FastChat. `unknown` when either is.
    """
    if "unknown" in (forward, backward):
        return "unknown"
    return forward if forward == _SWAPPED[backward] else "tie"
