"""What styles of an OpenDocument text say: titles, hidden or raised text, labels of list items."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gristmill.ingest._list_numbers import letters, roman

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
TEXT = f"{{{_OASIS}:text:1.0}}"
STYLE = f"{{{_OASIS}:style:1.0}}"
_NAME = f"{STYLE}name"
_OUTLINE = ""
_INTEGER = re.compile(r"\d{1,6}$")
_DEPTH = 10
_WRITTEN: dict[str, Callable[[int], str]] = {
    "a": letters,
    "A": lambda n: letters(n).upper(),
    "i": roman,
    "I": lambda n: roman(n).upper(),
}
_LEVELS = {f"{TEXT}list-level-style-bullet", f"{TEXT}list-level-style-image"}
_NUMBERED = {f"{TEXT}list-level-style-number", f"{TEXT}outline-level-style"}
BULLET = "•"


class _Style(NamedTuple):
    parent: str
    raised: str
    hidden: bool
    in_list: str | None


class _Level(NamedTuple):
    kind: str
    before: str
    after: str
    shown: int
    start: int


_PLAIN = _Level(BULLET, "", "", 1, 1)


def number(text: str | None, default: int) -> int:
    """A whole number from 0 as XML writes it; the default for anything else."""
    return int(text) if text and _INTEGER.match(text) else default


class Styles:
    """Styles by name, those of the text itself before the named ones."""

    def __init__(self, *roots: Any) -> None:
        self._styles: dict[str, _Style] = {}
        self._lists: dict[str, dict[int, _Level]] = {}
        for root in roots:
            for element in () if root is None else root.iter(f"{STYLE}style"):
                self._styles.setdefault(element.get(_NAME, ""), _style(element))
            for element in () if root is None else root.iter(f"{TEXT}list-style", f"{TEXT}outline-style"):
                name = _OUTLINE if element.tag == f"{TEXT}outline-style" else element.get(_NAME, "")
                self._lists.setdefault(name, _levels(element))

    def is_title(self, name: str) -> bool:
        """Whether a paragraph style is `Title` or based on it."""
        return "Title" in self._lineage(name)

    def raised(self, name: str) -> str:
        """`super`, `sub` or "" for a style of text."""
        return next((self._styles[one].raised for one in self._lineage(name) if self._styles[one].raised), "")

    def hidden(self, name: str) -> bool:
        """Whether a style hides its text."""
        return any(self._styles[one].hidden for one in self._lineage(name))

    def counts_headings(self, name: str) -> bool:
        """Whether headings of this style take part in the outline's numbering."""
        return all(self._styles[one].in_list != "" for one in self._lineage(name))

    def label(self, name: str, counts: list[int]) -> str:
        """The label of an item at the depth of `counts`, each level's count: "•" for a bullet, "" for none."""
        levels = self._lists.get(name, {})
        now = levels.get(len(counts), _PLAIN if name != _OUTLINE else _Level("", "", "", 1, 1))
        if now.kind in (BULLET, ""):
            return now.kind
        first = max(1, len(counts) - now.shown + 1)
        kinds = [levels.get(depth, _PLAIN).kind for depth in range(first, len(counts) + 1)]
        written = [
            _WRITTEN.get(kind, str)(n) for kind, n in zip(kinds, counts[first - 1 :], strict=True) if kind != BULLET
        ]
        return f"{now.before}{'.'.join(written)}{now.after}".strip()

    def start(self, name: str, depth: int) -> int:
        """The first number of a list at a depth (from 1)."""
        return self._lists.get(name, {}).get(depth, _PLAIN).start

    def _lineage(self, name: str) -> list[str]:
        names: list[str] = []
        while name in self._styles and name not in names and len(names) < 50:
            names.append(name)
            name = self._styles[name].parent
        return names


def _style(element: Any) -> _Style:
    properties = element.find(f"{STYLE}text-properties")
    position = "" if properties is None else properties.get(f"{STYLE}text-position", "")
    raised = "super" if position.startswith("super") else "sub" if position.startswith("sub") else ""
    hidden = properties is not None and properties.get(f"{TEXT}display") == "none"
    parent = element.get(f"{STYLE}parent-style-name", "")
    return _Style(parent, raised, hidden, element.get(f"{STYLE}list-style-name"))


def _levels(element: Any) -> dict[int, _Level]:
    found = {}
    for level in element:
        depth = number(level.get(f"{TEXT}level"), 0)
        if level.tag in _LEVELS:
            found[depth] = _PLAIN
        elif level.tag in _NUMBERED:
            before, after = level.get(f"{STYLE}num-prefix", ""), level.get(f"{STYLE}num-suffix", "")
            shown = min(number(level.get(f"{TEXT}display-levels"), 1), _DEPTH)
            start = number(level.get(f"{TEXT}start-value"), 1)
            found[depth] = _Level(level.get(f"{STYLE}num-format", ""), before[:50], after[:50], shown, start)
    return found
