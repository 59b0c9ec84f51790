"""Find where an answer stands in its passage, and say what is wrong with an offset that misses.

All offsets are Unicode code points, from 0, as SQuAD counts them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gristmill.text import content_words, sentence_spans

# Signs that carry meaning in an answer though Unicode files them under punctuation.
_TELLING = frozenset("%‰#@&*/")
_JOINER = "\u200d"
_DECIMAL = re.compile(r"\d[.,]\d")
_SHIFTS: tuple[tuple[str, Callable[[str], int]], ...] = (
    ("line ends as two characters (CRLF), but the context has them as one", lambda head: len(head) + head.count("\n")),
    ("line ends as one character, but the context has CRLF", lambda head: len(head) - head.count("\r\n")),
    ("UTF-16 units, not code points", lambda head: len(head.encode("utf-16-le", "surrogatepass")) // 2),
    ("UTF-8 bytes, not code points", lambda head: len(head.encode("utf-8", "surrogatepass"))),
)


def anchor(context: str, answer: str, question: str) -> tuple[int, int] | None:
    """The span of an answer in a context, or None when it is not there.

    As written first, else without regard to case, width, white space, quotes, dashes and other
    punctuation. An occurrence that cuts a word, a number or an accented letter does not count; in
    scripts without case, where particles and articles join their word, letters may be cut. Of several
    occurrences it takes the one whose sentence shares most words with the question, then the first.
    """
    found = [span for span in _exact(context, answer.strip()) if _whole(context, span)]
    found = found or [span for span in _folded(context, answer) if _whole(context, span)]
    return _closest(context, found, question) if len(found) > 1 else next(iter(found), None)


def misfit(context: str, text: str, start: int) -> tuple[str, str] | None:
    """None when `context[start:start + len(text)] == text`; else the state and a sentence.

    The state is `shifted_span` when a known miscount explains the offset, else `broken_span`; the
    sentence gives what stands there and the nearest right offset.
    """
    if start >= 0 and context[start : start + len(text)] == text:
        return None
    seen = context[max(start, 0) : max(start, 0) + len(text)]
    said = f"{_short(text)} should begin at {start}, where the context has {_short(seen)}"
    places = [at for at, _ in _exact(context, text)]
    if not places:
        return "broken_span", f"{said}; the text occurs nowhere in the context"
    nearest = min(places, key=lambda at: (abs(at - start), at))
    for cause, count in _SHIFTS:
        shifted = next((at for at in places if count(context[:at]) == start), None)
        if shifted is not None:
            return "shifted_span", f"{said}; it begins at {shifted}: the offset counts {cause}"
    return "broken_span", f"{said}; the nearest right offset is {nearest}"


def _short(text: str) -> str:
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}…"'


def _exact(context: str, answer: str) -> Iterator[tuple[int, int]]:
    at = context.find(answer) if answer else -1
    while at >= 0:
        yield at, at + len(answer)
        at = context.find(answer, at + 1)


def _folded(context: str, answer: str) -> Iterator[tuple[int, int]]:
    """Occurrences in the folded text, mapped back; one that ends inside a folded letter is passed over."""
    wanted = "".join(piece for piece, _, _ in _fold(answer)).strip()
    pieces = list(_fold(context))
    text = "".join(piece for piece, _, _ in pieces)
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    length = 0
    for piece, start, end in pieces:
        starts[length] = start
        length += len(piece)
        ends[length] = end
    for at, end in _exact(text, wanted):
        if at in starts and end in ends:
            yield starts[at], ends[end]


def _fold(text: str) -> Iterator[tuple[str, int, int]]:
    """Folded letters with the span each came from; a run of spaces and punctuation is one space."""
    start, spaced = 0, False
    for end in range(1, len(text) + 1):
        if end < len(text) and _attached(text[end]):
            continue
        folded = unicodedata.normalize("NFKC", text[start:end]).casefold()
        kept = "".join(char for char in folded if not _is_gap(char))
        if kept:
            yield kept, start, end
        elif not spaced:
            yield " ", start, end
        spaced = not kept
        start = end


def _is_gap(char: str) -> bool:
    return char not in _TELLING and unicodedata.category(char)[0] in "PZC"


def _attached(char: str) -> bool:
    """Whether a character belongs to the one before: a mark, or a sign without width."""
    return unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf")


def _whole(context: str, span: tuple[int, int]) -> bool:
    return not any(0 < at < len(context) and _cuts(context, at) for at in span)


def _cuts(context: str, at: int) -> bool:
    """Whether the border before `at` splits a letter, a number or a word of a script with case."""
    left, right = context[at - 1], context[at]
    if right == _JOINER or left == _JOINER or unicodedata.category(right).startswith("M"):
        return True
    if _DECIMAL.match(context, max(at - 2, 0), at + 1) or _DECIMAL.match(context, at - 1, at + 2):
        return True
    return all(char.isdigit() or char.lower() != char.upper() for char in (left, right))


def _closest(context: str, spans: list[tuple[int, int]], question: str) -> tuple[int, int]:
    asked = set(content_words(question))
    shared = [
        (start, end, len(asked & set(content_words(context[start:end])))) for start, end in sentence_spans(context)
    ]
    return max(
        spans, key=lambda span: (max((n for start, end, n in shared if start <= span[0] < end), default=0), -span[0])
    )


def spans_in(texts: object, starts: object) -> list[tuple[str, int]] | str:
    """The (text, start) of answers in any of SQuAD's layouts, or a sentence on why they cannot be read.

    Layouts: a list of texts beside a list of starts, the hub's `{"text": [...], "answer_start": [...]}`,
    and the file's `[{"text": ..., "answer_start": ...}]`. None is no answers.
    """
    if isinstance(texts, Mapping):
        return spans_in(texts.get("text"), texts.get("answer_start"))
    found, places = _listed(texts), _listed(starts)
    if found and all(isinstance(item, Mapping) for item in found):
        found, places = [item.get("text") for item in found], [item.get("answer_start") for item in found]
    if len(found) != len(places):
        return f"there are {len(found)} texts but {len(places)} starts"
    for text, start in zip(found, places, strict=True):
        if not isinstance(text, str) or not text or not isinstance(start, int) or isinstance(start, bool):
            return f"{text!r} at {start!r} is not a text with a whole number of code points"
    return list(zip(found, places, strict=True))


def _listed(value: object) -> list[Any]:
    return (
        list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [] if value is None else [value]
    )
