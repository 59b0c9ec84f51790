"""Characters that no reader sees or that pass for others, with what they hide decoded."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from gristmill.audit._hidden_kinds import Kinds
from gristmill.audit._unescaped import unescaped
from gristmill.audit._windows import Window, escaped, shown, windows
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding
from gristmill.unseen import crossing, kind_of_run, runs

_ESCAPED = re.compile(
    r"\\u(?:00ad|11(?:5f|60)|20[026]|3164|fe[0f]|ffa0|db40|03|04|05[0-2])|&(?:#|shy|zw|zero|nobreak)", re.IGNORECASE
)
_LOOKS_LATIN = "АВЕЅІЈКМНОРСТУХЬаеорсухіјѕԁһӏԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧον"
_FOREIGN = "\u0370-\u03ff\u0400-\u052f"
_FOREIGN_RUN = re.compile(f"[{_FOREIGN}]+")
_LATIN = re.compile("[A-Za-z]")
_WORD_SIDE = re.compile(f"[A-Za-z{_FOREIGN}]{{0,40}}")
_JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".ipynb"})
_HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml", ".md", ".markdown", ".xml", ".nxml"})
_REMEDY = "Look at the places; take the characters out unless the text needs them."


class HiddenCharacters(Scanner):
    r"""Unseen and look-alike characters in text; escapes in JSON and HTML count as what they stand for.

    What they spell is decoded in the evidence. Seen and harmless: emoji joined by U+200D, flags of regions, selectors
    behind emoji and ideographs, joiners in scripts that need them, balanced direction marks in Arabic or Hebrew lines,
    a byte order mark at the start, soft hyphens in words, Greek letters in names and units such as `β2m`.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "tag_characters": "U+E0000 to U+E007F, which spell ASCII that only a model reads (warning).",
        "variation_selectors": "A run of selectors, which carries bytes, or one where it has no use (warning).",
        "zero_width": "Characters of no width where the script has no use for them (warning).",
        "bidi": "The order that is shown is not the order that is read (warning).",
        "filler": "Letters of no width (warning).",
        "homoglyph": "Cyrillic or Greek letters that look Latin inside a Latin word (warning).",
        "hidden_characters": "Unseen characters that belong where they stand (info).",
    }

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield one finding per kind, and one for all that is harmless."""
        kinds = Kinds()
        suffix = PurePath(name.lower()).suffix
        for window in windows(data):
            wide = not window.text.isascii()
            escapes = _escapes(window.text, suffix)
            if (wide or escapes) and window.is_text():
                _look(window, escapes, kinds)
            if kinds.are_many():
                break
        yield from kinds.findings(_REMEDY)


def _escapes(text: str, suffix: str) -> str:
    """The kind of escapes that a window's text may hold: `json`, `html`, or none."""
    if not _ESCAPED.search(text):
        return ""
    if "\\u" in text and (suffix in _JSON_SUFFIXES or text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")):
        return "json"
    return "html" if "&" in text and suffix in _HTML_SUFFIXES else ""


def _look(window: Window, escapes: str, kinds: Kinds) -> None:
    if not escapes:
        _look_in(window.text, lambda at: at, window, kinds)
        return
    plain = unescaped(window.text, html=escapes == "html")
    if not plain.text.isascii():
        _look_in(plain.text, plain.place, window, kinds)


def _look_in(text: str, place: Callable[[int], int], window: Window, kinds: Kinds) -> None:
    crossed = crossing(text)
    for match in runs(text):
        at = place(match.start())
        if window.owns(at):
            code, note = kind_of_run(text, match, at + window.offset, crossed)
            if code:
                kinds.add(code, at + window.offset, partial(_evidence, text, match, note), len(match.group()))
            else:
                kinds.pass_by(note, len(match.group()))
    done = 0
    for match in _FOREIGN_RUN.finditer(text):
        beside = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        if match.start() < done or not _LATIN.search(beside):
            continue
        at = place(match.start())
        if window.owns(at):
            start, done = _word(text, match.start())
            _mixed(text[start:done], at + window.offset, kinds)


def _evidence(text: str, match: re.Match[str], decoded: str) -> str:
    before = escaped(text[max(0, match.start() - 12) : match.start()].split("\n")[-1])
    after = escaped(text[match.end() : match.end() + 12].split("\n")[0])
    said = f" (decoded: {escaped(decoded)})" if decoded else ""
    return f"{before}{shown(match.group(), 8)}{after}{said}"


def _word(text: str, at: int) -> tuple[int, int]:
    before = _WORD_SIDE.match(text[max(0, at - 40) : at][::-1])
    after = _WORD_SIDE.match(text, at)
    return at - (before.end() if before else 0), after.end() if after else at + 1


def _mixed(word: str, place: int, kinds: Kinds) -> None:
    """A word of two scripts: by what its foreign letters look like, and where they stand."""
    foreign = "".join(letter for letter in word if not letter.isascii())
    latin = "".join(letter for letter in word if letter.isascii())
    inflected = latin.isupper() and word.startswith(latin)
    if not inflected and len(word) > 3 and all(letter in _LOOKS_LATIN for letter in foreign):
        kinds.add("homoglyph", place, lambda: "".join(map(_spelt, word[:40])))
    else:
        kinds.pass_by("words of Latin and other letters, as in names of substances, units and loan words", 1)


def _spelt(letter: str) -> str:
    return letter if letter.isascii() else f"\\u{{{ord(letter):04X}}}"
