"""A recipe: YAML to a Recipe and back; every section is a station, every key a field of a part."""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import Outcome, Trust, canonical

yaml = lazy("ruamel.yaml")

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
Seat = Literal["generator", "reader"]


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


Part = Annotated[Use, BeforeValidator(_use)]


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
    teachers: dict[Seat, Part] = Field(default_factory=dict, description="Who answers, by seat: generator, reader.")
    generate: Generate = Generate()
    curate: Annotated[Curate, _listed("checks")] = Curate()
    freeze: Freeze = Freeze()
    export: Annotated[Export, _listed("formats")] = Export()

    def teacher(self, seat: Seat) -> Use:
        """Who sits in this seat; the embedded model where the recipe names nobody."""
        return self.teachers.get(seat, Use(name="embedded"))

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
        for seat in get_args(Seat):
            yield "teachers", ("teachers", seat), self.teacher(seat)
        for index, use in enumerate(self.curate.checks):
            yield "curate", ("curate", "checks", index), use
        for index, use in enumerate(self.export.formats):
            yield "formats", ("export", "formats", index), use

    def plain(self) -> dict[str, Any]:
        """The recipe as plain data, parts in their shortest form; loading it gives an equal recipe."""
        whole: dict[str, Any] = _plain(self)
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
    out = io.StringIO()
    writer = yaml.YAML()
    writer.default_flow_style = False
    writer.dump(_quoted(recipe.plain()), out)
    return out.getvalue()


def _quoted(value: Any) -> Any:
    """The value with quotes about texts that plain YAML would fold: odd line ends, control characters."""
    if isinstance(value, Mapping):
        return {_quoted(key): _quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    if isinstance(value, str) and not value.isprintable():
        return yaml.scalarstring.DoubleQuotedScalarString(value)
    return value


def canonical_text(recipe: Recipe) -> str:
    """The recipe as canonical JSON: what a version's digest is over."""
    return canonical(recipe.plain())


def read_yaml(path: Path) -> Any:
    """A recipe file as YAML data that knows its line numbers. Raises UserError with the line."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. `gristmill new` writes a recipe.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> Any:
    """YAML text as data that knows its line numbers. Raises UserError with the line."""
    reader = yaml.YAML(typ="rt")
    reader.allow_duplicate_keys = False
    try:
        data = reader.load(text)
    except yaml.error.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}:" if mark else ""
        problem = str(getattr(error, "problem", "") or error).splitlines()[0]
        raise UserError(f"{name}:{line} this is not YAML: {problem}") from None
    except RecursionError:
        raise UserError(f"{name}: {_TOO_DEEP}") from None
    except (TypeError, ValueError) as error:
        raise UserError(f"{name}: this is no YAML that a recipe can hold: {error}") from None
    _refuse_tricks(data, name)
    if not isinstance(data, Mapping):
        raise UserError(f"{name}: a recipe is a list of sections such as `task:` and `ingest:`; this holds none")
    return data


_MOST_DEEP = 40
_MOST_VALUES = 20_000
_TOO_DEEP = f"it is nested over {_MOST_DEEP} levels deep; a recipe needs five"


def _refuse_tricks(data: Any, name: str) -> None:
    """Refuse tags, depth without end, and aliases that unfold to more values than any recipe has."""
    waiting = [(data, 0)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        tag = getattr(getattr(value, "tag", None), "value", None)
        if tag:
            raise UserError(f"{name}: the tag {tag} means nothing in a recipe; write the plain value")
        if depth > _MOST_DEEP:
            raise UserError(f"{name}: {_TOO_DEEP}")
        if seen > _MOST_VALUES:
            raise UserError(f"{name}: it unfolds to over {_MOST_VALUES} values; write it out without aliases")
        inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        waiting += [(item, depth + 1) for item in inner]
