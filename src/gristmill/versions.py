"""Frozen versions: a folder of Parquet and JSON each, found by name or tag, told apart by digest."""

import importlib.metadata
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gristmill.arrow import VERDICT, Row, example_columns, example_of, example_row, verdict_of, verdict_row
from gristmill.errors import UserError, nearest
from gristmill.files import published
from gristmill.find import code_digest
from gristmill.lazy import lazy
from gristmill.records import Example, Verdict, Version, digest
from gristmill.shelf import parquet_file
from gristmill.store import Store

pq = lazy("pyarrow.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A row of a version: the example, the state in which it left curate, its split (empty when out)."""

    example: Example
    verdicts: Mapping[str, Verdict]
    state: str
    split: str


def content_digest(rows: Sequence[Frozen], recipe: str) -> str:
    """Digest over records, verdicts and recipe: free of clocks, costs, hosts and builds of the code."""
    records = sorted(
        (row.example.id, _content(row.example), row.state, row.split, _judgement(row.verdicts)) for row in rows
    )
    return digest("version", records, recipe)


def _content(example: Example) -> str:
    whole = asdict(example)
    del whole["origin"]["made"]["fingerprint"]
    return digest(whole)


def _judgement(verdicts: Mapping[str, Verdict]) -> list[Any]:
    return [
        [check, verdict.outcome, verdict.code, verdict.score, dict(verdict.evidence)]
        for check, verdict in sorted(verdicts.items())
    ]


def environment_digest(parts: Iterable[str]) -> str:
    """Digest over our code, the parts used (by fingerprint) and the packages that a core install brings."""
    needed = importlib.metadata.requires("gristmill") or []
    names = sorted({re.split(r"[^\w.-]", name, maxsplit=1)[0] for name in needed if "extra ==" not in name})
    packages = {name: importlib.metadata.version(name) for name in names}
    return digest("environment", code_digest("gristmill.run"), sorted(parts), packages)


def find_version(store: Store, name: str = "") -> Version:
    """A version by name, tag or the first digits of its digest; that of the newest run when no name is given.

    Raises UserError with the nearest name.
    """
    versions = store.database.versions()
    if not versions:
        raise UserError(f"{store.folder} holds no version yet: `gristmill run` makes one")
    newest = next((row["version"] for row in store.database.runs() if row["version"]), "")
    wanted = store.database.tags().get(name, name) or newest
    for row in versions:
        if wanted in ("", row["name"]) or (len(wanted) >= 6 and row["content_digest"].startswith(wanted)):
            return _version(store, row)
    known = [row["name"] for row in versions] + list(store.database.tags())
    raise UserError(f'there is no version or tag "{name}": {nearest(name, known)}')


def set_tag(store: Store, tag: str, version: str) -> None:
    """Point a tag at a version. Raises UserError for a tag that reads like a version's own name."""
    if re.fullmatch(r"v\d+", tag) or not tag.strip() or tag.startswith("-"):
        raise UserError(f'"{tag}" cannot be a tag: versions have such names, or it is no name. Choose another.')
    store.database.set_tag(tag, version)


def _version(store: Store, row: Mapping[str, Any]) -> Version:
    facts = row["facts"]
    return Version(
        name=row["name"],
        content_digest=row["content_digest"],
        environment_digest=facts["environment_digest"],
        parent=facts["parent"],
        task=facts["task"],
        counts=dict(sorted(facts["counts"].items(), key=lambda pair: (pair[0] == "rejected", -pair[1], pair[0]))),
        folder=str((store.folder / "versions" / row["name"]).absolute()),
    )


def read_rows(version: Version, columns: Mapping[str, str]) -> list[Frozen]:
    """All rows of a version, kept and rejected, in its order. `columns` are the task's."""
    folder = Path(version.folder)
    verdicts: dict[str, dict[str, Verdict]] = {}
    for row in _read(folder / "verdicts.parquet"):
        verdicts.setdefault(row["example_id"], {})[row["check"]] = verdict_of(row)
    return [
        Frozen(
            example=example_of(row, columns),
            verdicts=verdicts.get(row["id"], {}),
            state=row["state"],
            split=row["split"],
        )
        for row in _read(folder / "examples.parquet")
    ]


def _read(path: Path) -> list[Row]:
    try:
        rows: list[Row] = pq.read_table(path).to_pylist()
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read ({error}). Run the recipe again: it freezes the version anew."
        ) from None
    return rows


def write_version(
    store: Store, name: str, rows: Sequence[Frozen], columns: Mapping[str, str], texts: Mapping[str, str]
) -> Path:
    """Write a version's folder and publish it by rename. `texts` are further files: name -> text."""
    final = store.folder / "versions" / name
    examples = [{**example_row(row.example), "state": row.state, "split": row.split} for row in rows]
    wide = {**example_columns(columns), "state": "string", "split": "string"}
    verdicts = [{**verdict_row(verdict), "check": check} for row in rows for check, verdict in row.verdicts.items()]
    with published(final) as making:
        with parquet_file(wide, making / "examples.parquet") as put:
            put(examples)
        with parquet_file({"check": "string", **VERDICT}, making / "verdicts.parquet") as put:
            put(verdicts)
        for file, text in texts.items():
            (making / file).write_text(text, "utf-8")
    return final


def facts_text(facts: Mapping[str, Any]) -> str:
    """A version's facts as the JSON file that lies in its folder."""
    return json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
