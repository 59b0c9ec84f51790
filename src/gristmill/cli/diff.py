"""gristmill diff: which rows two versions do not share, and why."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._manners import AsJson, Folder, clipped, print_json, screen
from gristmill.errors import UserError
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
    with runs.past(folder) as store:
        after = versions.find_version(store, new)
        if not old and not after.parent:
            raise UserError(f"{after.name} is the first version of its task: name two; `gristmill log` lists them")
        before = versions.find_version(store, old or after.parent)
        changes = differences.difference(before, after)
        slices = {row["name"]: row["facts"].get("limit") for row in store.database.versions()}
    counts = differences.counts(changes)
    if as_json:
        told = [
            {"move": one.move, "id": one.id, "question": one.question, "group": one.group, "reason": one.reason}
            for one in changes
        ]
        print_json({"old": before.name, "new": after.name, **counts, "rows": told})
        return
    typer.echo(f"{before.name} -> {after.name}: {counts['in']} in, {counts['out']} out, {counts['changed']} changed")
    if not changes and before.content_digest != after.content_digest:
        typer.echo("  the kept rows are the same; the recipe, a verdict or a rejected row differs")
    for version in (before, after):
        if slices[version.name]:
            typer.echo(f"  {version.name} is a slice (--limit {slices[version.name]}): what it lacks may be left out")
    _print_changes(changes)


def _print_changes(changes: list[Any]) -> None:
    """The changes in series: what they have in common, then a line for each."""
    for index, one in enumerate(changes[:_SHOWN]):
        before = changes[index - 1] if index else None
        if before is None or (before.group, before.move, before.reason) != (one.group, one.move, one.reason):
            typer.echo(f"{one.move}, from {one.group}: {one.reason}")
        typer.echo(f"  {one.id[:12]}  {clipped(one.question, screen() - 16)}")
    if len(changes) > _SHOWN:
        typer.echo(f"and {len(changes) - _SHOWN} more: --json lists all")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(diff)
