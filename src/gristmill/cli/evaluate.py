"""gristmill evaluate: score answers, with intervals, and systems held against the first."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gristmill.cli._manners import AsJson, clipped, count, print_columns, print_json
from gristmill.errors import UserError
from gristmill.lazy import lazy

evaluation = lazy("gristmill.evaluation")
sections = lazy("gristmill.sections")

Rows = Annotated[Path, typer.Argument(help="The rows with what was wanted, in any known format.")]
Answers = Annotated[
    list[str] | None,
    typer.Option(
        "--answers",
        "-a",
        help="A file of answers by id, as `tuned=answers.jsonl`; again for more. The first is what others are held to.",
    ),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option("--metric", "-m", help="A metric, as `squad` or `accuracy: {column: class}`; again for more."),
]
By = Annotated[list[str] | None, typer.Option("--by", help="A column whose values are scored apart; again for more.")]
Format = Annotated[str, typer.Option("--format", "-f", help="The format of the rows, where their keys do not show it.")]
Seed = Annotated[int, typer.Option("--seed", help="The seed of all that is drawn for intervals and tests.")]


def evaluate(
    rows: Rows,
    answers: Answers = None,
    metric: Metrics = None,
    by: By = None,
    file_format: Format = "",
    seed: Seed = 17,
    as_json: AsJson = False,
) -> None:
    """Score answers beside what was wanted, with intervals."""
    if not rows.is_file():
        raise UserError(f"there is no file {rows}. Name the rows that were asked.")
    if not answers:
        raise UserError("name the answers to score, as in --answers tuned=answers.jsonl")
    places = _named(answers)
    held = evaluation.read_rows(rows, sections.part_of(file_format) if file_format else None)
    systems = [evaluation.read_answers(name, place) for name, place in places]
    uses = [sections.part_of(one) for one in metric or ()]
    metrics = evaluation.metrics_of(uses, [row for _, row in held.rows])
    done = evaluation.evaluate(held, systems, metrics, by or (), seed)
    if as_json:
        print_json(done.plain())
    else:
        _print(done)


def _named(answers: list[str]) -> list[tuple[str, Path]]:
    """The files by name: what stands before =, or the file's own."""
    found: dict[str, Path] = {}
    for one in answers:
        name, given, path = one.partition("=")
        place = Path(path if given else one)
        name = name if given else place.stem
        if not place.is_file():
            raise UserError(f"there is no file {place} of answers")
        if name in found:
            raise UserError(f'two files of answers are called "{name}": write another name before =')
        found[name] = place
    return list(found.items())


def _print(done: Any) -> None:
    lines = [_line(one) for one in done.scores]
    several = len({one.system for one in done.scores}) > 1
    heads = ["score", "part", "answers", "rows", "is", "95 %"] + ["gain", "95 %", "by luck"] * several
    print_columns(heads, [line[: len(heads)] for line in lines])
    near = f"drawn by {done.clustered_by}, {count(done.clusters, 'cluster')}" if done.clustered_by else "drawn by row"
    typer.echo(f"\n{count(done.rows, 'row')}; intervals: {near}")
    for name, told in done.signatures.items():
        if told:
            typer.echo(f"{name}: {told}")
    for line in _lacking(done):
        typer.echo(line)


def _line(one: Any) -> list[str]:
    gain = one.gain
    return [
        one.score if one.score == one.metric else f"{one.metric} {one.score}",
        clipped(one.part, 40) or "all",
        clipped(one.system, 30),
        f"{one.rows:,}",
        _figure(one.interval.value),
        _range(one.interval),
        *([f"{gain.value:+.2f}", _range(gain, "+"), _chance(gain.chance)] if gain else ["", "", ""]),
    ]


def _figure(value: float) -> str:
    return "none" if value != value else f"{value:.2f}"


def _range(one: Any, sign: str = "") -> str:
    return "one cluster" if one.low is None else f"{one.low:{sign}.2f} to {one.high:{sign}.2f}"


def _chance(chance: float | None) -> str:
    return "" if chance is None else "< 0.001" if chance < 0.001 else f"{chance:.3f}"


def _lacking(done: Any) -> list[str]:
    lines = [f"left out: {reason}" for reason in done.left_out[:5]]
    if len(done.left_out) > len(lines):
        lines.append(f"and {len(done.left_out) - len(lines)} more rows were left out: --json lists all")
    for name, failures in done.failures.items():
        if failures:
            told = "; ".join(f"{number:,} {clipped(reason, 60)}" for reason, number in failures.items())
            first = next(one for one in done.scores if one.system == name and not one.part)
            worst = f"{first.score} is {_figure(first.at_worst)} with them as wrong"
            lines.append(
                f"{name}: {count(sum(failures.values()), 'row')} without an answer, not scored: {told}. {worst}"
            )
        if done.unknown[name]:
            lines.append(f"{name}: {count(done.unknown[name], 'answer')} to rows that are not in this file")
    return lines


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)
