"""What there is to choose from: pages of parts, the recipe's schema, a commented recipe, the doctor."""

import inspect
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from gristmill.contracts import Cleaner, Part, Scanner
from gristmill.errors import UserError, nearest
from gristmill.find import KINDS, find, missing, names
from gristmill.sections import (
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
