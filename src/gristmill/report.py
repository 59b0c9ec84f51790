"""What a run did, gathered from its ledger: the funnel, the time, the teachers, samples of rows."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from gristmill.comparison import Compared, compare
from gristmill.contracts import Task
from gristmill.errors import UserError
from gristmill.find import build
from gristmill.recipe import Recipe
from gristmill.records import Example, Line, Version
from gristmill.store import Store
from gristmill.text import words
from gristmill.versions import Frozen, find_version, read_rows
from gristmill.yaml_text import parse_yaml

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Items of one kind at one station that ended in one state, with the commonest reason.

    `labels` name the first few of them, where the state has a reason.
    """

    state: str
    items: int
    reason: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One kind of item at one step: how many went in, and in which states they all ended.

    `into` is counted from the items that the step was given, `counts` from the ledger lines.
    """

    station: str
    step: str
    kind: str
    into: int
    made: int
    counts: tuple[Count, ...]

    @property
    def reconciled(self) -> bool:
        """Whether every item ended in exactly one state."""
        return self.into == sum(count.items for count in self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """One step's time and what a teacher took in it. Re-used items cost nothing."""

    station: str
    step: str
    seconds: float
    items: int
    made: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One row as people read it."""

    id: str
    state: str
    split: str
    origin: str
    group: str
    question: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that `show` tells of a run. `frozen_in` is the run that first froze this version."""

    run: int
    state: str
    started: float
    ended: float | None
    task: str
    recipe: str
    stages: tuple[Stage, ...]
    spent: tuple[Spent, ...]
    version: Version | None
    frozen_in: int | None
    makers: Mapping[str, int]
    answer_words: tuple[int, ...]
    samples: tuple[Sample, ...]
    folder: str
    teachers: tuple[Compared, ...] = ()

    def plain(self) -> Mapping[str, Any]:
        """The report as plain data, with each stage's reconciliation."""
        whole = asdict(self)
        for stage, told in zip(self.stages, whole["stages"], strict=True):
            told["reconciled"] = stage.reconciled
        for teacher, told in zip(self.teachers, whole["teachers"], strict=True):
            told["cost_per_accepted_row"] = teacher.each
        return whole


def gather(store: Store, run: int | None = None, samples: int = 6, seed: int = 17) -> Report:
    """The report of a run; of the newest when none is named. Raises UserError when there is none."""
    record = _record(store, run)
    steps = store.database.steps(record["id"])
    recipe = Recipe.model_validate(parse_yaml(record["recipe"], "recipe"))
    task = cast(Task, build("tasks", recipe.task.name, recipe.task.fields))
    version = find_version(store, record["version"]) if record["version"] else None
    rows = read_rows(version, task.columns) if version else []
    export = next((step for step in steps if step["station"] == "export"), None)
    return Report(
        run=record["id"],
        state=record["state"],
        started=record["started"],
        ended=record["ended"],
        task=recipe.task.name,
        recipe=record["recipe"],
        stages=tuple(_stages(store, steps)),
        spent=tuple(_spent(step) for step in steps),
        version=version,
        frozen_in=_frozen_in(store, version),
        makers=_makers([row.example for row in rows if row.split]),
        answer_words=tuple(len(words(task.text(row.example, "answer"))) for row in rows if row.split),
        samples=tuple(_draw(rows, task, recipe, samples, seed)),
        folder=export["facts"].get("folder", "") if export else "",
        teachers=compare(store.database.spent(), rows),
    )


# Told beside the way of the items: they are no part of what goes in and comes out.
_BESIDE = ("fault", "file inside", "repair")


def short(state: str) -> str:
    """A state without what its place says already: `rejected:contaminated:contaminated` is `contaminated`."""
    check, _, code = state.removeprefix("rejected:").partition(":")
    return f"{check}:{code}" if code and code != check else check


def _frozen_in(store: Store, version: Version | None) -> int | None:
    return next((row["run"] for row in store.database.versions() if version and row["name"] == version.name), None)


def _record(store: Store, run: int | None) -> Mapping[str, Any]:
    runs = store.database.runs()
    if not runs:
        raise UserError(f"{store.folder} holds no run yet: `gristmill run` makes one")
    found = runs[0] if run is None else next((row for row in runs if row["id"] == run), None)
    if found is None:
        raise UserError(f"there is no run {run}: there are runs 1 to {runs[0]['id']}. `gristmill log` lists them.")
    return found


def _stages(store: Store, steps: Sequence[Mapping[str, Any]]) -> Iterator[Stage]:
    """One stage per kind of item. Readers share one station's stage; other parts have their own.

    What goes into the first kind is the step's items; into each further kind, what the one before made.
    Faults of the sources, and files inside files, are told beside these.
    """
    lines: dict[tuple[str, str], dict[str, list[Line]]] = {}
    items: Counter[tuple[str, str]] = Counter()
    for step in steps:
        key = (step["station"], "" if step["station"] == "ingest" else step["part"])
        items[key] += step["items"]
        kinds = lines.setdefault(key, {})
        for line in store.lines(step["station"], step["fingerprint"]):
            kinds.setdefault(line.kind, []).append(line)
    for (station, name), kinds in lines.items():
        into = items[station, name]
        for kind, some in kinds.items():
            made = sum(line.made for line in some)
            counts = tuple(_counts(some))
            beside = kind in _BESIDE
            yield Stage(
                station=station, step=name, kind=kind, into=len(some) if beside else into, made=made, counts=counts
            )
            into = into if beside else made


def _counts(lines: Sequence[Line]) -> Iterator[Count]:
    states = Counter(line.state for line in lines)
    for state, items in sorted(states.items(), key=lambda pair: (-pair[1], pair[0])):
        reasons = Counter(line.reason for line in lines if line.state == state and line.reason)
        commonest = min(reasons, key=lambda reason: (-reasons[reason], reason)) if reasons else ""
        named = dict.fromkeys(line.label for line in lines if line.state == state and line.reason and line.label)
        yield Count(state=state, items=items, reason=commonest, labels=tuple(named)[:_NAMED])


def _spent(step: Mapping[str, Any]) -> Spent:
    return Spent(
        station=step["station"],
        step=step["part"],
        seconds=step["seconds"],
        items=step["items"],
        made=step["made"],
        facts=step["facts"],
    )


def _makers(kept: Sequence[Example]) -> Mapping[str, int]:
    return dict(sorted(Counter(f"{one.origin.made.by} ({one.origin.kind})" for one in kept).items()))


def _draw(rows: Sequence[Frozen], task: Task, recipe: Recipe, most: int, seed: int) -> Iterator[Sample]:
    """Kept and rejected rows, `most` of each, drawn by the digest of seed and id."""

    def place(row: Frozen) -> str:
        return hashlib.sha256(f"{seed}|{row.example.id}".encode()).hexdigest()

    for wanted in (True, False):
        drawn = sorted((row for row in rows if bool(row.split) == wanted), key=place)
        yield from (sample(row, task, recipe) for row in drawn[:most])


def sample(row: Frozen, task: Task, recipe: Recipe) -> Sample:
    """One row as people read it, with the reason of the verdict that rejects it."""
    by = row.state.split(":")[0]
    verdict = row.verdicts.get(by)
    return Sample(
        id=row.example.id,
        state=row.state,
        split=row.split,
        origin=f"{row.example.origin.made.by}, {row.example.origin.kind}",
        group=row.example.group,
        question=task.text(row.example, "question"),
        answer=task.text(row.example, "answer") or "(none: the passage does not answer this)",
        reason=verdict.reason if verdict and recipe.curate.rejects(by, verdict.outcome) else "",
    )
