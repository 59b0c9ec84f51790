"""gristmill why: where a row came from, who judged it, where it went."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._manners import AsJson, Folder, clipped, count, print_json, screen
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
story = lazy("gristmill.story")
report = lazy("gristmill.report")

_SHOWN = 30
_LONG = 400


def why(
    row: Annotated[
        str,
        typer.Argument(
            help="The beginning of a row's id, or words in it, or its source's path; of a curated file its id or line."
        ),
    ],
    version: Annotated[str, typer.Option("--version", help="Version, tag or digest; the newest when left out.")] = "",
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Tell the story of a row, kept or rejected.

    Its place in the source, its maker, the verdicts on it, its split and its training files. Of a file of texts that
    `gristmill curate` judged: name its folder with --project.
    """
    if story.is_curated(folder):
        _print_text(story.why_text(folder, row), as_json)
        return
    with runs.past(folder) as store:
        told = story.why(store, row, version)
    if isinstance(told, list):
        _print_candidates(told, as_json)
    elif as_json:
        print_json(told.plain())
    else:
        _print_story(told)


def _print_text(told: list[Any], as_json: bool) -> None:
    """A row of a curated file of texts, or the rows to choose from."""
    if as_json:
        print_json(told if len(told) > 1 else told[0])
        return
    if len(told) > 1:
        typer.echo(f"{count(len(told), 'row')}; name one by its id or its line:")
        for one in told[:_SHOWN]:
            typer.echo(f"  line {one['line']:,}  {one['state']}  {clipped(one['id'], _LONG)}")
        if len(told) > _SHOWN:
            typer.echo(f"  and {len(told) - _SHOWN} more: --json lists all")
        return
    (one,) = told
    went = one["state"] if one["state"] == "kept" or one["reason"] else f"rejected by {one['state']}"
    row = f"row {clipped(one['id'], _LONG)}, " if one["id"] else ""
    typer.echo(f"{row}line {one['line']:,} of {one['file']}: {went}")
    if one["reason"]:
        typer.echo(f"  {clipped(one['reason'], _LONG)}")
        return
    typer.echo("judged")
    said = {verdict["check"]: verdict for verdict in one["verdicts"]}
    for check in one["checks"]:
        if check not in said:
            typer.echo(f"  {check}: nothing found{', or not asked of a row that is out' * (one['state'] != 'kept')}")
            continue
        verdict = said[check]
        mark = "  <- rejects" if f"{check}:{verdict['code'] or verdict['outcome']}" == one["state"] else ""
        typer.echo(f"  {check}: {_said(verdict)}{mark}")


def _said(verdict: Mapping[str, Any]) -> str:
    score = f" {verdict['score']:.4g}" if verdict["score"] is not None else ""
    code = f" {verdict['code']}" if verdict["code"] else ""
    reason = f". {clipped(verdict['reason'], _LONG)}" if verdict["reason"] else ""
    return f"{verdict['outcome']}{code}{score}{reason}"


def _print_candidates(found: list[Any], as_json: bool) -> None:
    if as_json:
        print_json([{"id": one.id, "state": one.state, "question": one.question} for one in found])
        return
    typer.echo(f"{count(len(found), 'row')}; name one by its id:")
    states = [report.short(one.state) for one in found[:_SHOWN]]
    width = max(len(state) for state in states)
    for one, state in zip(found, states, strict=False):
        question = clipped(one.question, max(screen() - width - 18, 40))
        typer.echo(f"  {one.id[:12]}  {state:<{width}}  {question}")
    if len(found) > _SHOWN:
        typer.echo(f"  and {len(found) - _SHOWN} more: use more words, or --json to list all")


def _print_story(told: Any) -> None:
    example = told.row.example
    went = f"kept, {told.row.split}" if told.row.split else f"rejected by {report.short(told.row.state)}"
    typer.echo(f"row {example.id} of {told.version}: {went}")
    for name, value in told.fields.items():
        if value not in (None, "", []):
            typer.echo(f"  {name}: {clipped(str(value), _LONG)}")
    typer.echo("\nwritten in")
    if not told.quotations:
        typer.echo(f"  {example.group} ({example.licence}), a row that was ready-made")
    for one in told.quotations:
        place = f"page {one.page}, " if one.page else ""
        typer.echo(f"  {one.path} ({one.licence}), {place}characters {one.start} to {one.end}")
        typer.echo(f"    “{clipped(one.text, _LONG)}”")
        if one.repairs:
            typer.echo(f"    the document was mended first: {one.repairs}")
    _print_maker(told)
    typer.echo("\njudged")
    for check, verdict in told.row.verdicts.items():
        mark = "  <- rejects" if check == told.rejecting else ""
        score = f" {verdict.score:.4g}" if verdict.score is not None else ""
        code = f" {verdict.code}" if verdict.code else ""
        reason = f". {verdict.reason}" if verdict.reason else ""
        typer.echo(f"  {check}: {verdict.outcome}{code}{score}{reason}{mark}")
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
        how = f" (prompt {origin.prompt_digest[:12]}, settings {origin.settings})" if origin.prompt_digest else ""
        typer.echo(f"  {'' if how else 'for the row it derives from, '}{told.asked['model']} was asked{how}:")
        for role, content in told.asked["prompt"]["messages"]:
            typer.echo(f"    [{role}] {clipped(content, _LONG)}")
        typer.echo(f"  and replied: {clipped(told.reply.text, _LONG)}")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(why)
