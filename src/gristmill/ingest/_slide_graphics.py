"""Charts and diagrams on a slide as text: the numbers of a chart, the words of a diagram."""

from collections.abc import Iterator
from typing import Any

from gristmill.ingest._slide_text import one_line
from gristmill.ingest._tables import pipe_table

_MOST_POINTS = 200
_MOST_LEVELS = 20
_NODES = ("node", "asst", "")


def chart(root: Any) -> list[str]:
    """A chart's title and its table of categories and series; of over 200 categories only the series' names."""
    whole = root.find("chart")
    titles = [] if whole is None else whole.findall("title")
    said = [one_line(title) for title in titles]
    series = list(root.iter("ser"))
    names = [_name(one) for one in series]
    heads = dict(pair for one in series for path in ("cat", "xVal") for pair in _points(one, path))
    values = [dict(pair for path in ("val", "yVal") for pair in _points(one, path)) for one in series]
    places = sorted({at for column in (heads, *values) for at in column})
    if places and len(places) <= _MOST_POINTS:
        rows = [[heads.get(at, ""), *(column.get(at, "") for column in values)] for at in places]
        said.append(pipe_table([["", *names], *rows]))
    else:
        said.append(", ".join(filter(None, names)))
    return [block for block in said if block]


def _name(series: Any) -> str:
    found = series.find("tx")
    if found is None:
        return ""
    return " ".join(" ".join(one.text or "" for one in found.iter("v")).split()) or one_line(found)


def _points(series: Any, path: str) -> Iterator[tuple[int, str]]:
    """The remembered values of an axis by their places; of several levels of categories, the innermost."""
    found = series.find(path)
    cache = None if found is None else next(found.iter("lvl", "strCache", "numCache", "strLit", "numLit"), None)
    for point in () if cache is None else cache.iterfind("pt"):
        at, value = point.get("idx") or "", point.find("v")
        if at.isascii() and at.isdecimal() and len(at) < 9 and value is not None and (value.text or "").strip():
            yield int(at), " ".join(value.text.split())


def diagram(root: Any) -> list[str]:
    """The words of a diagram's points as a nested list."""
    words, tops = {}, []
    for point in root.iterfind("ptLst/pt"):
        kind = point.get("type") or ""
        if kind in _NODES:
            words[point.get("modelId")] = one_line(point.find("t"))
        elif kind == "doc":
            tops.append(point.get("modelId"))
    below: dict[str, list[tuple[int, str]]] = {}
    for link in root.iterfind("cxnLst/cxn"):
        if (link.get("type") or "parOf") == "parOf":
            order = link.get("srcOrd") or ""
            place = int(order) if order.isascii() and order.isdecimal() and len(order) < 9 else 0
            below.setdefault(link.get("srcId") or "", []).append((place, link.get("destId") or ""))
    lines: list[str] = []
    _outline([*tops, *words], words, below, lines)
    return ["\n".join(lines)] if lines else []


def _outline(tops: list[str], words: dict[str, str], below: dict[str, list[tuple[int, str]]], lines: list[str]) -> None:
    """Write each point once, below the one that it belongs to."""
    stack = [(0, top) for top in reversed(tops)]
    seen: set[str] = set()
    while stack:
        level, point = stack.pop()
        if point in seen:
            continue
        seen.add(point)
        text = words.get(point, "")
        if text:
            lines.append("  " * level + f"- {text}")
        deeper = min(level + bool(text), _MOST_LEVELS)
        stack += [(deeper, inner) for _, inner in sorted(below.get(point, ()), reverse=True)]
