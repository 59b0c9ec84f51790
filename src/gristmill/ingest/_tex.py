"""Pieces of linear TeX that equations of every office format are written with."""

import re
import unicodedata
from collections.abc import Sequence

# Office programs write one accent as a combining or as a spacing character.
ACCENTS = {
    "\u0302": "hat",
    "^": "hat",
    "\u0303": "tilde",
    "~": "tilde",
    "˜": "tilde",
    "\u0304": "bar",
    "\u0305": "bar",
    "¯": "bar",
    "\u203e": "bar",
    "\u20d7": "vec",
    "\u0307": "dot",
    "˙": "dot",
    "\u0308": "ddot",
    "¨": "ddot",
    "\u030c": "check",
    "\u0306": "breve",
    "\u0301": "acute",
    "\u0300": "grave",
    "\u20d6": "overleftarrow",
    "⏞": "overbrace",
    "⏟": "underbrace",
}
_BIG = {
    "∑": "sum",
    "∏": "prod",
    "∐": "coprod",
    "∫": "int",
    "∬": "iint",
    "∭": "iiint",
    "∮": "oint",
    "⋃": "bigcup",
    "⋂": "bigcap",
    "⋁": "bigvee",
    "⋀": "bigwedge",
}
_FUNCTION = re.compile(
    r"(?<![\\\w])(arcsin|arccos|arctan|sinh|cosh|tanh|coth|sin|cos|tan|cot|sec|csc|lim|limsup|liminf|max|min|sup|inf"
    r"|log|ln|exp|det|dim|ker|gcd|arg|deg)(?![\w])"
)
_STYLED = re.compile("[\U0001d400-\U0001d7ff]+")
_SPECIAL = re.compile(r"[$%&#{}]")


def symbols(text: str) -> str:
    """Characters of an equation: styled letters as plain ones, TeX's own signs escaped, all else as it stands."""
    plain = _STYLED.sub(lambda styled: unicodedata.normalize("NFKC", styled[0]), text)
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], plain.replace("\u2061", "").replace("\u2062", ""))


def scripts(base: str, below: str, above: str) -> str:
    """`base_{below}^{above}`, without those that are empty."""
    return base + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")


def big(sign: str) -> str:
    """A sum, product or integral sign as its command; another sign as it is."""
    return f"\\{_BIG[sign]}" if sign in _BIG else bare(sign)


def is_big(sign: str) -> bool:
    """Whether limits stand under and over this sign."""
    return sign in _BIG


def bare(sign: str) -> str:
    """One sign, escaped when TeX would read it as its own."""
    return symbols(sign)


def function(name: str) -> str:
    """A function's name as its command (`\\sin`, `\\lim`)."""
    return _FUNCTION.sub(r"\\\1", name)


def fenced(opening: str, inner: str, closing: str) -> str:
    """What stands between brackets; either may be missing."""
    return f"{bare(opening)}{inner}{bare(closing)}"


def rows(kind: str, lines: Sequence[Sequence[str]]) -> str:
    """Rows of an environment: `\\begin{matrix} a & b \\\\ c & d \\end{matrix}`."""
    inner = r" \\ ".join(" & ".join(line) for line in lines)
    return rf"\begin{{{kind}}} {inner} \end{{{kind}}}"


def accented(sign: str, inner: str) -> str:
    """A base with an accent above; an unknown one as `\\overset`."""
    return rf"\{ACCENTS[sign]}{{{inner}}}" if sign in ACCENTS else rf"\overset{{{bare(sign)}}}{{{inner}}}"
