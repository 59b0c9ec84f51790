"""What there is to choose from: pages of parts, the recipe's schema, a commented recipe, the doctor."""

import inspect
import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from gristmill.contracts import Cleaner, Part, Scanner
from gristmill.errors import UserError, nearest
from gristmill.find import KINDS, find, missing, names
from gristmill.records import canonical
from gristmill.sections import (
    DEFAULT_SCANNERS,
    Asking,
    Audit,
    Curate,
    Export,
    Freeze,
    Generate,
    Ingest,
    SeatName,
    SourceOf,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPage:
    """One field of a part: what a recipe may set."""

    name: str
    default: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One part as its own docstrings tell it."""

    kind: str
    name: str
    summary: str
    text: str
    fields: tuple[FieldPage, ...]
    codes: Mapping[str, str]

    def plain(self) -> Mapping[str, Any]:
        """The page as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing the doctor looked at; `remedy` is empty when it is in order."""

    what: str
    state: str
    remedy: str = ""
    required: bool = True


def pages(kind: str = "", name: str = "") -> list[Page]:
    """The pages of all parts, of one kind, or of one part. Raises UserError with the nearest name."""
    if kind and kind not in KINDS:
        raise UserError(f'there is no kind of part "{kind}": {nearest(kind, KINDS)}')
    if name and not kind:
        raise UserError(f'name the kind of "{name}" too, as in `gristmill parts curate length`')
    if name:
        return [_page(kind, name, find(kind, name))]
    return [_page(each, one, find(each, one)) for each in ([kind] if kind else KINDS) for one in names(each)]


def _page(kind: str, name: str, part: type[Part]) -> Page:
    module = inspect.getmodule(part)
    summary = (inspect.getdoc(module) or "").splitlines()[0] if module else ""
    fields = tuple(
        FieldPage(
            name=key,
            default="(must be given)" if field.is_required() else repr(field.get_default(call_default_factory=True)),
            description=field.description or "",
        )
        for key, field in part.model_fields.items()
    )
    codes = part.codes if issubclass(part, Scanner | Cleaner) else {}
    return Page(kind=kind, name=name, summary=summary, text=inspect.getdoc(part) or "", fields=fields, codes=codes)


def recipe_schema() -> Mapping[str, Any]:
    """The JSON Schema of a recipe, with every part of every kind and its fields."""
    teachers = _choice("teachers")
    several = {"type": "array", "items": teachers, "minItems": 1}
    sections = {
        "task": _choice("tasks"),
        "seed": {"type": "integer"},
        "ingest": {"anyOf": [_ingest_schema(), *_source_forms()]},
        "audit": _listing(Audit, "scanners", "audit"),
        "clean": {"type": "array", "items": _choice("clean")},
        "chunk": _choice("chunk"),
        "harvest": {"type": "array", "items": _choice("harvest")},
        "teachers": {
            "type": "object",
            "properties": {seat: {"anyOf": [teachers, several]} for seat in get_args(SeatName)},
            "additionalProperties": False,
        },
        "asking": _section(Asking),
        "generate": _section(Generate),
        "curate": _listing(Curate, "checks", "curate"),
        "freeze": _section(Freeze),
        "export": _listing(Export, "formats", "formats"),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gristmill recipe",
        "type": "object",
        "properties": sections,
        "required": ["task", "ingest"],
        "additionalProperties": False,
    }


def _section(model: type[Any]) -> dict[str, Any]:
    schema: dict[str, Any] = model.model_json_schema()
    schema.pop("title", None)
    return schema


def _ingest_schema() -> dict[str, Any]:
    schema = _section(Ingest)
    schema.pop("$defs", None)
    schema["properties"]["sources"] = {"anyOf": _source_forms()}
    return schema


def _source_forms() -> list[dict[str, Any]]:
    """A path, an entry with its terms, or a list of these."""
    entry = _section(SourceOf)
    entry.pop("$defs", None)
    entry["properties"]["format"] = {"anyOf": [{"type": "null"}, {"const": ""}, _choice("formats")]}
    forms: list[dict[str, Any]] = [{"type": "string"}, entry]
    return [*forms, {"type": "array", "items": {"anyOf": forms}}]


def _listing(model: type[Any], key: str, kind: str) -> dict[str, Any]:
    listed = {"type": "array", "items": _choice(kind)}
    schema = _section(model)
    inner = schema.pop("$defs", {})
    schema["properties"][key] = listed
    for name, field in schema["properties"].items():
        reference = field.get("items", {}).get("$ref", "").rpartition("/")[2] if name != key else ""
        if reference:
            field["items"] = inner[reference]
    return {"anyOf": [schema, listed, {"enum": names(kind)}]}


def _choice(kind: str) -> dict[str, Any]:
    """A part by name, or as `{name: {field: value}}`."""
    forms: list[dict[str, Any]] = [{"enum": names(kind)}]
    for name in names(kind):
        fields = _section(find(kind, name))
        forms.append(
            {"type": "object", "properties": {name: fields}, "required": [name], "additionalProperties": False}
        )
    return {"anyOf": forms}


def diagnose() -> list[Finding]:
    """What this machine has and what a part would lack."""
    found = [Finding(what="python", state=f"{platform.python_version()} on {platform.machine()}")]
    free = shutil.disk_usage(Path()).free / 1e9
    remedy = "" if free > 1 else "free at least 1 GB: the embedded model and the store need it"
    found.append(Finding(what="disk", state=f"{free:.1f} GB free here", remedy=remedy))
    found.append(Finding(what="processors", state=str(os.cpu_count())))
    for kind in KINDS:
        lacking = {name: missing(find(kind, name)) for name in names(kind)}
        short = {name: packages for name, packages in lacking.items() if packages}
        for name, packages in short.items():
            words = f"pip install {' '.join(packages)}"
            found.append(Finding(what=f"{kind}/{name}", state=f"lacks {', '.join(packages)}", remedy=words))
        state = f"{len(lacking) - len(short)} of {len(lacking)} parts can be used"
        found.append(Finding(what=kind, state=state))
        found += _awaited(kind)
    return found


def _awaited(kind: str) -> Iterator[Finding]:
    """What parts with their defaults would fetch at first use."""
    for name in names(kind):
        part = find(kind, name)
        if not any(field.is_required() for field in part.model_fields.values()) and (fetch := part().awaits()):
            yield Finding(what=f"{kind}/{name}", state=f"awaits {fetch}", required=False)


def commented_recipe(documents: str, task: str) -> str:
    """A recipe that names every station, with its defaults. Raises UserError for an unknown task."""
    find("tasks", task)
    place = documents if _PLAIN.fullmatch(documents) else canonical(documents)
    scanners = ", ".join(DEFAULT_SCANNERS)
    return _RECIPE.replace("{documents}", place).replace("{task}", task).replace("{scanners}", scanners)


_PLAIN = re.compile(r"[\w.-]*(/[\w.-]*)+")

_RECIPE = """\
# What the model should learn: `gristmill parts tasks` lists the tasks.
task: {task}

# The one seed of every choice that is drawn.
seed: 17

# What to read, and under which terms. The licence rides on each row, to the card.
ingest:
  sources:
    - path: {documents}       # a file, a folder, a glob; archives are opened
      # address: https://example.com/page.html   # instead of path: fetched once and kept
      # hub: owner/name       # instead of path: a data set of the hub, at
      # revision: main        # a commit, tag or branch, and of it
      # files: data/*.parquet
      name: ""              # what the lock file calls it; left out, its path
      sha256: ""            # of one file: the digest that it must have
      licence: unknown      # an SPDX name, such as MIT or CC-BY-4.0
      trust: own            # own, known or unknown
      origin: human         # who wrote these files: human or synthetic
      format: ""            # of ready-made rows: `gristmill parts formats`
  max_mb: 50                # larger files are named, not read
  max_seconds: 120          # what reading one file may take; it is ended after
  max_memory_mb: 4000
  max_depth: 3              # files inside files: how deep to go
  readers: {}               # fields of readers: {jsonl: {columns: {text: body}}}

# What is looked for before any file is opened, `gristmill parts audit`, and what a sign leads to: stop, refuse, note.
audit:
  scanners: [{scanners}]
  policy: {danger: stop, warning: note, info: note}   # also by the code of a sign, such as `secret: stop`
  waivers: []               # signs that a person looked at and lets pass:
    # - file: docs/setup.md
    #   sign: secret
    #   because: it is an example

# What is mended before anything else sees the text: `gristmill parts clean`.
clean: [encoding, hidden_characters]

# How documents are cut into passages: `gristmill parts chunk`.
chunk: by_headings

# Pairs that people already wrote are found with no model: `gristmill parts harvest`.
harvest: [faq_headings, definitions, turns]

# Who writes pairs, who judges them, who reads them back. The embedded model runs on this machine, offline;
# any server of the OpenAI protocol: {endpoint: {base_url: …, model: …, key: NAME_OF_VARIABLE}}. A list shares a seat.
teachers:
  generator: embedded
  judge: embedded
  reader: embedded

# Where text may go, and what it may cost.
asking:
  consent: []               # hosts that text may be sent to, such as api.example.com
  run_cap: null             # money that one run may spend, in the currency of the teachers' prices
  round_cap: null           # money that all runs may spend until the next version
  least_yield: 0.2          # with fewer of the pairs asked for readable, the run ends
  most_failed: 0.0          # with a larger share of requests failed, the exit status is 3

# How many pairs to ask for.
generate:
  pairs_per_passage: 2
  pairs: null               # a number of pairs in all, shared out exactly, instead of the line above
  min_words: 25             # shorter passages are not asked about
  skip_headings: [References, Bibliography, External links, Further reading, See also, Works cited, Table of contents]

# Which checks judge the rows. A check says what it found; the policy says what rejects.
curate:
  checks:
    - licences              # {licences: {publish_as: CC-BY-4.0}} rejects what does not allow that
    - length
    - stands_alone
    - copied
    - answer_kind
    - grounded
    - exact_duplicates
    - near_duplicates
    - conflicts
    # - contaminated: {against: [held_out.jsonl]}   # your own evaluation questions
    - round_trip
  policy:
    default: [reject, unknown]

# How kept rows are split. A document, a passage and a family stay on one side.
freeze:
  splits: {train: 0.8, validation: 0.1, test: 0.1}
  least_rows: 1             # with fewer kept rows no version is made, and the exit status is 3

# Training files. Empty formats mean the task's own.
export:
  formats: []
  folder: out
"""
