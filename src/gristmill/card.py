"""The data set card: what was made by whom, from what, under which licence, and what nobody checked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.lazy import lazy
from gristmill.records import OriginKind, Trust

hub = lazy("huggingface_hub")

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
)
_ANNOTATORS = {"human": "found", "synthetic": "machine-generated", "derived": "machine-generated"}
_MADE = {
    "human": "found in the sources, written by people",
    "synthetic": "written by a model",
    "derived": "made from other rows by rule",
    "edited": "changed by a person",
}
# Invisible, but part of words in Persian and Indic scripts and of emoji.
_JOINERS = "\u200c\u200d"
_LISTED = 100
# The Hub's own names; any other licence is "other" there, with its name beside it.
_HUB_LICENCE = re.compile(
    r"apache-2\.0|mit|bsd-[23]-clause|isc|unlicense|zlib|bsl-1\.0|artistic-2\.0|cc0-1\.0|cc-by-(2\.[05]|[34]\.0)"
    r"|cc-by-(sa|nc-nd)-[34]\.0|cc-by-nc(-sa)?-[234]\.0|cc-by-nd-4\.0|gpl-[23]\.0|agpl-3\.0|lgpl-(2\.1|3\.0)"
    r"|[em]pl-2\.0|eupl-1\.[12]|gfdl|odbl|odc-by|pddl|unknown"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One written file: its path from the card's folder with `/`, the split it holds, rows and bytes."""

    path: str
    split: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatFacts:
    """One format that was exported, with a file per split."""

    name: str
    files: tuple[FileFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MakerFacts:
    """Rows of one origin by one maker: its part, and a teacher's model and prompt where it asked one."""

    kind: OriginKind
    by: str
    rows: int
    model: str = ""
    prompt_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """One source file and how many rows came of it."""

    path: str
    sha256: str
    rows: int
    licence: str = "unknown"
    trust: Trust = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacts:
    """One check, and how many rows it judged, rejected, and could not tell about."""

    name: str
    judged: int
    rejected: int
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """All that a card says; every number is the caller's.

    splits    rows of each split, in order; their sum is the data set's size
    makers    their rows sum to the same
    licences  rows under each licence
    limits    what was not checked or done, a sentence each
    language  ISO 639 codes; empty when unknown
    """

    name: str
    version: str
    task: str
    splits: Mapping[str, int]
    formats: tuple[FormatFacts, ...]
    makers: tuple[MakerFacts, ...]
    licences: Mapping[str, int]
    sources: tuple[SourceFacts, ...] = ()
    checks: tuple[CheckFacts, ...] = ()
    limits: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    task_categories: tuple[str, ...] = ("question-answering",)
    title: str = ""
    tags: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all splits."""
        return sum(self.splits.values())


def card(facts: CardFacts) -> str:
    """The text of README.md: the Hub's YAML header, then what a person wants to know before training."""
    blocks = [
        f"# {_line(facts.title or facts.name)}",
        f"{facts.rows} rows for the task `{facts.task}`, version `{facts.version}`, made with gristmill.",
        _splits(facts),
        _makers(facts),
        _licences(facts),
        _sources(facts),
        _checks(facts),
        _limits(facts),
        _loading(facts),
    ]
    return f"---\n{_header(facts).to_yaml()}\n---\n\n" + "\n\n".join(block for block in blocks if block) + "\n"


def size_category(rows: int) -> str:
    """The Hub's bucket for a number of rows."""
    return next((name for limit, name in _SIZES if rows < limit), "100M<n<1B")


def _header(facts: CardFacts) -> Any:
    synthetic = any(maker.kind == "synthetic" and maker.rows for maker in facts.makers)
    return hub.DatasetCardData(
        language=list(facts.language) or None,
        **_licence(facts.licences),
        pretty_name=_line(facts.title or facts.name),
        size_categories=[size_category(facts.rows)],
        task_categories=list(facts.task_categories) or None,
        annotations_creators=_annotators(facts.makers) or None,
        source_datasets=["original"],
        tags=list(dict.fromkeys(["gristmill", *(["synthetic"] if synthetic else []), *facts.tags])),
        configs=[_config(each, number == 0) for number, each in enumerate(_shown(facts))] or None,
        dataset_info=[_info(each) for each in _shown(facts)] or None,
    )


def _licence(licences: Mapping[str, int]) -> dict[str, str]:
    names = _used(licences)
    known = names[0].lower() if len(names) == 1 else ""
    if _HUB_LICENCE.fullmatch(known):
        return {"license": known}
    if not names:
        return {"license": "unknown"}
    slug = re.sub(r"[^a-z0-9.]+", "-", names[0].lower()).strip("-") if len(names) == 1 else "mixed"
    return {"license": "other", "license_name": slug or "named-below"}


def _annotators(makers: Iterable[MakerFacts]) -> list[str]:
    rows: dict[str, int] = {}
    for maker in makers:
        if maker.rows:
            name = _ANNOTATORS.get(maker.kind, "expert-generated")
            rows[name] = rows.get(name, 0) + maker.rows
    return sorted(rows, key=lambda name: (-rows[name], name))


def _tables(facts: CardFacts) -> list[FormatFacts]:
    """The formats with a row a line; nested JSON is for its own tools."""
    return [each for each in facts.formats if each.files and _suffix(each) != "json"]


def _shown(facts: CardFacts) -> list[FormatFacts]:
    """The formats that the header names: of one suffix, since the Hub opens all of a card's files alike."""
    tables = _tables(facts)
    return [each for each in tables if _suffix(each) == _suffix(tables[0])]


def _suffix(each: FormatFacts) -> str:
    return each.files[0].path.rsplit(".", 1)[-1]


def _config(each: FormatFacts, first: bool) -> dict[str, Any]:
    files = [{"split": file.split, "path": file.path} for file in each.files]
    return {"config_name": each.name, "data_files": files, **({"default": True} if first else {})}


def _info(each: FormatFacts) -> dict[str, Any]:
    size = sum(file.bytes for file in each.files)
    splits = [{"name": file.split, "num_bytes": file.bytes, "num_examples": file.rows} for file in each.files]
    return {"config_name": each.name, "splits": splits, "download_size": size, "dataset_size": size}


def _splits(facts: CardFacts) -> str:
    table = _table(("split", "rows"), facts.splits.items())
    files = [(each.name, file.path, file.split, file.rows, file.bytes) for each in facts.formats for file in each.files]
    return f"## Splits\n\n{table}\n\n{_table(('format', 'file', 'split', 'rows', 'bytes'), files)}"


def _makers(facts: CardFacts) -> str:
    kinds: dict[str, int] = {}
    for maker in facts.makers:
        kinds[maker.kind] = kinds.get(maker.kind, 0) + maker.rows
    shares = [(kind, _MADE[kind], rows, _percent(rows, facts.rows)) for kind, rows in kinds.items()]
    makers = [(maker.kind, maker.by, maker.model, maker.prompt_digest[:12], maker.rows) for maker in facts.makers]
    return (
        f"## Who made the rows\n\n{_table(('origin', 'meaning', 'rows', 'share'), shares)}\n\n"
        f"{_listing(('origin', 'part', 'teacher', 'prompt', 'rows'), makers, 'makers')}"
    )


def _licences(facts: CardFacts) -> str:
    names = _used(facts.licences)
    note = "Rows of different licences are mixed: keep to each row's own. " if len(names) > 1 else ""
    note += "Where the licence is unknown, ask before you publish." if "unknown" in names else ""
    table = _table(("licence", "rows"), ((name, facts.licences[name]) for name in names))
    return "\n\n".join(part for part in (f"## Licences\n\n{table}", note.strip()) if part)


def _sources(facts: CardFacts) -> str:
    rows = [(each.path, each.sha256[:12], each.licence, each.trust, each.rows) for each in facts.sources]
    return f"## Sources\n\n{_listing(('file', 'sha256', 'licence', 'trust', 'rows'), rows, 'sources')}" if rows else ""


def _checks(facts: CardFacts) -> str:
    rows = [(each.name, each.judged, each.rejected, each.unknown) for each in facts.checks]
    table = _table(("check", "judged", "rejected", "could not tell"), rows)
    return f"## Checks\n\n{table}" if rows else "## Checks\n\nNo check was run."


def _limits(facts: CardFacts) -> str:
    limits = "\n".join(f"- {_line(limit)}" for limit in facts.limits)
    return f"## Limits\n\n{limits}" if limits else ""


def _loading(facts: CardFacts) -> str:
    shown = _shown(facts)
    calls = [f'load_dataset("path/to/this/folder", "{each.name}")' for each in shown]
    calls += [_by_files(each) for each in _tables(facts) if each not in shown]
    lines = "\n".join(f"rows = {call}" for call in calls)
    return f"## Loading\n\n```python\nfrom datasets import load_dataset\n\n{lines}\n```" if calls else ""


def _by_files(each: FormatFacts) -> str:
    builder = "parquet" if _suffix(each) == "parquet" else "json"
    files = ", ".join(f'"{file.split}": "{file.path}"' for file in each.files)
    return f'load_dataset("{builder}", data_files={{{files}}})'


def _used(licences: Mapping[str, int]) -> list[str]:
    return sorted((name for name in licences if licences[name]), key=lambda name: (-licences[name], name))


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    ruler = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in (head, ruler, *rows))


def _listing(head: Sequence[str], rows: Sequence[Sequence[Any]], noun: str) -> str:
    """A table of the first hundred rows, and how many more there are; the last column counts rows."""
    rest = rows[_LISTED:]
    more = f"\n\nand {len(rest)} more {noun}, with {sum(row[-1] for row in rest)} rows." if rest else ""
    return _table(head, rows[:_LISTED]) + more


def _cell(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    return re.sub(r"([\\|<`*_\[])", r"\\\1", _line(value))


def _line(value: str) -> str:
    """One line: no line ends, no control characters, no halves of characters."""
    shown = (char if char.isprintable() or char in _JOINERS else " " for char in value)
    return " ".join("".join(shown).split())


def _percent(rows: int, of: int) -> str:
    return f"{100 * rows / of:.1f} %" if of else "0.0 %"
