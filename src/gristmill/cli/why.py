"""gristmill why: where a row came from, who judged it, where it went."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._manners import AsJson, Folder, print_json
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
story = lazy("gristmill.story")

_SHOWN = 30


def why(
    row: Annotated[str, typer.Argument(help="The beginning of a row's id, or words in it, or its source's path.")],
    version: Annotated[str, typer.Option("--version", help="Version, tag or digest; the newest when left out.")] = "",
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Tell the story of a row, kept or rejected.

    Its place in the source, its maker, the verdicts on it, its split and its training files.
    """
    with runs.project(folder) as store:
        told = story.why(store, row, version)
    if isinstance(told, list):
        _print_candidates(told, as_json)
    elif as_json:
        print_json(told.plain())
    else:
        _print_story(told)


def _print_candidates(found: list[Any], as_json: bool) -> None:
    if as_json:
        print_json([{"id": one.id, "state": one.state, "question": one.question} for one in found])
        return
    typer.echo(f"{len(found)} rows; name one by its id:")
    for one in found[:_SHOWN]:
        typer.echo(f"  {one.id[:12]}  {one.state:<28}  {one.question[:90]}")
    if len(found) > _SHOWN:
        typer.echo(f"  and {len(found) - _SHOWN} more: use more words")


def _print_story(told: Any) -> None:
    example = told.row.example
    typer.echo(f"row {example.id} of {told.version}: {told.row.state}" + f", {told.row.split}" * bool(told.row.split))
    for name, value in told.fields.items():
        if value not in (None, "", []):
            typer.echo(f"  {name}: {value}")
    typer.echo("\nwritten in")
    for one in told.quotations:
        place = f"page {one.page}, " if one.page else ""
        typer.echo(f"  {one.path} ({one.licence}), {place}characters {one.start} to {one.end}")
        typer.echo(f"    “{_short(one.text)}”")
    _print_maker(told)
    typer.echo("\njudged")
    for check, verdict in told.row.verdicts.items():
        mark = "  <- rejects" if check == told.rejecting else ""
        score = f" {verdict.score:.2f}" if verdict.score is not None else ""
        typer.echo(f"  {check}: {verdict.outcome}{score} {verdict.code} {verdict.reason}{mark}")
    typer.echo("\nwent to")
    for place in told.exports or ("no training file",):
        typer.echo(f"  {place}")
    for child in told.children:
        typer.echo(f"  derived row {child[:12]}")


def _print_maker(told: Any) -> None:
    origin = told.row.example.origin
    typer.echo(
        f"\nmade by {origin.made.by} ({origin.kind}, depth {origin.depth}; build {origin.made.fingerprint[:12]})"
    )
    if told.asked:
        typer.echo(
            f"  {told.asked['model']} was asked (prompt {origin.prompt_digest[:12]}, settings {origin.settings}):"
        )
        for role, content in told.asked["prompt"]["messages"]:
            typer.echo(f"    [{role}] {_short(content)}")
        typer.echo(f"  and replied: {_short(told.reply.text)}")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 400 else f"{flat[:300]} … {flat[-80:]}"


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(why)
