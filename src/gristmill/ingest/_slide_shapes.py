"""Shapes of a slide in reading order: text with inherited bullets, groups, tables, charts, diagrams."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gristmill.ingest._plain_xml import name
from gristmill.ingest._reading_order import Box, reading_order
from gristmill.ingest._slide_graphics import chart, diagram
from gristmill.ingest._slide_parts import RELATION, Parts
from gristmill.ingest._slide_text import blocks, one_line, table

_TITLES = ("title", "ctrTitle")
_FURNITURE = ("dt", "ftr", "hdr", "sldNum")
_BODIES = ("", "obj", "body", "subTitle", "tbl", "chart", "dgm", "media", "pic", "clipArt", "vertBody", "half", "sz")
_SHOWN = ("sp", "grpSp", "graphicFrame", "AlternateContent")
_NOWHERE = Box(0, 0, 0, 0)


class Slide(NamedTuple):
    """What a slide says: its title, its blocks, the texts of its footer, and how many objects hold no text."""

    title: str
    blocks: list[str]
    footers: list[str]
    objects: int


class Holders(NamedTuple):
    """The placeholders of a layout or master, by their index and by what they are for."""

    by_index: dict[str, Any]
    by_kin: dict[str, Any]


class SlideReader:
    """Reads the shapes of one slide; `known` remembers what slides inherit from layouts and masters."""

    def __init__(self, parts: Parts, part: str, known: dict[str, Holders]) -> None:
        self._parts, self._part = parts, part
        layout = parts.related(part, "slideLayout")
        master = parts.related(layout, "slideMaster") if layout else ""
        for one in (layout, master):
            known[one] = known[one] if one in known else _holders(parts.kept(one) if one else None)
        self._above = (known[layout], known[master])
        self._master = parts.kept(master) if master else None
        self._title = ""
        self._footers: list[str] = []
        self._objects = 0

    def slide(self, root: Any) -> Slide:
        """All that the slide says."""
        tree = root.find("cSld/spTree")
        said = [] if tree is None else self._tree(tree)[1]
        return Slide(self._title, said, self._footers, self._objects)

    def _tree(self, tree: Any) -> tuple[Box, list[str]]:
        """Where a tree's shapes with text stand, and their blocks in reading order; a group is one box."""
        found = [(box, said) for shape in _shapes(tree) for box, said in [self._placed(shape)] if said]
        boxes = [box for box, _ in found]
        return _around(boxes), [block for place in reading_order(boxes) for block in found[place][1]]

    def _placed(self, shape: Any) -> tuple[Box, list[str]]:
        """A shape's box and blocks; a group without a place of its own stands around its shapes."""
        own = _frame(shape)
        if name(shape) == "grpSp":
            around, said = self._tree(shape)
            return (around if own is None or not (own.width or own.height) else own), said
        said = self._shape(shape)
        if own is None and said:
            mark = shape.find(".//nvPr/ph")
            held = () if mark is None else self._holders(mark)
            own = next((box for one in held if (box := _frame(one)) is not None), None)
        return own or _NOWHERE, said

    def _shape(self, shape: Any) -> list[str]:
        if name(shape) == "graphicFrame":
            return self._graphic(shape)
        body = shape.find("txBody")
        if body is None:
            return []
        mark = shape.find("nvSpPr/nvPr/ph")
        role = "" if mark is None else mark.get("type") or ""
        if role in _FURNITURE:
            text = "" if role == "sldNum" or next(body.iter("fld"), None) is not None else one_line(body)
            self._footers += [text] if text else []
            return []
        if role in _TITLES and not self._title:
            self._title = one_line(body)
            return []
        return blocks(body, list(self._styles(mark, role)))

    def _styles(self, mark: Any, role: str) -> Iterator[Any]:
        """The list styles that a placeholder inherits: of the layout, of the master, and the master's own."""
        if mark is None:
            return
        for holder in self._holders(mark):
            yield holder.find("txBody/lstStyle")
        styles = None if self._master is None else self._master.find("txStyles")
        if styles is not None:
            yield styles.find("titleStyle" if role in _TITLES else "bodyStyle" if role in _BODIES else "otherStyle")

    def _holders(self, mark: Any) -> Iterator[Any]:
        """The placeholders above that this one stands for: by its index in the layout, by its type in both."""
        layout, master = self._above
        kin = _kin(mark.get("type"))
        found = (layout.by_index.get(mark.get("idx") or "", layout.by_kin.get(kin)), master.by_kin.get(kin))
        return (one for one in found if one is not None)

    def _graphic(self, frame: Any) -> list[str]:
        data = frame.find("graphic/graphicData")
        rows = None if data is None else data.find("tbl")
        if rows is not None:
            return table(rows)
        pointers = {} if data is None else {name(one): one for one in data}
        if "chart" in pointers:
            return self._pointed(pointers["chart"].get(f"{RELATION}id"), "chart")
        if "relIds" in pointers:
            return self._pointed(pointers["relIds"].get(f"{RELATION}dm"), "diagramData")
        self._objects += 1
        return []

    def _pointed(self, pointer: str | None, kind: str) -> list[str]:
        relation = self._parts.relations(self._part).get(pointer or "")
        if relation is None or relation.kind != kind:
            self._objects += 1
            return []
        root = self._parts.root(relation.part)
        if root is None:
            return []
        return chart(root) if kind == "chart" else diagram(root)


def _shapes(tree: Any) -> Iterator[Any]:
    """A tree's shapes; of alternatives, the first form that holds any."""
    for child in tree:
        if name(child) == "AlternateContent":
            forms = (list(_shapes(form)) for form in child)
            yield from next(filter(None, forms), [])
        elif name(child) in _SHOWN:
            yield child


def _holders(root: Any) -> Holders:
    found = Holders({}, {})
    for shape in () if root is None else root.iter("sp"):
        mark = shape.find("nvSpPr/nvPr/ph")
        if mark is not None:
            found.by_index.setdefault(mark.get("idx") or "", shape)
            found.by_kin.setdefault(_kin(mark.get("type")), shape)
    found.by_index.pop("", None)
    return found


def _kin(role: str | None) -> str:
    """Types of placeholders that inherit from the same one."""
    return "title" if role in _TITLES else role if role in _FURNITURE else "body"


def _frame(shape: Any) -> Box | None:
    places = ("spPr/xfrm", "grpSpPr/xfrm", "xfrm")
    found = next((one for place in places if (one := shape.find(place)) is not None), None)
    at, size = (None, None) if found is None else (found.find("off"), found.find("ext"))
    if at is None or size is None:
        return None
    return Box(*(_number(one.get(key)) for one, key in ((at, "x"), (at, "y"), (size, "cx"), (size, "cy"))))


def _number(written: str | None) -> float:
    text = (written or "").strip()
    digits = text.removeprefix("-")
    return float(text) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else 0.0


def _around(boxes: list[Box]) -> Box:
    if not boxes:
        return _NOWHERE
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right = max(box.left + box.width for box in boxes)
    return Box(left, top, right - left, max(box.top + box.height for box in boxes) - top)
