"""What commands share: where the recipe is, how progress and JSON are printed."""

import json
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.errors import GateError, Stopped, UserError
from gristmill.lazy import lazy

progress = lazy("rich.progress")
console = lazy("rich.console")
validate = lazy("gristmill.validate")
tables = lazy("rich.table")
texts = lazy("rich.text")
boxes = lazy("rich.box")

_SHORT = 150
_KEPT = "All that was made is kept: the same command goes on from here."
_PAUSE = 15.0
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

RecipePath = Annotated[Path, typer.Argument(help="The recipe, or the folder that holds recipe.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Folder = Annotated[Path, typer.Option("--project", "-p", help="The project's folder: where the recipe lies.")]
RECIPES = (".yaml", ".yml")
Update = Annotated[bool, typer.Option("--update", help="Take sources from addresses and the hub as they are now.")]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help="A slice: this many files, and passages to ask about.")
]


def recipe_file(place: Path) -> Path:
    """The recipe that a path means. Raises UserError when there is none."""
    path = place / "recipe.yaml" if place.is_dir() else place
    if not path.is_file():
        raise UserError(f"there is no recipe {path}. `gristmill new` writes one; or name yours.")
    if path.suffix not in RECIPES:
        raise UserError(f"{path} is no recipe (a .yaml file). For one station on a bare file: gristmill harvest {path}")
    return path


def load(place: Path) -> tuple[Any, Path]:
    """A recipe without mistakes, and the project's folder."""
    path = recipe_file(place)
    return validate.load(path), path.resolve().parent


def print_json(value: Any) -> None:
    """One JSON text on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def write(path: Path, text: str) -> None:
    """Write a file that the user named. Raises UserError when it cannot be written."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}. Name a file in a folder that is there.") from None


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 row`, `1,200 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def harmless(text: str) -> str:
    """A text as it may be printed: what could steer a terminal is replaced, lines stay."""
    return "\n".join(_CONTROL.sub("\ufffd", line) for line in text.split("\n"))


def clipped(text: str, most: int) -> str:
    """A text on one line, unable to steer a terminal; a long one ends in an ellipsis and its length."""
    flat = _CONTROL.sub("\ufffd", " ".join(text.split()))
    if len(flat) <= most:
        return flat
    size = f" … ({len(text):,} characters)" if most > _SHORT else "…"
    return flat[: most - len(size)].rstrip() + size


def screen() -> int:
    """How many characters a line of the terminal takes; 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def gates(ground: Any) -> None:
    """After a run is printed: raise GateError when a gate that the recipe states was not met."""
    if ground.unmet:
        raise GateError("; ".join(ground.unmet))


@contextmanager
def progress_bars(wanted: bool, left: str = _KEPT) -> Iterator[Any]:
    """A `tell(station, done, all)`: bars on standard error for a person, a line now and then for a log.

    Raises Stopped, which says what is left, when the user ends the work.
    """
    try:
        if wanted and sys.stderr.isatty():
            with _bars() as tell:
                yield tell
        else:
            yield _lines() if wanted else lambda _station, _done, _all: None
    except KeyboardInterrupt as end:
        notes = getattr(end, "__notes__", ())
        told = (f"stopped. {left}", *notes)
        raise Stopped(" ".join(told)) from None


def _lines() -> Any:
    began = time.monotonic()
    said = began

    def tell(station: str, done: int, of: int) -> None:
        nonlocal said
        if time.monotonic() - said > _PAUSE:
            said = time.monotonic()
            typer.echo(f"{said - began:4.0f} s  {station}: {done} of {of}", err=True)

    return tell


@contextmanager
def _bars() -> Iterator[Any]:
    bars: dict[str, Any] = {}
    with progress.Progress(console=console.Console(stderr=True), transient=True) as drawn:

        def tell(station: str, done: int, of: int) -> None:
            if station not in bars:
                bars[station] = drawn.add_task(station, total=of)
            drawn.update(bars[station], completed=done, total=of)

        yield tell


def print_columns(heads: list[str], rows: list[list[str]]) -> None:
    """Print rows under heads, no word broken and nothing cut off; a column of numbers stands to the right."""
    lines = [heads, *rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(heads))]
    numbers = [
        all(row[index].replace(".", "").replace(",", "").isdigit() or not row[index] for row in rows)
        for index in range(len(heads))
    ]
    for line in lines:
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, numbers, strict=True)
        ]
        typer.echo("  ".join(cells).rstrip())


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table to the terminal; a column of numbers stands to the right."""
    drawn = tables.Table(title=title, title_justify="left", box=boxes.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        number = bool(rows) and all(row[index].replace(".", "").replace(",", "").isdigit() for row in rows)
        drawn.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(texts.Text(cell) for cell in row))
    page = console.Console()
    with page.capture() as printed:
        page.print(drawn)
    typer.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))
