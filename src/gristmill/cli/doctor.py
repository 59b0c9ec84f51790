"""gristmill doctor: what this machine has and lacks."""

import typer

from gristmill.cli._manners import AsJson, print_json, print_table
from gristmill.lazy import lazy

catalogue = lazy("gristmill.catalogue")


def doctor(as_json: AsJson = False) -> None:
    """Say what this machine has and what it lacks.

    Python, disk, processors, and for each kind of part the packages that are missing. Status 2 says that
    there is something to install or to free.
    """
    findings = catalogue.diagnose()
    if as_json:
        print_json([{"what": one.what, "state": one.state, "remedy": one.remedy} for one in findings])
    else:
        print_table("", ["what", "state", "what to do"], [[one.what, one.state, one.remedy] for one in findings])
    if any(one.remedy and one.required for one in findings):
        raise typer.Exit(2)


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)
