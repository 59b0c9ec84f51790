"""Takes out characters that no reader sees and a model reads."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from gristmill.contracts import Cleaner, Repair
from gristmill.mending import settled
from gristmill.unseen import LEFTOVERS, crossing, kind_of_run, runs

_JOINER = re.compile("[\u200c\u200d]")
_JOINED = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e80-\u109f\u1780-\u18af]")
# A word that was parted at the end of a line, by a hyphen that is not seen elsewhere.
_PARTED = re.compile("\u00ad[ \t]*\n(?=[^\\W\\d_])")


class HiddenCharacters(Cleaner):
    """Unseen characters go, unless the text needs them where they stand.

    Tags that spell ASCII, runs of variation selectors, characters of no width, direction controls that are not
    balanced, Hangul fillers, soft hyphens, and byte order marks inside a text are taken out; a word that a soft hyphen
    parts at the end of a line is joined. What the scanner of the same name calls harmless stays: joiners of emoji
    (👩‍👩‍👧) and in Persian, Arabic and Indic scripts, flags of regions, selectors behind emoji and ideographs, line
    break marks in scripts without spaces, balanced direction marks in Arabic or Hebrew lines, unseen operators of
    formulas.

    Letters that look like others are seen, and stay: the scanner names them.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "tag_characters": "Tag characters, which spell ASCII that only a model reads.",
        "variation_selectors": "Variation selectors with nothing to select, which can carry any bytes.",
        "zero_width": "Characters of no width that the script has no use for.",
        "bidi": "Direction controls that are not balanced in a right-to-left line.",
        "filler": "Hangul fillers away from Korean letters.",
        "soft_hyphen": "Places where a word may be parted, which a reader does not see.",
    }

    def repairs(self, texts: Sequence[str]) -> Iterator[Sequence[Repair]]:
        """For each text its repairs."""
        for text in texts:
            yield () if text.isascii() else settled(text, _find)


def _find(text: str) -> Sequence[Repair]:
    crossed = crossing(text)
    found = []
    for match in runs(text):
        code, use = kind_of_run(text, match, match.start(), crossed)
        if match.lastgroup == "soft":
            parted = _PARTED.match(text, match.end() - 1)
            found.append(Repair(match.start(), parted.end() if parted else match.end(), "", "soft_hyphen"))
        elif code:
            found.append(Repair(match.start(), match.end(), _kept(text, match), code))
        elif use in LEFTOVERS.values() or match.group() == "\ufeff":
            found.append(Repair(match.start(), match.end(), "", "zero_width"))
    return found


def _kept(text: str, match: re.Match[str]) -> str:
    """Of a run that hides something, the joiner that the letters beside it may need."""
    beside = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
    joiner = _JOINER.search(match.group())
    return joiner.group() if joiner and _JOINED.search(beside) else ""
