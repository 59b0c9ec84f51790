"""The sections of a recipe: every section is a station, every key a field of a part."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gristmill.addresses import secret_in
from gristmill.errors import UserError
from gristmill.records import Outcome, Trust
from gristmill.yaml_text import parse_yaml

DEFAULT_CHECKS = (
    "licences",
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
DEFAULT_TEXT_CHECKS = ("language", "secrets", "personal_data", "toxicity", "exact_duplicates", "near_duplicates")
DEFAULT_CLEANERS = ("encoding", "hidden_characters")
DEFAULT_SCANNERS = (
    "pickles",
    "archives",
    "scripts",
    "active_documents",
    "yaml_files",
    "templates",
    "table_files",
    "hidden_characters",
    "secrets",
    "instructions",
)
SeatName = Literal["generator", "judge", "reader"]
_PLACES = ("path", "address", "hub")
_POLICY: dict[str, tuple[Outcome, ...]] = {"default": ("reject", "unknown")}

_NOT_PROSE = tuple(
    "References,Bibliography,External links,Further reading,See also,Works cited,Table of contents".split(",")
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
        return {self.name: plain(self.fields)} if self.fields else self.name


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
    return [_place(item) if isinstance(item, str) else item for item in listed]


def _place(text: str) -> dict[str, str]:
    """A source that is named by where it is alone: an address, `hub:owner/name`, or a path."""
    if text.startswith(("http://", "https://")):
        return {"address": text}
    return {"hub": text.removeprefix("hub:")} if text.startswith("hub:") else {"path": text}


def ingest_of(value: Any) -> Any:
    """The section `ingest`, also when it names nothing but its sources."""
    if isinstance(value, str | list) or (isinstance(value, Mapping) and any(key in value for key in _PLACES)):
        return {"sources": value}
    return value


def listed(key: str) -> BeforeValidator:
    """A section that may be said as the list of this one key."""

    def whole(value: Any) -> Any:
        several = [value] if isinstance(value, str) else value
        return {key: several} if isinstance(several, list) else several

    return BeforeValidator(whole)


def _several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def part_of(text: str) -> Use:
    """A part as people type it: `alpaca`, or `alpaca: {extra: [category]}`. Raises UserError."""
    try:
        given = parse_yaml(text, "it") if ":" in text else text
    except UserError as error:
        name = text.strip().partition(":")[0].strip() or "part"
        told = f"`{name}`, or with fields `{name}: {{field: value}}`, with a space behind each colon"
        raise UserError(f"{text} names no part: {error}; write {told}") from None
    try:
        return Use.model_validate(_use(given))
    except ValueError:
        raise UserError(f"{text} names no part: write `alpaca`, or with fields `alpaca: {{extra: [tag]}}`") from None


Part = Annotated[Use, BeforeValidator(_use)]
MaybePart = Annotated[Use | None, BeforeValidator(lambda value: _use(value) if value else None)]
Parts = Annotated[tuple[Part, ...], BeforeValidator(_several), Field(min_length=1)]


class SourceOf(Section):
    """One place to read, by its path, address or hub name, and under which terms."""

    path: str = Field(default="", description="A file, a folder (read with all below it) or a glob; also archives.")
    address: str = Field(default="", description="An http or https address of one file, fetched once and kept.")
    hub: str = Field(default="", description="A data set of the hub, as owner/name; its data files alone are fetched.")
    name: str = Field(default="", description="What the lock file calls this source; empty: its path or address.")
    revision: str = Field(default="", description="For hub: the commit, tag or branch; the lock file holds the commit.")
    files: str = Field(default="", description="For hub: which files, as a glob; empty: all its data files.")
    sha256: str = Field(default="", description="For one file: the digest that it must have, or the run ends.")
    licence: str = Field(default="unknown", description="SPDX name of the licence of these files.")
    trust: Trust = Field(default="unknown", description="own, known or unknown: who vouches for these files.")
    origin: Literal["human", "synthetic"] = Field(default="human", description="Who wrote these files.")
    format: MaybePart = Field(
        default=None, description="For ready-made rows: their format, as `gristmill parts formats`."
    )

    @model_validator(mode="after")
    def _one_place(self) -> "SourceOf":
        given = [key for key in _PLACES if getattr(self, key)]
        if len(given) != 1:
            found = f"names {' and '.join(given)}" if given else "names no place"
            raise ValueError(f"a source {found}: say one of path, address, hub")
        if "\0" in self.path:
            raise ValueError("a path holds no NUL character: mend it")
        if secret := secret_in(self.address):
            raise ValueError(f"an address is shown to all, and this one holds {secret}: fetch it, and name the file")
        if self.address and not self.address.startswith(("http://", "https://")):
            raise ValueError("an address begins with http:// or https://; a file on this machine is a path")
        return self

    @property
    def place(self) -> str:
        """Where it is, as the recipe says it."""
        at = f"@{self.revision}" if self.revision else ""
        return self.path or self.address or f"hub:{self.hub}{at}"

    @property
    def title(self) -> str:
        """What the lock file and messages call it."""
        return self.name or self.path or self.address or f"hub:{self.hub}"


class Ingest(Section):
    """Which files to read, and how much reading one may take."""

    sources: Annotated[tuple[SourceOf, ...], BeforeValidator(_sources)] = Field(min_length=1)
    max_mb: float = Field(default=50.0, gt=0, description="Files over this many megabytes are named, not read.")
    max_seconds: float = Field(default=120.0, gt=0, le=1e6, description="Reading one file is ended after this time.")
    max_memory_mb: int = Field(default=4000, ge=500, le=10**9, description="Memory that reading one file may take.")
    max_depth: int = Field(default=3, ge=0, description="Files inside files inside files: how deep to go.")
    readers: dict[str, dict[str, Any]] = Field(default_factory=dict, description="Fields of readers, by name.")


class Waiver(Section):
    """One sign that a person looked at and lets pass, with the reason."""

    file: str = Field(min_length=1, description="The file, or a glob of files.")
    sign: str = Field(min_length=1, description="The code of the sign, as `gristmill audit` names it.")
    because: str = Field(min_length=1, description="Why it may pass; kept in the ledger.")


Decision = Literal["stop", "refuse", "note"]
_DECISIONS: dict[str, Decision] = {"danger": "stop", "warning": "note", "info": "note"}


class Audit(Section):
    """What is looked for in files before any is opened, and what each sign leads to."""

    scanners: tuple[Part, ...] = tuple(Use(name=name) for name in DEFAULT_SCANNERS)
    policy: dict[str, Decision] = Field(
        default=_DECISIONS,
        description="stop the run, refuse the file, or note it: by severity, or by the code of a sign.",
    )
    waivers: tuple[Waiver, ...] = Field(default=(), description="Signs that a person looked at and lets pass.")

    def decides(self, code: str, severity: str) -> Decision:
        """What a sign leads to: its own code counts before its severity."""
        return self.policy.get(code) or self.policy.get(severity) or ("stop" if severity == "danger" else "note")


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


def plain(value: Any) -> Any:
    """A section as plain data, parts in their shortest form, a source without what is not said of it."""
    if isinstance(value, Use):
        return value.plain()
    if isinstance(value, SourceOf):
        said = {name: getattr(value, name) for name in SourceOf.model_fields}
        return {name: plain(one) for name, one in said.items() if one != SourceOf.model_fields[name].default}
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    # A number read from YAML remembers how it was written, and is written so again, not always exactly.
    return float(value) if isinstance(value, float) else value
