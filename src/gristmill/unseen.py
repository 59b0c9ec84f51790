"""Unseen characters in text: which it has a use for, and which hide something."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator

_RUN = re.compile(
    "(?P<tags>[\U000e0000-\U000e007f]+)|(?P<selectors>[\ufe00-\ufe0f\U000e0100-\U000e01ef]+)"
    "|(?P<zero>[\u200b-\u200d\u2060-\u2064\ufeff]+)|(?P<bidi>[\u202a-\u202e\u2066-\u2069])"
    "|(?P<filler>[\u115f\u1160\u3164\uffa0]+)|(?P<soft>\u00ad+)"
)
# One class is searched for five times as fast as the runs.
_ANY = re.compile(
    "[\u00ad\u115f\u1160\u200b-\u200d\u202a-\u202e\u2060-\u2064\u2066-\u2069\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_FLAG = "\U0001f3f4"
_JOINS = re.compile(
    "[\u0590-\u08ff\u0900-\u0dff\u0e80-\u0fff\u1000-\u109f\u1780-\u18af\ufb1d-\ufdff\ufe70-\ufefc\U00011000-\U00011fff]"
)
_SPACELESS = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff00-\uff9f]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u3000-\u303f\uff00-\uff0f]")
_JAMO = re.compile("[\u1100-\u11ff\u3131-\u318e]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OPEN_EMBEDDING, _OPEN_ISOLATE = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
_MOST_DECODED = 60


def runs(text: str) -> Iterator[re.Match[str]]:
    """Each run of unseen characters; its last group is what they are: tags, selectors, zero, bidi, filler, soft."""
    at = 0
    while (found := _ANY.search(text, at)) and (run := _RUN.match(text, found.start())):
        yield run
        at = run.end()


def kind_of_run(text: str, match: re.Match[str], place: int, crossed: frozenset[int]) -> tuple[str, str]:
    """An alarm's code and what the run spells; or no code, and what the run is good for.

    `place` is where it stands in the whole text, and `crossed` what `crossing` says of it.
    """
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    run = match.group()
    if match.lastgroup == "tags":
        return _tags(run, before)
    if match.lastgroup == "selectors":
        return _selectors(run, before)
    if match.lastgroup == "zero":
        return _zero(run, before, after, place)
    if match.lastgroup == "bidi":
        fine = "direction controls, balanced in their right-to-left lines"
        return ("bidi", unicodedata.name(run).lower()) if match.start() in crossed else ("", fine)
    if match.lastgroup == "filler":
        korean = run != "\uffa0" and any(map(_JAMO.match, (before, after)))
        return ("", "Hangul fillers beside Korean letters") if korean else ("filler", "")
    return "", "soft hyphens"


def _tags(run: str, before: str) -> tuple[str, str]:
    said = "".join(chr(ord(one) - 0xE0000) for one in run)
    if before == _FLAG and re.fullmatch(r"[a-z0-9]{3,6}\x7f", said):
        return "", "tags in flags of regions"
    return "tag_characters", f"“{said[:_MOST_DECODED]}”"


def _selectors(run: str, before: str) -> tuple[str, str]:
    if len(run) == 1 and before and _takes_selector(before, ord(run)):
        return "", "variation selectors of emoji, symbols and ideographs"
    if len(run) == 1:
        return "variation_selectors", ""
    raw = bytes(ord(one) - 0xFE00 if ord(one) < 0xFE10 else ord(one) - 0xE0100 + 16 for one in run[:_MOST_DECODED])
    said = raw.decode("ascii", "replace")
    return "variation_selectors", f"“{said}”" if said.isascii() and said.isprintable() else raw.hex(" ")


def _takes_selector(before: str, selector: int) -> bool:
    if selector in (0xFE0E, 0xFE0F):
        return _is_emoji(before) or before in "0123456789#*" or unicodedata.category(before) in ("Sm", "Po", "Pd", "No")
    return bool(_IDEOGRAPH.match(before)) or unicodedata.category(before) in ("Sm", "So") or bool(_JOINS.match(before))


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk", "Cn") and ord(character) > 0xA0


def _zero(run: str, before: str, after: str, place: int) -> tuple[str, str]:
    if run == "\ufeff" and place == 0:
        return "", "byte order mark at the start"
    if len(set(run)) > 1 or len(run) > 3:
        return "zero_width", _spelt(run)
    beside = [one for one in (before, after) if one]
    for good_for, fits in _USES:
        if fits(run[0], beside):
            return "", good_for
    if all(map(str.isalnum, beside)) and len(beside) == 2:
        return "zero_width", ""
    return "", LEFTOVERS[run[0]]


# What is good for nothing where it stands, and harmless: at the edges of words.
LEFTOVERS = {one: f"U+{ord(one):04X} left over at the edges of words" for one in "\u200b\u200c\u200d\u2060\ufeff"}
_USES: tuple[tuple[str, Callable[[str, list[str]], bool]], ...] = (
    ("joiners of emoji", lambda one, beside: one == "\u200d" and len(beside) == 2 and all(map(_in_emoji, beside))),
    (
        "joiners in a script that needs them",
        lambda one, beside: one in "\u200c\u200d" and any(map(_JOINS.match, beside)),
    ),
    ("marks of line breaks in a script without spaces", lambda _, beside: any(map(_SPACELESS.match, beside))),
    ("unseen operators of formulas", lambda one, _: one in "\u2061\u2062\u2063\u2064"),
)


def _in_emoji(character: str) -> bool:
    return _is_emoji(character) or character == "\ufe0f"


def _spelt(run: str) -> str:
    """What a run of zero-width characters spells: as bits when it has two kinds, else their codes."""
    kinds = sorted(set(run))
    if len(kinds) == 2 and len(run) >= 16:
        for zero in kinds:
            bits = "".join("0" if one == zero else "1" for one in run[: len(run) // 8 * 8])
            said = bytes(int(bits[at : at + 8], 2) for at in range(0, min(len(bits), _MOST_DECODED * 8), 8))
            if said.isascii() and said.decode("ascii").isprintable():
                return f"“{said.decode('ascii')}”"
    return "+".join(f"{ord(one):04X}" for one in run[:12])


def crossing(text: str) -> frozenset[int]:
    """The places of direction controls that are not balanced in their line, or stand in one without such letters."""
    found = [match.start() for match in _BIDI.finditer(text)]
    wrong: list[int] = []
    first = 0
    while first < len(found):
        end = text.find("\n", found[first])
        end = len(text) if end < 0 else end
        line = found[first : bisect_right(found, end)]
        begin = text.rfind("\n", 0, line[0]) + 1
        if not _RIGHT_TO_LEFT.search(text, begin, end) or not _balanced("".join(text[at] for at in line)):
            wrong += line
        first += len(line)
    return frozenset(wrong)


def _balanced(controls: str) -> bool:
    """Whether each embedding and isolate is closed, in order, and nothing else is."""
    waiting: list[str] = []
    for control in controls:
        if control in _OPEN_EMBEDDING:
            waiting.append("\u202c")
        elif control in _OPEN_ISOLATE:
            waiting.append("\u2069")
        elif not waiting or waiting.pop() != control:
            return False
    return not waiting
