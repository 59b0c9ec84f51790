"""What every station is handed: the recipe's parts, the store, and how to say how far it is."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, cast

from gristmill.contracts import Check, Chunker, Format, Harvester, Task, Teacher
from gristmill.find import build, fingerprint
from gristmill.recipe import Recipe, Seat, Use
from gristmill.records import Draft, Example, Origin, Source, digest
from gristmill.store import Make, Step, Store, Table

MANIFEST = "manifest.json"
Tell = Callable[[str, int, int], None]


def quiet(_station: str, _done: int, _all: int) -> None:
    """Say nothing."""


@dataclass
class Mill:
    """One run of one recipe: The present folder is the recipe's while it runs."""

    recipe: Recipe
    store: Store
    run: int = 0
    limit: int | None = None
    tell: Tell = quiet
    tables: list[Table] = field(default_factory=list)

    @cached_property
    def task(self) -> Task:
        """The recipe's task."""
        return cast(Task, self._build("tasks", self.recipe.task))

    @cached_property
    def chunker(self) -> Chunker:
        """The recipe's chunker."""
        return cast(Chunker, self._build("chunk", self.recipe.chunk))

    @cached_property
    def harvesters(self) -> Mapping[str, Harvester]:
        """The recipe's harvesters by name."""
        return {use.name: cast(Harvester, self._build("harvest", use)) for use in self.recipe.harvest}

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """The recipe's checks by name, in its order."""
        return {use.name: cast(Check, self._build("curate", use)) for use in self.recipe.curate.checks}

    @cached_property
    def formats(self) -> Mapping[str, Format]:
        """The formats to export, by name; the task's own when the recipe names none."""
        uses = self.recipe.export.formats or tuple(Use(name=name) for name in self.task.formats)
        return {use.name: cast(Format, self._build("formats", use)) for use in uses}

    def teacher(self, seat: Seat) -> Teacher:
        """Who sits in this seat."""
        return cast(Teacher, self._build("teachers", self.recipe.teacher(seat)))

    @cached_property
    def task_print(self) -> str:
        """The fingerprint of the task: rows of another build of it are other rows."""
        return fingerprint(self.task)

    def step(
        self, step: Step, make: Make, facts: Mapping[str, Any] | None = None, started: float | None = None
    ) -> Table:
        """Re-use or make a table, and write the step down in the run's record.

        `facts` may be filled by `make`: it is read after. `started` (a monotonic clock) is given when
        the work began before.
        """
        began = time.monotonic() if started is None else started
        table = self.store.reuse_or_make(step, make)
        seconds = time.monotonic() - began
        row = (step.station, step.name, step.fingerprint, len(step.items), table.made, seconds)
        if self.run:
            self.store.database.add_step(self.run, len(self.tables), row, facts or {})
        self.tables.append(table)
        return table

    def _build(self, kind: str, use: Use) -> Any:
        return build(kind, use.name, use.fields)


def print_of(*parts: str) -> str:
    """One fingerprint of several."""
    return digest("print", *parts)


def whole(record: Any) -> str:
    """Digest of a record with all it carries, its terms and makers too: what a step's work depends on."""
    return digest("whole", asdict(record))


def example_from(draft: Draft, origin: Origin, task: str, group: str, source: Source) -> Example:
    """A draft with its identity: who made it, from which source, under which terms."""
    return Example(
        task=task,
        fields=dict(draft.fields),
        origin=origin,
        family=draft.family,
        group=group,
        licence=source.licence,
        trust=source.trust,
        spans=draft.spans,
    )
