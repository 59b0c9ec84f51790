"""gristmill run: the whole way, from documents to training files."""

from pathlib import Path
from typing import Annotated

import typer

from gristmill.cli._manners import AsJson, Limit, RecipePath, Update, gates, load, print_json, progress_bars
from gristmill.cli._plan import print_plan
from gristmill.cli._summary import print_funnel, print_summary
from gristmill.errors import NothingMade
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
forecast = lazy("gristmill.forecast")
report = lazy("gristmill.report")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be asked, and ask nobody.")]


def run(
    recipe: RecipePath = Path(),
    dry_run: DryRun = False,
    limit: Limit = None,
    update: Update = False,
    as_json: AsJson = False,
) -> None:
    """Go the whole way: documents in, training files out.

    What an earlier run made of the same inputs is used again; a run that was stopped goes on.
    """
    loaded, folder = load(recipe)
    if dry_run:
        print_plan(forecast.plan(loaded, folder, limit), as_json)
        return
    try:
        with progress_bars(not as_json) as tell:
            ground = runs.run(loaded, folder, limit=limit, tell=tell, update=update)
    except NothingMade:
        if not as_json:
            with runs.project(folder) as store:
                print_funnel(report.gather(store))
        raise
    with runs.project(folder) as store:
        told = report.gather(store)
    if as_json:
        print_json(told.plain())
    else:
        print_summary(told, folder)
    gates(ground)


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)
