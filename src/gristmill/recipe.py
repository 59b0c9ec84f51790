"""A recipe: YAML to a Recipe and back; every section is a station, every key a field of a part."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, cast, get_args

from pydantic import BeforeValidator, Field, model_validator

from gristmill.contracts import Task
from gristmill.find import find, names
from gristmill.records import canonical
from gristmill.sections import (
    DEFAULT_CLEANERS,
    Asking,
    Audit,
    Curate,
    Export,
    Freeze,
    Generate,
    Ingest,
    Part,
    Parts,
    SeatName,
    Section,
    Use,
    ingest_of,
    listed,
    plain,
)
from gristmill.yaml_text import write_yaml


class Recipe(Section):
    """A whole recipe. Only `task` and `ingest` must be said."""

    task: Part
    ingest: Annotated[Ingest, BeforeValidator(ingest_of)]
    audit: Annotated[Audit, listed("scanners")] = Audit()
    seed: int = Field(default=17, description="The one seed of every choice that is drawn.")
    clean: tuple[Part, ...] = tuple(Use(name=name) for name in DEFAULT_CLEANERS)
    chunk: Part = Use(name="by_headings")
    harvest: tuple[Part, ...] = (Use(name="faq_headings"), Use(name="definitions"), Use(name="turns"))
    teachers: dict[SeatName, Parts] = Field(
        default_factory=dict, description="Who answers, by seat: generator, judge, reader. One, or a list that shares."
    )
    asking: Asking = Asking()
    generate: Generate = Generate()
    curate: Annotated[Curate, listed("checks")] = Curate()
    freeze: Freeze = Freeze()
    export: Annotated[Export, listed("formats")] = Export()

    @model_validator(mode="before")
    @classmethod
    def _with_checks_of_its_task(cls, given: Any) -> Any:
        """The task's own checks where none are named."""
        named = given.get("task") if isinstance(given, Mapping) else None
        name = named if isinstance(named, str) else next(iter(named), None) if isinstance(named, Mapping) else None
        curate = given.get("curate", {}) if isinstance(given, Mapping) else None
        if name in names("tasks") and isinstance(curate, Mapping) and "checks" not in curate:
            checks = cast(type[Task], find("tasks", str(name))).checks
            return {**given, "curate": {**curate, "checks": list(checks)}} if checks else given
        return given

    def seated(self, seat: SeatName) -> tuple[Use, ...]:
        """Who sits in this seat; the embedded model where the recipe names nobody."""
        return self.teachers.get(seat, (Use(name="embedded"),))

    def uses(self) -> Iterator[tuple[str, tuple[str | int, ...], Use]]:
        """Every part named, with its kind and its place in the recipe."""
        yield "tasks", ("task",), self.task
        for name, fields in self.ingest.readers.items():
            yield "ingest", ("ingest", "readers", name), Use(name=name, fields=fields)
        for index, source in enumerate(self.ingest.sources):
            if source.format:
                yield "formats", ("ingest", "sources", index, "format"), source.format
        for index, use in enumerate(self.audit.scanners):
            yield "audit", ("audit", "scanners", index), use
        for index, use in enumerate(self.clean):
            yield "clean", ("clean", index), use
        yield "chunk", ("chunk",), self.chunk
        for index, use in enumerate(self.harvest):
            yield "harvest", ("harvest", index), use
        for seat in get_args(SeatName):
            listed = self.seated(seat)
            for index, use in enumerate(listed):
                place: tuple[str | int, ...] = ("teachers", seat) if len(listed) == 1 else ("teachers", seat, index)
                yield "teachers", place, use
        for index, use in enumerate(self.curate.checks):
            yield "curate", ("curate", "checks", index), use
        for index, use in enumerate(self.export.formats):
            yield "formats", ("export", "formats", index), use

    def plain(self) -> dict[str, Any]:
        """The recipe as plain data, parts in their shortest form; loading it gives an equal recipe."""
        whole: dict[str, Any] = plain(self)
        whole["teachers"] = {
            seat: listed[0] if len(listed) == 1 else listed for seat, listed in whole["teachers"].items()
        }
        return whole


def dump(recipe: Recipe) -> str:
    """The recipe as YAML text. `load(dump(recipe)) == recipe`."""
    return write_yaml(recipe.plain())


def canonical_text(recipe: Recipe) -> str:
    """The recipe as canonical JSON, without the rules of asking: what a version's digest is over."""
    return canonical({name: value for name, value in recipe.plain().items() if name != "asking"})
