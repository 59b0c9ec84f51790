"""The report of a curated file of texts: what each check did, and rows of each verdict to look at."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from gristmill.corpus_files import KEPT, REJECTED, VERDICTS, Curated, Judgement, Lost
from gristmill.html_page import bar_chart, clipped, page, section
from gristmill.lazy import lazy
from gristmill.texts import DOCUMENT_ROLE

np = lazy("numpy")
pa = lazy("pyarrow")
pc = lazy("pyarrow.compute")

_SHOWN = 4
_TWINS = ("twin", "near", "item")
_Masked = Mapping[int, Sequence[tuple[int, int, str]] | None]


def render(told: Curated, judged: Judgement, lost: Sequence[Lost]) -> str:
    """The page's text; everything that came from the file is escaped."""
    return page(f"gristmill: {told.place.name}", _blocks(told, judged, lost))


def _blocks(told: Curated, judged: Judgement, lost: Sequence[Lost]) -> Iterator[str]:
    yield _head(told)
    failed = [(f"failed:{state}", count, "bad") for state, count in told.failed.items()]
    left = [(state, count, "bad") for state, count in told.rejected.items()]
    yield section("Where the rows ended", bar_chart([("kept", told.kept, "good"), *left, *failed]))
    yield section("The checks", _checks(told), "Checks that compare rows judge those that no earlier check rejected.")
    masked = _masked(judged)
    for name, table in judged.verdicts:
        for kind in table.group_by(["outcome", "code"]).aggregate([([], "count_all")]).to_pylist():
            if kind["outcome"] != "pass":
                yield _samples((name, kind), table, judged, masked)
    shown = "".join(
        f'<div class="row out">line {one.line:,}<div class="soft">{escape(one.reason)}</div></div>'
        for one in lost[: 3 * _SHOWN]
    )
    yield section("Lines that gave no row", shown, f"{len(lost):,} in all; they are in {REJECTED}.")


def _head(told: Curated) -> str:
    tiles: list[tuple[str, Any]] = [
        ("rows", f"{told.rows:,}"),
        ("kept", f"{told.kept:,}"),
        ("rejected", f"{sum(told.rejected.values()):,}"),
        ("failed", f"{sum(told.failed.values()):,}"),
        ("sums", "add up" if told.adds_up else "DO NOT ADD UP"),
    ]
    drawn = "".join(f'<div class="tile"><b>{escape(value)}</b>{escape(name)}</div>' for name, value in tiles)
    return (
        f'<h1>{escape(told.place.name)}</h1><p class="soft">The column <code>{escape(told.column)}</code> was judged. '
        f"Beside this page: <code>{KEPT}</code>, <code>{REJECTED}</code>, and <code>{VERDICTS}</code> with every "
        f'verdict, its reason and its evidence.</p><div class="tiles">{drawn}</div>'
    )


def _checks(told: Curated) -> str:
    rows = []
    for one in told.ran:
        ended = ", ".join(f"{count:,} {word}" for word, count in one.ended.items())
        remarks = "".join(f'<div class="soft">{escape(remark)}</div>' for remark in one.remarks)
        rows.append(
            f'<tr><td>{escape(one.check)}</td><td class="n">{one.judged:,}</td><td>{escape(ended)}{remarks}</td></tr>'
        )
    head = '<tr><th>check</th><th class="n">judged</th><th>ended as</th></tr>'
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def _masked(judged: Judgement) -> _Masked:
    """What checks masked in each row: start, end and mask. None when more was found than the evidence lists."""
    found: dict[int, list[tuple[int, int, str]] | None] = {}
    for _, table in judged.verdicts:
        told = table.filter(pc.match_substring(table.column("evidence"), '"masked"'))
        for line in told.select(["row", "score", "evidence"]).to_pylist():
            listed = json.loads(line["evidence"])["found"]
            before = found.setdefault(line["row"], [])
            if before is None or len(listed) < line["score"]:
                found[line["row"]] = None
            else:
                before += [(one["start"], one["end"], one["masked"]) for one in listed if one["role"] == DOCUMENT_ROLE]
    return found


def _samples(verdict: tuple[str, Mapping[str, Any]], table: Any, judged: Judgement, masked: _Masked) -> str:
    """A few rows of this verdict, spread over the file, with what they are like when the evidence names a twin."""
    name, kind = verdict
    said = pc.and_(pc.equal(table.column("outcome"), kind["outcome"]), pc.equal(table.column("code"), kind["code"]))
    places = np.flatnonzero(said.to_numpy())
    places = places[np.linspace(0, len(places) - 1, min(_SHOWN, len(places))).astype(int)]
    drawn = "".join(_row(line, judged, masked) for line in table.take(pa.array(places)).to_pylist())
    outcome = "rejected" if kind["outcome"] == "reject" else kind["outcome"]
    title = f"{name}: {kind['code']} ({outcome}, {kind['count_all']:,} rows)"
    return section(title, drawn)


def _row(line: Mapping[str, Any], judged: Judgement, masked: _Masked) -> str:
    texts, row = judged.texts, line["row"]
    evidence = json.loads(line["evidence"] or "{}")
    twin = next((str(evidence[key]) for key in _TWINS if key in evidence), "")
    other = pc.index(texts.ids, twin).as_py() if twin else -1
    beside = (
        f'<div class="soft">beside <code>{escape(twin)}</code>: {_text(judged, other, masked)}</div>'
        if other >= 0
        else ""
    )
    kept = judged.state[row] == 0
    return (
        f'<div class="row{"" if kept else " out"}"><div dir="auto">{_text(judged, row, masked)}</div>'
        f'<div class="soft">{escape(line["reason"])}</div>{beside}'
        f'<div class="soft"><code>{escape(texts.id(row))}</code> · line {int(judged.lines[row]):,} · '
        f"{escape(judged.states[judged.state[row]])}</div></div>"
    )


def _text(judged: Judgement, row: int, masked: _Masked) -> str:
    """A row's text as whoever is handed the page may read it: what a check masked is masked here too."""
    stretches = masked.get(row, ())
    if stretches is None:
        return "(not shown: it holds more of what is to be masked than the evidence lists)"
    text, at = judged.texts.text(DOCUMENT_ROLE, row), 0
    shown: list[str] = []
    for start, end, mask in sorted(stretches):
        if end > at:
            shown += [text[at:start], mask]
            at = end
    return clipped("".join([*shown, text[at:]]))
