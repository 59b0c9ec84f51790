"""What styles of a Word file say: heading levels, list numbering, entries of a table of contents."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = f"{W}val"
# Far longer than any real line of ancestors; it bounds the work on a hostile one.
_LONGEST_LINE = 50
_INTEGER = re.compile(r"-?\d{1,9}(?!\d)")
_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|rubrik|overskrift|kop|otsikko|заголовок|nagłówek|标题|標題|見出し|제목)"
    r"\s*([1-9])$"
)
_CONTENTS = re.compile(r"toc (?:\d|heading)$|table of figures$")


class Numbered(NamedTuple):
    """A paragraph's place in a list: the id of the list ("" unless said, "0" for none) and its level or None."""

    list_id: str = ""
    level: int | None = None


class _Style(NamedTuple):
    name: str
    parent: str
    outline: int | None
    numbered: Numbered


def number(text: str | None, default: int = 0) -> int:
    """A whole number as XML writes it (`3`, `3.0`); the default for anything else."""
    found = _INTEGER.match(text or "")
    return int(found[0]) if found else default


def value(element: Any, *path: str) -> str | None:
    """The `val` of the element at a path of names; None when there is none."""
    for name in path:
        if element is None:
            return None
        element = element.find(f"{W}{name}")
    return None if element is None else str(element.get(VAL, ""))


def is_on(element: Any, name: str) -> bool:
    """Whether a property that is on or off is there and on."""
    found = element.find(f"{W}{name}")
    return found is not None and found.get(VAL, "1") not in ("0", "false", "off", "none")


def outline(properties: Any) -> int | None:
    """The outline level a paragraph's properties give: 1 to 9, 0 for body text, None unless said."""
    said = value(properties, "outlineLvl")
    if said is None:
        return None
    level = number(said, 9)
    return level + 1 if 0 <= level <= 8 else 0


def numbered(properties: Any) -> Numbered:
    """The list and level a paragraph's properties give."""
    level = value(properties, "numPr", "ilvl")
    return Numbered(value(properties, "numPr", "numId") or "", None if level is None else number(level))


class Styles:
    """Paragraph and numbering styles by id, with what each inherits; a style that is its own ancestor ends there."""

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, _Style] = {}
        self._levels: dict[str, int] = {}
        self._default = ""
        for element in () if root is None else root.iter(f"{W}style"):
            known = element.get(f"{W}styleId", "")
            properties = element.find(f"{W}pPr")
            name = (value(element, "name") or known).lower()
            parent = value(element, "basedOn") or ""
            self._styles[known] = _Style(name, parent, outline(properties), numbered(properties))
            if element.get(f"{W}type") == "paragraph" and element.get(f"{W}default") in ("1", "true", "on"):
                self._default = known

    def level(self, style: str) -> int:
        """The heading level of a style: 1 to 9, 0 for none. `Title` is 1."""
        if style not in self._levels:
            self._levels[style] = next((level for level in map(_level, self._chain(style)) if level is not None), 0)
        return self._levels[style]

    def is_contents(self, style: str) -> bool:
        """Whether paragraphs of this style are lines of a table of contents."""
        return any(_CONTENTS.match(one.name) for one in self._chain(style)) if style else False

    def numbered(self, style: str) -> Numbered:
        """The list and level that a style or its ancestors give."""
        found = [one.numbered for one in self._chain(style)]
        list_id = next((one.list_id for one in found if one.list_id), "")
        return Numbered(list_id, next((one.level for one in found if one.level is not None), None))

    def lineage(self, style: str) -> list[str]:
        """The style's id and its ancestors' ids."""
        ids: list[str] = []
        style = style or self._default
        while style in self._styles and style not in ids and len(ids) < _LONGEST_LINE:
            ids.append(style)
            style = self._styles[style].parent
        return ids

    def _chain(self, style: str) -> Iterator[_Style]:
        return map(self._styles.__getitem__, self.lineage(style))


def _level(style: _Style) -> int | None:
    if style.outline is not None:
        return style.outline
    found = _HEADING.match(style.name)
    return int(found[1]) if found else {"title": 1, "subtitle": 0}.get(style.name)
