"""Every station as a command of its own: on a project, or on a bare file."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gristmill.cli._bare import Format, Place, Task, go, recipe_of
from gristmill.cli._listing import print_converted
from gristmill.cli._manners import (
    AsJson,
    Limit,
    Update,
    gates,
    print_json,
)
from gristmill.errors import UserError
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
sections = lazy("gristmill.sections")
recipes = lazy("gristmill.recipe")
converting = lazy("gristmill.convert")
recorded = lazy("gristmill.record_files")
parts = lazy("gristmill.find")

_HELP = {
    "audit": "Look at files before any is opened: what could do harm, and where.",
    "ingest": "Read files to documents: the way up to ingest.",
    "clean": "Mend documents and rows: the way up to clean.",
    "chunk": "Cut documents into passages: the way up to chunk.",
    "harvest": "Find pairs that people already wrote: the way up to harvest.",
    "generate": "Ask a teacher for pairs: the way up to generate.",
    "freeze": "Split and freeze the kept rows: the way up to freeze.",
    "export": "Write training files: the way up to export.",
}

To = Annotated[
    str, typer.Option("--to", help="For a bare file of rows: write each row in this format; nothing is judged.")
]
Written = Annotated[
    Path | None, typer.Option("--out", "-o", help="With --to: where; left out, beside you, named after the file.")
]


def _command(station: str) -> Callable[..., None]:
    def walk(
        place: Place = Path(),
        task: Task = "question_answer",
        file_format: Format = "",
        limit: Limit = None,
        update: Update = False,
        as_json: AsJson = False,
    ) -> None:
        gates(go(recipe_of(place, station, task, file_format), station, limit, as_json, update))

    return walk


def _export(
    place: Place = Path(),
    task: Task = "question_answer",
    file_format: Format = "",
    to: To = "",
    out: Written = None,
    limit: Limit = None,
    update: Update = False,
    as_json: AsJson = False,
) -> None:
    if to:
        _convert(place, file_format, to, out, as_json)
        return
    if out:
        raise UserError("--out goes with --to; without it, export.folder of the recipe says where files go.")
    gates(go(recipe_of(place, "export", task, file_format), "export", limit, as_json, update))


def _convert(place: Path, file_format: str, to: str, out: Path | None, as_json: bool) -> None:
    """Write a bare file's rows in another format, and say how many, and which were left out."""
    if not place.is_file():
        raise UserError(f"{place} is no file: --to converts one file of rows. For a project: gristmill export {place}")
    wanted = sections.part_of(to)
    suffix = parts.find("formats", wanted.name).suffix
    target = out or Path(f"{recorded.bare_name(place)}.{wanted.name}".removesuffix(suffix) + suffix)
    with converting.alone(place) as mill:
        given = sections.part_of(file_format) if file_format else None
        done = converting.convert(mill, given, wanted, target)
    if as_json:
        print_json(done.plain())
    else:
        print_converted(done, place, wanted.name)


_OWN: dict[str, Callable[..., None]] = {"export": _export}


def add(app: typer.Typer) -> None:
    """Add one command per station."""
    for station in _HELP:
        app.command(station, help=_HELP[station])(_OWN.get(station) or _command(station))
