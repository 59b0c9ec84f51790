"""gristmill check: all mistakes of a recipe at once, each with its line."""

from pathlib import Path

import typer

from gristmill.cli._manners import AsJson, RecipePath, print_json, recipe_file, validate
from gristmill.lazy import lazy

notes = lazy("gristmill.remarks")


def check(recipe: RecipePath = Path(), as_json: AsJson = False) -> None:
    """List all mistakes of a recipe, with line numbers.

    It runs before any work or cost. Status 2 says that there is something to mend.
    """
    path = recipe_file(recipe)
    _, mistakes = validate.examine(path)
    if as_json:
        print_json([{"line": one.line, "text": one.text} for one in mistakes])
    elif mistakes:
        typer.echo(f"{path} has {len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''}:", err=True)
        for one in mistakes:
            typer.echo(f"  {one}", err=True)
    else:
        typer.echo(f"{path} is in order.")
        for text in notes.remarks(path):
            typer.echo(f"  note: {text}")
    if mistakes:
        raise typer.Exit(2)


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)
