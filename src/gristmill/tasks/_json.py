"""Read the objects out of a model's reply, however untidily it wrote its JSON."""

import json
import re
from collections.abc import Iterator
from typing import Any

# Bounds on junk: nesting no reply needs, and openings that came to nothing before we stop trying.
_DEPTH = 20
_TRIES = 200

_JSON = json.JSONDecoder(strict=False)
_THOUGHT = re.compile(r"\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_COLON = re.compile(r"\s*:\s*")
_NAME = re.compile(r"\w+(?=\s*:)")
_LITERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*[,}\]])|\b(?:true|false|null|True|False|None)\b")
_PYTHON = {"True": True, "False": False, "None": None}
# A string ends at the first quote that something structural follows, so `"the "odd" one"` and
# `'it's'` are whole; a new line with a quote stands for a forgotten comma.
_AFTER = r"(?=\s*(?:[,:}\]]|\Z)|[^\S\n]*\n\s*[\"'“‘{])"
_STRING = {
    opening: re.compile(rf"{opening}((?:\\.|[^\\])*?){closing}{_AFTER}", re.DOTALL)
    for opening, closing in ('""', "''", "“”", "‘’")
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}


def read_items(text: str) -> list[dict[str, object]]:
    """The JSON objects of a reply, in order; [] when there are none. Never raises.

    Fences, prose and thoughts around them are passed over. Single or curly quotes, quotes within
    quotes, bare keys, trailing and missing commas are read. An object that holds nothing but objects
    is taken as their wrapper. Of a reply cut short, the objects whose values are all whole are kept.
    """
    answer = text[thought.end() :] if (thought := _THOUGHT.match(text)) else text
    after = _THOUGHT_END.split(answer)[-1]
    return list(_items(after)) or list(_items(answer))


def _items(text: str) -> Iterator[dict[str, object]]:
    at, tries = text.find("{"), 0
    while at >= 0 and tries < _TRIES:
        found = _object_at(text, at)
        if found is None:
            tries, end = tries + 1, at + 1
        else:
            value, end = found
            yield from _unwrapped(value)
        at = text.find("{", end)


def _object_at(text: str, at: int) -> tuple[dict[str, Any], int] | None:
    """The object that opens at `at` and where it ends: by the standard first, then with tolerance."""
    try:
        value, end = _strict(text, at) or _members(text, at, 0)
        return (_whole(value, 0), end) if value else None
    except ValueError:
        return None


def _strict(text: str, at: int) -> tuple[dict[str, Any], int] | None:
    try:
        return _JSON.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def _unwrapped(value: dict[str, Any]) -> Iterator[dict[str, object]]:
    lists = [inner if isinstance(inner, list) else [inner] for inner in value.values()]
    inner = [item for items in lists for item in items]
    if all(lists) and all(isinstance(item, dict) for item in inner):
        for item in inner:
            yield from _unwrapped(item) if item else ()
    else:
        yield value


def _whole(value: Any, depth: int) -> Any:
    """The value with halves of surrogate pairs joined or replaced, so that it can be stored."""
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {_storable(key): _whole(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner, depth + 1) for inner in value]
    return _storable(value) if isinstance(value, str) else value


def _storable(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _members(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    """An untidy object; one without its last brace counts when every value in it is whole."""
    members: dict[str, Any] = {}
    at = _past_commas(text, at + 1)
    while not text.startswith("}", at):
        if at == len(text) and members:
            return members, at
        key, at = _key(text, at)
        members[key], at = _value(text, at, depth + 1)
        at = _past_commas(text, at)
    return members, at + 1


def _key(text: str, at: int) -> tuple[str, int]:
    if name := _NAME.match(text, at):
        key, at = name.group(), name.end()
    else:
        key, at = _string(text, at)
    colon = _COLON.match(text, at)
    if colon is None:
        raise ValueError("a key without a colon")
    return key, colon.end()


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    opening = text[at : at + 1]
    if opening == "{":
        return _members(text, at, depth)
    if opening == "[":
        return _list(text, at, depth)
    if literal := _LITERAL.match(text, at):
        word = literal.group()
        return (_PYTHON[word] if word in _PYTHON else json.loads(word)), literal.end()
    return _string(text, at)


def _list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    values: list[Any] = []
    at = _past_commas(text, at + 1)
    while not text.startswith("]", at):
        value, at = _value(text, at, depth + 1)
        values.append(value)
        at = _past_commas(text, at)
    return values, at + 1


def _string(text: str, at: int) -> tuple[str, int]:
    pattern = _STRING.get(text[at : at + 1])
    match = pattern.match(text, at) if pattern else None
    if match is None:
        raise ValueError("no whole value here")
    return _ESCAPE.sub(_character, match.group(1)), match.end()


def _character(match: re.Match[str]) -> str:
    """The character an escape stands for; an escape that JSON does not know stays as written."""
    if match.group(1):
        return chr(int(match.group(1), 16))
    return _ESCAPES.get(match.group(2), match.group())


def _past_commas(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text[at] == ","):
        at += 1
    return at
