"""gristmill tag: a name of your own for a version."""

from pathlib import Path
from typing import Annotated

import typer

from gristmill.cli._manners import AsJson, Folder, print_json
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
versions = lazy("gristmill.versions")


def tag(
    name: Annotated[str, typer.Argument(help="The tag to set; left out, all tags are listed.")] = "",
    version: Annotated[str, typer.Argument(help="A version, another tag or a digest; the newest when left out.")] = "",
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Give a version a name of your own, or list the names."""
    with runs.past(folder) as store:
        if name:
            versions.set_tag(store, name, versions.find_version(store, version).name)
        tags = store.database.tags()
    if as_json:
        print_json(tags)
        return
    if not tags:
        typer.echo("There is no tag yet. To name the newest version: gristmill tag NAME")
    for each, of in tags.items():
        typer.echo(f"{each} -> {of}")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(tag)
