"""What commands share: where the recipe is, how progress and JSON are printed."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.errors import UserError
from gristmill.lazy import lazy

progress = lazy("rich.progress")
console = lazy("rich.console")
validate = lazy("gristmill.validate")
tables = lazy("rich.table")
texts = lazy("rich.text")
boxes = lazy("rich.box")

RecipePath = Annotated[Path, typer.Argument(help="The recipe, or the folder that holds recipe.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Folder = Annotated[Path, typer.Option("--project", "-p", help="The project's folder: where the recipe lies.")]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help="A slice: this many files, and passages to ask about.")
]


def recipe_file(place: Path) -> Path:
    """The recipe that a path means. Raises UserError when there is none."""
    path = place / "recipe.yaml" if place.is_dir() else place
    if not path.is_file():
        raise UserError(f"there is no recipe {path}. `gristmill new` writes one; or name yours.")
    return path


def load(place: Path) -> tuple[Any, Path]:
    """A recipe without mistakes, and the project's folder."""
    path = recipe_file(place)
    return validate.load(path), path.resolve().parent


def print_json(value: Any) -> None:
    """One JSON text on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def progress_bars(wanted: bool) -> Iterator[Any]:
    """A `tell(station, done, all)` that draws bars on standard error when a person is looking."""
    if not wanted or not sys.stderr.isatty():
        yield lambda _station, _done, _all: None
        return
    bars: dict[str, Any] = {}
    with progress.Progress(console=console.Console(stderr=True), transient=True) as drawn:

        def tell(station: str, done: int, of: int) -> None:
            if station not in bars:
                bars[station] = drawn.add_task(station, total=of)
            drawn.update(bars[station], completed=done, total=of)

        yield tell


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table to the terminal; a column of numbers stands to the right."""
    drawn = tables.Table(title=title, title_justify="left", box=boxes.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        number = bool(rows) and all(row[index].replace(".", "").replace(",", "").isdigit() for row in rows)
        drawn.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(texts.Text(cell) for cell in row))
    console.Console().print(drawn)
