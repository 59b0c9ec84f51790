"""export: a version to training files and a card; each file is loaded back before it counts."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gristmill.card import CardFacts, CheckFacts, FileFacts, FormatFacts, MakerFacts, SourceFacts, card
from gristmill.errors import UserError
from gristmill.files import published
from gristmill.find import file_sha256, fingerprint
from gristmill.mill import MANIFEST, Mill, print_of
from gristmill.records import Line, Source, Version, digest
from gristmill.rows import rows_of
from gristmill.store import Piece, Step
from gristmill.versions import Frozen, facts_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One training file: its path below the version's folder, and how many rows were read back from it."""

    path: str
    format: str
    split: str
    rows: int
    bytes: int
    sha256: str


def export(mill: Mill, version: Version, rows: Sequence[Frozen], sources: Sequence[Source]) -> list[Exported]:
    """Write every format of every split below `<folder>/<version>/`, with a card and a manifest.

    A folder that already holds exactly this is left as it is. Raises UserError when a file does not
    hold, by its consumer's rules, the rows that were given to it.
    """
    started = time.monotonic()
    final = Path(mill.recipe.export.folder) / version.name
    named = digest("sources", [asdict(one) for one in sources], mill.limit)
    parts = [fingerprint(part) for part in mill.formats.values()]
    mark = print_of(version.content_digest, mill.task_print, named, *parts)
    held = _held(final, mark)
    if held is None:
        _refuse_others(final, version)
        held = _write(mill, version, rows, sources, final, mark)
    by_item = {digest("export", asdict(one)): one for one in held}

    def make(items: Sequence[str]) -> Iterator[Piece]:
        for item in items:
            one = by_item[item]
            state = "verified" if one.split else "beside"
            line = Line(kind="file", item=one.path, state=state, made=one.rows, label=one.split)
            yield Piece(item=item, lines=[line])

    step = Step(station="export", name=version.name, part=mark, columns={}, items=list(by_item))
    mill.step(step, make, {"folder": str(final)}, started)
    return held


def _refuse_others(final: Path, version: Version) -> None:
    """Raise UserError when the place is taken by something that is not this version."""
    try:
        taken = json.loads((final / MANIFEST).read_text("utf-8"))["content_digest"] != version.content_digest
    except (OSError, ValueError, KeyError, TypeError):
        taken = final.exists()
    if taken:
        raise UserError(
            f"{final} holds something else than {version.name} of this project: nothing there was touched. "
            "Move it away, or name another export.folder."
        )


def _keep_strangers(final: Path, making: Path) -> None:
    """Files that somebody put beside an export stay beside it when it is written anew."""
    if not final.exists():
        return
    manifest = json.loads((final / MANIFEST).read_text("utf-8"))
    ours = {MANIFEST, "README.md", *(file["path"] for file in manifest["files"])}
    for file in final.rglob("*"):
        name = file.relative_to(final)
        if file.is_file() and name.as_posix() not in ours:
            (making / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, making / name)


def _held(folder: Path, mark: str) -> list[Exported] | None:
    """What a folder holds, if it was written from the same and no byte has changed since."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = [Exported(**file) for file in manifest["files"]]
        whole = manifest["mark"] == mark and all(file_sha256(folder / one.path) == one.sha256 for one in files)
    except (OSError, ValueError, KeyError, TypeError, UserError):
        return None
    return files if whole else None


def _write(
    mill: Mill,
    version: Version,
    rows: Sequence[Frozen],
    sources: Sequence[Source],
    final: Path,
    mark: str,
) -> list[Exported]:
    with published(final) as making:
        files = list(_files(mill, rows, making))
        facts = _card_facts(mill, version, rows, sources, files)
        (making / "README.md").write_text(card(facts), "utf-8")
        manifest = {
            "version": version.name,
            "content_digest": version.content_digest,
            "mark": mark,
            "files": [asdict(one) for one in files],
        }
        (making / MANIFEST).write_text(facts_text(manifest), "utf-8")
        _keep_strangers(final, making)
    return files


def _files(mill: Mill, rows: Sequence[Frozen], folder: Path) -> Iterator[Exported]:
    for name, part in mill.formats.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        written: dict[str, str] = {}
        for split in mill.recipe.freeze.splits:
            examples = [row.example for row in rows if row.split == split]
            if not examples:
                continue
            relative = f"{name}/{split}{part.suffix}"
            part.write(rows_of(examples, mill.task), folder / relative)
            read_back = part.verify(folder / relative)
            if read_back != len(examples):
                raise UserError(
                    f"{relative} holds {read_back} rows by its consumer's rules, and {len(examples)} were given. "
                    f'Leave "{name}" out of export.formats, or mend that format.'
                )
            written[split] = Path(relative).name
            yield _exported(folder, relative, split, read_back)
        for file, text in part.beside(written).items():
            (folder / name / file).write_text(text, "utf-8")
            yield _exported(folder, f"{name}/{file}", "", 0)


def _exported(folder: Path, relative: str, split: str, rows: int) -> Exported:
    """A file as it lies there; one that a trainer wants beside the data is of no split and has no rows."""
    path = folder / relative
    name, size = relative.split("/")[0], path.stat().st_size
    return Exported(path=relative, format=name, split=split, rows=rows, bytes=size, sha256=file_sha256(path))


def _card_facts(
    mill: Mill,
    version: Version,
    rows: Sequence[Frozen],
    sources: Sequence[Source],
    files: Sequence[Exported],
) -> CardFacts:
    kept = [row.example for row in rows if row.split]
    makers = Counter((one.origin.kind, one.origin.made.by, one.origin.model) for one in kept)
    return CardFacts(
        name=Path.cwd().name,
        version=version.name,
        task=version.task,
        splits={name: version.counts[name] for name in mill.recipe.freeze.splits},
        formats=tuple(
            FormatFacts(
                name=name,
                files=tuple(
                    FileFacts(path=one.path, split=one.split, rows=one.rows, bytes=one.bytes)
                    for one in files
                    if one.format == name and one.split
                ),
            )
            for name in mill.formats
        ),
        makers=tuple(
            MakerFacts(kind=kind, by=by, rows=count, model=model) for (kind, by, model), count in sorted(makers.items())
        ),
        licences=dict(sorted(Counter(one.licence for one in kept).items())),
        sources=_source_facts(sources, Counter(one.group.split("#")[0] for one in kept)),
        checks=tuple(_check_facts(mill, rows)),
        limits=tuple(_limits(mill, rows)),
    )


def _source_facts(sources: Sequence[Source], rows: Mapping[str, int]) -> tuple[SourceFacts, ...]:
    by_path: dict[str, Source] = {one.path: one for one in sources}
    return tuple(
        SourceFacts(path=path, sha256=source.sha256, rows=rows.get(path, 0), licence=source.licence, trust=source.trust)
        for path, source in sorted(by_path.items())
    )


def _check_facts(mill: Mill, rows: Sequence[Frozen]) -> Iterator[CheckFacts]:
    for name in mill.checks:
        verdicts = [row.verdicts[name] for row in rows if name in row.verdicts]
        rejected: Any = [one for one in verdicts if mill.recipe.curate.rejects(name, one.outcome)]
        unknown = sum(one.outcome == "unknown" for one in verdicts)
        yield CheckFacts(name=name, judged=len(verdicts), rejected=len(rejected), unknown=unknown)


def _limits(mill: Mill, rows: Sequence[Frozen]) -> Iterator[str]:
    noted = [row.verdicts["licences"] for row in rows if row.split and "licences" in row.verdicts]
    clashes = sorted(one.reason for one in noted if one.code in ("conflict", "two_licences", "no_derivatives"))
    if clashes:
        yield f"Licences: {len(clashes)} rows are noted for licences that do not go together, such as: {clashes[0]}."
    if "contaminated" not in mill.checks:
        yield "No held-out file was named, so nobody checked whether rows of it leaked into these."
    if mill.limit:
        yield f"A trial: only {mill.limit} files were read, and as many passages asked about."
    yield "No person has reviewed the rows of this version."
    yield "Personal data, toxicity and language were not checked."
