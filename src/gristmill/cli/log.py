"""gristmill log: the runs and versions of a project, and the replies it keeps."""

import time
from pathlib import Path
from typing import Annotated

import typer

from gristmill.cli._manners import AsJson, Folder, print_json, print_table
from gristmill.lazy import lazy
from gristmill.records import canonical

runs = lazy("gristmill.run")


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
    with runs.project(folder) as store:
        if replies:
            kept = [canonical(dict(row)) for row in store.database.all_replies()]
            replies.write_text("".join(f"{row}\n" for row in kept), "utf-8")
            typer.echo(f"{replies} holds {len(kept)} replies. Use them with teachers: {{recorded: {{path: …}}}}.")
            return
        past, versions = store.database.runs(), store.database.versions()
        names = {version: tag for tag, version in store.database.tags().items()}
    if as_json:
        print_json({"runs": past, "versions": versions, "tags": {tag: name for name, tag in names.items()}})
        return
    rows = [[str(row["id"]), _when(row["started"]), row["state"], row["version"]] for row in past]
    print_table("runs", ["run", "started", "state", "version"], rows)
    told = [
        [
            row["name"],
            names.get(row["name"], ""),
            row["content_digest"][:12],
            row["facts"]["parent"],
            _counts(row["facts"]["counts"]),
        ]
        for row in versions
    ]
    print_table("versions", ["version", "tag", "digest", "parent", "rows"], told)


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(log)
