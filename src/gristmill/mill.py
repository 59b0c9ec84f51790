"""What every station is handed: the recipe's parts, the store, and how to say how far it is."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, cast, get_args

from gristmill.answering import Teacher
from gristmill.budget import Budget
from gristmill.contracts import AskingCheck, Check, Chunker, Cleaner, Format, Harvester, PairCheck, Scanner, Task
from gristmill.desk import Desk
from gristmill.errors import UserError
from gristmill.find import build, find, fingerprint
from gristmill.recipe import Recipe
from gristmill.records import Draft, Example, Origin, Source, canonical, digest
from gristmill.sandbox import Sandbox
from gristmill.seat import NO_PRICE, Seat, no_consent
from gristmill.sections import SeatName, Use
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
    locks: bool = False
    update: bool = False
    opened: int = 0
    tables: list[Table] = field(default_factory=list)

    @cached_property
    def scanners(self) -> Sequence[Scanner]:
        """The recipe's scanners, in its order."""
        return [cast(Scanner, self._build("audit", use)) for use in self.recipe.audit.scanners]

    @cached_property
    def sandbox(self) -> Sandbox:
        """Where files are opened: in processes of their own, as many as there are processors, up to four."""
        rules = self.recipe.ingest
        return Sandbox(rules.max_memory_mb, rules.max_seconds, min(4, os.cpu_count() or 1))

    def close(self) -> None:
        """End the processes that files were opened in."""
        if "sandbox" in self.__dict__:
            self.sandbox.close()

    @cached_property
    def task(self) -> Task:
        """The recipe's task."""
        return cast(Task, self._build("tasks", self.recipe.task))

    @cached_property
    def cleaners(self) -> Mapping[str, Cleaner]:
        """The recipe's cleaners by name, in its order."""
        return {use.name: cast(Cleaner, self._build("clean", use)) for use in self.recipe.clean}

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

    @cached_property
    def seats(self) -> Mapping[str, Seat]:
        """The seats that this recipe asks, by name. Raises UserError when one may not be asked."""
        asked = {check.seat for check in self.checks.values() if isinstance(check, AskingCheck | PairCheck)}
        found = {}
        for name in get_args(SeatName):
            if name == "generator" or name in asked:
                uses = self.recipe.seated(name)
                found[name] = Seat(name, [cast(Teacher, self._build("teachers", use)) for use in uses])
        refused = {text for seat in found.values() for one in seat.teachers if (text := self._refused(one))}
        if refused:
            raise UserError("; ".join(sorted(refused)))
        return found

    def _refused(self, teacher: Teacher) -> str:
        rules, host = self.recipe.asking, teacher.destination()
        if host and host not in rules.consent:
            return no_consent(host)
        capped = (rules.run_cap, rules.round_cap) != (None, None)
        return NO_PRICE if capped and teacher.price() is None else ""

    @cached_property
    def budget(self) -> Budget:
        """The caps of the recipe, and what this round has cost already."""
        rules = self.recipe.asking
        spent = self.store.database.spent_this_round()
        out = self.store.database.batches()
        seated = {canonical(dict(one)) for seat in self.seats.values() for one in seat.identities} if out else set()
        held = sum(batch["cost"] for batch in out if batch["teacher"] in seated)
        return Budget(run_cap=rules.run_cap, round_cap=rules.round_cap, round_spent=spent, held=held)

    def desk(self, station: str) -> Desk:
        """What an asking of this run needs."""
        tell = partial(self.tell, station)
        return Desk(database=self.store.database, run=self.run, budget=self.budget, tell=tell, ready=self._ready)

    @property
    def keyed(self) -> Recipe:
        """The recipe without what changes no row: how fast, at what price and by which key teachers are asked."""
        seats = {
            seat: tuple(use.without(find("teachers", use.name).unkeyed) for use in uses)
            for seat, uses in self.recipe.teachers.items()
        }
        return self.recipe.model_copy(update={"teachers": seats})

    def _ready(self) -> None:
        """Before any teacher is asked, see that none of any seat lacks what it needs."""
        lacking = {text for seat in self.seats.values() for one in seat.teachers if (text := one.lacks())}
        if lacking:
            raise UserError("; ".join(sorted(lacking)))

    @cached_property
    def task_print(self) -> str:
        """The fingerprint of the task: rows of another build of it are other rows."""
        return fingerprint(self.task)

    def step(
        self, step: Step, make: Make, facts: Mapping[str, Any] | None = None, started: float | None = None
    ) -> Table:
        """Re-use or make a table, and write the step down in the run's record.

        `facts` may be filled by `make`: it is read after; the remarks on a table that is re-used are told again.
        `started` (a monotonic clock) is given when the work began before.
        """
        began = time.monotonic() if started is None else started
        table = self.store.reuse_or_make(step, make)
        seconds = time.monotonic() - began
        row = (step.station, step.name, step.fingerprint, len(step.items), table.made, seconds)
        if self.run:
            known = {} if table.made else self.store.database.facts_of(step.station, step.fingerprint)
            told = {name: known[name] for name in ("remarks",) if name in known}
            self.store.database.add_step(self.run, len(self.tables), row, {**told, **(facts or {})})
        self.tables.append(table)
        return table

    def _build(self, kind: str, use: Use) -> Any:
        return build(kind, use.name, use.fields)


def print_of(*parts: str) -> str:
    """One fingerprint of several."""
    return digest("print", *parts)


def whole(record: Any) -> str:
    """Digest of a record with all it carries, its terms and makers too: what a step's work depends on."""
    return digest("whole", record)


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
