"""A recipe: YAML to a Recipe and back; every section is a station, every key a field of a part."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gristmill.records import Outcome, Trust, canonical
from gristmill.yaml_text import write_yaml

DEFAULT_CHECKS = (
    "length",
    "stands_alone",
    "copied",
    "answer_kind",
    "grounded",
    "exact_duplicates",
    "near_duplicates",
    "conflicts",
    "round_trip",
)
SeatName = Literal["generator", "judge", "reader"]


_POLICY: dict[str, tuple[Outcome, ...]] = {"default": ("reject", "unknown")}

_NOT_PROSE = (
    "References",
    "Bibliography",
    "External links",
    "Further reading",
    "See also",
    "Works cited",
    "Table of contents",
)


class Section(BaseModel):
    """A part of the recipe; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Use(Section):
    """A part by name with its fields: `grounded`, or `{grounded: {support: 0.7}}`."""

    name: str
    fields: dict[str, Any] = Field(default_factory=dict)

    def without(self, fields: Collection[str]) -> "Use":
        """The part without these fields."""
        return Use(name=self.name, fields={name: value for name, value in self.fields.items() if name not in fields})

    def plain(self) -> Any:
        """The shortest YAML form."""
        return {self.name: _plain(self.fields)} if self.fields else self.name


def _use(value: Any) -> Any:
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, Mapping) and len(value) == 1 and "name" not in value:
        ((name, fields),) = value.items()
        return {"name": name, "fields": fields or {}}
    if isinstance(value, Mapping) and "name" not in value:
        raise ValueError("name one part, as `part` or `{part: {field: value}}`")
    return value


def _sources(value: Any) -> Any:
    listed = value if isinstance(value, list | tuple) else [value]
    return [{"path": item} if isinstance(item, str) else item for item in listed]


def _ingest(value: Any) -> Any:
    if isinstance(value, str | list) or (isinstance(value, Mapping) and "path" in value):
        return {"sources": value}
    return value


def _listed(key: str) -> BeforeValidator:
    def whole(value: Any) -> Any:
        listed = [value] if isinstance(value, str) else value
        return {key: listed} if isinstance(listed, list) else listed

    return BeforeValidator(whole)


def _several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Part = Annotated[Use, BeforeValidator(_use)]
Parts = Annotated[tuple[Part, ...], BeforeValidator(_several), Field(min_length=1)]


class SourceOf(Section):
    """One file, folder or glob to read, and under which terms."""

    path: str = Field(description="A file, a folder (read with all below it) or a glob, relative to the recipe.")
    licence: str = Field(default="unknown", description="SPDX name of the licence of these files.")
    trust: Trust = Field(default="unknown", description="own, known or unknown: who vouches for these files.")
    origin: Literal["human", "synthetic"] = Field(default="human", description="Who wrote these files.")
    format: str = Field(default="", description="For ready-made rows: their format, as `gristmill parts formats`.")


class Ingest(Section):
    """Which files to read."""

    sources: Annotated[tuple[SourceOf, ...], BeforeValidator(_sources)] = Field(min_length=1)
    max_mb: float = Field(default=50.0, gt=0, description="Files over this many megabytes are named, not read.")
    readers: dict[str, dict[str, Any]] = Field(default_factory=dict, description="Fields of readers, by name.")


class Asking(Section):
    """The rules that hold whenever a teacher is asked: where text may go, what it may cost, what counts as failed."""

    consent: tuple[str, ...] = Field(
        default=(), description="Hosts that text may be sent to; without its name here, no host gets any."
    )
    run_cap: float | None = Field(default=None, ge=0, description="Money that one run may spend; it stops before more.")
    round_cap: float | None = Field(
        default=None, ge=0, description="Money that all runs may spend until the next version is frozen."
    )
    least_yield: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Share of the pairs asked for that must come back readable, or the run ends.",
    )
    most_failed: float = Field(
        default=0.0, ge=0, le=1, description="Share of a step's requests that may fail before the exit status is 3."
    )


class Generate(Section):
    """How many pairs to ask the generator for."""

    pairs_per_passage: int = Field(default=2, ge=0, description="Pairs asked of each passage; 0 asks for none.")
    pairs: int | None = Field(default=None, ge=0, description="Pairs in all, shared out exactly; overrides the above.")
    min_words: int = Field(default=25, ge=1, description="Passages with fewer words are not asked about.")
    skip_headings: tuple[str, ...] = Field(
        default=_NOT_PROSE, description="Passages below these headings are not asked about (case does not matter)."
    )


class Curate(Section):
    """Which checks judge the examples, and which of their outcomes reject."""

    checks: tuple[Part, ...] = tuple(Use(name=name) for name in DEFAULT_CHECKS)
    policy: dict[str, tuple[Outcome, ...]] = Field(
        default=_POLICY,
        description="Outcomes that reject a row, by check; `default` holds for the rest.",
    )

    def rejects(self, check: str, outcome: str) -> bool:
        """Whether the recipe rejects a row for this outcome of this check."""
        return outcome in self.policy.get(check, self.policy.get("default", _POLICY["default"]))


def _split_name(name: str) -> str:
    if name == "rejected" or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise ValueError("name a split in letters, digits, - and _, and not `rejected`")
    return name


_Split = Annotated[str, AfterValidator(_split_name)]


class Freeze(Section):
    """How the kept rows are split; documents and families stay whole."""

    splits: dict[_Split, Annotated[float, Field(gt=0, le=1)]] = Field(
        default_factory=lambda: {"train": 0.8, "validation": 0.1, "test": 0.1},
        description="Share of the rows of each split; they add up to 1.",
    )
    least_rows: int = Field(default=1, ge=1, description="Kept rows below which no version is made (exit status 3).")


class Export(Section):
    """Which training files to write, and where."""

    formats: tuple[Part, ...] = Field(default=(), description="Formats; empty means the task's own.")
    folder: str = Field(default="out", description="Folder for the exports, relative to the recipe.")


class Recipe(Section):
    """A whole recipe. Only `task` and `ingest` must be said."""

    task: Part
    ingest: Annotated[Ingest, BeforeValidator(_ingest)]
    seed: int = Field(default=17, description="The one seed of every choice that is drawn.")
    chunk: Part = Use(name="by_headings")
    harvest: tuple[Part, ...] = (Use(name="faq_headings"), Use(name="definitions"), Use(name="turns"))
    teachers: dict[SeatName, Parts] = Field(
        default_factory=dict, description="Who answers, by seat: generator, judge, reader. One, or a list that shares."
    )
    asking: Asking = Asking()
    generate: Generate = Generate()
    curate: Annotated[Curate, _listed("checks")] = Curate()
    freeze: Freeze = Freeze()
    export: Annotated[Export, _listed("formats")] = Export()

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
                yield "formats", ("ingest", "sources", index, "format"), Use(name=source.format)
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
        whole: dict[str, Any] = _plain(self)
        whole["teachers"] = {
            seat: listed[0] if len(listed) == 1 else listed for seat, listed in whole["teachers"].items()
        }
        return whole


def _plain(value: Any) -> Any:
    if isinstance(value, Use):
        return value.plain()
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    # A number read from YAML remembers how it was written, and is written so again, not always exactly.
    return float(value) if isinstance(value, float) else value


def dump(recipe: Recipe) -> str:
    """The recipe as YAML text. `load(dump(recipe)) == recipe`."""
    return write_yaml(recipe.plain())


def canonical_text(recipe: Recipe) -> str:
    """The recipe as canonical JSON, without the rules of asking: what a version's digest is over."""
    return canonical({name: value for name, value in recipe.plain().items() if name != "asking"})
