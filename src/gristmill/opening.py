"""How a stranger's file is opened: what it holds, and what is found in it, file inside file."""

import dataclasses
import hashlib
import mimetypes
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

from gristmill.arrow import document_row
from gristmill.contracts import Bytes, Format, Inner, Reader, Row, Scanner
from gristmill.errors import Unreadable, UserError
from gristmill.files import read_object
from gristmill.find import build, file_sha256
from gristmill.findings import Finding
from gristmill.record_files import records
from gristmill.records import Document, Failure, Source, canonical, fields_of
from gristmill.unpack import Limits, inside

# A part as it travels: its kind, its name, its fields.
Named = tuple[str, str, Mapping[str, Any]]
Entry = Mapping[str, Any]
# Below this a guess of the encoding is told, not only noted.
_CERTAIN = 0.5
# Rows by which a file is held against a format whose keys it has.
_HEAD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file to read: where it lies, where its records say they are from, and who opens it and what is inside it."""

    place: str
    source: Mapping[str, Any]
    opener: Named
    readers: Mapping[str, Named]
    max_mb: float
    depth: int
    with_ids: bool = False

    def entries(self) -> Iterator[Entry]:
        """Yield what the file holds, one of `document`, `row`, `failure`, `finding`, or `file` for a file inside."""
        source = Source(**self.source)
        yield from _told(lambda: self._opened(source), source.path)

    def _opened(self, source: Source) -> Iterator[Entry]:
        kind, name, fields = self.opener
        part = build(kind, name, fields)
        if isinstance(part, Reader):
            data = Path(self.place).read_bytes()
            _unchanged(data, source.sha256)
            yield from self._read(part, data, source, self.depth)
            return
        # A format reads the file by itself: what it saw is what was listed when both looks agree.
        _unchanged(Path(self.place), source.sha256)
        yield from self._rows(cast(Format, part), source)
        _unchanged(Path(self.place), source.sha256)

    def _rows(self, part: Format, source: Source) -> Iterator[Entry]:
        try:
            for number, one in enumerate(part.read(Path(self.place)), 1):
                if isinstance(one, Mapping) and not self.with_ids:
                    one = {key: value for key, value in one.items() if key != "id"}
                yield _entry(one, source, number)
        except UserError as error:
            raise Unreadable("malformed", str(error).replace(self.place, source.path)) from None

    def _read(self, reader: Reader, data: bytes, source: Source, depth: int) -> Iterator[Entry]:
        number = 0
        names: set[str] = set()
        for one in reader.read(data, source):
            if isinstance(one, Inner):
                yield from self._inner(one, f"{source.path}!/{_apart(one.name, names)}", source, depth)
            else:
                number += not isinstance(one, Finding)
                yield _entry(one, source, number)
                if isinstance(one, Document):
                    yield from ({"finding": fields_of(doubt), "path": source.path} for doubt in _doubts(one))

    def _inner(self, inner: Inner, path: str, outer: Source, depth: int) -> Iterator[Entry]:
        refused = self._refusal(inner, depth)
        if refused:
            yield {"file": path, "state": refused.state, "reason": refused.reason}
            return
        media = mimetypes.guess_type(inner.name)[0] or "application/octet-stream"
        digest = hashlib.sha256(inner.data).hexdigest()
        source = dataclasses.replace(outer, path=path, sha256=digest, media_type=media)
        kind, name, fields = self.readers[suffix_of(inner.name, self.readers)]
        reader = cast(Reader, build(kind, name, fields))
        yield from _told(lambda: self._read(reader, inner.data, source, depth - 1), path, inner=True)

    def _refusal(self, inner: Inner, depth: int) -> Failure | None:
        if not suffix_of(inner.name, self.readers):
            ending = Path(inner.name).suffix or "no ending"
            return Failure(
                state="unsupported", reason=f"no reader takes files with {ending}; take it out, or convert it"
            )
        if len(inner.data) > self.max_mb * 1e6:
            size = f"{len(inner.data) / 1e6:.1f} MB, over the limit of {self.max_mb:g} MB"
            return Failure(state="too_large", reason=f"{size}; split it, or raise ingest.max_mb")
        if depth < 1:
            return Failure(state="too_deep", reason="it lies too deep in files inside files; unpack the outer ones")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanning:
    """A file to look at before it is opened: where it lies, what it is called, who looks, how deep."""

    place: str
    name: str
    sha256: str
    scanners: Sequence[Named]
    depth: int

    def entries(self) -> Iterator[Entry]:
        """Yield a `finding` for each sign, in the file and in the files inside it; a `file` when it is another now."""
        scanners = [cast(Scanner, build(kind, name, fields)) for kind, name, fields in self.scanners]
        try:
            yield from self._seen(scanners)
        except (Unreadable, FileNotFoundError) as error:
            yield _ended(self.name, error)

    def _seen(self, scanners: Sequence[Scanner]) -> Iterator[Entry]:
        with Path(self.place).open("rb") as file:
            if not file.seek(0, 2):
                _unchanged(b"", self.sha256)
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                _unchanged(data, self.sha256)
                for finding in self._signs(data, self.name, "", scanners):
                    yield {"finding": fields_of(finding)}

    def _signs(self, data: Bytes, name: str, way: str, scanners: Sequence[Scanner]) -> Iterator[Finding]:
        """What is seen in a file and in the files inside it; what shows through from inside is told there alone."""
        seen: set[tuple[str, str]] = set()
        for finding in self._below(data, name, way, scanners):
            seen.add((finding.code, finding.evidence))
            yield dataclasses.replace(finding, inside=finding.inside.removesuffix("!/"))
        for scanner in scanners:
            for finding in scanner.scan(data, name):
                if (finding.code, finding.evidence) not in seen:
                    yield dataclasses.replace(finding, inside=f"{way}{finding.inside}")

    def _below(self, data: Bytes, name: str, way: str, scanners: Sequence[Scanner]) -> Iterator[Finding]:
        for one in inside(data, name, Limits()):
            if not isinstance(one, Inner):
                continue
            below = f"{way}{one.name}"
            if below.count("!/") >= self.depth:
                yield _too_deep(below, self.depth)
                return
            yield from self._signs(one.data, one.name, f"{below}!/", scanners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognising:
    """A file of rows whose format nobody named: where it lies, and the keys by which each format is known."""

    place: str
    known: Mapping[str, Sequence[str]]

    def entries(self) -> Iterator[Entry]:
        """Yield the `formats` that fit best and as which the first rows read, and the `keys` that were found.

        Then what is `unlike` this file though it has its keys, and why.
        """
        path = Path(self.place)
        keys = _first_keys(path)
        fitting = {name: len(wanted) for name, wanted in self.known.items() if wanted and set(wanted) <= set(keys)}
        unlike: dict[str, str] = {}
        found: list[str] = []
        for most in sorted(set(fitting.values()), reverse=True):
            alike = sorted(name for name, size in fitting.items() if size == most)
            unlike |= {name: _unlike(name, path) for name in alike}
            if found := [name for name in alike if not unlike[name]]:
                break
        yield {"formats": found, "keys": list(keys)}
        yield from ({"unlike": name, "reason": reason} for name, reason in unlike.items() if reason)


def _first_keys(path: Path) -> Sequence[str]:
    """The keys of a file's first record, or of the one object that it is; none for another file."""
    try:
        return list(next(records(path), ("", {}))[1])
    except UserError:
        pass
    try:
        return list(read_object(path))
    except UserError:
        return []


def _unlike(name: str, path: Path) -> str:
    """Why a file is not of a format: what is wrong with most of its first rows; "" when they are right."""
    rows: list[Row | Failure] = []
    part = cast(Format, build("formats", name, {}))
    try:
        for one in islice((one for one in part.read(path) if not isinstance(one, Finding)), _HEAD):
            rows.append(one)
    except UserError as error:
        rows.append(Failure(state="malformed", reason=str(error)))
    failed = [one for one in rows if isinstance(one, Failure)]
    return failed[0].reason if len(failed) > len(rows) - len(failed) else ""


def suffix_of(name: str, known: Mapping[str, Any]) -> str:
    """The longest ending of a file's name that is known: `.tar.gz` before `.gz`; "" for none."""
    parts = Path(name.lower()).name.split(".")[1:]
    endings = ("." + ".".join(parts[start:]) for start in range(max(0, len(parts) - 2), len(parts)))
    return next((ending for ending in endings if ending in known), "")


def _apart(name: str, names: set[str]) -> str:
    """The name of a file inside, told apart from those before: a second `a.md` is `a~2.md`. It joins the names."""
    head, dot, ending = name.rpartition(".") if "." in name.rpartition("/")[2] else (name, "", "")
    told, number = name, 1
    while told in names:
        number += 1
        told = f"{head}~{number}{dot}{ending}"
    names.add(told)
    return told


def _told(opened: Any, path: str, inner: bool = False) -> Iterator[Entry]:
    """What an opener gives, and how it ended: a file that gives nothing says why."""
    found = 0
    try:
        for entry in opened():
            found += 1
            yield entry
        if not found:
            raise Unreadable("empty", "it holds nothing that can be read; fill it or leave it out")
    except (Unreadable, FileNotFoundError) as error:
        yield _ended(path, error)
    else:
        if inner:
            yield {"file": path, "state": "read", "reason": ""}


def _ended(path: str, error: Unreadable | FileNotFoundError) -> Entry:
    """How a file ended that gives nothing; one that is gone changed since it was listed."""
    if isinstance(error, Unreadable):
        return {"file": path, "state": error.state, "reason": error.reason}
    return {"file": path, "state": "changed", "reason": "it is gone since it was listed; run again"}


def _unchanged(data: Bytes | Path, sha256: str) -> None:
    """Raise Unreadable when a file is not, or is no longer, the one that was listed."""
    found = file_sha256(data) if isinstance(data, Path) else hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise Unreadable("changed", "it changed while it was being read; run again")


def _doubts(document: Document) -> Iterator[Finding]:
    """What a person should see of a document whose letters were guessed, or could not all be read."""
    told = document.metadata
    if float(told.get("encoding_certainty") or 1) < _CERTAIN:
        yield Finding(
            code="guessed_encoding",
            severity="warning",
            reason=f"Its letters were read as {told.get('encoding')}: a guess, {told['encoding_certainty']} of 1 sure.",
            remedy="Look at its text; when it is wrong, name the `encoding` under ingest.readers, or save it as UTF-8.",
        )
    if told.get("replaced"):
        yield Finding(
            code="replaced_letters",
            severity="warning",
            reason=f"{told['replaced']} of its letters could not be read, and stand as \ufffd.",
            remedy="Save it anew as UTF-8 from the program that wrote it.",
        )


def _entry(one: Document | Row | Failure | Finding, source: Source, number: int) -> Entry:
    if isinstance(one, Finding):
        return {"finding": fields_of(one), "path": source.path}
    if isinstance(one, Failure):
        return {"failure": fields_of(one), "path": source.path, "number": number}
    if isinstance(one, Document):
        return {"document": document_row(one), "number": number}
    holder = Document(text="", source=source, ordinal=number)
    return {"row": canonical(dict(one)), "document": document_row(holder), "number": number}


def _too_deep(where: str, depth: int) -> Finding:
    return Finding(
        code="too_deep",
        severity="danger",
        reason=f"it lies more than {depth} files deep in files inside files, where bombs hide",
        remedy="unpack the outer files by hand, and see what is there",
        inside=where,
    )
