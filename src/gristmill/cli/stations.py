"""Every station as a command of its own: on a project, or on a bare file."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._listing import print_ground
from gristmill.cli._manners import AsJson, Limit, load, progress_bars, recipe_file
from gristmill.lazy import lazy

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

Place = Annotated[Path, typer.Argument(help="A recipe or its folder, or a bare file to try the station on.")]
Task = Annotated[str, typer.Option("--task", "-t", help="For a bare file: what the model should learn.")]
Format = Annotated[str, typer.Option("--format", "-f", help="For a bare file of ready-made rows: its format.")]


def _command(station: str) -> Callable[..., None]:
    def walk(
        place: Place = Path(),
        task: Task = "question_answer",
        file_format: Format = "",
        limit: Limit = None,
        as_json: AsJson = False,
    ) -> None:
        recipe, folder = _recipe(place, station, task, file_format)
        with progress_bars(not as_json) as tell:
            ground = runs.run(recipe, folder, until=station, limit=limit, tell=tell)
        print_ground(ground, station, as_json)

    walk.__doc__ = _HELP[station]
    return walk


def _recipe(place: Path, station: str, task: str, file_format: str) -> tuple[Any, Path]:
    """The recipe of a project; for a bare file the default one, which asks a teacher for `generate` only."""
    if place.is_dir() or place.suffix in (".yaml", ".yml"):
        return load(recipe_file(place))
    asks = station == "generate"
    plain = {
        "task": task,
        "ingest": {"sources": [{"path": str(place), "format": file_format}]},
        "harvest": [] if asks else ["faq_headings", "definitions", "turns"],
        "generate": {"pairs_per_passage": 2 if asks else 0},
        "curate": [name for name in recipes.DEFAULT_CHECKS if name != "round_trip"],
    }
    return recipes.Recipe.model_validate(plain), Path()


def add(app: typer.Typer) -> None:
    """Add one command per station."""
    for station in _HELP:
        app.command(station)(_command(station))
