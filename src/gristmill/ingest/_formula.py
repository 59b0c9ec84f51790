"""MathML of articles and e-books as TeX between dollar signs."""

from typing import Any

from gristmill.ingest._mathml import tex
from gristmill.ingest._plain_xml import entity, name
from gristmill.lazy import lazy

etree = lazy("lxml.etree")


def formula(math: Any) -> str:
    """A `math` element (names without namespaces) as TeX: its own when it carries one. The element is changed."""
    for note in math.iter("annotation"):
        if "tex" in (note.get("encoding") or "").lower() and (note.text or "").strip(" $\n\t"):
            return f"${' '.join(note.text.strip(' $').split())}$"
    for element in list(math.iter()):
        if not name(element):
            _as_text(element)
        elif element.tag == "mfenced":
            _as_row(element)
        elif element.tag == "mspace":
            element.tag, element.text = "mtext", " "
    text = tex(math)
    return f"${text}$" if text else ""


def _as_text(node: Any) -> None:
    said = etree.Element("mtext")
    said.text, said.tail = entity(node), node.tail
    node.getparent().replace(node, said)


def _as_row(fenced: Any) -> None:
    """Write the brackets and commas of `mfenced` out as operators."""
    inner = list(fenced)
    row = [_sign(fenced.get("open", "("))]
    for child in inner:
        row += [_sign(","), child] if child is not inner[0] else [child]
    fenced[:] = [*row, _sign(fenced.get("close", ")"))]
    fenced.tag = "mrow"


def _sign(text: str) -> Any:
    sign = etree.Element("mo")
    sign.text = text
    return sign
