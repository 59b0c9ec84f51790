"""A report as people read it in a terminal."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import typer

from gristmill.cli._manners import print_table

_STATES_SHOWN = 8


def print_summary(told: Any) -> None:
    """The funnel, and in a few lines what came of the run."""
    print_funnel(told)
    for line in outcome(told):
        typer.echo(line)


def print_funnel(told: Any) -> None:
    """Every station: what went in, how it ended, what came out."""
    rows = [
        [
            f"{stage.station} {stage.step}".strip(),
            stage.kind,
            str(stage.into),
            _states(stage),
            "yes" if stage.reconciled else "NO",
        ]
        for stage in told.stages
        if stage.into
    ]
    print_table(f"run {told.run}: {told.state}", ["station", "of", "in", "ended as", "adds up"], rows)


def _states(stage: Any) -> str:
    shown = [f"{count.items} {count.state}" for count in stage.counts[:_STATES_SHOWN]]
    more = sum(count.items for count in stage.counts[_STATES_SHOWN:])
    return ", ".join(shown + ([f"{more} in {len(stage.counts) - _STATES_SHOWN} other states"] if more else []))


def outcome(told: Any) -> Iterator[str]:
    """What came of it, and what to do next."""
    seconds = sum(step.seconds for step in told.spent)
    made = sum(step.made for step in told.spent)
    asked: Counter[str] = Counter()
    for step in told.spent:
        for name in ("asked", "reused", "failed", "tokens_in", "tokens_out"):
            asked[name] += step.facts.get(name, 0)
    yield f"{seconds:.1f} s; {made} items made, the rest re-used. Teachers were asked {asked['asked']} times " + (
        f"({asked['failed']} failed, {asked['tokens_in']:,} tokens in, {asked['tokens_out']:,} out)."
    )
    for stage in told.stages:
        for count in stage.counts:
            if stage.station == "ingest" and count.reason:
                yield f"  {count.items} {stage.kind} {count.state}: {count.reason}"
    if told.version:
        splits = ", ".join(f"{count} {name}" for name, count in told.version.counts.items())
        yield f"version {told.version.name} ({told.version.content_digest[:12]}): {splits}"
        yield "  " + ", ".join(f"{rows} {maker}" for maker, rows in told.makers.items())
    if told.folder:
        yield f"training files and card: {told.folder}/"
        yield "next: gristmill show --html report.html, gristmill why ROW"
