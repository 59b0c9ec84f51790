"""The one loop: a recipe's stations in order, each re-using what an earlier run made."""

import contextlib
import errno
import gc
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, Unpack

from gristmill.budget import CapReached
from gristmill.errors import GateError, UserError
from gristmill.mill import Mill, Tell, quiet
from gristmill.recipe import Recipe, dump
from gristmill.records import Example, Passage, Prompt, ReadyRow, Version
from gristmill.stations._documents import Documents
from gristmill.stations._judged import Judged
from gristmill.stations._orders import orders, prompts_of
from gristmill.stations._sources import files_of
from gristmill.stations.audit import Sign, audit, refusals, stopped
from gristmill.stations.chunk import chunk
from gristmill.stations.clean import clean
from gristmill.stations.curate import curate
from gristmill.stations.export import Exported, export
from gristmill.stations.freeze import freeze
from gristmill.stations.generate import generate
from gristmill.stations.harvest import harvest
from gristmill.stations.ingest import ingest
from gristmill.store import Store, Table
from gristmill.versions import Frozen

STATIONS = ("audit", "ingest", "clean", "chunk", "harvest", "generate", "curate", "freeze", "export")
STORE = ".gristmill"
TRIED = ".gristmill/tried"


@dataclass
class Ground:
    """What a run made, up to the station where it stopped."""

    run: int
    folder: Path
    store: Path
    recipe: Recipe
    tables: Sequence[Table]
    signs: Sequence[Sign] = ()
    documents: Documents = field(default_factory=lambda: Documents([]))
    ready: Sequence[ReadyRow] = ()
    passages: Sequence[Passage] = ()
    examples: list[Example] = field(default_factory=list)
    judged: Sequence[Judged] = ()
    version: Version | None = None
    frozen: Sequence[Frozen] = ()
    exported: Sequence[Exported] = ()
    unmet: Sequence[str] = ()


class How(TypedDict, total=False):
    """How to run.

    limit   a slice: that many files, and that many passages to ask about
    tell    hears how far it is
    store   another folder than the project's own
    update  take sources from addresses and the hub as they are now
    """

    limit: int | None
    tell: Tell
    store: str
    update: bool


def run(
    recipe: Recipe,
    folder: Path,
    until: str = "export",
    **how: Unpack[How],
) -> Ground:
    """Run a recipe up to a station; what an earlier run made of the same inputs is used again.

    `folder` is the project's: paths of the recipe and of the store are relative to it.
    Raises UserError for whatever the user can mend.
    """
    store = how.get("store", STORE)
    with project(folder, store) as opened, opened.locked():
        number = opened.database.begin_run(dump(recipe))
        mill = Mill(
            recipe=recipe,
            store=opened,
            run=number,
            limit=how.get("limit"),
            tell=how.get("tell", quiet),
            locks=store == STORE,
            update=how.get("update", False),
        )
        try:
            with _rare_collections():
                ground = _grind(mill, until)
        except KeyboardInterrupt:
            opened.database.end_run(number, "stopped")
            raise
        except CapReached as error:
            opened.database.end_run(number, "capped", reason=str(error))
            raise
        except BaseException as error:
            opened.database.end_run(number, "failed", reason=str(error) or type(error).__name__)
            raise
        opened.database.end_run(number, "done", ground.version.name if ground.version else "")
        ground.unmet = [*ground.unmet, *_unmet(opened.database.steps(number), recipe)]
        return ground


def _unmet(steps: Sequence[Mapping[str, Any]], recipe: Recipe) -> Iterator[str]:
    """A sentence for each step of which more requests failed than the recipe allows."""
    for step in steps:
        facts, most = step["facts"], recipe.asking.most_failed
        if facts.get("unanswered", 0) > most * facts.get("answers", 0):
            yield (
                f"{step['station']} {step['part']}: {facts['unanswered']} of {facts['answers']} requests failed, and "
                f"asking.most_failed is {most:.0%}. `gristmill show` names the reasons; the next run tries them again"
            )


def _grind(mill: Mill, until: str) -> Ground:
    stations = STATIONS[: STATIONS.index(until) + 1]
    here, store = Path.cwd(), mill.store.folder.resolve()
    ground = Ground(run=mill.run, folder=here, store=store, recipe=mill.recipe, tables=mill.tables)
    with contextlib.closing(mill):
        listing = files_of(mill)
        ground.signs = audit(mill, listing.files)
        why = stopped(ground.signs)
        if why and until != "audit":
            raise GateError(why)
        ground.unmet = [why] if why else []
        if "ingest" in stations:
            ground.documents, ground.ready = ingest(mill, listing.files, refusals(ground.signs))
            listing.lock(mill)
    if "clean" in stations:
        ground.documents, ground.ready = clean(mill, ground.documents, ground.ready)
    if "chunk" in stations:
        ground.passages = chunk(mill, ground.documents)
    if "harvest" in stations:
        ground.examples += harvest(mill, ground.documents, ground.ready)
    if "generate" in stations:
        ground.examples += generate(mill, ground.documents, ground.passages)
    if "curate" in stations:
        ground.judged = curate(mill, ground.examples)
    if "freeze" in stations:
        ground.version, ground.frozen = freeze(mill, ground.judged)
        if "export" in stations:
            sources = [known.source for known in ground.documents.known] + [row.source for row in ground.ready]
            ground.exported = export(mill, ground.version, ground.frozen, sources)
    return ground


def read(mill: Mill) -> tuple[Documents, Sequence[ReadyRow]]:
    """What the sources hold, audited and cleaned; the lock file stays as it is."""
    with contextlib.closing(mill):
        files = files_of(mill).files
        signs = audit(mill, files)
        if why := stopped(signs):
            raise GateError(why)
        return clean(mill, *ingest(mill, files, refusals(signs)))


def prompts(recipe: Recipe, folder: Path) -> list[tuple[str, list[Prompt]]]:
    """For each passage that would be asked about: where it is, and the prompts word for word."""
    with project(folder) as store, store.locked():
        mill = Mill(recipe=recipe, store=store, locks=True)
        documents, _ = read(mill)
        paths = {known.id: known.source.path for known in documents.known}
        asked = [order for order in orders(mill, chunk(mill, documents)) if order.wanted]
        return [
            (
                f"{paths[order.passage.document_id]} [{order.passage.start}:{order.passage.end}]",
                prompts_of(mill, order),
            )
            for order in asked
        ]


@contextlib.contextmanager
def past(folder: Path) -> Iterator[Store]:
    """The store of a project that was run before; a recipe's own path means its folder.

    Raises UserError when nothing was run there.
    """
    folder = folder.parent if folder.is_file() else folder
    if not (folder / STORE).is_dir():
        raise UserError(
            f"nothing was run in {folder.absolute()}: it holds no {STORE}. `gristmill run` makes one; "
            "or name the project's folder with --project."
        )
    with project(folder) as store:
        yield store


@contextlib.contextmanager
def project(folder: Path, store: str = STORE) -> Iterator[Store]:
    """Stand in a project's folder with its store open; the machine's refusals become sentences."""
    with contextlib.chdir(folder), _plain_words():
        opened = Store(Path(store))
        try:
            yield opened
        finally:
            opened.close()


@contextlib.contextmanager
def _plain_words() -> Iterator[None]:
    """Say in a sentence what the machine refused: a full disk, a folder that cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        place = error.filename or "the project's folder"
        raise UserError(f"{place}: {error.strerror}. {_REMEDY}") from None
    except sqlite3.DatabaseError as error:
        if any(word in str(error) for word in ("malformed", "not a database")):
            raise UserError(f"{STORE}/store.db is damaged: {error}. {_ANEW}") from None
        if not any(word in str(error) for word in ("full", "readonly", "unable to open", "disk I/O")):
            raise
        raise UserError(f"the store cannot be used: {error}. {_REMEDY}") from None


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for garbage in cycles seldom: records hold none, and a run makes hundreds of thousands of them."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


_REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR)
_ANEW = "Put a copy of it back, or move it away: the next run begins without runs, versions and kept replies."
_REMEDY = "Free space or give write access and run again: all that was made so far is kept and used."
