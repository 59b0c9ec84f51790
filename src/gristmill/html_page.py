"""Pieces of a self-contained HTML page: frame, sections, bar charts as SVG, folds for long texts."""

from collections.abc import Iterable, Sequence
from html import escape

# A bar: its label, its value, its class (good, bad or neither).
Bar = tuple[str, float, str]

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


def page(title: str, blocks: Iterable[str]) -> str:
    """A whole page without script or request; `blocks` are HTML, their texts escaped."""
    body = "\n".join(block for block in blocks if block)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def section(title: str, body: str, note: str = "") -> str:
    """A part of the page under a head; nothing for an empty body."""
    if not body:
        return ""
    told = f'<p class="soft">{escape(note)}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{told}{body}</section>"


def bar_chart(bars: Sequence[Bar]) -> str:
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


def clipped(text: str) -> str:
    """The beginning of a long text, the rest behind a fold."""
    if len(text) <= _CLIP:
        return escape(text)
    cut = text.rfind(" ", 0, _CLIP)
    cut = cut if cut > 0 else _CLIP
    return f"{escape(text[:cut])}<details><summary>the rest</summary>{escape(text[cut:])}</details>"
