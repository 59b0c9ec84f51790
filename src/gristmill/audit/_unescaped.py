r"""Text with its escapes (`\u200b` in JSON, `&#8203;` in HTML) replaced, and their places kept."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

_JSON = re.compile(r"(?:\\u[0-9a-fA-F]{4}){1,1000}")
_HTML = re.compile(r"&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(shy|zwj|zwnj|zerowidthspace|nobreak));", re.IGNORECASE)
_NAMED = {"shy": "\u00ad", "zwj": "\u200d", "zwnj": "\u200c", "zerowidthspace": "\u200b", "nobreak": "\u2060"}
_BACKSLASHES = re.compile(r"\\+\Z")


@dataclass(frozen=True, slots=True)
class Unescaped:
    """A text with its escapes replaced; `place` tells where a character of it stood before."""

    text: str
    _starts: tuple[int, ...]
    _before: Mapping[int, int]

    def place(self, at: int) -> int:
        """The place in the escaped text of the character at `at`."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return at
        start = self._starts[index]
        return self._before[start] + (at - start)


def unescaped(text: str, html: bool) -> Unescaped:
    """A text with the escapes of JSON, or of HTML, replaced by what they stand for."""
    pieces: list[str] = []
    starts: list[int] = []
    before: dict[int, int] = {}
    done = length = 0
    for match in (_HTML if html else _JSON).finditer(text):
        character = _html(match) if html else _json(match)
        if not character or (not html and _is_escaped(text, match.start())):
            continue
        plain = text[done : match.start()]
        pieces += [plain, character]
        length += len(plain)
        # A run of escapes keeps the place of each only at its start; behind it places are exact again.
        before[length] = match.start()
        length += len(character)
        before[length] = match.end()
        starts += [length - len(character), length]
        done = match.end()
    return Unescaped("".join([*pieces, text[done:]]), tuple(starts), before)


def _is_escaped(text: str, at: int) -> bool:
    r"""Whether the backslash at `at` is itself escaped, as in `\\u200b`."""
    found = _BACKSLASHES.search(text[max(0, at - 64) : at])
    return bool(found and len(found.group()) % 2)


def _json(match: re.Match[str]) -> str:
    units = [int(unit, 16) for unit in match.group().split("\\u")[1:]]
    raw = b"".join(unit.to_bytes(2, "big") for unit in units)
    return raw.decode("utf-16-be", "replace")


def _html(match: re.Match[str]) -> str:
    by_hex, by_number, name = match.groups()
    code = int(by_hex, 16) if by_hex else int(by_number) if by_number else ord(_NAMED[name.lower()])
    return chr(code) if 0x80 <= code < 0xD800 or 0xDFFF < code < 0x110000 else ""
