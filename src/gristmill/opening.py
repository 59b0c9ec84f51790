"""How a stranger's file is opened: what it holds, and what is found in it, file inside file."""

import dataclasses
import hashlib
import mimetypes
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from gristmill.arrow import document_row
from gristmill.contracts import Bytes, Format, Inner, Reader, Row, Scanner
from gristmill.errors import Unreadable, UserError
from gristmill.files import read_object
from gristmill.find import build
from gristmill.findings import Finding
from gristmill.record_files import records
from gristmill.records import Document, Failure, Source, canonical, fields_of
from gristmill.unpack import Limits, inside

# A part as it travels: its kind, its name, its fields.
Named = tuple[str, str, Mapping[str, Any]]
Entry = Mapping[str, Any]
# Below this a guess of the encoding is told, not only noted.
_CERTAIN = 0.5


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
            if hashlib.sha256(data).hexdigest() != source.sha256:
                raise Unreadable("changed", "it changed while it was being read; run again")
            yield from self._read(part, data, source, self.depth)
            return
        try:
            for number, one in enumerate(cast(Format, part).read(Path(self.place)), 1):
                if isinstance(one, Mapping) and not self.with_ids:
                    one = {key: value for key, value in one.items() if key != "id"}
                yield _entry(one, source, number)
        except UserError as error:
            raise Unreadable("malformed", str(error).replace(self.place, source.path)) from None

    def _read(self, reader: Reader, data: bytes, source: Source, depth: int) -> Iterator[Entry]:
        number = 0
        for one in reader.read(data, source):
            if isinstance(one, Inner):
                yield from self._inner(one, source, depth)
            else:
                number += not isinstance(one, Finding)
                yield _entry(one, source, number)
                if isinstance(one, Document):
                    yield from ({"finding": fields_of(doubt), "path": source.path} for doubt in _doubts(one))

    def _inner(self, inner: Inner, outer: Source, depth: int) -> Iterator[Entry]:
        path = f"{outer.path}!/{inner.name}"
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
    scanners: Sequence[Named]
    depth: int

    def entries(self) -> Iterator[Entry]:
        """Yield a `finding` for each sign, in the file and in the files inside it."""
        scanners = [cast(Scanner, build(kind, name, fields)) for kind, name, fields in self.scanners]
        with Path(self.place).open("rb") as file:
            if not file.seek(0, 2):
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                for finding in self._signs(data, self.name, "", scanners):
                    yield {"finding": fields_of(finding)}

    def _signs(self, data: Bytes, name: str, way: str, scanners: Sequence[Scanner]) -> Iterator[Finding]:
        for scanner in scanners:
            for finding in scanner.scan(data, name):
                yield dataclasses.replace(finding, inside=f"{way}{finding.inside}")
        for one in inside(data, name, Limits()):
            if not isinstance(one, Inner):
                continue
            below = f"{way}{one.name}"
            if below.count("!/") >= self.depth:
                yield _too_deep(below, self.depth)
                return
            yield from (
                dataclasses.replace(finding, inside=finding.inside.removesuffix("!/"))
                for finding in self._signs(one.data, one.name, f"{below}!/", scanners)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognising:
    """A file of rows whose format nobody named: where it lies, and the keys by which each format is known."""

    place: str
    known: Mapping[str, Sequence[str]]

    def entries(self) -> Iterator[Entry]:
        """Yield the `format` names that fit best, and the `keys` that were found."""
        keys = _first_keys(Path(self.place))
        fitting = {name: len(wanted) for name, wanted in self.known.items() if wanted and set(wanted) <= set(keys)}
        most = max(fitting.values(), default=0)
        yield {"formats": sorted(name for name, size in fitting.items() if size == most), "keys": list(keys)}


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


def suffix_of(name: str, known: Mapping[str, Any]) -> str:
    """The longest ending of a file's name that is known: `.tar.gz` before `.gz`; "" for none."""
    parts = Path(name.lower()).name.split(".")[1:]
    endings = ("." + ".".join(parts[start:]) for start in range(max(0, len(parts) - 2), len(parts)))
    return next((ending for ending in endings if ending in known), "")


def _told(opened: Any, path: str, inner: bool = False) -> Iterator[Entry]:
    """What an opener gives, and how it ended: a file that gives nothing says why."""
    found = 0
    try:
        for entry in opened():
            found += 1
            yield entry
        if not found:
            raise Unreadable("empty", "it holds nothing that can be read; fill it or leave it out")
    except Unreadable as error:
        yield {"file": path, "state": error.state, "reason": error.reason}
    else:
        if inner:
            yield {"file": path, "state": "read", "reason": ""}


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
