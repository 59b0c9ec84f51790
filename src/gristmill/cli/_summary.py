"""A report as people read it in a terminal."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from gristmill.cli._manners import count, harmless, print_columns, screen
from gristmill.lazy import lazy

family = lazy("gristmill.family")
report = lazy("gristmill.report")

_NARROW = 24


def print_summary(told: Any, folder: Path | None = None) -> None:
    """The funnel, and in a few lines what came of the run."""
    print_funnel(told)
    for line in outcome(told, folder):
        typer.echo(harmless(line))


def print_funnel(told: Any) -> None:
    """Every station: what went in, and in which states it all came out."""
    typer.echo(f"run {told.run}: {told.state}")
    stages = [stage for stage in told.stages if stage.into]
    if not stages:
        typer.echo("No station ended in it. The command that started it says why; run it again.")
        return
    firsts = [[f"{stage.station} {stage.step}".strip(), stage.kind, str(stage.into)] for stage in stages]
    room = screen() - sum(max(len(first[index]) for first in firsts) + 2 for index in range(3))
    rows = []
    for stage, first in zip(stages, firsts, strict=True):
        for line in _states(stage, max(room, _NARROW)):
            rows.append([*first, line])
            first = ["", "", ""]
    print_columns(["station", "of", "in", "ended as"], rows)
    for stage in stages:
        if not stage.reconciled:
            ended = sum(one.items for one in stage.counts)
            typer.echo(f"DOES NOT ADD UP: {stage.station} {stage.step}: {stage.into} {stage.kind}s in, {ended} ended")


def _states(stage: Any, room: int) -> Iterator[str]:
    """The states of a stage, as many on a line as it takes; the policy's one a line."""
    told: Counter[str] = Counter()
    for one in stage.counts:
        told["rejected" if stage.station == "freeze" and one.state.startswith("rejected:") else one.state] += one.items
    line = ""
    for state, items in told.items():
        word = f"{items} {report.short(state)}"
        if line and (stage.step == "policy" or len(f"{line}, {word},") > room):
            yield f"{line},"
            line = word
        else:
            line = f"{line}, {word}" if line else word
    yield line


def outcome(told: Any, folder: Path | None = None, signs: bool = True) -> Iterator[str]:
    """What came of it, and what to do next. `folder` is the project's, when that is not where the user stands.

    Without `signs` those of the audit are left out, for they were told one by one.
    """
    if any(step.items for step in told.spent):
        yield f"\n{_work(told)}"
    yield from _asked(told)
    yield from _kin(told)
    for stage in told.stages:
        for one in stage.counts:
            told_of = stage.station in ("audit", "ingest", "clean") or stage.kind == "entry" or stage.step == "licences"
            told_of = told_of and (signs or stage.kind != "sign")
            if one.reason and told_of and not one.state.startswith("info:"):
                more = f" and {one.items - len(one.labels)} more" if one.items > len(one.labels) else ""
                yield f"{', '.join(one.labels)}{more}: {one.state}. {one.reason}"
    yield from (f"{step.step}: {one}" for step in told.spent for one in step.facts.get("remarks", ()))
    if told.version:
        splits = ", ".join(f"{rows} {name}" for name, rows in told.version.counts.items())
        same = f", unchanged since run {told.frozen_in}" if told.frozen_in != told.run else ""
        yield f"version {told.version.name} ({told.version.content_digest[:12]}{same}): {splits}"
        empty = [name for name, rows in told.version.counts.items() if not rows and name != "rejected"]
        if empty:
            yield f"{' and '.join(empty)} got no row: documents stay whole, and there are too few for these shares"
        yield f"kept rows by maker: {', '.join(f'{rows} {maker}' for maker, rows in told.makers.items())}"
    if told.folder:
        place = Path(os.path.relpath(folder)) if folder else Path()
        there = "" if place == Path() else f" --project {place}"
        yield f"training files and card: {place / told.folder}/"
        yield f"next: gristmill show{there} --html report.html, gristmill why ROW{there}"


def _work(told: Any) -> str:
    """How much of the run was work, and how much was there already."""
    # What sources are, against the lock file, is looked up each time: that is no work.
    worked = [step for step in told.spent if (step.station, step.step) != ("audit", "sources")]
    seconds = sum(step.seconds for step in worked)
    made = sum(1 for step in worked if step.made)
    steps = sum(1 for step in worked if step.items)
    if not made:
        return f"{seconds:.1f} s; nothing was made anew: {count(steps, 'step')} re-used what an earlier run made."
    kept = f"; the other {steps - made} re-used what an earlier run made" if made < steps else ""
    return f"{seconds:.1f} s; {made} of {count(steps, 'step')} had something to do{kept}."


def _asked(told: Any) -> Iterator[str]:
    """Whom the run asked, how often, and what it took and cost; how far a judge agrees with what is known."""
    teachers: dict[str, Counter[str]] = {}
    for step in told.spent:
        each = step.facts.get("teachers") or {step.facts.get("model", ""): step.facts}
        for name, tally in each.items():
            sums = teachers.setdefault(name, Counter())
            sums.update({key: tally.get(key, 0) for key in _TALLIED})
    for name, sums in teachers.items():
        if sums["asked"] or sums["reused"] or sums["failed"]:
            cost = f", {sums['cost']:.4f} paid" if sums["cost"] else ""
            yield (
                f"{name} was asked {count(sums['asked'], 'time')}, {sums['failed']} failed, "
                f"{sums['reused']} kept replies were used: {sums['tokens_in']:,} tokens in, "
                f"{sums['tokens_out']:,} out{cost}"
            )
    for step in told.spent:
        if found := step.facts.get("agreement"):
            low, high = found["interval"]
            yield (
                f"{step.step} agrees with {found['n']} rows of known worth by a kappa of {found['kappa']:.2f} "
                f"({low:.2f} to {high:.2f}); {found['unknown']} of its words could not be read"
            )


def _kin(told: Any) -> Iterator[str]:
    """A warning for each check whose seat is taken by kin of a model that wrote pairs."""
    writers = dict.fromkeys(_model(one.teacher) for one in told.teachers if one.seat == "generator")
    for step in told.spent:
        if step.facts.get("seat", "generator") != "generator" and step.facts.get("answers"):
            for model in map(_model, step.facts["teachers"]):
                if warning := family.lenient(step.step, model, writers):
                    yield f"note: {warning}"


def _model(label: str) -> str:
    return label.partition(" at ")[0].removesuffix(" (recorded)")


_TALLIED = ("asked", "reused", "failed", "tokens_in", "tokens_out", "cost")
