"""gristmill diff: which rows two versions do not share, and why."""

from pathlib import Path
from typing import Annotated

import typer

from gristmill.cli._manners import AsJson, Folder, print_json
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
versions = lazy("gristmill.versions")
differences = lazy("gristmill.difference")

_SHOWN = 40


def diff(
    old: Annotated[str, typer.Argument(help="A version, tag or digest; the newest one's parent when left out.")] = "",
    new: Annotated[str, typer.Argument(help="A version, tag or digest; the newest when left out.")] = "",
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Name the rows that two versions do not share.

    Each is in, out or changed from the old version to the new one, with the reason.
    """
    with runs.project(folder) as store:
        after = versions.find_version(store, new)
        before = versions.find_version(store, old or after.parent)
        changes = differences.difference(before, after)
    counts = differences.counts(changes)
    if as_json:
        told = [
            {"move": one.move, "id": one.id, "question": one.question, "group": one.group, "reason": one.reason}
            for one in changes
        ]
        print_json({"old": before.name, "new": after.name, **counts, "rows": told})
        return
    typer.echo(f"{before.name} -> {after.name}: {counts['in']} in, {counts['out']} out, {counts['changed']} changed")
    for one in changes[:_SHOWN]:
        typer.echo(f"  {one.move:<7}  {one.id[:12]}  {one.group}  {one.question[:70]}\n           {one.reason}")
    if len(changes) > _SHOWN:
        typer.echo(f"  and {len(changes) - _SHOWN} more: --json lists all")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(diff)
