"""gristmill schema: the JSON Schema of recipes, for editors."""

import typer

from gristmill.cli._manners import print_json
from gristmill.lazy import lazy

catalogue = lazy("gristmill.catalogue")


def schema() -> None:
    """Print the JSON Schema of recipes, with every part and its fields, for editors."""
    print_json(catalogue.recipe_schema())


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)
