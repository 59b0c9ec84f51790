"""gristmill show: the funnel of a run, its time, and rows to look at."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._manners import AsJson, Folder, clipped, print_columns, print_json, write
from gristmill.cli._summary import print_summary
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
report = lazy("gristmill.report")
page = lazy("gristmill.report_page")

_LONG = 400


def show(
    folder: Folder = Path(),
    run: Annotated[int | None, typer.Option("--run", help="Which run; the newest when left out.")] = None,
    samples: Annotated[int, typer.Option("--samples", min=0, help="Kept and rejected rows to show, of each.")] = 3,
    seed: Annotated[int, typer.Option("--seed", help="Which rows are drawn.")] = 17,
    html: Annotated[Path | None, typer.Option("--html", help="Write one self-contained page here instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a run: its funnel, its time, some of its rows.

    Every station says what went in, how each item ended, and whether the sums add up.
    """
    with runs.past(folder) as store:
        told = report.gather(store, run, max(samples, 12) if html else samples, seed)
    if html:
        write(html, page.render(told))
        typer.echo(f"{html} is written: one file, open it in any browser.")
    elif as_json:
        print_json(told.plain())
    else:
        print_summary(told, folder)
        _print_time(told)
        _print_teachers(told)
        _print_samples(told)


def _print_time(told: Any) -> None:
    rows = [
        [f"{step.station} {step.step}", f"{step.seconds:.2f}", str(step.items), str(step.made), _asked(step.facts)]
        for step in told.spent
        if step.items
    ]
    if rows:
        typer.echo("")
        print_columns(["time", "seconds", "items", "made now", "asked"], rows)


def _print_teachers(told: Any) -> None:
    """Teachers side by side, over all runs: what they took, and what of theirs was accepted in this version."""
    if not any(one.requests for one in told.teachers):
        return
    typer.echo("")
    heads = ["seat", "teacher", "asked", "failed", "in", "out", "cost", "accepted", "each"]
    print_columns(heads, [_teacher(one) for one in told.teachers])
    if lost := sum(one.lost for one in told.teachers):
        typer.echo(f"{lost} of these requests were lost, by a kill or with a batch: they count at their dearest.")


def _teacher(one: Any) -> list[str]:
    numbers = [f"{number:,}" for number in (one.requests, one.failed, one.tokens_in, one.tokens_out)]
    accepted = f"{one.accepted:,} of {one.rows:,}" if one.rows else ""
    each = f"{one.each:.4f}" if one.each else ""
    return [one.seat, one.teacher, *numbers, f"{one.cost:.4f}" if one.cost else "0", accepted, each]


def _asked(facts: Any) -> str:
    asked, reused = facts.get("asked", 0), facts.get("reused", 0)
    return f"{asked} new, {reused} kept" if asked or reused else ""


def _print_samples(told: Any) -> None:
    for one in told.samples:
        typer.echo(f"\n{one.id[:12]}  {one.split or 'rejected by ' + report.short(one.state)}")
        typer.echo(f"  from {one.group} ({one.origin})")
        typer.echo(f"  Q: {clipped(one.question, _LONG)}\n  A: {clipped(one.answer, _LONG)}")
        if one.reason:
            typer.echo(f"  because {one.reason}")


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(show)
