"""What the agreement of a column tells of two records being one, learnt from the pairs themselves.

Source: Fellegi and Sunter, A Theory for Record Linkage (1969), with expectation maximisation as in Winkler (1988). How
often columns agree in pairs that are not one record is counted in pairs at large, nearly all of which are none: what is
learnt from candidates alone takes sharing a street, which brought them together, for being one.
"""

from dataclasses import dataclass
from typing import Any

from gristmill.lazy import lazy

np = lazy("numpy")

AGREES, DIFFERS, MISSING = 1, 0, -1
_ROUNDS = 1000
_STILL = 1e-9
# What is taken as known of pairs that are one record before any is seen: how often a column agrees, in so many pairs.
_START, _KNOWN = 0.9, 10
_NEVER = 1e-9
_DRAWN = 200_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often each column agrees among pairs that are one record (`same`) and that are not (`other`).

    `share` is that of all pairs which are one record.
    """

    same: Any
    other: Any
    share: float

    def weights(self) -> tuple[Any, Any]:
        """By column the weight of agreeing and of differing, in bits."""
        return np.log2(self.same / self.other), np.log2((1 - self.same) / (1 - self.other))

    def chances(self, patterns: Any) -> Any:
        """The chance that two records are one, by which columns agree; a missing value says nothing either way."""
        agree, differ = self.weights()
        bits = (patterns == AGREES) @ agree + (patterns == DIFFERS) @ differ
        return 1 / (1 + np.exp2(np.clip(-bits - np.log2(self.share / (1 - self.share)), -1000, 1000)))


def learnt(patterns: Any, counts: Any, other: Any, pairs: int) -> Agreement:
    """The likeliest agreement of pairs that are one record, by expectation maximisation.

    `patterns` are those of the candidates, each for so many pairs by `counts`; of all `pairs` the rest is not one
    record. `other` is how often each column agrees in pairs at large. It starts from one such pair
    in a hundred candidates, and from columns that agree in nine of ten of these, which keeps the weight of ten pairs.
    """
    kinds, which = np.unique(patterns, axis=0, return_inverse=True)
    mass = np.bincount(which.reshape(-1), weights=counts, minlength=len(kinds))
    agrees, there = kinds == AGREES, kinds != MISSING
    found = Agreement(np.full(patterns.shape[1], _START), other, float(_bounded(mass.sum() / 100, pairs)))
    for _ in range(_ROUNDS):
        same = mass * found.chances(kinds)
        better = Agreement(
            _bounded(same @ agrees + _START * _KNOWN, same @ there + _KNOWN), other, float(_bounded(same.sum(), pairs))
        )
        moved = np.abs(better.same - found.same).max()
        found = better
        if moved < _STILL:
            break
    return found


def drawn(count: int) -> tuple[Any, Any]:
    """Pairs of so many records: all of them, or many drawn with a fixed seed."""
    if count * (count - 1) // 2 <= _DRAWN:
        return np.triu_indices(count, 1)  # type: ignore[no-any-return]
    chance = np.random.default_rng(0)
    lefts = chance.integers(0, count, _DRAWN)
    return lefts, (lefts + chance.integers(1, count, _DRAWN)) % count


def at_large(columns: Any) -> Any:
    """How often each column agrees in pairs drawn from all: of each column its patterns. Never 0 and never 1."""
    return np.array([(np.sum(one == AGREES) + 0.5) / (np.sum(one != MISSING) + 1) for one in columns.T])


def _bounded(part: Any, whole: Any) -> Any:
    """A share that is neither 0 nor 1; a half of nothing."""
    return np.clip(np.where(whole > 0, part / np.maximum(whole, 1e-300), 0.5), _NEVER, 1 - _NEVER)
