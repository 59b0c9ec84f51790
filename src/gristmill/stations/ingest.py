"""ingest: files to documents, or to ready-made rows; every file ends in a named state."""

import json
import mimetypes
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from gristmill.arrow import DOCUMENT, document_of, document_row
from gristmill.contracts import Format, Part, Reader
from gristmill.errors import Unreadable, UserError
from gristmill.find import build, file_sha256, find, fingerprint, names
from gristmill.mill import MANIFEST, Mill
from gristmill.recipe import SourceOf
from gristmill.records import Document, Failure, Line, ReadyRow, Source, canonical, digest
from gristmill.store import Piece, Step

COLUMNS = {**DOCUMENT, "row": "string"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: str
    source: SourceOf
    size: int
    opener: str

    @property
    def label(self) -> str:
        """The path as text: bytes of its name that are not UTF-8 are written as `\\xff`."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")

    def named(self) -> Source:
        """Where its records say they came from. Reads the file, for its digest."""
        return Source(
            path=self.path,
            sha256=file_sha256(Path(self.path)),
            media_type=mimetypes.guess_type(self.path)[0] or "application/octet-stream",
            licence=self.source.licence,
            trust=self.source.trust,
            origin=self.source.origin,
        )

    def refusal(self, max_mb: float) -> Failure | None:
        """Why this file is not even opened."""
        if self.path != self.label:
            return Failure(state="bad_name", reason=f"the name {self.label} is not UTF-8; rename the file")
        if not self.opener:
            kind = Path(self.path).suffix.lower()
            fitting = [name for name in names("formats") if cast(type[Format], find("formats", name)).suffix == kind]
            rows = f"if it holds rows, name its format ({', '.join(fitting)}); else " if fitting else ""
            reason = f"no reader takes files with {kind or 'no ending'}; {rows}convert it, or leave it out"
            return Failure(state="unsupported", reason=reason)
        if not Path(self.path).exists():
            return Failure(state="missing", reason="it is a link to a file that is not there; mend or remove the link")
        if self.size > max_mb * 1e6:
            size = f"{self.size / 1e6:.1f} MB, over the limit of {max_mb:g} MB"
            return Failure(state="too_large", reason=f"{size}; split it, or raise ingest.max_mb")
        return None


def ingest(mill: Mill) -> tuple[list[Document], list[ReadyRow]]:
    """All documents and ready-made rows of the recipe's sources, in the order of their paths."""
    openers = _openers(mill)
    files = _files(mill, openers)
    refused = {file.path: file.refusal(mill.recipe.ingest.max_mb) for file in files}
    documents: list[Document] = []
    ready: list[ReadyRow] = []
    for name, part in openers.items():
        mine = {_key(file): file for file in files if file.opener == name and not refused[file.path]}
        if mine:
            step = Step(station="ingest", name=name, part=fingerprint(part), columns=COLUMNS, items=list(mine))
            table = mill.step(step, lambda items, p=part, m=mine: _read_all(p, items, m))  # type: ignore[misc]
            for row in table.rows:
                if row["row"]:
                    ready.append(_ready_of(row))
                else:
                    documents.append(document_of(row))
    _name_refused(mill, [(file, failure) for file in files if (failure := refused[file.path])])
    documents.sort(key=lambda document: (document.source.path, document.ordinal))
    ready.sort(key=lambda row: (row.source.path, row.ordinal))
    return documents, ready


def _openers(mill: Mill) -> dict[str, Part]:
    """What opens files: every reader by its name, and the formats that sources name, as `format name`."""
    fields = mill.recipe.ingest.readers
    readers = {name: build("ingest", name, fields.get(name, {})) for name in names("ingest")}
    named = sorted({source.format for source in mill.recipe.ingest.sources if source.format})
    return {**readers, **{f"format {name}": build("formats", name, {}) for name in named}}


def _files(mill: Mill, openers: Mapping[str, Part]) -> list[_File]:
    by_suffix = {suffix: name for name, part in openers.items() if isinstance(part, Reader) for suffix in part.suffixes}
    found: dict[str, _File] = {}
    for source in mill.recipe.ingest.sources:
        for path in sorted(_walk(source.path, mill)):
            opener = f"format {source.format}" if source.format else by_suffix.get(path.suffix.lower(), "")
            name = path.as_posix()
            file = _File(path=name, source=source, size=path.lstat().st_size, opener=opener)
            if name not in found or _depth(source) > _depth(found[name].source):
                found[name] = file
    if not found:
        named = ", ".join(source.path for source in mill.recipe.ingest.sources)
        raise UserError(f"there are no files in {named}. Put documents there, or mend ingest.sources.")
    files = sorted(found.values(), key=lambda file: file.path)
    return files[: mill.limit] if mill.limit else files


def _depth(source: SourceOf) -> int:
    """Of two sources that hold a file, the one that names it more closely says its terms."""
    return len(Path(source.path).parts)


def _walk(place: str, mill: Mill) -> Iterator[Path]:
    """Files below a folder, or that match a glob. Hidden ones below it and our own exports are no sources."""
    path = Path(place)
    if path.is_file():
        yield path
        return
    pattern = any(character in place for character in "*?[")
    root = Path(re.split(r"[*?[]", place)[0])
    own = Path(mill.recipe.export.folder).resolve()
    for found in Path().glob(place) if pattern else path.rglob("*"):
        below = found.parts[len(root.parts) :]
        hidden = any(step.startswith(".") and step != ".." for step in below)
        if (found.is_file() or found.is_symlink()) and not found.is_dir() and not hidden and not _exported(found, own):
            yield found


def _exported(file: Path, own: Path) -> bool:
    """Whether a file lies in the folder of a version that was exported here."""
    return any(folder.parent == own and (folder / MANIFEST).is_file() for folder in file.resolve().parents)


def _key(file: _File) -> str:
    return digest("file", asdict(file.named()))


def _read_all(part: Part, items: Sequence[str], files: Mapping[str, _File]) -> Iterator[Piece]:
    for item in items:
        source = files[item].named()
        try:
            found = list(_open(part, source))
            if not found:
                raise Unreadable("empty", "it holds nothing that can be read; fill it or leave it out")
            yield _piece(item, source, found)
        except Unreadable as error:
            line = Line(kind="file", item=item, state=error.state, reason=error.reason, label=source.path)
            yield Piece(item=item, lines=[line])


def _open(part: Part, source: Source) -> Iterator[Document | Mapping[str, Any] | Failure]:
    path = Path(source.path)
    if isinstance(part, Reader):
        yield from part.read(path.read_bytes(), source)
        return
    try:
        for row in cast(Format, part).read(path):
            yield {name: value for name, value in row.items() if name != "id"}
    except UserError as error:
        raise Unreadable("malformed", str(error)) from None


def _piece(item: str, source: Source, found: Sequence[Document | Mapping[str, Any] | Failure]) -> Piece:
    rows: list[Mapping[str, Any]] = []
    lines: list[Line] = []
    for ordinal, one in enumerate(found, start=1):
        label = source.path if len(found) == 1 else f"{source.path}#{ordinal}"
        state, reason = "document", ""
        if isinstance(one, Failure):
            state, reason = one.state, one.reason
        elif isinstance(one, Document):
            rows.append({**document_row(one), "row": ""})
        else:
            state, reason = _turns(one)
            one = {name: value for name, value in one.items() if name != "system"}
            holder = Document(text="", source=source, ordinal=ordinal)
            rows.append({**document_row(holder), "row": canonical(dict(one))})
        made = int(not isinstance(one, Failure))
        lines.append(Line(kind="entry", item=f"{item}/{ordinal}", state=state, reason=reason, made=made, label=label))
    read = Line(kind="file", item=item, state="read", made=len(found), label=source.path)
    return Piece(item=item, rows=rows, lines=[read, *lines])


def _turns(row: Mapping[str, Any]) -> tuple[str, str]:
    """The state of a ready-made row, which loses its own system turn and says so."""
    if row.get("system"):
        return "row_without_system", "its system turn is left out; one for all rows is the task's field `system`"
    return "row", ""


def _ready_of(row: Mapping[str, Any]) -> ReadyRow:
    return ReadyRow(source=Source(**row["source"]), fields=json.loads(row["row"]), ordinal=row["ordinal"])


def _name_refused(mill: Mill, refused: Sequence[tuple[_File, Failure]]) -> None:
    if not refused:
        return
    lines = {
        digest(file.path, failure.state, failure.reason): Line(
            kind="file", item=file.label, state=failure.state, reason=failure.reason, label=file.label
        )
        for file, failure in refused
    }
    step = Step(station="ingest", name="unread", part="unread", columns=COLUMNS, items=list(lines))
    mill.step(step, lambda items: (Piece(item=item, lines=[lines[item]]) for item in items))
