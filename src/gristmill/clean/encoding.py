"""Mends mojibake, Unicode forms, line breaks and control characters."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from gristmill.clean._code import unquoted
from gristmill.contracts import Cleaner, Repair
from gristmill.lazy import lazy
from gristmill.mending import narrowed, settled

ftfy = lazy("ftfy")

_PLAIN = re.compile(r"[\t\n -~]*")
_LINE = re.compile(r"[^\n\r\v\f\u2028\u2029]+")
_WORD = re.compile(r"[^ \t\n]+")
_SIGN = re.compile(
    r"(?P<line_break>\r\n?|[\v\f\u2028\u2029])"
    r"|(?P<control>\x1b\[[0-9;?]{0,20}[@-~]|[\x00-\x08\x0e-\x1f\x7f-\x9f])"
)
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_FULL_WIDTH = re.compile("[\uff01-\uff9f\uffe0-\uffee]+")


class Encoding(Cleaner):
    """Text that was read in the wrong encoding becomes what was written; all of it has one Unicode form.

    `cafÃ©` becomes `café`, also when it was stored wrongly twice: a line is changed only when its letters make no
    sense as they stand (the heuristics of ftfy), so `«CAFÉ»` and `É»` stay; and so do signs that stand alone between
    quotation marks or backticks, as where a text about encodings shows “Ã©”. Letters and their marks are composed
    (NFC), which no reader can see. Line breaks of any kind become one line feed; control characters and the colour
    codes of terminals go. What is lost, U+FFFD, stays: nobody can tell what it was.

    Ligatures (`ﬁ`) and full-width forms (`Ａ`, `！`) are right in many texts, Japanese above all, and stay unless the
    recipe says otherwise.
    """

    needs: ClassVar[tuple[str, ...]] = ("ftfy",)
    codes: ClassVar[Mapping[str, str]] = {
        "mojibake": "Characters that come of reading text in the wrong encoding.",
        "decomposed": "Letters and marks that are written as one character in NFC.",
        "line_break": "A line break that is no single line feed.",
        "control": "A control character, or a colour code of a terminal.",
        "ligature": "Letters that are joined into one character, as in ﬁ.",
        "full_width": "A letter or sign as wide as an ideograph, or a narrow Japanese one.",
    }

    ligatures: bool = Field(default=False, description="Write the Latin ligatures ﬀ to ﬆ as single letters.")
    full_width: bool = Field(default=False, description="Write full-width letters and signs as usual ones.")

    def repairs(self, texts: Sequence[str]) -> Iterator[Sequence[Repair]]:
        """For each text its repairs."""
        for text in texts:
            yield () if _PLAIN.fullmatch(text) else settled(text, self._find)

    def _find(self, text: str) -> Sequence[Repair]:
        """The repairs of the first kind that the text needs: what is decoded wrongly looks like other faults."""
        return (
            ([] if text.isascii() else list(unquoted(text, _mojibake(text))))
            or list(_signs(text))
            or list(_composed(text))
            or list(self._wanted(text))
        )

    def _wanted(self, text: str) -> Iterator[Repair]:
        kinds = (("ligature", _LIGATURE, self.ligatures), ("full_width", _FULL_WIDTH, self.full_width))
        found = [
            Repair(match.start(), match.end(), put, code)
            for code, pattern, told in kinds
            if told
            for match in pattern.finditer(text)
            if (put := unicodedata.normalize("NFKC", match.group())) != match.group()
        ]
        yield from sorted(found, key=lambda one: one.start)


def _mojibake(text: str) -> Iterator[Repair]:
    for line in _LINE.finditer(text):
        old = line.group()
        if not old.isascii() and (new := ftfy.fix_encoding(old)) != old:
            yield from _by_words(line.start(), old, new)


def _by_words(start: int, old: str, new: str) -> Iterator[Repair]:
    """A repair per word where each word alone is mended as its line is, else one for all that changes."""
    words = [(match.start(), match.group()) for match in _WORD.finditer(old)]
    mended = [word if word.isascii() else ftfy.fix_encoding(word) for _, word in words]
    kept = iter(mended)
    if _WORD.sub(lambda _: next(kept), old) == new:
        for (at, word), put in zip(words, mended, strict=True):
            yield from narrowed(start + at, word, put, "mojibake")
    else:
        yield from narrowed(start, old, new, "mojibake")


def _signs(text: str) -> Iterator[Repair]:
    for match in _SIGN.finditer(text):
        code = str(match.lastgroup)
        yield Repair(match.start(), match.end(), "\n" if code == "line_break" else "", code)


def _composed(text: str) -> Iterator[Repair]:
    if unicodedata.is_normalized("NFC", text):
        return
    for match in _WORD.finditer(text):
        yield from narrowed(match.start(), match.group(), unicodedata.normalize("NFC", match.group()), "decomposed")
