"""gristmill new: a commented recipe, with every station named."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gristmill.cli._manners import write
from gristmill.errors import UserError
from gristmill.lazy import lazy

first_recipe = lazy("gristmill.first_recipe")


def new(
    folder: Annotated[Path, typer.Argument(help="Where to write recipe.yaml; made when it is not there.")] = Path(),
    documents: Annotated[
        str,
        typer.Option("--documents", "-d", help="Your documents, from where you stand; left out: docs/ in the folder."),
    ] = "",
    task: Annotated[str, typer.Option("--task", "-t", help="What the model should learn.")] = "question_answer",
) -> None:
    """Write a recipe with every station named and explained."""
    path = folder / "recipe.yaml"
    if path.exists():
        raise UserError(f"{path} is there already. Name another folder, or delete it first.")
    named = os.path.relpath(documents, folder) if documents else "docs/"
    text = first_recipe.commented_recipe(named, task)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made: {error.strerror}. Name a folder.") from None
    write(path, text)
    typer.echo(f"{path} is written. Your documents: {documents or folder / 'docs'}. Next: gristmill check {folder}")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(new)
