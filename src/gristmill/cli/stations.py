"""Every station as a command of its own: on a project, or on a bare file."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._listing import judged_rows, print_converted, print_ground
from gristmill.cli._manners import (
    RECIPES,
    AsJson,
    Limit,
    Update,
    count,
    gates,
    load,
    print_json,
    progress_bars,
    recipe_file,
    write,
)
from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import canonical

runs = lazy("gristmill.run")
sections = lazy("gristmill.sections")
recipes = lazy("gristmill.recipe")
converting = lazy("gristmill.convert")
parts = lazy("gristmill.find")

# Plain rows that have a reader of their own.
_READ = (("jsonl", ".jsonl"), ("csv", ".csv"), ("csv", ".tsv"))
_HELP = {
    "audit": "Look at files before any is opened: what could do harm, and where.",
    "ingest": "Read files to documents: the way up to ingest.",
    "chunk": "Cut documents into passages: the way up to chunk.",
    "harvest": "Find pairs that people already wrote: the way up to harvest.",
    "generate": "Ask a teacher for pairs: the way up to generate.",
    "curate": "Judge rows: the way up to curate.",
    "freeze": "Split and freeze the kept rows: the way up to freeze.",
    "export": "Write training files: the way up to export.",
}

Place = Annotated[
    Path, typer.Argument(help="A recipe or its folder, or bare files (one, or a folder) to try the station on.")
]
Task = Annotated[str, typer.Option("--task", "-t", help="For a bare file: what the model should learn.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Write every row here with its state and all verdicts, as JSON lines."),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        help="For a bare file of rows: its format (`alpaca`, `alpaca: {extra: [tag]}`); left out, its keys tell.",
    ),
]
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
        gates(_go(_recipe(place, station, task, file_format), station, limit, as_json, update))

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
    gates(_go(_recipe(place, "export", task, file_format), "export", limit, as_json, update))


def _convert(place: Path, file_format: str, to: str, out: Path | None, as_json: bool) -> None:
    """Write a bare file's rows in another format, and say how many, and which were left out."""
    if not place.is_file():
        raise UserError(f"{place} is no file: --to converts one file of rows. For a project: gristmill export {place}")
    wanted = sections.part_of(to)
    suffix = parts.find("formats", wanted.name).suffix
    target = out or Path(f"{converting.bare_name(place)}.{wanted.name}".removesuffix(suffix) + suffix)
    with converting.alone(place) as mill:
        given = sections.part_of(file_format) if file_format else None
        done = converting.convert(mill, given, wanted, target)
    if as_json:
        print_json(done.plain())
    else:
        print_converted(done, place, wanted.name)


def _curate(
    place: Place = Path(),
    task: Task = "question_answer",
    file_format: Format = "",
    out: Out = None,
    limit: Limit = None,
    update: Update = False,
    as_json: AsJson = False,
) -> None:
    if out:
        write(out, "")
    ground = _go(_recipe(place, "curate", task, file_format), "curate", limit, as_json, update)
    if out:
        write(out, "".join(f"{canonical(row)}\n" for row in judged_rows(ground)))
        typer.echo(f"{out} holds {count(len(ground.judged), 'row')} with all verdicts.", err=as_json)
    gates(ground)


def _go(start: tuple[Any, Path, str], station: str, limit: int | None, as_json: bool, update: bool) -> Any:
    """Run up to a station and print what it made. Raises UserError when no file could be read."""
    recipe, folder, store = start
    with progress_bars(not as_json) as tell:
        ground = runs.run(recipe, folder, until=station, limit=limit, tell=tell, store=store, update=update)
    print_ground(ground, station, as_json)
    if station != "audit" and not ground.documents and not ground.ready:
        lines = [line for table in ground.tables for line in table.lines if line.reason]
        raise UserError(f"nothing could be read: {'; '.join(f'{line.label}: {line.reason}' for line in lines[:3])}")
    return ground


def _recipe(place: Path, station: str, task: str, file_format: str) -> tuple[Any, Path, str]:
    """The recipe, folder and store of a project.

    For bare files the default recipe, which asks a teacher for `generate` only, and a store of their own.
    """
    if place.suffix in RECIPES or place == Path() or (place / "recipe.yaml").is_file():
        return (*load(recipe_file(place)), runs.STORE)
    if str(place).startswith(("http:/", "https:/")):
        raise UserError("an address is fetched when a recipe names it: put it under ingest, as in `ingest: https://…`.")
    if not place.exists():
        raise UserError(f"there is no file or folder {place}. Name a recipe, its folder, or documents.")
    # Nothing is opened before the audit of it.
    if station != "audit" and place.is_file() and not file_format and converting.has_records(place):
        file_format = converting.known_format(place)
        # A reader names each bad line and cell.
        file_format = "" if (file_format, place.suffix.lower()) in _READ else file_format
    asks = station == "generate"
    plain = {
        "task": task,
        "ingest": {"sources": [{"path": str(place), "format": sections.part_of(file_format) if file_format else None}]},
        "harvest": [] if asks else ["faq_headings", "definitions", "turns"],
        "generate": {"pairs_per_passage": 2 if asks else 0},
        "curate": [name for name in sections.DEFAULT_CHECKS if name != "round_trip"],
        "export": {"folder": "out/tried"},
    }
    return recipes.Recipe.model_validate(plain), Path(), runs.TRIED


_OWN: dict[str, Callable[..., None]] = {"curate": _curate, "export": _export}


def add(app: typer.Typer) -> None:
    """Add one command per station."""
    for station in _HELP:
        app.command(station, help=_HELP[station])(_OWN.get(station) or _command(station))
