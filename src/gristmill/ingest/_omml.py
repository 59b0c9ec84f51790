"""Equations of Word documents (OMML) as linear TeX."""

import re
from collections.abc import Callable
from typing import Any

from gristmill.ingest._tex import ACCENTS, accented, bare, big, fenced, function, rows, scripts, symbols

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VAL = f"{_M}val"
# A binomial brings its brackets along.
_BINOMIAL = re.compile(r"\\binom\{[^{}]*\}\{[^{}]*\}$")
_SKIPPED = frozenset(f"{_W}{name}" for name in ("del", "moveFrom", "rPr", "instrText"))


def tex(element: Any) -> str:
    """An `oMath` or `oMathPara` element as TeX on one line, without dollar signs; symbols stay as characters."""
    return " ".join(_inside(element).split())


def _inside(element: Any) -> str:
    return "".join(_one(child) for child in element)


def _one(element: Any) -> str:
    tag = element.tag
    if tag in (f"{_M}t", f"{_W}t"):
        return symbols(element.text or "")
    if not isinstance(tag, str) or tag in _SKIPPED or tag.endswith("Pr"):
        return ""
    if not tag.startswith(_M):
        return _inside(element)
    return _BY_NAME.get(tag.removeprefix(_M), _inside)(element)


def _part(element: Any, name: str) -> str:
    found = element.find(f"{_M}{name}")
    return "" if found is None else _inside(found).strip()


def _set(element: Any, name: str, default: str) -> str:
    """The value of a property; one that is there without a value is empty."""
    found = element.find(f"{_M}{element.tag.removeprefix(_M)}Pr/{_M}{name}")
    return default if found is None else str(found.get(_VAL, ""))


def _is_on(element: Any, name: str) -> bool:
    return _set(element, name, "0") not in ("0", "off", "false")


def _fraction(element: Any) -> str:
    top, bottom = _part(element, "num"), _part(element, "den")
    kind = _set(element, "type", "bar")
    if kind in ("lin", "skw"):
        return f"{top}/{bottom}"
    return rf"\{'binom' if kind == 'noBar' else 'frac'}{{{top}}}{{{bottom}}}"


def _scripted(element: Any) -> str:
    return scripts(_part(element, "e"), _part(element, "sub"), _part(element, "sup"))


def _before(element: Any) -> str:
    return f"{scripts('{}', _part(element, 'sub'), _part(element, 'sup'))}{_part(element, 'e')}"


def _radical(element: Any) -> str:
    degree = "" if _is_on(element, "degHide") else _part(element, "deg")
    return rf"\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e')}}}"


def _nary(element: Any) -> str:
    sign = big(_set(element, "chr", "∫"))
    below = "" if _is_on(element, "subHide") else _part(element, "sub")
    above = "" if _is_on(element, "supHide") else _part(element, "sup")
    return f"{scripts(sign, below, above)} {_part(element, 'e')}"


def _delimited(element: Any) -> str:
    inner = [_inside(part).strip() for part in element.findall(f"{_M}e")]
    if len(inner) == 1 and _BINOMIAL.match(inner[0]):
        return inner[0]
    between = _set(element, "sepChr", "|")
    return fenced(_set(element, "begChr", "("), between.join(inner), _set(element, "endChr", ")"))


def _array(element: Any) -> str:
    return rows("aligned", [[_inside(part).strip()] for part in element.findall(f"{_M}e")])


def _matrix(element: Any) -> str:
    lines = element.findall(f"{_M}mr")
    return rows("matrix", [[_inside(part).strip() for part in line.findall(f"{_M}e")] for line in lines])


def _function(element: Any) -> str:
    return f"{function(_part(element, 'fName'))} {_part(element, 'e')}"


def _limit(element: Any) -> str:
    base, limit = function(_part(element, "e")), _part(element, "lim")
    return scripts(base, limit, "") if element.tag == f"{_M}limLow" else scripts(base, "", limit)


def _bar(element: Any) -> str:
    return rf"\{'overline' if _set(element, 'pos', 'bot') == 'top' else 'underline'}{{{_part(element, 'e')}}}"


def _group(element: Any) -> str:
    sign, inner = _set(element, "chr", "⏟"), _part(element, "e")
    if sign in ACCENTS:
        return accented(sign, inner)
    return rf"\{'overset' if _set(element, 'pos', 'bot') == 'top' else 'underset'}{{{bare(sign)}}}{{{inner}}}"


def _accent(element: Any) -> str:
    return accented(_set(element, "chr", "\u0302"), _part(element, "e"))


_BY_NAME: dict[str, Callable[[Any], str]] = {
    "f": _fraction,
    "sSup": _scripted,
    "sSub": _scripted,
    "sSubSup": _scripted,
    "sPre": _before,
    "rad": _radical,
    "nary": _nary,
    "d": _delimited,
    "eqArr": _array,
    "m": _matrix,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "bar": _bar,
    "groupChr": _group,
    "acc": _accent,
}
