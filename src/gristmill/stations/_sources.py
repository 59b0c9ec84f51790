"""The files of a recipe's sources, wherever they lie, and what has changed since they were locked."""

import datetime
import mimetypes
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gristmill.errors import UserError
from gristmill.fetch import fetched
from gristmill.find import file_sha256
from gristmill.hub import snapshot
from gristmill.lock_file import LOCK, Locked, changes, read_lock, write_lock
from gristmill.mill import MANIFEST, Mill
from gristmill.records import Failure, Line, Source, digest
from gristmill.sections import SourceOf
from gristmill.store import Piece, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a source: what it is called in records, where it lies, its source's terms, its size and digest.

    `lost` says why there is no digest: it is no file, or one that cannot be read.
    """

    path: str
    place: Path
    of: SourceOf
    size: int = 0
    revision: str = ""
    sha256: str = ""
    lost: Failure | None = None

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


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of all sources, and what each source was, when it was locked, and is."""

    files: list[File]
    before: Mapping[str, Locked]
    now: Mapping[str, Locked]

    def lock(self, mill: Mill) -> None:
        """Write down in the lock file what the sources are; not for a slice of them, nor for a first try."""
        if mill.locks and not mill.limit:
            write_lock(Path(), {**self.before, **self.now})


def files_of(mill: Mill) -> Listing:
    """All files of all sources, by path; what is remote is fetched. Of two sources with a file the closer one counts.

    Writes each source's state against the lock file into the ledger.
    Raises UserError when there is no file, or when one is not what the recipe or the lock file says.
    """
    locked = read_lock(Path()) if mill.locks else {}
    found: dict[str, File] = {}
    now: dict[str, Locked] = {}
    for of in mill.recipe.ingest.sources:
        if of.title in now:
            raise UserError(f"two sources are called {of.title}: give one of them another `name`.")
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
    return Listing(files[: mill.limit] if mill.limit else files, locked, now)


def _files(mill: Mill, of: SourceOf, before: Locked | None) -> Iterator[File]:
    if of.hub:
        same = before is not None and before.place == of.place and not mill.update
        yield from _of_hub(of, before.revision if before and same else "")
    elif of.address:
        yield _of_address(mill, of, before)
    else:
        for path in _walk(of.path, mill):
            yield _sized(File(path=path.as_posix(), place=path, of=of))


def _sized(file: File) -> File:
    """The file with its size and digest, or with the reason why it has none. Raises UserError for a wrong digest."""
    size, found = _look(file.place)
    if file.of.sha256 and found != file.of.sha256.lower():
        seen = found.reason if isinstance(found, Failure) else f"its sha256 is {found}"
        raise UserError(
            f"{file.label} is not what the recipe says: {seen}, and the recipe wants {file.of.sha256}. "
            "Get the right file, or mend the digest."
        )
    return replace(file, lost=found) if isinstance(found, Failure) else replace(file, sha256=found, size=size)


def _look(place: Path) -> tuple[int, str | Failure]:
    """Size and digest of a plain file; anything else is not opened, for a pipe or a device may have no end."""
    try:
        told = place.stat()
        if stat.S_ISREG(told.st_mode):
            return told.st_size, file_sha256(place)
    except FileNotFoundError:
        return 0, Failure(state="missing", reason="it is a link to a file that is not there; mend or remove the link")
    except (OSError, UserError) as error:
        said = getattr(error, "strerror", "") or str(error)
        return 0, Failure(state="unreadable", reason=f"it cannot be read ({said}); mend its rights, or leave it out")
    if stat.S_ISDIR(told.st_mode) and not place.is_symlink():
        return 0, Failure(state="unreadable", reason="the folder cannot be listed; mend its rights, or leave it out")
    if stat.S_ISDIR(told.st_mode):
        reason = "it is a link to a folder, which is not followed; name that folder as a source of its own"
        return 0, Failure(state="link", reason=reason)
    return 0, Failure(state="no_file", reason="it is a pipe, a socket or a device, and no file; take it out")


def _of_address(mill: Mill, of: SourceOf, before: Locked | None) -> File:
    wanted = of.sha256.lower() or (before.sha256 if before and before.place == of.place else "")
    got = fetched(of.address, mill.store.folder / "fetched", mill.recipe.ingest.max_mb, wanted, mill.update)
    revision = got.revision or (before.revision if before else "")
    name = of.address.split("?")[0].split("#")[0]
    path = of.address if Path(name).suffix == got.place.suffix else f"{of.address}!/{got.place.name}"
    return _sized(File(path=path, place=got.place, of=of, revision=revision))


def _of_hub(of: SourceOf, locked: str) -> Iterator[File]:
    name, _, at = of.hub.partition("@")
    got = snapshot(name, locked or of.revision or at, of.files)
    if of.licence == "unknown" and got.licence:
        of = of.model_copy(update={"licence": got.licence})
    for place in got.files:
        path = f"hub:{name}/{place.relative_to(got.folder).as_posix()}"
        yield _sized(File(path=path, place=place, of=of, revision=got.revision))


def _depth(of: SourceOf) -> int:
    return len(Path(of.path).parts)


def _walk(place: str, mill: Mill) -> Iterator[Path]:
    """What lies below a folder or matches a glob, but for folders. Hidden things and our own exports are no sources."""
    path = Path(place)
    if path.exists() and not path.is_dir():
        yield path
        return
    pattern = not path.is_dir() and any(character in place for character in "*?[")
    root = Path(re.split(r"[*?[]", place)[0]) if pattern else path
    own = Path(mill.recipe.export.folder).resolve()
    for found in _matching(place) if pattern else _below(path):
        below = found.parts[len(root.parts) :]
        hidden = any(step.startswith(".") and step != ".." for step in below)
        if not hidden and not _ours(found, own):
            yield found


def _matching(pattern: str) -> Iterator[Path]:
    """What matches a glob, but for folders. Raises UserError for what is no glob."""
    top = Path(pattern).anchor
    try:
        for found in Path(top).glob(pattern.removeprefix(top)):
            if found.is_symlink() or not found.is_dir():
                yield found
    except (ValueError, NotImplementedError) as error:
        raise UserError(f"{pattern} is no glob of files: {error}. `docs/**/*.md` is one.") from None


def _below(folder: Path) -> Iterator[Path]:
    """What lies below a folder, but for folders that can be walked: of others, the folder itself."""
    unread: list[OSError] = []
    for at, folders, files in os.walk(folder, onerror=unread.append):
        links = [name for name in folders if Path(at, name).is_symlink()]
        yield from (Path(at, name) for name in [*files, *links])
        folders[:] = [name for name in folders if not name.startswith(".")]
    yield from (Path(error.filename) for error in unread)


def _ours(file: Path, own: Path) -> bool:
    """Whether a file is our lock file, or lies in the folder of a version that was exported here."""
    return file.name == LOCK or any(
        folder.parent == own and (folder / MANIFEST).is_file() for folder in Path(os.path.realpath(file)).parents
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
    """Write into the ledger what became of each source."""
    lines = {}
    for title, one in now.items():
        state, reason = changes(before.get(title), one)
        item = digest("source", title, one.sha256, state, reason)
        lines[item] = Line(kind="source", item=item, state=state, reason=reason, made=len(one.files), label=title)
    step = Step(station="audit", name="sources", part="sources", columns={}, items=list(lines))
    mill.step(step, lambda items: (Piece(item=item, lines=[lines[item]]) for item in items))
