"""How far a score can be believed: intervals and a paired test by drawing whole clusters of rows.

Rows of one family (or passage, or document) are right and wrong together, so clusters are drawn, not rows: with rows
the interval would be too narrow. Sources: cluster bootstrap, Field and Welsh 2007; paired randomisation, Noreen 1989.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.lazy import lazy
from gristmill.measuring import Metric

np = lazy("numpy")

DRAWS = 2000
SWAPS = 5000
# Numbers held at a time: draws times clusters.
_HELD = 1 << 23


@dataclass(frozen=True, slots=True)
class Interval:
    """A score with the 2.5th and 97.5th percentile of its draws; None where one cluster leaves nothing to draw."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Gain:
    """A score less the baseline's on the same rows, its interval, and the chance of so large a gain by luck alone."""

    value: float
    low: float | None
    high: float | None
    chance: float | None


def clusters_of(names: Sequence[str]) -> Any:
    """Clusters by number: rows of one name are in one cluster, and each row without a name in its own."""
    known: dict[str, int] = {}
    found = [known.setdefault(name or f"\0{place}", len(known)) for place, name in enumerate(names)]
    return np.array(found, np.int64)


def intervals(metric: Metric, statistics: Any, clusters: Any, seed: int) -> Mapping[str, Interval]:
    """Each score of rows (statistics by row), with its interval at 95 %."""
    sums = _summed(statistics, clusters)
    whole = metric.totals(statistics.sum(axis=0))
    drawn = _drawn(metric, [sums], seed)[0] if len(sums) > 1 else {}
    return {name: Interval(float(whole[name]), *_ends(drawn.get(name))) for name in metric.scores}


def gains(metric: Metric, ours: Any, theirs: Any, clusters: Any, seed: int) -> Mapping[str, Gain]:
    """Each score of these rows less that of another's answers to the same rows, which are drawn together."""
    pair = [_summed(ours, clusters), _summed(theirs, clusters)]
    value = _differences(metric, ours.sum(axis=0), theirs.sum(axis=0))
    if len(pair[0]) < 2:
        return {name: Gain(float(value[name]), None, None, None) for name in metric.scores}
    mine, base = _drawn(metric, pair, seed)
    chances = _chances(metric, pair, value, seed)
    return {name: Gain(float(value[name]), *_ends(mine[name] - base[name]), chances[name]) for name in metric.scores}


def _summed(statistics: Any, clusters: Any) -> Any:
    sums = np.zeros((int(clusters.max(initial=-1)) + 1, statistics.shape[1]))
    np.add.at(sums, clusters, statistics)
    return sums


def _differences(metric: Metric, ours: Any, theirs: Any) -> Mapping[str, Any]:
    mine, base = metric.totals(ours), metric.totals(theirs)
    return {name: mine[name] - base[name] for name in metric.scores}


def _drawn(metric: Metric, several: Sequence[Any], seed: int) -> list[Mapping[str, Any]]:
    """The scores of each system in each draw; all systems see the same draws."""
    random, count = np.random.default_rng(seed), len(several[0])
    found: list[dict[str, list[Any]]] = [{name: [] for name in metric.scores} for _ in several]
    for size in _portions(DRAWS, count):
        times = random.multinomial(count, np.full(count, 1 / count), size=size).astype(np.float64)
        for one, sums in zip(found, several, strict=True):
            for name, scores in metric.totals(times @ sums).items():
                one[name].append(scores)
    return [{name: np.concatenate(parts) for name, parts in one.items()} for one in found]


def _chances(metric: Metric, pair: Sequence[Any], value: Mapping[str, Any], seed: int) -> Mapping[str, float | None]:
    """How often systems whose clusters changed places at random are as far apart; both ways count."""
    random, (ours, theirs) = np.random.default_rng(seed + 1), pair
    both, apart = ours.sum(axis=0) + theirs.sum(axis=0), theirs - ours
    far = dict.fromkeys(metric.scores, 1)
    for size in _portions(SWAPS, len(ours)):
        mine = ours.sum(axis=0) + random.integers(0, 2, (size, len(ours))).astype(np.float64) @ apart
        for name, found in _differences(metric, mine, both - mine).items():
            far[name] += int((np.abs(found) >= abs(value[name]) - 1e-12).sum())
    return {name: None if np.isnan(value[name]) else far[name] / (SWAPS + 1) for name in metric.scores}


def _portions(draws: int, count: int) -> list[int]:
    most = max(1, _HELD // max(1, count))
    return [min(most, draws - start) for start in range(0, draws, most)]


def _ends(drawn: Any) -> tuple[float | None, float | None]:
    if drawn is None or np.isnan(drawn).all():
        return None, None
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return float(low), float(high)
