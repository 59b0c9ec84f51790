"""The files of a recipe's sources, wherever they lie, and what has changed since they were locked."""

import datetime
import mimetypes
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gristmill.errors import UserError
from gristmill.fetch import fetched
from gristmill.find import file_sha256
from gristmill.hub import snapshot
from gristmill.lock_file import LOCK, Locked, changes, read_lock, write_lock
from gristmill.mill import MANIFEST, Mill
from gristmill.records import Line, Source, digest
from gristmill.sections import SourceOf
from gristmill.store import Piece, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a source: what it is called in records, where it lies, its size, its source's terms."""

    path: str
    place: Path
    of: SourceOf
    size: int
    revision: str = ""
    sha256: str = ""

    @property
    def label(self) -> str:
        """The path as text: bytes of its name that are not UTF-8 are written as `\\xff`."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")

    @property
    def source(self) -> Source:
        """Where its records say they came from."""
        return Source(
            path=self.path,
            sha256=self.sha256,
            media_type=mimetypes.guess_type(self.path)[0] or "application/octet-stream",
            licence=self.of.licence,
            trust=self.of.trust,
            origin=self.of.origin,
            revision=self.revision,
        )


def files_of(mill: Mill) -> list[File]:
    """All files of all sources, by path; what is remote is fetched. Of two sources with a file the closer one counts.

    Writes each source's state against the lock file into the ledger, and the lock file anew.
    Raises UserError when there is no file, or when one is not what the recipe or the lock file says.
    """
    locked = read_lock(Path()) if mill.locks else {}
    found: dict[str, File] = {}
    now: dict[str, Locked] = {}
    for of in mill.recipe.ingest.sources:
        mine = sorted(_files(mill, of, locked.get(of.title)), key=lambda file: file.path)
        now[of.title] = _locked(mine, of, locked.get(of.title))
        for file in mine:
            if file.path not in found or _depth(of) > _depth(found[file.path].of):
                found[file.path] = file
    if not found:
        named = ", ".join(of.place for of in mill.recipe.ingest.sources)
        raise UserError(f"there are no files in {named}. Put documents there, or mend ingest.sources.")
    _tell(mill, locked, now)
    files = sorted(found.values(), key=lambda file: file.path)
    return files[: mill.limit] if mill.limit else files


def _files(mill: Mill, of: SourceOf, before: Locked | None) -> Iterator[File]:
    if of.hub:
        yield from _of_hub(of, "" if mill.update or before is None else before.revision)
    elif of.address:
        yield _of_address(mill, of, before)
    else:
        for path in _walk(of.path, mill):
            yield _sized(File(path=path.as_posix(), place=path, of=of, size=path.lstat().st_size))


def _sized(file: File) -> File:
    """The file with its digest; a link to nothing has none."""
    if not file.place.exists():
        return file
    sha256 = file_sha256(file.place)
    if file.of.sha256 and file.of.sha256.lower() != sha256:
        raise UserError(
            f"{file.label} is not what the recipe says: its sha256 is {sha256}, and the recipe wants {file.of.sha256}. "
            "Get the right file, or mend the digest."
        )
    return replace(file, sha256=sha256, size=file.place.stat().st_size)


def _of_address(mill: Mill, of: SourceOf, before: Locked | None) -> File:
    wanted = of.sha256 or (before.sha256 if before and before.place == of.place else "")
    got = fetched(of.address, mill.store.folder / "fetched", mill.recipe.ingest.max_mb, wanted, mill.update)
    revision = got.revision or (before.revision if before else "")
    name = of.address.split("?")[0].split("#")[0]
    path = of.address if Path(name).suffix == got.place.suffix else f"{of.address}!/{got.place.name}"
    return _sized(File(path=path, place=got.place, of=of, size=0, revision=revision))


def _of_hub(of: SourceOf, locked: str) -> Iterator[File]:
    name, _, at = of.hub.partition("@")
    got = snapshot(name, locked or of.revision or at, of.files)
    if of.licence == "unknown" and got.licence:
        of = of.model_copy(update={"licence": got.licence})
    for place in got.files:
        path = f"hub:{name}/{place.relative_to(got.folder).as_posix()}"
        yield _sized(File(path=path, place=place, of=of, size=0, revision=got.revision))


def _depth(of: SourceOf) -> int:
    return len(Path(of.path).parts)


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
        if (found.is_file() or found.is_symlink()) and not found.is_dir() and not hidden and not _ours(found, own):
            yield found


def _ours(file: Path, own: Path) -> bool:
    """Whether a file is our lock file, or lies in the folder of a version that was exported here."""
    return file.name == LOCK or any(
        folder.parent == own and (folder / MANIFEST).is_file() for folder in file.resolve().parents
    )


def _locked(files: Sequence[File], of: SourceOf, before: Locked | None) -> Locked:
    """What a source is now; its date is that of the last change."""
    digests = {file.label: file.sha256 for file in files}
    only = files[0] if len(files) == 1 and files[0].of.address else None
    now = Locked(
        place=of.place,
        revision=next((file.revision for file in files), of.revision),
        sha256=only.sha256 if only else digest("files", digests),
        licence=next((file.of.licence for file in files), of.licence),
        trust=of.trust,
        origin=of.origin,
        date=datetime.date.today().isoformat(),
        files=digests,
    )
    same = before is not None and changes(before, now)[0] == "same"
    return replace(now, date=before.date) if before and same else now


def _tell(mill: Mill, before: Mapping[str, Locked], now: Mapping[str, Locked]) -> None:
    """Write into the ledger what became of each source, and into the lock file what it is."""
    lines = {}
    for title, one in now.items():
        state, reason = changes(before.get(title), one)
        item = digest("source", title, one.sha256, state, reason)
        lines[item] = Line(kind="source", item=item, state=state, reason=reason, made=len(one.files), label=title)
    step = Step(station="audit", name="sources", part="sources", columns={}, items=list(lines))
    mill.step(step, lambda items: (Piece(item=item, lines=[lines[item]]) for item in items))
    if mill.locks and mill.run and not mill.limit:
        write_lock(Path(), {**before, **now})
