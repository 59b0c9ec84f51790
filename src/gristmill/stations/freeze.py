"""freeze: kept rows to a version, split so that no document, passage or family is on two sides."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gristmill.contracts import Part
from gristmill.errors import GateError, NothingMade, UserError
from gristmill.find import file_sha256, fingerprint
from gristmill.mill import Mill
from gristmill.recipe import canonical_text, dump
from gristmill.records import Line, Verdict, Version
from gristmill.stations._judged import Judged
from gristmill.stations._splits import HELD_OUT, leaking, split
from gristmill.store import Piece, Step
from gristmill.versions import (
    Frozen,
    content_digest,
    environment_digest,
    facts_text,
    find_version,
    read_rows,
    write_version,
)


def freeze(mill: Mill, judged: Sequence[Judged]) -> tuple[Version, list[Frozen]]:
    """The version of these rows: a new one, or the one that already holds exactly them.

    Raises UserError when no row was made, GateError when fewer are kept than the recipe wants.
    """
    started = time.monotonic()
    kept = [one.example for one in judged if one.kept]
    if not judged:
        raise NothingMade(
            "no row was made. Harvest parts look for what people wrote as questions and answers: headings that ask, "
            "terms with definitions, turns of talk. Name parts that fit these documents, or ask a teacher for pairs "
            "(generate.pairs). `gristmill show --project FOLDER` says what became of each file."
        )
    _gate(mill, len(kept), len(judged))
    splits = split(mill, judged)
    leaks = leaking(mill, kept, splits)
    _gate(mill, len(kept) - len(leaks), len(judged))
    rows = [_frozen(one, splits.get(one.example.id, ""), leaks.get(one.example.id)) for one in judged]
    version = _version(mill, rows)
    by_id = {row.example.id: row for row in rows}

    def make(items: Sequence[str]) -> Iterator[Piece]:
        for item in items:
            yield Piece(item=item, lines=[_line(by_id[item])])

    step = Step(station="freeze", name=version.name, part=version.content_digest, columns={}, items=list(by_id))
    mill.step(step, make, {"version": version.name}, started)
    return version, rows


def _frozen(one: Judged, split: str, leak: Verdict | None) -> Frozen:
    if leak is None:
        return Frozen(example=one.example, verdicts=one.verdicts, state=one.state, split=split)
    verdicts = {**one.verdicts, HELD_OUT: leak}
    return Frozen(example=one.example, verdicts=verdicts, state=f"{HELD_OUT}:{leak.code}", split="")


def _gate(mill: Mill, kept: int, judged: int) -> None:
    least = mill.recipe.freeze.least_rows
    if kept < least:
        raise GateError(
            f"{kept} rows are left of {judged}, and freeze.least_rows is {least}: no version was made. "
            "`gristmill show` says which check rejected how many; add documents, ask for more pairs, or mend it."
        )


def _line(row: Frozen) -> Line:
    state = row.split or f"rejected:{row.state}"
    return Line(kind="row", item=row.example.id, state=state, made=int(bool(row.split)), label=row.example.group)


def _version(mill: Mill, rows: Sequence[Frozen]) -> Version:
    store = mill.store
    recipe = canonical_text(mill.keyed)
    content = content_digest(rows, recipe)
    versions = store.database.versions()
    for row in versions:
        if row["content_digest"] == content:
            return _whole(mill, find_version(store, row["name"]), rows)
    name = f"v{len(versions) + 1}"
    counts = {split: sum(row.split == split for row in rows) for split in mill.recipe.freeze.splits}
    facts: dict[str, Any] = {
        "environment_digest": environment_digest(fingerprint(part) for part in _parts(mill)),
        "parent": next((row["name"] for row in versions if row["facts"]["task"] == mill.recipe.task.name), ""),
        "task": mill.recipe.task.name,
        "counts": {**counts, "rejected": sum(not row.split for row in rows)},
        "pins": _pins(mill),
        "limit": mill.limit,
    }
    _write(mill, name, content, facts, rows)
    store.database.add_version(name, content, mill.run, facts)
    return find_version(store, name)


def _whole(mill: Mill, version: Version, rows: Sequence[Frozen]) -> Version:
    """A version that is there; its folder is written anew when a file of it is lost or damaged."""
    try:
        read_rows(version, mill.task.columns)
    except UserError:
        record = next(row for row in mill.store.database.versions() if row["name"] == version.name)
        _write(mill, version.name, version.content_digest, record["facts"], rows)
    return version


def _write(mill: Mill, name: str, content: str, facts: Mapping[str, Any], rows: Sequence[Frozen]) -> None:
    texts = {
        "recipe.yaml": dump(mill.recipe),
        "version.json": facts_text({"name": name, "content_digest": content, **facts}),
    }
    write_version(mill.store, name, rows, mill.task.columns, texts)


def _pins(mill: Mill) -> Mapping[str, str]:
    """The held-out and other files that parts read: path -> sha256, as they were for this version."""
    return {name: file_sha256(Path(name)) for part in _parts(mill) for name in part.files()}


def _parts(mill: Mill) -> list[Part]:
    teachers = [teacher for seat in mill.seats.values() for teacher in seat.teachers]
    return [mill.chunker, *mill.harvesters.values(), mill.task, *teachers, *mill.checks.values()]
