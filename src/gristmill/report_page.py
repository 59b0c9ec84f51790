"""One self-contained HTML page of a run: no script, no request to anywhere, plots as SVG."""

import time
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from gristmill.html_page import Bar, bar_chart, clipped, page, section
from gristmill.report import Report, Sample, Stage, short


def render(told: Report) -> str:
    """The page's text. Everything that came from documents or models is escaped."""
    title = f"gristmill: {told.version.name if told.version else f'run {told.run}'}"
    return page(title, _blocks(told))


def _blocks(told: Report) -> Iterator[str]:
    yield _head(told)
    yield section("The way of the data", bar_chart(_way(told)), "What each station was given, and what was left.")
    yield section("Why rows were rejected", bar_chart(_rejections(told)), "The first check, in the recipe's order.")
    yield section("Who made the kept rows", bar_chart([(maker, rows, "good") for maker, rows in told.makers.items()]))
    yield section("Words in the kept answers", bar_chart(_lengths(told.answer_words)))
    yield section("Time by station, in seconds", bar_chart(_seconds(told)))
    yield section("Teachers, over all runs", _teachers(told), "Rows and accepted rows are those of this version.")
    yield section("Kept rows, drawn by seed", "".join(_row(one) for one in told.samples if one.split))
    yield section("Rejected rows, drawn by seed", "".join(_row(one) for one in told.samples if not one.split))
    yield section("The ledger", _ledger(told), "Every item ends in one state; the sums must add up.")
    yield f"<details><summary>The recipe</summary><pre>{escape(told.recipe)}</pre></details>"


def _head(told: Report) -> str:
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(told.started))
    version = told.version
    named = f"Version {escape(version.name)}" if version else f"Run {told.run} ({escape(told.state)})"
    tiles: list[tuple[str, Any]] = [(name, count) for name, count in version.counts.items()] if version else []
    adds_up = all(stage.reconciled for stage in told.stages)
    tiles.append(("sums", "add up" if adds_up else "DO NOT ADD UP"))
    drawn = "".join(f'<div class="tile"><b>{escape(str(value))}</b>{escape(name)}</div>' for name, value in tiles)
    digest = f" Content digest <code>{escape(version.content_digest)}</code>." if version else ""
    return (
        f'<h1>{named}</h1><p class="soft">Task <code>{escape(told.task)}</code>, run {told.run} of {when}.'
        f'{digest}</p><div class="tiles">{drawn}</div>'
    )


def _way(told: Report) -> list[Bar]:
    bars: list[Bar] = []
    for station, kind, label in (
        ("ingest", "file", "files named"),
        ("chunk", "document", "documents and rows read"),
        ("generate", "passage", "passages"),
        ("harvest", "pair", "pairs found"),
        ("generate", "pair", "pairs asked for"),
        ("curate", "example", "examples judged"),
    ):
        into = sum(stage.into for stage in told.stages if (stage.station, stage.kind) == (station, kind))
        bars.append((label, into, ""))
    if told.version:
        rejected = told.version.counts.get("rejected", 0)
        bars.append(("rejected", rejected, "bad"))
        bars.append(("kept", sum(told.version.counts.values()) - rejected, "good"))
    return [bar for bar in bars if bar[1]]


def _rejections(told: Report) -> list[Bar]:
    return [
        (short(count.state), count.items, "bad")
        for stage in told.stages
        if stage.step == "policy"
        for count in stage.counts
        if count.state != "kept"
    ]


def _seconds(told: Report) -> list[Bar]:
    by_station: dict[str, float] = {}
    for step in told.spent:
        by_station[step.station] = by_station.get(step.station, 0.0) + step.seconds
    return [(station, round(seconds, 2), "") for station, seconds in by_station.items()]


def _lengths(words: Sequence[int]) -> list[Bar]:
    edges = (0, 5, 10, 20, 40, 80, 160, 320, 10**9)
    bars: list[Bar] = []
    for low, high in pairwise(edges):
        name = f"{low} to {high - 1}" if high < 10**9 else f"{low} and more"
        bars.append((name, sum(low <= count < high for count in words), ""))
    return bars


def _teachers(told: Report) -> str:
    heads = ("seat", "teacher", "requests", "failed", "tokens in", "out", "cost", "rows", "accepted", "cost each")
    rows = [
        (one.seat, one.teacher, one.requests, one.failed, one.tokens_in, one.tokens_out, f"{one.cost:.4f}")
        + ((one.rows, one.accepted) if one.rows else ("", ""))
        + ("" if one.each is None else f"{one.each:.4f}",)
        for one in told.teachers
        if one.requests
    ]
    if not rows:
        return ""
    kinds = ("", "", *(' class="n"',) * 8)
    head = "".join(f"<th{kind}>{name}</th>" for kind, name in zip(kinds, heads, strict=True))
    drawn = "".join(
        "<tr>"
        + "".join(
            f"<td{kind}>{escape(f'{cell:,}' if isinstance(cell, int) else cell)}</td>"
            for kind, cell in zip(kinds, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{drawn}</table></div>'


def _row(one: Sample) -> str:
    because = f'<div class="soft">because {escape(one.reason)}</div>' if one.reason else ""
    return (
        f'<div class="row{"" if one.split else " out"}"><div dir="auto"><b>{escape(one.question)}</b></div>'
        f'<div dir="auto">{clipped(one.answer)}</div>{because}'
        f'<div class="soft"><code>{one.id[:12]}</code> · {escape(one.split or short(one.state))} · '
        f"{escape(one.origin)} · <bdi>{escape(one.group)}</bdi></div></div>"
    )


def _ledger(told: Report) -> str:
    rows = "".join(_ledger_rows(stage) for stage in told.stages)
    head = (
        '<tr><th>station</th><th>of</th><th class="n">in</th><th>state</th><th class="n">items</th><th>reason</th></tr>'
    )
    return f'<div class="scroll"><table>{head}{rows}</table></div>'


def _ledger_rows(stage: Stage) -> str:
    cells = []
    for index, count in enumerate(stage.counts):
        first = f"{stage.station} {stage.step}".strip() if index == 0 else ""
        into = f"{stage.into}{'' if stage.reconciled else ' (does not add up)'}" if index == 0 else ""
        kind = stage.kind if index == 0 else ""
        cells.append(
            f'<tr><td>{escape(first)}</td><td>{escape(kind)}</td><td class="n">{into}</td>'
            f"<td>{escape(count.state)}</td>"
            f'<td class="n">{count.items}</td><td class="soft">{escape(count.reason)}</td></tr>'
        )
    return "".join(cells)
