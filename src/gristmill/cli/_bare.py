"""What stations share on the command line: a project, or bare files with a recipe made for them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._listing import print_ground
from gristmill.cli._manners import RECIPES, load, progress_bars, recipe_file
from gristmill.errors import UserError
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
sections = lazy("gristmill.sections")
recipes = lazy("gristmill.recipe")
converting = lazy("gristmill.convert")
recorded = lazy("gristmill.record_files")

# Plain rows that have a reader of their own.
_READ = (("jsonl", ".jsonl"), ("csv", ".csv"), ("csv", ".tsv"))
Place = Annotated[
    Path, typer.Argument(help="A recipe or its folder, or bare files (one, or a folder) to try the station on.")
]
Task = Annotated[str, typer.Option("--task", "-t", help="For a bare file: what the model should learn.")]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        help="For a bare file of rows: its format (`alpaca`, `alpaca: {extra: [tag]}`); left out, its keys tell.",
    ),
]


def go(start: tuple[Any, Path, str], station: str, limit: int | None, as_json: bool, update: bool) -> Any:
    """Run up to a station and print what it made. Raises UserError when no file could be read."""
    recipe, folder, store = start
    with progress_bars(not as_json) as tell:
        ground = runs.run(recipe, folder, until=station, limit=limit, tell=tell, store=store, update=update)
    print_ground(ground, station, as_json)
    if station != "audit" and not ground.documents and not ground.ready:
        lines = [line for table in ground.tables for line in table.lines if line.reason]
        raise UserError(f"nothing could be read: {'; '.join(f'{line.label}: {line.reason}' for line in lines[:3])}")
    return ground


def recipe_of(
    place: Path, station: str, task: str, file_format: str, checks: Sequence[str] | None = None
) -> tuple[Any, Path, str]:
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
    if station != "audit" and place.is_file() and not file_format and recorded.ending(place):
        file_format = converting.known_format(place)
        # A reader names each bad line and cell.
        file_format = "" if (file_format, place.suffix.lower()) in _READ else file_format
    asks = station == "generate"
    plain = {
        "task": task,
        "ingest": {"sources": [{"path": str(place), "format": sections.part_of(file_format) if file_format else None}]},
        "harvest": [] if asks else ["faq_headings", "definitions", "turns"],
        "generate": {"pairs_per_passage": 2 if asks else 0},
        "curate": [sections.part_of(one) for one in checks]
        if checks
        else [name for name in sections.DEFAULT_CHECKS if name != "round_trip"],
        "export": {"folder": "out/tried"},
    }
    return recipes.Recipe.model_validate(plain), Path(), runs.TRIED
