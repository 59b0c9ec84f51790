"""The text of OpenDocument paragraphs: spans, links, notes' marks, equations, text boxes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from gristmill.ingest import _mathml as mathml
from gristmill.ingest._odt_styles import TEXT, Styles
from gristmill.ingest._office_blocks import Block, link, markdown, scripted, tidy
from gristmill.ingest._office_zip import OfficeZip

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_DRAW = f"{{{_OASIS}:drawing:1.0}}"
_OFFICE = f"{{{_OASIS}:office:1.0}}"
_SVG = f"{{{_OASIS}:svg-compatible:1.0}}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_STYLE_NAME = f"{TEXT}style-name"
SHAPES = frozenset(f"{_DRAW}{name}" for name in ("frame", "g", "custom-shape", "rect", "ellipse", "a", "line"))
_BOXED = frozenset([f"{_DRAW}text-box", f"{TEXT}p", f"{TEXT}list"])
_Line = list[str]


class Runs:
    """Reads the text of paragraphs; `notes` are those met, in order, each with its number."""

    def __init__(
        self, office: OfficeZip, styles: Styles, blocks: Callable[[Any], list[Block]], counts: Counter[str]
    ) -> None:
        self.notes: list[tuple[int, str]] = []
        self._office = office
        self._styles = styles
        self._blocks = blocks
        self._counts = counts
        self._boxes: list[Block] = []

    def read(self, paragraph: Any) -> tuple[str, list[Block]]:
        """A paragraph's text, and the blocks of its text boxes."""
        return self._apart(Runs._inside, paragraph)

    def frame(self, shape: Any) -> tuple[str, list[Block]]:
        """The equation in a frame or shape that stands by itself, and the blocks of its text."""
        return self._apart(Runs._drawn, shape)

    def _apart(self, act: Callable[["Runs", Any, _Line], None], element: Any) -> tuple[str, list[Block]]:
        kept, self._boxes = self._boxes, []
        line: _Line = []
        act(self, element, line)
        found, self._boxes = self._boxes, kept
        return tidy("".join(line)), found

    def _inside(self, element: Any, line: _Line) -> None:
        line.append((element.text or "").replace("\n", " "))
        for child in element:
            tag = child.tag
            if tag in _INLINE:
                _INLINE[tag](self, child, line)
            elif tag in _SIGNS:
                line.append(_SIGNS[tag])
            elif tag in _LEFT_OUT:
                self._counts[_LEFT_OUT[tag]] += 1
            elif tag not in _WITHOUT_TEXT:
                self._inside(child, line)
            line.append((child.tail or "").replace("\n", " "))

    def _span(self, element: Any, line: _Line) -> None:
        style = element.get(_STYLE_NAME, "")
        if self._styles.hidden(style):
            self._counts["hidden_runs"] += 1
            return
        inner: _Line = []
        self._inside(element, inner)
        text, raised = "".join(inner), self._styles.raised(style)
        line.append(scripted(text, raised == "super") if raised else text)

    def _link(self, element: Any, line: _Line) -> None:
        inner: _Line = []
        self._inside(element, inner)
        line.append(link("".join(inner), element.get(_HREF, "")))

    def _note(self, element: Any, line: _Line) -> None:
        body = element.find(f"{TEXT}note-body")
        mark = len(self.notes) + 1
        self.notes.append((mark, ""))
        self.notes[mark - 1] = (mark, "" if body is None else markdown(self._blocks(body)))
        line.append(f"[^{mark}]")

    def _ruby(self, element: Any, line: _Line) -> None:
        """The base text, then its reading in brackets."""
        for name, opening, closing in (("ruby-base", "", ""), ("ruby-text", "(", ")")):
            for part in element.findall(f"{TEXT}{name}"):
                line.append(opening)
                self._inside(part, line)
                line.append(closing)

    def _drawn(self, element: Any, line: _Line) -> None:
        """A frame or shape: its equation stands in the line, its text after the paragraph."""
        for child in element:
            if child.tag == f"{_DRAW}object":
                self._object(child, line)
                return
            if child.tag in _BOXED:
                self._boxes += self._blocks(element)
                return
            if child.tag in SHAPES:
                self._drawn(child, line)

    def _object(self, element: Any, line: _Line) -> None:
        name = element.get(_HREF, "").removeprefix("./").strip("/")
        root = element.find(f"{mathml.MATH}math")
        if root is None and name and ":" not in name:
            root = self._office.xml(f"{name}/content.xml")
        if root is not None and root.tag == f"{mathml.MATH}math":
            formula = mathml.tex(root)
            line.append(f"${formula}$" if formula else "")
        else:
            self._counts["embedded_objects"] += 1


_SIGNS = {f"{TEXT}s": " ", f"{TEXT}tab": " ", f"{TEXT}line-break": "\n"}
_LEFT_OUT = {f"{TEXT}hidden-text": "hidden_runs", f"{_OFFICE}annotation": "comments"}
_WITHOUT_TEXT = frozenset([f"{TEXT}number", f"{TEXT}script", f"{_SVG}title", f"{_SVG}desc"])
_INLINE: dict[Any, Callable[[Runs, Any, _Line], None]] = {
    f"{TEXT}span": Runs._span,
    f"{TEXT}a": Runs._link,
    f"{TEXT}note": Runs._note,
    f"{TEXT}ruby": Runs._ruby,
    **dict.fromkeys(SHAPES, Runs._drawn),
}
