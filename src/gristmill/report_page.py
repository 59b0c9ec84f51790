"""One self-contained HTML page of a run: no script, no request to anywhere, plots as SVG."""

import time
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from gristmill.report import Report, Sample, Stage, short

_WIDTH = 700
_LABEL = 270
_ROW = 24
_CLIP = 500

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5d6872; --line: #dde2e6; --paper: #fff; --card: #f6f7f8;
  --bar: #3b6ea8; --good: #2f7d4f; --bad: #b4452f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8eb; --soft: #98a3ad; --line: #343c44; --paper: #14181c;
  --card: #1d2329; --bar: #6ea0d8; --good: #62b585; --bad: #e0765e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1000px; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
p.soft, .soft { color: var(--soft); } code { font-size: .9em; overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.2rem 0; }
.tile { background: var(--card); border-radius: 8px; padding: .7rem 1rem; min-width: 8rem; }
.tile b { display: block; font-size: 1.5rem; line-height: 1.2; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.row { border-left: 4px solid var(--good); background: var(--card); border-radius: 0 8px 8px 0; padding: .7rem 1rem;
  margin: .7rem 0; overflow-wrap: anywhere; white-space: pre-line; }
.row.out { border-color: var(--bad); } .row b { font-weight: 600; } .row .soft { font-size: .85rem; }
svg { max-width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg rect { fill: var(--bar); } svg rect.good { fill: var(--good); } svg rect.bad { fill: var(--bad); }
svg text.soft { fill: var(--soft); } details summary { cursor: pointer; color: var(--soft); }
"""


def render(told: Report) -> str:
    """The page's text. Everything that came from documents or models is escaped."""
    title = f"gristmill: {told.version.name if told.version else f'run {told.run}'}"
    body = "\n".join(block for block in _blocks(told) if block)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _blocks(told: Report) -> Iterator[str]:
    yield _head(told)
    yield _section("The way of the data", _bars(_way(told)), "What each station was given, and what was left.")
    yield _section("Why rows were rejected", _bars(_rejections(told)), "The first check, in the recipe's order.")
    yield _section("Who made the kept rows", _bars([(maker, rows, "good") for maker, rows in told.makers.items()]))
    yield _section("Words in the kept answers", _bars(_lengths(told.answer_words)))
    yield _section("Time by station, in seconds", _bars(_seconds(told)))
    yield _section("Teachers, over all runs", _teachers(told), "Rows and accepted rows are those of this version.")
    yield _section("Kept rows, drawn by seed", "".join(_row(one) for one in told.samples if one.split))
    yield _section("Rejected rows, drawn by seed", "".join(_row(one) for one in told.samples if not one.split))
    yield _section("The ledger", _ledger(told), "Every item ends in one state; the sums must add up.")
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


def _section(title: str, body: str, note: str = "") -> str:
    if not body:
        return ""
    told = f'<p class="soft">{escape(note)}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{told}{body}</section>"


Bar = tuple[str, float, str]


def _bars(bars: Sequence[Bar]) -> str:
    """A horizontal bar chart: label, value, class of the bar."""
    most = max((value for _, value, _ in bars), default=0)
    if not most:
        return ""
    drawn = []
    for index, (label, value, kind) in enumerate(bars):
        top = index * _ROW
        width = (_WIDTH - _LABEL - 70) * value / most
        number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
        short = label if len(label) <= 34 else label[:33] + "…"
        drawn.append(
            f'<text x="{_LABEL - 8}" y="{top + 16}" text-anchor="end"><title>{escape(label)}</title>'
            f'{escape(short)}</text><rect class="{kind}" x="{_LABEL}" y="{top + 4}" width="{max(width, 1):.1f}" '
            f'height="{_ROW - 8}" rx="3"/><text class="soft" x="{_LABEL + max(width, 1) + 8:.1f}" y="{top + 16}">'
            f"{number}</text>"
        )
    return f'<svg viewBox="0 0 {_WIDTH} {len(bars) * _ROW}" role="img">{"".join(drawn)}</svg>'


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
        f'<div dir="auto">{_clipped(one.answer)}</div>{because}'
        f'<div class="soft"><code>{one.id[:12]}</code> · {escape(one.split or short(one.state))} · '
        f"{escape(one.origin)} · <bdi>{escape(one.group)}</bdi></div></div>"
    )


def _clipped(text: str) -> str:
    """The beginning of a long text, the rest behind a fold."""
    if len(text) <= _CLIP:
        return escape(text)
    cut = text.rfind(" ", 0, _CLIP)
    cut = cut if cut > 0 else _CLIP
    return f"{escape(text[:cut])}<details><summary>the rest</summary>{escape(text[cut:])}</details>"


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
