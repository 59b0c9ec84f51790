"""Answers beside what was wanted: scores with intervals, parts apart, each system against the first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from gristmill.convert import Held, alone, known_format, rows_held
from gristmill.entries import Row
from gristmill.errors import UserError, nearest
from gristmill.find import build, find, missing, names
from gristmill.intervals import Gain, Interval, clusters_of, gains, intervals
from gristmill.lazy import lazy
from gristmill.measuring import Metric
from gristmill.sections import Use

np = lazy("numpy")

# What an answer that did not come is taken for, where it is to count as wrong; nothing that can be right.
_WRONG = "\0"
_LINES = (".jsonl", ".ndjson")
_ANSWERS = ("answer", "prediction", "completion", "output", "text")
# The columns that tell a kind of row, and what is measured of it.
_USUAL = (("answers", ("squad",)), ("label", ("accuracy", "macro_f1")), ("summary", ("rouge",)), ("answer", ("squad",)))
# The columns by which rows belong together, the first that a file has.
CLUSTERS = ("family", "context", "dialogue", "source")


@dataclass(frozen=True, slots=True)
class System:
    """One system's answers by the id of their row; and for rows that it failed on, why."""

    name: str
    said: Mapping[str, str]
    failed: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One score of one system on one part of the rows ("" for all).

    `failed` rows have no answer and are left out of it; `at_worst` is the score with each of them as wrong. The gain is
    over the first system, on the `both` rows that both have answered.
    """

    system: str
    metric: str
    score: str
    part: str
    rows: int
    failed: int
    interval: Interval
    at_worst: float
    both: int
    gain: Gain | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """All scores, what was not there, and what others must know to get the same figures."""

    rows: int
    clusters: int
    clustered_by: str
    left_out: Sequence[str]
    failures: Mapping[str, Mapping[str, int]]
    unknown: Mapping[str, int]
    signatures: Mapping[str, str]
    scores: Sequence[Score]

    def plain(self) -> Mapping[str, Any]:
        """As plain data, for JSON: figures that cannot be are null."""
        return cast(Mapping[str, Any], _finite(asdict(self)))


def read_rows(place: Path, given: Use | None) -> Held:
    """The rows of a file; lines of JSON that are of no known format as they stand.

    Raises UserError when there is none, or when two have one id.
    """
    if given is None and place.suffix.lower() in _LINES:
        given = Use(name=known_format(place) or "jsonl")
    with alone(place) as mill:
        held = rows_held(mill, given)
    if not held.rows:
        raise UserError(f"no row of {place} can be used: {'; '.join(held.left_out[:3]) or 'it is empty'}")
    ids = Counter(str(row.get("id", number)) for number, row in held.rows)
    if twice := [name for name, count in ids.items() if count > 1]:
        raise UserError(f'{place} has {ids[twice[0]]} rows of the id "{twice[0]}": answers are found by it')
    return held


def read_answers(name: str, place: Path) -> System:
    """One system's answers: lines of `{id, answer}`, or one object of texts by id, as SQuAD's script takes them.

    An answer that failed is a line of `{id, failure}` with the reason. Raises UserError for a file that is neither.
    """
    with alone(place) as mill:
        (first, *others) = [row for _, row in rows_held(mill, Use(name="jsonl")).rows] or [{}]
    rows = [first, *others]
    key = next((one for one in _ANSWERS if any(one in row for row in rows)), "")
    if not others and "id" not in first and first and all(isinstance(said, str) for said in first.values()):
        return System(name, {str(one): str(said) for one, said in first.items()}, {})
    if not key and not any("failure" in row for row in rows):
        raise UserError(f"{place} has no answers: its rows need an `id` and one of {', '.join(_ANSWERS)}.")
    said: dict[str, str] = {}
    failed: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        own = str(row.get("id", ""))
        if not own or own in said or own in failed:
            raise UserError(f"row {number} of {place} has {'the id of another row' if own else 'no id'}: mend it.")
        if isinstance(row.get(key), str):
            said[own] = row[key]
        else:
            failed[own] = _reason(row.get("failure"))
    return System(name, said, failed)


def _reason(failure: Any) -> str:
    if isinstance(failure, Mapping):
        failure = failure.get("state") or failure.get("reason")
    return str(failure) if failure else "no answer is given"


def metrics_of(uses: Sequence[Use], rows: Sequence[Row]) -> Mapping[str, Metric]:
    """The metrics by name, built; the usual ones of such rows when none is named.

    Raises UserError that names what is wrong with each, or that nothing is usual for such rows.
    """
    if not uses:
        usual = next((names for column, names in _USUAL if column in rows[0]), ())
        uses = [Use(name=name) for name in usual]
    if not uses:
        raise UserError(
            f"no metric is usual for rows of {', '.join(rows[0])}: name one of {', '.join(names('metrics'))}"
        )
    found: dict[str, Metric] = {}
    for use in uses:
        lacking = missing(find("metrics", use.name))
        if lacking:
            raise UserError(f"{use.name} needs {', '.join(lacking)}: pip install {' '.join(lacking)}")
        if use.name in found:
            raise UserError(f"{use.name} is named twice: leave one out")
        found[use.name] = cast(Metric, build("metrics", use.name, use.fields))
    return found


def evaluate(
    held: Held, systems: Sequence[System], metrics: Mapping[str, Metric], by: Sequence[str], seed: int = 17
) -> Evaluated:
    """Score each system's answers to these rows by each metric, over all rows, by part, and by the columns `by`.

    Raises UserError for a column that no row has, and when a system has answered none of the rows.
    """
    rows = {str(row.get("id", number)): row for number, row in held.rows}
    for system in systems:
        if not rows.keys() & system.said.keys():
            known = ", ".join(list(rows)[:3])
            raise UserError(f"{system.name} has answered none of these rows: their ids are {known} …")
    clustered = next((one for one in CLUSTERS if any(row.get(one) for row in rows.values())), "")
    clusters = clusters_of([_worded(row.get(clustered)) for row in rows.values()])
    scores: list[Score] = []
    for name, metric in metrics.items():
        parts = {"": np.ones(len(rows), np.bool_), **metric.slices(list(rows.values())), **_groups(rows, by)}
        sheets = [_Sheet(metric, rows, system) for system in systems]
        # A part that is all rows would say the same again.
        apart = {part: mask for part, mask in parts.items() if not part or not mask.all()}
        for part, mask in apart.items():
            for sheet in sheets:
                scores += _scored(name, part, (sheet, sheets[0]), mask, clusters, seed)
    return Evaluated(
        rows=len(rows),
        clusters=len(np.unique(clusters)),
        clustered_by=clustered,
        left_out=held.left_out,
        failures={one.name: _failures(one, rows) for one in systems},
        unknown={one.name: len((one.said.keys() | one.failed.keys()) - rows.keys()) for one in systems},
        signatures={name: metric.signature() for name, metric in metrics.items()},
        scores=scores,
    )


class _Sheet:
    """One system's statistics of every row; those without an answer as if wrong, and which they are."""

    def __init__(self, metric: Metric, rows: Mapping[str, Row], system: System) -> None:
        self.metric, self.system = metric, system
        self.answered = np.array([one in system.said for one in rows], np.bool_)
        self.statistics = metric.statistics(list(rows.values()), [system.said.get(one, _WRONG) for one in rows])


def _scored(name: str, part: str, sheets: tuple[_Sheet, _Sheet], mask: Any, clusters: Any, seed: int) -> list[Score]:
    ours, first = sheets
    metric, mine = ours.metric, mask & ours.answered
    both = mine & first.answered
    if not mine.any():
        return []
    found = intervals(metric, ours.statistics[mine], _numbered(clusters[mine]), seed)
    worst = metric.totals(ours.statistics[mask].sum(axis=0))
    pair = (ours.statistics[both], first.statistics[both])
    gained = gains(metric, *pair, _numbered(clusters[both]), seed) if ours is not first and both.any() else {}
    return [
        Score(
            system=ours.system.name,
            metric=name,
            score=score,
            part=part,
            rows=int(mine.sum()),
            failed=int(mask.sum() - mine.sum()),
            interval=found[score],
            at_worst=float(worst[score]),
            both=int(both.sum()) if ours is not first else 0,
            gain=gained.get(score),
        )
        for score in metric.scores
    ]


def _numbered(clusters: Any) -> Any:
    return np.unique(clusters, return_inverse=True)[1]


def _groups(rows: Mapping[str, Row], by: Sequence[str]) -> Mapping[str, Any]:
    """The rows of each value of each of these columns."""
    found: dict[str, Any] = {}
    for column in by:
        if not any(column in row for row in rows.values()):
            known = {name for row in rows.values() for name in row}
            raise UserError(f'no row has the column "{column}": {nearest(column, known)}')
        values = [_worded(row.get(column)) for row in rows.values()]
        for value in sorted(set(values)):
            found[f"{column}={value}"] = np.array([one == value for one in values], np.bool_)
    return found


def _worded(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _failures(system: System, rows: Mapping[str, Row]) -> Mapping[str, int]:
    """Rows without an answer, by the reason."""
    lacking = [one for one in rows if one not in system.said]
    return dict(Counter(system.failed.get(one, "no answer is given") for one in lacking).most_common())


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and value != value else value
