"""The text of Word paragraphs: runs, fields, links, notes' marks, equations, tracked changes."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from gristmill.ingest._docx_parts import Relation
from gristmill.ingest._docx_styles import W, is_on, value
from gristmill.ingest._office_blocks import Block, link, scripted
from gristmill.ingest._omml import tex

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_ADDRESS = re.compile(r'\s*HYPERLINK\s+"([^"]+)"', re.IGNORECASE)
_TABLE_OF = re.compile(r"\s*TOC\b", re.IGNORECASE)
_LONGEST_CODE = 4000
_MOST_FIELDS = 50
_PRIVATE = re.compile("[\uf020-\uf0ff]")
# The Symbol font's codes, as Word writes them into the private area.
_SYMBOLS = dict(zip(range(0xF041, 0xF05B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True))
_SYMBOLS |= dict(zip(range(0xF061, 0xF07B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
_SYMBOLS |= {0xF000 + ord(sign): sign for sign in " !#%&()+,./0123456789:;<=>?[]_{|}"}
_SYMBOLS |= {0xF0A3: "≤", 0xF0A5: "∞", 0xF0AE: "→", 0xF0B0: "°", 0xF0B1: "±", 0xF0B2: "″", 0xF0B3: "≥", 0xF0B4: "×"}
_SYMBOLS |= {0xF0B7: "•", 0xF0B8: "÷", 0xF0B9: "≠", 0xF0BB: "≈", 0xF0BC: "…", 0xF0CE: "∈", 0xF0D7: "⋅", 0xF0D6: "√"}
_SYMBOLS |= {0xF0AC: "←", 0xF0AB: "↔", 0xF0DE: "⇒", 0xF0E5: "∑", 0xF0B6: "∂", 0xF0C7: "∩", 0xF0C8: "∪", 0xF02D: "−"}


class Line:
    """A paragraph being read: the pieces of its text, its text boxes, and the blocks that it will join."""

    def __init__(self, out: list[Block]) -> None:
        self.out = out
        self.pieces: list[str] = []
        self.boxes: list[Block] = []


class _Field:
    """A field being read: its code, and where its result began."""

    def __init__(self) -> None:
        self.code = ""
        self.line: Line | None = None
        self.piece = 0
        self.block = 0


class Runs:
    """Reads the text of paragraphs. `cited` numbers the notes met, in order; fields may span paragraphs."""

    def __init__(self, blocks: Callable[[Any], list[Block]], counts: Counter[str]) -> None:
        self.relations: Mapping[str, Relation] = {}
        self.notes: Mapping[tuple[str, str], Any] = {}
        self.cited: dict[tuple[str, str], int] = {}
        self._blocks = blocks
        self._counts = counts
        self._fields: list[_Field] = []

    def read(self, paragraph: Any, line: Line) -> None:
        """Add a paragraph's text to the line."""
        self._inside(paragraph, line)
        # A field whose result never began would hide all that follows.
        self._fields = [field for field in self._fields if field.line is not None]

    def _inside(self, element: Any, line: Line) -> None:
        for child in element:
            tag = child.tag
            if tag in _INLINE:
                _INLINE[tag](self, child, line)
            elif tag in _SIGNS:
                self._add(_SIGNS[tag], line)
            elif tag == _CODE:
                self._instruct(child.text or "")
            elif tag in _LEFT_OUT:
                self._counts[_LEFT_OUT[tag]] += 1
            elif tag not in _WITHOUT_TEXT:
                self._inside(child, line)

    def _run(self, run: Any, line: Line) -> None:
        properties = run.find(f"{W}rPr")
        raised = ""
        if properties is not None and len(properties):
            if is_on(properties, "vanish"):
                self._counts["hidden_runs"] += 1
                for mark in run.iter(f"{W}fldChar"):
                    self._field(mark, line)
                return
            raised = value(properties, "vertAlign") or ""
        start = len(line.pieces)
        self._inside(run, line)
        if raised in ("superscript", "subscript") and len(line.pieces) > start:
            line.pieces[start:] = [scripted("".join(line.pieces[start:]), raised == "superscript")]

    def _add(self, text: str, line: Line) -> None:
        if not self._fields or all(field.line is not None for field in self._fields):
            line.pieces.append(text)

    def _text(self, element: Any, line: Line) -> None:
        text = (element.text or "").replace("\n", " ")
        if _PRIVATE.search(text):
            text = _PRIVATE.sub(lambda sign: self._symbol(ord(sign[0])), text)
        self._add(text, line)

    def _symbol(self, code: int) -> str:
        if code not in _SYMBOLS:
            self._counts["unknown_symbols"] += 1
        return _SYMBOLS.get(code, " ")

    def _sign(self, element: Any, line: Line) -> None:
        """A character of a named font, written by its code."""
        code = element.get(f"{W}char", "")
        known = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{1,4}", code) else 0
        font = element.get(f"{W}font", "").lower()
        if "wingdings" in font or "webdings" in font:
            checked = known & 0xFF in (0xFE, 0xFC, 0x52)
            self._add("☑" if checked else "☐" if known & 0xFF in (0xA8, 0x6F, 0x71, 0x72) else " ", line)
        else:
            self._add(chr(known) if 0x20 <= known < 0xD800 else self._symbol(known | 0xF000), line)

    def _link(self, element: Any, line: Line) -> None:
        start = len(line.pieces)
        self._inside(element, line)
        relation = self.relations.get(element.get(f"{_R}id", ""))
        if relation and start < len(line.pieces):
            anchor = element.get(f"{W}anchor", "")
            address = f"{relation.target}#{anchor}" if anchor and "#" not in relation.target else relation.target
            line.pieces[start:] = [link("".join(line.pieces[start:]), address)]

    def _field(self, element: Any, line: Line) -> None:
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append(_Field())
            del self._fields[:-_MOST_FIELDS]
        elif kind == "separate" and self._fields:
            field = self._fields[-1]
            field.line, field.piece, field.block = line, len(line.pieces), len(line.out)
        elif kind == "end" and self._fields:
            self._end(self._fields.pop(), line)

    def _end(self, field: _Field, line: Line) -> None:
        """A link field becomes a link; the lines of a table of contents go."""
        address = _ADDRESS.match(field.code)
        if address and field.line is line:
            line.pieces[field.piece :] = [link("".join(line.pieces[field.piece :]), address[1])]
        elif _TABLE_OF.match(field.code) and field.line is not None and field.line.out is line.out:
            cut = field.piece if field.line is line else 0
            self._counts["contents_lines"] += len(line.out) - field.block + bool("".join(line.pieces[cut:]).strip())
            del line.out[field.block :]
            del line.pieces[cut:]

    def _instruct(self, code: str) -> None:
        if self._fields and self._fields[-1].line is None:
            self._fields[-1].code += code[:_LONGEST_CODE]

    def _simple_field(self, element: Any, line: Line) -> None:
        start = len(line.pieces)
        self._inside(element, line)
        address = _ADDRESS.match(element.get(f"{W}instr", ""))
        if address:
            line.pieces[start:] = [link("".join(line.pieces[start:]), address[1])]

    def _note(self, element: Any, line: Line) -> None:
        known = (element.tag.removeprefix(W).removesuffix("Reference"), element.get(f"{W}id", ""))
        if known in self.notes:
            self._add(f"[^{self.cited.setdefault(known, len(self.cited) + 1)}]", line)

    def equation(self, element: Any, line: Line) -> None:
        """Add an equation; one of a paragraph of its own stands on a line of its own."""
        apart = "\n" if element.tag == f"{_M}oMathPara" else ""
        formula = tex(element)
        if formula:
            self._add(f"{apart}${formula}${apart}", line)

    def _ruby(self, element: Any, line: Line) -> None:
        """The base text, then its reading in brackets."""
        for name, opening, closing in (("rubyBase", "", ""), ("rt", "(", ")")):
            for part in element.findall(f"{W}{name}"):
                self._add(opening, line)
                self._inside(part, line)
                self._add(closing, line)

    def _choice(self, element: Any, line: Line) -> None:
        self._inside(chosen(element), line)

    def _box(self, element: Any, line: Line) -> None:
        line.boxes += self._blocks(element)


def chosen(element: Any) -> Any:
    """The one of a text's alternatives to read: the first that holds a text, else the first."""
    for child in element:
        if next(child.iter(f"{W}t", f"{_M}t"), None) is not None:
            return child
    return element[0] if len(element) else ()


_SIGNS = {
    f"{W}tab": " ",
    f"{W}ptab": " ",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}
_LEFT_OUT = {
    f"{W}del": "deletions",
    f"{W}moveFrom": "deletions",
    f"{W}commentReference": "comments",
    f"{W}object": "embedded_objects",
    f"{_DRAWN}/chart}}chart": "embedded_objects",
    f"{_DRAWN}/diagram}}relIds": "embedded_objects",
}
_CODE = f"{W}instrText"
_WITHOUT_TEXT = frozenset(f"{W}{name}" for name in ("pPr", "rPr", "sdtPr"))
_INLINE: dict[Any, Callable[[Runs, Any, Line], None]] = {
    f"{W}r": Runs._run,
    f"{W}t": Runs._text,
    f"{W}sym": Runs._sign,
    f"{W}hyperlink": Runs._link,
    f"{W}fldChar": Runs._field,
    f"{W}fldSimple": Runs._simple_field,
    f"{W}footnoteReference": Runs._note,
    f"{W}endnoteReference": Runs._note,
    f"{W}ruby": Runs._ruby,
    f"{W}txbxContent": Runs._box,
    f"{_MC}AlternateContent": Runs._choice,
    f"{_M}oMathPara": Runs.equation,
    f"{_M}oMath": Runs.equation,
}
