"""ingest: files to documents, or to ready-made rows; every file ends in a named state."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from gristmill.arrow import DOCUMENT
from gristmill.contracts import Format, Part, Reader
from gristmill.find import build, code_digest, find, fingerprint, names
from gristmill.mill import Mill, print_of
from gristmill.opening import Entry, Named, Reading, suffix_of
from gristmill.record_files import ending
from gristmill.records import Failure, Line, ReadyRow, Source, digest
from gristmill.sandbox import Opened
from gristmill.stations._documents import Documents
from gristmill.stations._sources import File
from gristmill.store import Piece, Step, Table

COLUMNS = {**DOCUMENT, "row": "string"}
_PLAIN = {".parquet": "parquet", ".arrow": "arrow", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite"}


@dataclass(frozen=True, slots=True)
class _Opener:
    """What opens a file: a part as it travels, and the print of all that its reading depends on."""

    named: Named
    print: str


def ingest(mill: Mill, files: Sequence[File], refused: Mapping[str, Failure]) -> tuple[Documents, list[ReadyRow]]:
    """All documents and ready-made rows of these files, in the order of their paths; the refused are not opened."""
    readers = _readers(mill, files)
    chosen = {file.path: _opener(file, readers) for file in files}
    unread = {
        file.path: failure
        for file in files
        if (failure := _refusal(file, chosen[file.path], mill.recipe.ingest.max_mb) or refused.get(file.path))
    }
    tables: list[Table] = []
    for opener in {one.print: one for one in chosen.values() if one}.values():
        mine = {
            digest("file", asdict(file.source)): file
            for file in files
            if chosen[file.path] == opener and file.path not in unread
        }
        if mine:
            tables.append(_read(mill, opener, mine, readers, len(files) - len(unread)))
    _name_unread(mill, [(file, unread[file.path]) for file in files if file.path in unread])
    opened = sum(len(table.step.items) for table in tables)
    if opened + len(unread) != len(files):
        raise RuntimeError(f"of {len(files)} files {opened} were opened and {len(unread)} named")
    documents = Documents(tables)
    return documents, sorted(documents.ready(), key=lambda row: (row.source.path, row.ordinal))


def _readers(mill: Mill, files: Sequence[File]) -> Mapping[str, _Opener]:
    """Every reader by each ending it takes. One that opens files inside files depends on all readers.

    Only those that these files need have a print: parsing the code of all takes longer than reading a few files.
    """
    fields = mill.recipe.ingest.readers
    parts = {name: cast(Reader, build("ingest", name, fields.get(name, {}))) for name in names("ingest")}
    by_suffix = {suffix: name for name, part in parts.items() for suffix in part.suffixes}
    needed = {by_suffix[suffix] for file in files if (suffix := suffix_of(file.path, by_suffix))}
    if any(parts[name].holds for name in needed):
        needed = set(parts)
    prints = {name: fingerprint(part) for name, part in parts.items() if name in needed}
    everything = [*prints.values(), str(mill.recipe.ingest.max_depth)]
    prints |= {name: print_of(prints[name], *everything) for name in needed if parts[name].holds}
    return {
        suffix: _Opener(_named("ingest", name, parts[name]), prints.get(name, "")) for suffix, name in by_suffix.items()
    }


def _named(kind: str, name: str, part: Part) -> Named:
    return kind, name, part.model_dump(mode="json")


def _opener(file: File, readers: Mapping[str, _Opener]) -> _Opener | None:
    """What opens a file: the format that its source names, else the reader of its ending, else a table's own format."""
    use = file.of.format
    if use:
        part = build("formats", use.name, use.fields)
        suffix = cast(type[Format], type(part)).suffix
        fits = ending(file.place) or file.place.suffix.lower() == suffix
        return _Opener(_named("formats", use.name, part), fingerprint(part)) if fits else None
    suffix = suffix_of(file.path, readers)
    if suffix:
        return readers[suffix]
    name = _PLAIN.get(file.place.suffix.lower(), "")
    if not name:
        return None
    part = build("formats", name, {})
    return _Opener(_named("formats", name, part), fingerprint(part))


def _refusal(file: File, opener: _Opener | None, max_mb: float) -> Failure | None:
    """Why this file is not even opened."""
    if file.path != file.label:
        return Failure(state="bad_name", reason=f"the name {file.label} is not UTF-8; rename the file")
    if file.lost:
        return file.lost
    if not opener:
        return Failure(state="unsupported", reason=_unsupported(file))
    if file.size > max_mb * 1e6:
        size = f"{file.size / 1e6:.1f} MB, over the limit of {max_mb:g} MB"
        return Failure(state="too_large", reason=f"{size}; split it, or raise ingest.max_mb")
    return None


def _unsupported(file: File) -> str:
    kind = Path(file.path).suffix.lower()
    if file.of.format:
        return f"a file with {kind or 'no ending'} holds no rows of the format {file.of.format.name}; leave it out"
    fitting = [name for name in names("formats") if cast(type[Format], find("formats", name)).suffix == kind]
    rows = f"if it holds rows, name its format ({', '.join(fitting)}); else " if fitting else ""
    return f"no reader takes files with {kind or 'no ending'}; {rows}convert it, or leave it out"


def _read(mill: Mill, opener: _Opener, files: Mapping[str, File], readers: Mapping[str, _Opener], of: int) -> Table:
    rules = mill.recipe.ingest
    travelling = {suffix: one.named for suffix, one in readers.items()}

    def job(file: File) -> Reading:
        return Reading(
            place=str(file.place),
            source=asdict(file.source),
            opener=opener.named,
            readers=travelling,
            max_mb=rules.max_mb,
            depth=rules.max_depth,
        )

    def make(items: Sequence[str]) -> Iterator[Piece]:
        jobs = ((item, job(files[item])) for item in items)
        for opened in mill.sandbox.open(jobs):
            yield _piece(opened, files[opened.key].source)
            mill.opened += 1
            mill.tell("ingest", mill.opened, of)

    name = opener.named[1] if opener.named[0] == "ingest" else f"format {opener.named[1]}"
    part = print_of(opener.print, code_digest("gristmill.opening"))
    step = Step(station="ingest", name=name, part=part, columns=COLUMNS, items=list(files), resumes=True)
    return mill.step(step, make)


def _piece(opened: Opened, source: Source) -> Piece:
    ends = [entry for entry in opened.entries if "file" in entry]
    # A file that breaks off gives nothing, not what came before the break.
    broken = {entry["file"] for entry in ends if entry["state"] != "read"}
    told = [entry for entry in opened.entries if "file" not in entry]
    entries = [entry for entry in told if "finding" in entry or _path(entry) not in broken]
    rows = [{**entry["document"], "row": entry.get("row", "")} for entry in entries if "document" in entry]
    count = sum("finding" not in entry for entry in entries)
    lines = [_line(opened.key, number, entry, count) for number, entry in enumerate(entries, start=1)]
    own = next((entry for entry in ends if entry["file"] == source.path), {"state": "read", "reason": ""})
    state, reason = (opened.state, opened.reason) if opened.state else (own["state"], own["reason"])
    lines.insert(0, Line(kind="file", item=opened.key, state=state, reason=reason, made=count, label=source.path))
    for number, entry in enumerate((one for one in ends if one["file"] != source.path), start=1):
        item = f"{opened.key}!{number}"
        lines.append(
            Line(kind="file inside", item=item, state=entry["state"], reason=entry["reason"], label=entry["file"])
        )
    return Piece(item=opened.key, rows=rows, lines=lines)


def _line(item: str, number: int, entry: Entry, of: int) -> Line:
    """How one entry of a file ended: a document, a row, a failure; or a known fault of the source, told beside."""
    if "finding" in entry:
        found = entry["finding"]
        place = f" ({found['unit']} {found['offset']})" if found["offset"] is not None else ""
        reason = f"{found['reason'].rstrip('.')}{place}. {found['remedy']}"
        return Line(kind="fault", item=f"{item}/{number}", state=found["code"], reason=reason, label=entry["path"])
    path = _path(entry)
    label = path if of == 1 else f"{path}#{entry['number']}"
    if "failure" in entry:
        failed = entry["failure"]
        return Line(kind="entry", item=f"{item}/{number}", state=failed["state"], reason=failed["reason"], label=label)
    state, reason = _ready_state(entry) if "row" in entry else ("document", "")
    return Line(kind="entry", item=f"{item}/{number}", state=state, reason=reason, made=1, label=label)


def _path(entry: Entry) -> str:
    """The file that an entry is from, perhaps one inside the file that was opened."""
    return str(entry["document"]["source"]["path"] if "document" in entry else entry["path"])


def _ready_state(entry: Entry) -> tuple[str, str]:
    """The state of a ready-made row, which loses its own system turn and says so."""
    row: Any = json.loads(entry["row"])
    spoken = row.get("messages")
    first = spoken[0] if isinstance(spoken, list) and spoken else None
    if row.get("system") or (isinstance(first, dict) and first.get("role") == "system"):
        return "row_without_system", "its system turn is left out; one for all rows is the task's field `system`"
    return "row", ""


def _name_unread(mill: Mill, unread: Sequence[tuple[File, Failure]]) -> None:
    if not unread:
        return
    lines = {
        digest(file.path, failure.state, failure.reason): Line(
            kind="file", item=file.label, state=failure.state, reason=failure.reason, label=file.label
        )
        for file, failure in unread
    }
    step = Step(station="ingest", name="unread", part="unread", columns=COLUMNS, items=list(lines))
    mill.step(step, lambda items: (Piece(item=item, lines=[lines[item]]) for item in items))
