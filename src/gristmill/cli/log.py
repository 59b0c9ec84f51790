"""gristmill log: the runs and versions of a project, and the replies it keeps."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._manners import AsJson, Folder, count, print_columns, print_json, write
from gristmill.lazy import lazy
from gristmill.records import canonical

runs = lazy("gristmill.run")
seats = lazy("gristmill.seat")
found = lazy("gristmill.versions")


def log(
    folder: Folder = Path(),
    replies: Annotated[
        Path | None, typer.Option("--replies", help="Write all kept replies here, for the `recorded` teacher.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List runs and versions, newest first.

    With --replies, write every reply that the project keeps to a file instead.
    """
    with runs.past(folder) as store:
        kept = [canonical(dict(row)) for row in store.database.all_replies()] if replies else []
        past, versions = store.database.runs(), store.database.versions()
        waiting = store.database.in_flight()
        out = [_batch(row) for row in store.database.batches()]
        counts = {row["name"]: found.find_version(store, row["name"]).counts for row in versions}
        tags: dict[str, list[str]] = {}
        for tag, version in store.database.tags().items():
            tags.setdefault(version, []).append(tag)
    if replies:
        _write_replies(replies, kept)
    elif as_json:
        print_json(
            {
                "runs": past,
                "versions": versions,
                "tags": {tag: name for name in tags for tag in tags[name]},
                "in_flight": waiting,
                "batches": out,
            }
        )
    else:
        rows = [[str(row["id"]), _when(row["started"]), row["state"], row["version"] or "none"] for row in past]
        print_columns(["run", "started", "state", "version"], rows)
        for row in past[:1]:
            if row["reason"]:
                typer.echo(f"run {row['id']} {row['state']}: {row['reason']}")
        _print_waiting(waiting, out)
        if versions:
            typer.echo("")
        for row in versions:
            typer.echo(_version(row, tags.get(row["name"], []), counts[row["name"]]))


def _print_waiting(waiting: list[str], batches: list[dict[str, Any]]) -> None:
    """What was asked and has not been answered."""
    if waiting:
        typer.echo(f"{len(waiting)} askings were on their way when a run ended; they are asked again if still wanted.")
    for one in batches:
        typer.echo(
            f"under way: {one['name'] or 'a batch without a name'}, {count(one['prompts'], 'prompt')} to "
            f"{one['teacher']} ({one['seat']}), since {_when(one['since'])}; a run that asks it collects them."
        )


def _write_replies(path: Path, kept: list[str]) -> None:
    write(path, "".join(f"{row}\n" for row in kept))
    if kept:
        typer.echo(f"{path} holds {len(kept)} kept {'reply' if len(kept) == 1 else 'replies'}. ", nl=False)
        typer.echo(f"To use them, name the teacher so: generator: {{recorded: {{path: {path}}}}}")
    else:
        typer.echo(f"{path} is empty: no teacher has replied in this project yet.")


def _batch(row: Mapping[str, Any]) -> dict[str, Any]:
    """A batch that is out: its name at the server, who was asked how many prompts, and since when."""
    told = {"name": row["name"], "seat": row["seat"], "prompts": len(row["prompts"]), "since": row["at"]}
    return {**told, "teacher": seats.label(json.loads(row["teacher"]))}


def _version(row: Mapping[str, Any], tags: list[str], counts: Mapping[str, int]) -> str:
    """A version on two lines: its names and descent, and how its rows are split."""
    facts = row["facts"]
    named = f" ({', '.join(tags)})" if tags else ""
    after = f", after {facts['parent']}" if facts["parent"] else ""
    part = f", a slice: --limit {facts['limit']}" if facts.get("limit") else ""
    rows = ", ".join(f"{number} {name}" for name, number in counts.items())
    return (
        f"{row['name']}{named}  {row['content_digest'][:12]}  {facts['task']}, run {row['run']}{after}{part}\n  {rows}"
    )


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(log)
