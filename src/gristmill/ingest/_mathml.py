"""Equations of OpenDocument files (MathML) as linear TeX."""

from collections.abc import Callable
from typing import Any

from gristmill.ingest._tex import ACCENTS, accented, big, function, is_big, rows, scripts, symbols

MATH = "{http://www.w3.org/1998/Math/MathML}"


def tex(element: Any) -> str:
    """A `math` element as TeX on one line, without dollar signs; symbols stay as characters."""
    return " ".join(_inside(element).split())


def _inside(element: Any) -> str:
    return "".join(_one(child) for child in element)


def _one(element: Any) -> str:
    if not isinstance(element.tag, str):
        return ""
    return _BY_NAME.get(element.tag.removeprefix(MATH), _inside)(element)


def _parts(element: Any, count: int) -> list[str]:
    """The first so many operands; one that is missing is empty."""
    found = [_one(child).strip() for child in element]
    return [*found, *[""] * count][:count]


def _word(element: Any) -> str:
    text = "".join(element.itertext()).strip()
    return f"{function(text)} " if function(text) != text else symbols(text)


def _sign(element: Any) -> str:
    text = "".join(element.itertext()).strip()
    return f"{big(text)} " if is_big(text) else symbols(text)


def _text(element: Any) -> str:
    return symbols("".join(element.itertext()))


def _fraction(element: Any) -> str:
    return r"\frac{{{}}}{{{}}}".format(*_parts(element, 2))


def _below(element: Any) -> str:
    base, below = _parts(element, 2)
    return scripts(base, below, "")


def _above(element: Any) -> str:
    base, above = _parts(element, 2)
    return scripts(base, "", above)


def _both(element: Any) -> str:
    return scripts(*_parts(element, 3))


def _over(element: Any) -> str:
    base, above = _parts(element, 2)
    return accented(above, base) if above in ACCENTS else scripts(base, "", above)


def _root(element: Any) -> str:
    return rf"\sqrt{{{_inside(element).strip()}}}"


def _nth_root(element: Any) -> str:
    base, degree = _parts(element, 2)
    return rf"\sqrt[{degree}]{{{base}}}"


def _matrix(element: Any) -> str:
    return rows("matrix", [[_one(cell).strip() for cell in row] for row in element])


def _nothing(element: Any) -> str:
    return " " if element.tag == f"{MATH}mspace" else ""


_BY_NAME: dict[str, Callable[[Any], str]] = {
    "mi": _word,
    "mo": _sign,
    "mn": _text,
    "mtext": _text,
    "ms": _text,
    "mfrac": _fraction,
    "msub": _below,
    "munder": _below,
    "msup": _above,
    "mover": _over,
    "msubsup": _both,
    "munderover": _both,
    "msqrt": _root,
    "mroot": _nth_root,
    "mtable": _matrix,
    "mspace": _nothing,
    "mphantom": _nothing,
    "annotation": _nothing,
    "annotation-xml": _nothing,
}
