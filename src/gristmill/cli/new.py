"""gristmill new: a commented recipe, with every station named."""

from pathlib import Path
from typing import Annotated

import typer

from gristmill.cli._manners import write
from gristmill.errors import UserError
from gristmill.lazy import lazy

catalogue = lazy("gristmill.catalogue")


def new(
    folder: Annotated[Path, typer.Argument(help="Where to write recipe.yaml; made when it is not there.")] = Path(),
    documents: Annotated[
        str, typer.Option("--documents", "-d", help="Your documents, relative to the folder.")
    ] = "docs/",
    task: Annotated[str, typer.Option("--task", "-t", help="What the model should learn.")] = "question_answer",
) -> None:
    """Write a recipe with every station named and explained."""
    path = folder / "recipe.yaml"
    if path.exists():
        raise UserError(f"{path} is there already. Name another folder, or delete it first.")
    text = catalogue.commented_recipe(documents, task)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made: {error.strerror}. Name a folder.") from None
    write(path, text)
    typer.echo(f"{path} is written. Put documents into {folder / documents}, then: gristmill check {folder}")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(new)
