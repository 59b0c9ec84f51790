"""What a single station made, printed: its records, one a line, and its part of the funnel."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from gristmill.cli._manners import clipped, count, harmless, print_columns, print_json
from gristmill.cli._summary import outcome, print_funnel
from gristmill.lazy import lazy

runs = lazy("gristmill.run")
parts = lazy("gristmill.find")
report = lazy("gristmill.report")

_SHOWN = 20
_LONG = 90


def print_ground(ground: Any, station: str, as_json: bool) -> None:
    """Print what a run made up to `station`: some records and the sums, or all of them as JSON."""
    records = list(_records(ground, station))
    if as_json:
        print_json(records)
        return
    context = parts.find("tasks", ground.recipe.task.name).context_column
    for record in records[:_SHOWN]:
        if "state" in record and station in ("ingest", "clean"):
            continue
        shown = [
            value for name, value in record.items() if name != context and value not in ("", None, [], 0, {}, False)
        ]
        typer.echo("  ".join(clipped(_worded(value), _LONG) for value in shown))
    if len(records) > _SHOWN:
        typer.echo(f"and {len(records) - _SHOWN} more: --json prints all")
    if records:
        typer.echo("")
    with runs.project(ground.store.parent, ground.store.name) as store:
        told = report.gather(store, ground.run)
    print_funnel(told)
    for line in outcome(told, signs=station != "audit"):
        typer.echo(harmless(line))


def _worded(value: Any) -> str:
    """A value as people read it: an object as `name: value; …`."""
    return "; ".join(f"{name}: {one}" for name, one in value.items()) if isinstance(value, dict) else str(value)


def print_converted(done: Any, place: Path, to: str) -> None:
    """Print what a conversion made, each row that was left out, and each fault of the source."""
    typer.echo(f"{place} ({done.read_as}) -> {done.out} ({to}): {count(done.written, 'row')} written.")
    for path in done.beside:
        typer.echo(f"beside it: {path} (gristmill parts formats {to} says how the trainer takes it)")
    if done.not_carried:
        told = ", ".join(f"{name} ({count(rows, 'row')})" for name, rows in done.not_carried.items())
        typer.echo(f"columns not carried: {told}; --to jsonl and --to parquet keep every column")
    for word, said in (("left out", done.left_out), ("fault of the source", done.faults)):
        for one in said[:_SHOWN]:
            typer.echo(f"{word}: {clipped(one, 400)}")
        if len(said) > _SHOWN:
            typer.echo(f"{word}: and {len(said) - _SHOWN} more; --json prints all")
    signs = [sign for sign in done.signs if sign.finding.severity != "info"]
    if signs:
        typer.echo(f"the audit saw {count(len(signs), 'sign')}: gristmill audit {place} tells them")


def print_curated(told: Any) -> None:
    """Print what each check found in a file of texts, and where everything is."""
    if told.reused:
        typer.echo("The same file was curated by the same checks before: nothing is done again.")
    rows = []
    for one in told.ran:
        ended = [f"{number:,} {word}" for word, number in one.ended.items()]
        rows += [
            [one.check if at == 0 else "", f"{one.judged:,}" if at == 0 else "", end] for at, end in enumerate(ended)
        ]
    print_columns(["check", "judged", "ended as"], rows)
    for one in told.ran:
        for remark in one.remarks:
            typer.echo(f"{one.check}: {harmless(remark)}")
    lost = [f"{number:,} {state}" for state, number in told.failed.items()]
    parts = [
        f"{told.kept:,} kept",
        f"{sum(told.rejected.values()):,} rejected",
        *([f"failed: {', '.join(lost)}"] if lost else []),
    ]
    typer.echo(f"\n{told.place} ({told.column}): {count(told.rows, 'row')}; {', '.join(parts)}.")
    typer.echo(f"{told.folder}/ holds kept.jsonl, rejected.jsonl, report.html, and every verdict in verdicts.parquet.")


def judged_rows(ground: Any) -> Iterator[Mapping[str, Any]]:
    """Every judged row whole: its id, state, fields, source, and each check's verdict on it."""
    for one in ground.judged:
        verdicts = {check: asdict(verdict) for check, verdict in one.verdicts.items()}
        for verdict in verdicts.values():
            del verdict["example_id"]
        yield {
            "id": one.example.id,
            "state": one.state,
            "source": one.example.group,
            "fields": dict(one.example.fields),
            "verdicts": verdicts,
        }


def _records(ground: Any, station: str) -> Iterator[Mapping[str, Any]]:
    if station == "audit":
        for sign in ground.signs:
            found = sign.finding
            place = "" if found.offset is None else f"{found.unit} {found.offset}"
            word = found.severity if sign.decision == "note" else sign.decision
            told = {"sign": f"{word}:{found.code}", "file": sign.label, "place": place, "evidence": found.evidence}
            yield {**told, "reason": found.reason, "remedy": found.remedy, "because": sign.because}
    elif station in ("ingest", "clean"):
        for document in ground.documents:
            told = {"title": document.title, "pages": len(document.pages), "metadata": dict(document.metadata)}
            yield {"id": document.id[:12], "path": document.group, "characters": len(document.text), **told}
        for row in ground.ready:
            yield {"id": row.id[:12], "path": row.group, **row.fields}
        lost = [line for table in ground.tables for line in table.lines if table.step.station == station]
        for line in lost:
            if line.reason and not line.made:
                yield {"path": line.label, "state": line.state, "reason": line.reason}
    elif station == "chunk":
        for passage in ground.passages:
            yield {"id": passage.id[:12], "start": passage.start, "end": passage.end, "text": passage.text}
    elif station in ("harvest", "generate"):
        for example in ground.examples:
            yield {"id": example.id[:12], "by": example.origin.made.by, **example.fields}
    elif station == "curate":
        for one in ground.judged:
            reason = "" if one.kept else one.verdicts[one.rejected_by].reason
            yield {"id": one.example.id[:12], "state": one.state, "reason": reason, **one.example.fields}
    elif station == "freeze":
        for row in ground.frozen:
            yield {"id": row.example.id[:12], "split": row.split, "state": row.state, **row.example.fields}
    else:
        for file in ground.exported:
            yield {"path": file.path, "rows": file.rows, "sha256": file.sha256}
