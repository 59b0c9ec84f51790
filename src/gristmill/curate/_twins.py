"""What two rows have in common: normal forms of their text, kinship, and which of them stays."""

import re
import unicodedata

from gristmill.contracts import Task
from gristmill.records import Example
from gristmill.text import words

# Signs that tell two rows apart (3 + 4 and 3 * 4, C# and C++, 5 and -5); all other signs are layout.
_SIGN = re.compile(
    r"[-−+=<>^%×÷±≤≥≠√*/#](?:(?<=[+=<>^%×÷±≤≥≠√])"
    r"|(?<=\d[*/])(?=\s?\d)|(?<=\d\s[*/])(?=\s?\d)|(?<=\w#)(?!\w)|(?<=[-−])(?<!\w.)(?=\d))"
)
_DIGIT = re.compile(r"\d")
_PRECEDENCE = ("human", "edited", "derived", "synthetic")


def squeezed(text: str) -> str:
    """The text in Unicode NFC with every run of white space as one space; case and signs kept."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def terms(text: str) -> list[str]:
    """Case-folded words, with signs of arithmetic as words of their own; layout and quotes are gone.

    A text without any word (an emoji, a row of dots) is left as it is.
    """
    spelled = _SIGN.sub(lambda match: f" sign{ord(match.group())} ", unicodedata.normalize("NFKC", text))
    return words(spelled) or squeezed(text).split()


def figures(text: str) -> list[str]:
    """The terms with a digit or a sign, in order: rows that differ in one are never the same."""
    return [term for term in text.split() if _DIGIT.search(term)]


def kin(one: Example, other: Example) -> bool:
    """Whether both are of one family: variations of each other, made on purpose."""
    return one.family != "" and one.family == other.family


def rank(example: Example, task: Task) -> tuple[int, int, str]:
    """Sorts the row that stays first: human before synthetic, then the longest, then the lowest id."""
    length = sum(len(task.text(example, role)) for role in ("question", "answer", "context"))
    return _PRECEDENCE.index(example.origin.kind), -length, example.id
