"""Turns of several people as one text, in the form in which questions and answers are found again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gristmill.text import words

Kind = Literal["", "question", "answer"]

_STARTS_A_BLOCK = re.compile(r"[#>|`~*+-]|\d{1,9}[.)] ")
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person wrote at one time; `quoted` when another one's letter repeats it."""

    author: str
    text: str
    kind: Kind = ""
    quoted: bool = False


def conversation(turns: Sequence[Turn]) -> str:
    """Each turn as `Message (Anna): …`, or `Reply (Ben): …` when its author is not the first one.

    A turn of a known kind begins with `Question` or `Answer`. Neighbours of one author and kind are one turn.
    """
    done: list[str] = []
    before = ""
    for turn in turns:
        label = f"{_label(turn, turns[0])} ({_name(turn.author)}):"
        if label == before:
            done.append(turn.text.strip("\n"))
        else:
            gap = "\n\n" if _STARTS_A_BLOCK.match(turn.text) else " "
            done.append(f"{label}{gap}{turn.text.strip()}")
        before = label
    return "\n\n".join(done)


def without_repeats(turns: Sequence[Turn]) -> list[Turn]:
    """The turns without quotes of what an earlier one says in the same words."""
    kept: list[Turn] = []
    said: list[str] = []
    for turn in turns:
        key = spoken(turn.text)
        if not key.strip() or (turn.quoted and any(key in one for one in said[-200:])):
            continue
        kept.append(turn)
        said.append(key)
    return kept


def spoken(text: str) -> str:
    """A text as its words, in a form in which one text can be looked up in another."""
    return f" {' '.join(words(text))} "


def _label(turn: Turn, first: Turn) -> str:
    if turn.kind:
        return turn.kind.capitalize()
    return "Message" if turn.author.casefold() == first.author.casefold() else "Reply"


def _name(author: str) -> str:
    return " ".join(re.sub(r"[()\[\]<>:\"\x00-\x1f]+", " ", author).split())[:_LONGEST_NAME].strip() or "unknown"
