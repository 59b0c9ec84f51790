"""A file of rows from one format to another: each row is written or named, nothing is judged."""

import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
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
from gristmill.record_files import DATABASES, OtherEnding
from gristmill.records import Source, fields_of
from gristmill.rows import lost
from gristmill.sections import Use
from gristmill.stations._sources import File, files_of
from gristmill.stations.audit import Sign, audit, refusals, stopped
from gristmill.store import Store

# What one file of rows may take: a set of millions is a long way from one look.
_SECONDS = 3600
# Rows of questions and answers are known as such, whatever else they hold.
_PAIRS = {name: ["question", "answer"] for name in ("jsonl", "csv", "parquet", "arrow")}


# A row with its number in the source.
Numbered = tuple[int, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What came of a conversion: rows written and where, rows left out with the reason, faults of the source.

    `not_carried` says of how many written rows each column is not in the new file.
    """

    out: Path
    read_as: str
    written: int
    left_out: Sequence[str]
    not_carried: Mapping[str, int]
    faults: Sequence[str]
    signs: Sequence[Sign]
    beside: Sequence[Path]

    def plain(self) -> Mapping[str, Any]:
        """As plain data, for JSON."""
        signs = [{"file": one.label, "sign": one.finding.code, "reason": one.finding.reason} for one in self.signs]
        paths = {"out": str(self.out), "beside": [str(path) for path in self.beside]}
        return {**fields_of(self), **paths, "signs": signs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one file of rows holds: the rows by number, those that cannot be used with the reason, faults and signs."""

    label: str
    read_as: str
    rows: Sequence[Numbered]
    left_out: Sequence[str]
    faults: Sequence[str]
    signs: Sequence[Sign]


@contextmanager
def alone(path: Path) -> Iterator[Mill]:
    """A mill for one bare file, with a store that is gone afterwards."""
    plain = {"task": "question_answer", "ingest": {"sources": {"path": str(path)}, "max_seconds": _SECONDS}}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        try:
            with closing(Mill(recipe=Recipe.model_validate(plain), store=store)) as mill:
                yield mill
        finally:
            store.close()


def known_format(path: Path) -> str:
    """The format of a bare file of rows by its keys; "" when they show none, or when the audit stops it first.

    Raises UserError when they fit several.
    """
    with alone(path) as mill:
        (file,) = files_of(mill).files
        return "" if stopped(audit(mill, [file])) else recognised(mill, path)[0]


def recognised(mill: Mill, path: Path) -> tuple[str, str]:
    """The name of the format that a file's keys and first rows show, "" when they show none; and why they do not.

    Raises UserError when they fit several.
    """
    if path.suffix.lower() in DATABASES:
        return "sqlite", ""
    known = {name: list(cast(type[Format], find("formats", name)).keys) for name in names("formats")}
    (opened,) = mill.sandbox.open([("", Recognising(place=str(path), known=known | _PAIRS))])
    if opened.state:
        raise UserError(f"{path}: {opened.reason}")
    found, keys = opened.entries[0]["formats"], opened.entries[0]["keys"]
    if len(found) > 1:
        raise UserError(f"{path} could be {' or '.join(found)}: it has the keys of each. Name one with --format.")
    if found:
        return str(found[0]), ""
    for one in opened.entries[1:2]:
        reason = one["reason"].replace(f"{path}", path.name)
        return (
            "",
            f"is nearly {one['unlike']}, but most of its first rows are not: {reason}{_extra(reason, one['unlike'])}",
        )
    has = f"it has {', '.join(keys)}" if keys else "no record could be read"
    return "", f"shows the keys of no format ({has})."


def convert(mill: Mill, given: Use | None, to: Use, out: Path) -> Converted:
    """Read the mill's one source as `given` (or as what it is recognised for) and write it as `to`.

    Raises UserError when the source holds no row, or when a file stands where the rows should go;
    GateError when the audit stops it.
    """
    target = cast(Format, build("formats", to.name, to.fields))
    beside = {out.with_name(name): text for name, text in target.beside({"train": out.name}).items()}
    for path in (out, *beside):
        if path.exists():
            raise UserError(f"{path} is there already, and is not overwritten: name another place with --out.")
    _well_named(target, out)
    held = rows_held(mill, given)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / out.name
        fitting, refused = _fitting(target, held.rows, trial)
        good = [row for _, row in fitting]
        if not good:
            reasons = "; ".join(reason.rstrip(".") for reason in [*held.left_out, *refused][:3]) or "it is empty"
            raise UserError(f"no row of {held.label} can be written as {to.name}: {reasons}.")
        if refused:
            target.write(Rows(lambda: good), trial)
        _verify(target, trial, out, len(good))
        not_carried = _not_carried(target, good, trial)
        _put(trial, out, beside)
    return Converted(
        out=out,
        read_as=held.read_as,
        written=len(good),
        left_out=[*held.left_out, *refused],
        not_carried=not_carried,
        faults=held.faults,
        signs=held.signs,
        beside=list(beside),
    )


def rows_held(mill: Mill, given: Use | None) -> Held:
    """The rows of the mill's one source, read as `given` or as what it is recognised for.

    Raises UserError when it cannot be read, GateError when the audit stops it.
    """
    (file,) = files_of(mill).files
    signs = audit(mill, [file])
    if why := stopped(signs) or "; ".join(one.reason for one in [*refusals(signs).values(), file.lost] if one):
        raise GateError(why)
    use = given or _told_by_keys(mill, file)
    rows, left, faults = _read(mill, file.place, file.source, use)
    return Held(label=file.label, read_as=use.name, rows=rows, left_out=left, faults=faults, signs=signs)


def _well_named(target: Format, out: Path) -> None:
    """Raises OtherEnding, before any row is read, when the target is not written to a file of this name."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            target.write(Rows(lambda: []), Path(folder) / out.name)
        except OtherEnding:
            raise
        except UserError:
            return


def _told_by_keys(mill: Mill, file: File) -> Use:
    name, why_not = recognised(mill, file.place)
    if not name:
        raise UserError(f"{file.label} {why_not} Name its format with --format ({', '.join(names('formats'))}).")
    return Use(name=name)


def _extra(reason: str, name: str) -> str:
    """How to keep the keys that a format does not know, to be pasted."""
    key = re.search(r'unknown key "([\w -]+)"', reason)
    return f" To keep it: --format '{name}: {{extra: [{key[1]}]}}'." if key and "in extra" in reason else ""


def _read(mill: Mill, place: Path, source: Source, use: Use) -> tuple[list[Numbered], list[str], list[str]]:
    """The rows of a file by their number, those that cannot be used, and the faults of the source."""
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
        raise UserError(f"{named}{_extra(reason, use.name)}")
    numbered = list(enumerate((one for one in opened.entries if "row" in one or "failure" in one), 1))
    rows = [(number, _row(one)) for number, one in numbered if "row" in one]
    left = [f"row {number}: {one['failure']['reason']}" for number, one in numbered if "failure" in one]
    return rows, left, [_fault(one["finding"]) for one in opened.entries if "finding" in one]


def _row(entry: Mapping[str, Any]) -> Row:
    return cast(Row, json.loads(entry["row"]))


def _fault(found: Mapping[str, Any]) -> str:
    place = f" ({found['unit']} {found['offset']})" if found["offset"] is not None else ""
    return f"{found['code']}: {found['reason'].rstrip('.')}{place}. {found['remedy']}"


def _fitting(target: Format, rows: Sequence[Numbered], trial: Path) -> tuple[list[Numbered], list[str]]:
    """The rows that the target can hold, and a reason for each that it cannot; bad ones are found by halving."""
    if not rows:
        return [], []
    try:
        target.write(Rows(lambda: [row for _, row in rows]), trial)
    except UserError as error:
        if len(rows) == 1:
            return [], [_placed(str(error).replace(f"{trial}: ", ""), rows[0][0])]
    else:
        return list(rows), []
    middle = len(rows) // 2
    first, last = _fitting(target, rows[:middle], trial), _fitting(target, rows[middle:], trial)
    return first[0] + last[0], first[1] + last[1]


def _placed(reason: str, number: int) -> str:
    """What is wrong with the one row of a trial, under the row's number in the source."""
    rest = re.sub(r"^row( 1\b)?", "", reason)
    return f"row {number}{rest}" if rest != reason else f"row {number}: {reason}"


def _not_carried(target: Format, rows: Sequence[Row], trial: Path) -> dict[str, int]:
    """The columns of rows that what is read back from the written file has not, and of how many rows."""
    back = [one for one in target.read(trial) if isinstance(one, Mapping)]
    named = {str(one["id"]): one for one in back if one.get("id") is not None}
    missing: Counter[str] = Counter()
    for at, row in enumerate(rows):
        placed = back[at] if at < len(back) else {}
        missing.update(lost(row, named.get(str(row["id"]), placed) if row.get("id") is not None else placed))
    return dict(missing)


def _verify(target: Format, trial: Path, out: Path, rows: int) -> None:
    """Raises UserError when a file does not hold, by its consumer's rules, the rows that were given to it."""
    try:
        count = target.verify(trial)
    except UserError as error:
        raise UserError(f"{str(error).replace(str(trial), str(out))} Nothing was written.") from None
    if count != rows:
        raise UserError(f"{out} would hold {count} rows by its consumer's rules, of {rows}: use another format.")


def _put(trial: Path, out: Path, beside: Mapping[Path, str]) -> None:
    """Write the rows, and what a trainer wants beside them, where they should go. Raises UserError."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}. Name another place with --out.") from None
    for path, text in beside.items():
        with replacing(path) as partial:
            partial.write_text(text, "utf-8")
    with replacing(out) as partial:
        shutil.copyfile(trial, partial)
