"""Every station as a command of its own: on a project, or on a bare file."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._listing import judged_rows, print_ground
from gristmill.cli._manners import RECIPES, AsJson, Limit, count, gates, load, progress_bars, recipe_file, write
from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import canonical

runs = lazy("gristmill.run")
recipes = lazy("gristmill.recipe")

_HELP = {
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
Format = Annotated[str, typer.Option("--format", "-f", help="For a bare file of ready-made rows: its format.")]


def _command(station: str) -> Callable[..., None]:
    def walk(
        place: Place = Path(),
        task: Task = "question_answer",
        file_format: Format = "",
        limit: Limit = None,
        as_json: AsJson = False,
    ) -> None:
        gates(_go(_recipe(place, station, task, file_format), station, limit, as_json))

    return walk


def _curate(
    place: Place = Path(),
    task: Task = "question_answer",
    file_format: Format = "",
    out: Out = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    if out:
        write(out, "")
    ground = _go(_recipe(place, "curate", task, file_format), "curate", limit, as_json)
    if out:
        write(out, "".join(f"{canonical(row)}\n" for row in judged_rows(ground)))
        typer.echo(f"{out} holds {count(len(ground.judged), 'row')} with all verdicts.", err=as_json)
    gates(ground)


def _go(start: tuple[Any, Path, str], station: str, limit: int | None, as_json: bool) -> Any:
    """Run up to a station and print what it made. Raises UserError when no file could be read."""
    recipe, folder, store = start
    with progress_bars(not as_json) as tell:
        ground = runs.run(recipe, folder, until=station, limit=limit, tell=tell, store=store)
    print_ground(ground, station, as_json)
    if not ground.documents and not ground.ready:
        lines = [line for table in ground.tables for line in table.lines if line.reason]
        raise UserError(f"nothing could be read: {'; '.join(f'{line.label}: {line.reason}' for line in lines[:3])}")
    return ground


def _recipe(place: Path, station: str, task: str, file_format: str) -> tuple[Any, Path, str]:
    """The recipe, folder and store of a project.

    For bare files the default recipe, which asks a teacher for `generate` only, and a store of their own.
    """
    if place.suffix in RECIPES or place == Path() or (place / "recipe.yaml").is_file():
        return (*load(recipe_file(place)), runs.STORE)
    if not place.exists():
        raise UserError(f"there is no file or folder {place}. Name a recipe, its folder, or documents.")
    asks = station == "generate"
    plain = {
        "task": task,
        "ingest": {"sources": [{"path": str(place), "format": file_format}]},
        "harvest": [] if asks else ["faq_headings", "definitions", "turns"],
        "generate": {"pairs_per_passage": 2 if asks else 0},
        "curate": [name for name in recipes.DEFAULT_CHECKS if name != "round_trip"],
        "export": {"folder": "out/tried"},
    }
    return recipes.Recipe.model_validate(plain), Path(), runs.TRIED


def add(app: typer.Typer) -> None:
    """Add one command per station."""
    for station in _HELP:
        app.command(station, help=_HELP[station])(_curate if station == "curate" else _command(station))
