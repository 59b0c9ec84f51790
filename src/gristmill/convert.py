"""A file of rows from one format to another: each row is written or named, nothing is judged."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from gristmill.contracts import Format, Row, Rows
from gristmill.errors import GateError, UserError
from gristmill.files import replacing
from gristmill.find import build, find, names
from gristmill.mill import Mill
from gristmill.opening import Reading, Recognising
from gristmill.recipe import Recipe
from gristmill.record_files import ENDINGS, PACKED, ending
from gristmill.records import Source, fields_of
from gristmill.rows import own_columns
from gristmill.sections import Use
from gristmill.stations._sources import File, files_of
from gristmill.stations.audit import Sign, audit, stopped
from gristmill.store import Store

# Rows of questions and answers are known as such, whatever else they hold.
_PAIRS = {"jsonl": ["question", "answer"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What came of a conversion: rows written and where, rows left out with the reason, faults of the source."""

    out: Path
    read_as: str
    written: int
    left_out: Sequence[str]
    faults: Sequence[str]
    signs: Sequence[Sign]
    beside: Sequence[Path]

    def plain(self) -> Mapping[str, Any]:
        """As plain data, for JSON."""
        signs = [{"file": one.label, "sign": one.finding.code, "reason": one.finding.reason} for one in self.signs]
        paths = {"out": str(self.out), "beside": [str(path) for path in self.beside]}
        return {**fields_of(self), **paths, "signs": signs}


@contextmanager
def alone(path: Path) -> Iterator[Mill]:
    """A mill for one bare file, with a store that is gone afterwards."""
    plain = {"task": "question_answer", "ingest": {"path": str(path)}}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        try:
            yield Mill(recipe=Recipe.model_validate(plain), store=store)
        finally:
            store.close()


def has_records(path: Path) -> bool:
    """Whether a file's ending says that it holds rows."""
    return bool(ending(path))


def bare_name(path: Path) -> str:
    """A file's name without the endings that say what kind of records it holds."""
    name = path.name
    while Path(name).suffix.lower() in (*ENDINGS, *PACKED):
        name = Path(name).stem
    return name


def recognised(mill: Mill, path: Path) -> tuple[str, Sequence[str]]:
    """The name of the format that a file's keys show, "" when they show none; and these keys.

    Raises UserError when they fit several.
    """
    known = {name: list(cast(type[Format], find("formats", name)).keys) for name in names("formats")}
    (opened,) = mill.sandbox.open([("", Recognising(place=str(path), known=known | _PAIRS))])
    if opened.state:
        raise UserError(f"{path}: {opened.reason}")
    found, keys = opened.entries[0]["formats"], opened.entries[0]["keys"]
    if len(found) > 1:
        raise UserError(f"{path} could be {' or '.join(found)}: it has the keys of each. Name one with --format.")
    return (str(found[0]) if found else ""), keys


def convert(mill: Mill, given: Use | None, to: Use, out: Path) -> Converted:
    """Read the mill's one source as `given` (or as what it is recognised for) and write it as `to`.

    Raises UserError when the source holds no row, or when a file stands where the rows should go;
    GateError when the audit stops it.
    """
    if out.exists():
        raise UserError(f"{out} is there already, and is not overwritten: name another with --out.")
    target = cast(Format, build("formats", to.name, to.fields))
    (file,) = files_of(mill)
    signs = audit(mill, [file])
    if why := stopped(signs):
        raise GateError(why)
    use = given or _told_by_keys(mill, file)
    rows, left, faults = _read(mill, file.place, file.source, use)
    with tempfile.TemporaryDirectory() as folder:
        good, refused = _fitting(target, rows, Path(folder) / out.name)
    if not good:
        reasons = "; ".join([*left, *refused][:3]) or "it is empty"
        raise UserError(f"no row of {file.label} can be written as {to.name}: {reasons}")
    out.parent.mkdir(parents=True, exist_ok=True)
    target.write(Rows(lambda: good), out)
    if (count := target.verify(out)) != len(good):
        raise UserError(
            f"{out} holds {count} rows by its consumer's rules, and {len(good)} were given: use another format."
        )
    return Converted(
        out=out,
        read_as=use.name,
        written=len(good),
        left_out=[*left, *refused],
        faults=faults,
        signs=signs,
        beside=list(_beside(target, out)),
    )


def _told_by_keys(mill: Mill, file: File) -> Use:
    name, keys = recognised(mill, file.place)
    if not name:
        has = f"it has {', '.join(keys)}" if keys else "no record could be read"
        listed = ", ".join(names("formats"))
        raise UserError(f"{file.label} shows the keys of no format ({has}): name it with --format ({listed}).")
    return Use(name=name)


def _read(mill: Mill, place: Path, source: Source, use: Use) -> tuple[list[Row], list[str], list[str]]:
    """The rows of a file, those that cannot be used, and the faults of the source."""
    part = build("formats", use.name, use.fields)
    job = Reading(
        place=str(place),
        source=fields_of(source),
        opener=("formats", use.name, part.model_dump(mode="json")),
        readers={},
        max_mb=mill.recipe.ingest.max_mb,
        depth=0,
        with_ids=True,
    )
    (opened,) = mill.sandbox.open([("", job)])
    ended = next((one for one in opened.entries if "file" in one), None)
    if opened.state or ended:
        reason = ended["reason"] if ended else opened.reason
        named = reason if reason.startswith(source.path) else f"{source.path}: {reason}"
        extra = f" On the command line: --format '{use.name}: {{extra: [key]}}'." if "in extra" in reason else ""
        raise UserError(f"{named}{extra}")
    rows: list[Row] = [own_columns(_row(one)) for one in opened.entries if "row" in one]
    left = [f"row {one['number']}: {one['failure']['reason']}" for one in opened.entries if "failure" in one]
    return rows, left, [_fault(one["finding"]) for one in opened.entries if "finding" in one]


def _row(entry: Mapping[str, Any]) -> Row:
    return cast(Row, json.loads(entry["row"]))


def _fault(found: Mapping[str, Any]) -> str:
    place = f" ({found['unit']} {found['offset']})" if found["offset"] is not None else ""
    return f"{found['code']}: {found['reason'].rstrip('.')}{place}. {found['remedy']}"


def _fitting(target: Format, rows: Sequence[Row], trial: Path) -> tuple[list[Row], list[str]]:
    """The rows that the target can hold, and a reason for each that it cannot; bad ones are found by halving."""
    if not rows:
        return [], []
    try:
        target.write(Rows(lambda: rows), trial)
    except UserError as error:
        if len(rows) == 1:
            return [], [str(error).replace(f"{trial}: ", "")]
    else:
        return list(rows), []
    middle = len(rows) // 2
    first, last = _fitting(target, rows[:middle], trial), _fitting(target, rows[middle:], trial)
    return first[0] + last[0], first[1] + last[1]


def _beside(target: Format, out: Path) -> Iterator[Path]:
    """Write what a trainer wants beside the data."""
    for name, text in target.beside({"train": out.name}).items():
        path = out.with_name(name)
        if path.exists():
            raise UserError(f"{path} is there already, and is not overwritten: write {out.name} into another folder.")
        with replacing(path) as partial:
            partial.write_text(text, "utf-8")
        yield path
