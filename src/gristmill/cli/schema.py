"""gristmill schema: the JSON Schema of recipes, for editors."""

import typer

from gristmill.cli._manners import print_json
from gristmill.lazy import lazy

catalogue = lazy("gristmill.catalogue")


def schema() -> None:
    """Print the JSON Schema of recipes, for editors.

    It holds every part of every kind with its fields.
    """
    print_json(catalogue.recipe_schema())


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)
