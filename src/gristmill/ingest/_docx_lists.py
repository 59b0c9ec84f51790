"""Numbers and bullets of list items in a Word file, counted as Word counts them."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gristmill.ingest._docx_styles import Numbered, Styles, W, number, value
from gristmill.ingest._list_numbers import letters, ordinal, roman

DEPTH = 9
_SLOT = re.compile(r"%([1-9])")
_WRITTEN: dict[str, Callable[[int], str]] = {
    "lowerLetter": letters,
    "upperLetter": lambda n: letters(n).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda n: roman(n).upper(),
    "decimalZero": lambda n: f"{n:02}",
    "ordinal": ordinal,
}


class _Level(NamedTuple):
    kind: str
    text: str
    start: int
    restart: int | None
    style: str
    legal: bool


class _List(NamedTuple):
    pattern: str
    starts: dict[int, int]
    levels: dict[int, _Level]


_PLAIN = _Level("decimal", "", 1, None, "", False)


class Lists:
    """Labels of list items, in the order of the document. Lists of one pattern go on counting unless told to start."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._patterns: dict[str, dict[int, _Level]] = {}
        self._linked: dict[str, str] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._used: set[tuple[str, int]] = set()
        for element in () if root is None else root:
            if element.tag == f"{W}abstractNum":
                known = element.get(f"{W}abstractNumId", "")
                self._patterns[known] = _levels(element)
                self._linked[known] = value(element, "numStyleLink") or ""
            elif element.tag == f"{W}num":
                self._lists[element.get(f"{W}numId", "")] = _list(element)

    def place(self, own: Numbered, style: str) -> Numbered | None:
        """Where a paragraph stands: its own list, else its style's; None outside lists."""
        inherited = self._styles.numbered(style)
        list_id = own.list_id or inherited.list_id
        if list_id in ("", "0") or list_id not in self._lists:
            return None
        level = own.level
        if level is None:
            levels = self._patterns.get(self._pattern(list_id), {})
            lineage = self._styles.lineage(style)
            level = next((n for n, one in levels.items() if one.style and one.style in lineage), inherited.level or 0)
        return Numbered(list_id, max(0, min(level, DEPTH - 1)))

    def label(self, list_id: str, level: int) -> str:
        """The next item's label: "•" for a bullet, "" when the list shows none."""
        pattern = self._pattern(list_id)
        one = self._lists[list_id]
        levels = self._patterns.get(pattern, {}) | one.levels
        counts = self._counts.setdefault(pattern, [None] * DEPTH)
        now = levels.get(level, _PLAIN)
        before = counts[level]
        if before is None or (level in one.starts and (list_id, level) not in self._used):
            counts[level] = one.starts.get(level, now.start)
        else:
            counts[level] = before + 1
        self._used.add((list_id, level))
        for deeper in range(level + 1, DEPTH):
            restart = levels.get(deeper, _PLAIN).restart
            if restart is None or level < restart:
                counts[deeper] = None
        if now.kind == "bullet":
            return "•" if now.text else ""
        return _SLOT.sub(lambda slot: _written(int(slot[1]) - 1, levels, counts, now.legal), now.text).strip()

    def _pattern(self, list_id: str) -> str:
        """The id of the list's pattern, through the numbering styles that it may point to."""
        seen: list[str] = []
        pattern = self._lists[list_id].pattern
        while self._linked.get(pattern) and pattern not in seen and len(seen) < DEPTH:
            seen.append(pattern)
            target = self._lists.get(self._styles.numbered(self._linked[pattern]).list_id)
            pattern = target.pattern if target else pattern
        return pattern


def _levels(element: Any) -> dict[int, _Level]:
    found = {}
    for level in element.iter(f"{W}lvl"):
        restart = value(level, "lvlRestart")
        found[max(0, min(number(level.get(f"{W}ilvl")), DEPTH - 1))] = _Level(
            value(level, "numFmt") or "decimal",
            (value(level, "lvlText") or "")[:100],
            number(value(level, "start"), 0 if value(level, "start") is None else 1),
            None if restart is None else number(restart),
            value(level, "pStyle") or "",
            level.find(f"{W}isLgl") is not None,
        )
    return found


def _list(element: Any) -> _List:
    starts = {}
    for override in element.iter(f"{W}lvlOverride"):
        start = value(override, "startOverride")
        if start is not None:
            starts[number(override.get(f"{W}ilvl"))] = number(start, 1)
    return _List(value(element, "abstractNumId") or "", starts, _levels(element))


def _written(level: int, levels: dict[int, _Level], counts: list[int | None], legal: bool) -> str:
    one = levels.get(level, _PLAIN)
    count = counts[level]
    shown = one.start if count is None else count
    if one.kind == "none":
        return ""
    return str(shown) if legal else _WRITTEN.get(one.kind, str)(shown)
