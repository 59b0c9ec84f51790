"""Read the objects out of a model's reply, however untidily it wrote its JSON."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

# Bounds on junk, so that time stays linear: nesting, and quote marks within one string, that no reply needs.
_DEPTH = 20
_INNER_MARKS = 60

_SPACE = r"(?:[\s\u200b-\u200d\u2060\ufeff]|\\[nrt])"
_NOTE = r"(?:(?://|\#)[^\n]{0,200}+(?=\n|\Z)|/\*(?:[^*]|\*(?!/)){0,200}+\*/)"
_GAP = rf"(?:{_SPACE}|{_NOTE})*+"
_COMMAS = rf"(?:{_SPACE}|{_NOTE}|[,，;])*+"
_COLON = rf"{_SPACE}*+(?:[:：]|=>)"
_QUOTED_KEY = (
    r"""(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|'([^'\\]*+(?:\\.[^'\\]*+)*+)'|[“”„]([^“”„"\\]*+)[“”"]|‘([^‘’\\]*+)’)"""
    rf"{_COLON}"
)
# A quote mark may be missing on either side of a key that is one word.
_BARE_KEY = rf"""["'“‘`]?+(\w[\w$-]*+)["'”’`]?+{_COLON}"""
_ANY_KEY = rf"(?:{_QUOTED_KEY}|{_BARE_KEY})"
_THOUGHT = r"(?:\w+:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|scratchpad)\s*>"
_CLOSED = rf"</{_THOUGHT}|\[/THINK\]|◁/think▷|<\|end_(?:of_thought|thinking)\|>|<\|channel\|>\s*final|assistantfinal"
_OPENED = rf"<{_THOUGHT}|\[THINK\]|◁think▷|<\|(?:begin_of_thought|start_thinking)\|>|<\|channel\|>\s*analysis"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL | re.IGNORECASE)


# What can change the reading outside an object: a thought, an object, an object written within a string.
_NEXT = _compiled(
    rf"(?P<closed>{_CLOSED})|(?P<opened>{_OPENED})"
    rf'|(?P<object>\{{(?={_COMMAS}{_ANY_KEY}))|(?P<coded>\{{(?={_SPACE}*+\\+"))'
)
_END_OF_THOUGHT = _compiled(_CLOSED)
_CODED = _compiled(r'[^"\\]*+(?:\\.[^"\\]*+)*+')
_KEY = _compiled(_ANY_KEY)
_PAST_GAP = _compiled(_GAP)
_PAST_COMMAS = _compiled(_COMMAS)
# A string ends at the first quote mark that structure follows, so `"the "odd" one"` and `'it's'` are whole.
# The end is loose when that structure is not the object's own: the reply or a list stops, another begins. A key
# that is cut off shows the end too; the object is broken, and what its string says is passed over.
_AFTER_MEMBER = _compiled(
    rf"{_COMMAS}(?:\}}|{_QUOTED_KEY})|{_GAP}[,，;]{_COMMAS}{_BARE_KEY}|[^\S\n]*+\n{_COMMAS}{_BARE_KEY}"
    rf"|(?P<loose>{_COMMAS}(?:\]|\{{{_GAP}{_ANY_KEY})|\s*+\Z|[^\S\n]*+\n\s*+(?:```|~~~))"
    rf"|{_GAP}(?:[,，;]{_COMMAS}[\"'“‘`]?+|[\"'“‘`])[\w$ -]*+[\"'”’`]?+\s*+\Z"
)
_AFTER_ELEMENT = _compiled(rf"{_GAP}[,，;\])]")
_LOOSE_END = _compiled(rf"{_GAP}(?:\Z|```|~~~)|{_COMMAS}(?:\]|\{{{_GAP}{_ANY_KEY})")
# What cannot follow a mark within a string: the colon of a key, or a second string that is joined to the first.
_BREAK = _compiled(rf"{_COLON}|(?P<joined>{_SPACE}*+\+{_SPACE}*+[\"']|\s++[\"'])")
# `"What does "}" mean?", …`: the brace that ended the object was a word of its text.
_SEVERED = _compiled(r"""["'`“”’][^"'`“”’\n]*+["'`“”’]\s*+[,:}\]]""")
_LITERAL = re.compile(
    r"(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[Tt]rue|[Ff]alse|null|None|undefined|NaN|-?Infinity)"
    r"(?=\s*+(?:[,，;}\])]|//|/\*|\#)|[^\S\n]*+\n\s*+[\"'“\w])"
)
_MARKS = {mark: mark for mark in ('"""', "'''", '"', "'", "`")} | dict.fromkeys("“”„", '[“”„"]') | {"‘": "[‘’']"}
_ENDS = {opening: _compiled(rf"\\.|{marks}") for opening, marks in _MARKS.items()}
# `\f` and `\b` before a letter are LaTeX (`\frac`, `\beta`): nobody means a form feed or a backspace there.
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([bf](?![A-Za-z])|[^bf]))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}

# An object with one of the first keys is an item, whatever it holds. Beside the second, which carry items
# (the tasks' own wrapper, calls of tools), anything may stand.
_ITEM = frozenset({"question", "answer", "label"})
_CARRIERS = frozenset("pairs arguments parameters action_input function tool_calls schema json_schema".split())
_TYPES = frozenset("object array string number integer boolean null function json_schema".split())
_SCHEMA = frozenset(
    (
        "type properties items required additionalProperties description title enum pattern minLength maxLength "
        "minItems maxItems minimum maximum format default examples const anyOf oneOf allOf strict name schema "
        "json_schema $schema $id $defs $ref definitions"
    ).split()
)
# The keys with which an object after a broken one may begin. None: any. A line break: none before
# a thought ends. Empty: none.
_Likes = frozenset[str] | None


class _Broken(Exception):
    """An object that cannot be read to its end, where, and what is whole in the wrappers around it."""

    def __init__(self, at: int, in_string: bool = False, likes: _Likes = None, saved: Any = None) -> None:
        self.at, self.in_string, self.likes, self.saved = at, in_string, likes, saved


def read_items(text: str) -> list[dict[str, object]]:
    """The JSON objects of a reply, in order; [] when there are none. Never raises; time is linear.

    Fences, prose, comments and thoughts are passed over; what precedes an end of thoughts is a thought.
    Read are single, curly and missing quotes, quotes within quotes, bare keys, Python's words, commas
    too many or too few, and JSON within a string; NaN and Infinity are None. Wrappers are opened and a
    schema is no object. What is written again is read once, if not within one list. Of a reply cut short
    those are kept whose values are all whole; after a broken one, the next that begins with a key of it.
    """
    items: list[dict[str, object]] = []
    written: dict[str, int] = {}
    at, row, likes = 0, 0, None
    while found := _NEXT.search(text, at):
        listed = "," in text[at : found.start()] and _end(_PAST_COMMAS, text, at) == found.start()
        value: object = None
        at, kind, row = found.end(), found.lastgroup, row if listed else row + 1
        if kind == "closed":
            items, written, likes = [], {}, likes and None
        elif kind == "opened":
            end = _END_OF_THOUGHT.search(text, at)
            at, likes = end.end() if end else len(text), likes and None
        elif kind == "coded":
            at = _end(_CODED, text, found.start())
            value = read_items(_unescaped(text[found.start() : at])) if likes is None else None
        elif likes is None or likes.intersection(found.groups()):
            value, at, likes = _object(text, found.start())
        for item in _unwrapped(value):
            if written.setdefault(json.dumps(item, sort_keys=True), row) == row:
                items.append(item)
    return items


def _object(text: str, at: int) -> tuple[object, int, _Likes]:
    """What the object at `at` gives, where it ends, and with which keys the next may begin."""
    try:
        value, end = _members(text, at, 0)
    except _Broken as broken:
        return broken.saved, max(broken.at, at + 1), broken.likes
    return (None, end, _ITEM) if _SEVERED.match(text, end) else (value, end, None)


def _unwrapped(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, list):
        for inner in value:
            yield from _unwrapped(inner)
    elif isinstance(value, dict) and _is_schema(value):
        properties = value.get("properties")
        if isinstance(properties, dict) and not any(isinstance(inner, dict) for inner in properties.values()):
            yield from _unwrapped(properties)
    elif isinstance(value, dict) and value:
        held = _held(value)
        yield from [value] if held is None else _unwrapped(held)


def _held(value: dict[str, Any]) -> list[Any] | None:
    """What a wrapper holds; None when the object is itself an item."""
    if _ITEM & {key.casefold() for key in value}:
        return None
    held = {key: _decoded(inner) for key, inner in value.items()}
    carried = [inner for key, inner in held.items() if key.casefold() in _CARRIERS and _only_objects(inner)]
    return carried or (list(held.values()) if all(map(_only_objects, held.values())) else None)


def _decoded(value: object) -> object:
    coded = isinstance(value, str) and value.strip()[:1] in ("{", "[") and value.strip()[-1:] in ("}", "]")
    return (read_items(str(value)) or value) if coded else value


def _only_objects(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and all(map(_only_objects, value)))


def _is_schema(value: object) -> bool:
    """Whether this describes a shape instead of having it, as when a model says its instructions again."""
    if not isinstance(value, dict) or not value:
        return False
    named = isinstance(value.get("type"), str) and value["type"] in _TYPES
    return (named and value.keys() <= _SCHEMA) or all(map(_is_schema, value.values()))


def _members(text: str, at: int, depth: int) -> tuple[Any, int]:
    """An object, or several when its keys come again; without its last brace it needs two whole members."""
    rows: list[dict[str, Any]] = [{}]
    key, end, at = "", at, _end(_PAST_COMMAS, text, at + 1)
    try:
        while not text.startswith("}", at):
            if len(rows[-1]) > 1 and _LOOSE_END.match(text, end):
                return _one_or_all(rows, at), end
            key = ""
            key, at = _key(text, at)
            value, end = _value(text, at, depth + 1, _AFTER_MEMBER)
            if text.startswith("{", at) and _LOOSE_END.match(text, end):
                raise _Broken(end, saved=value)
            if rows[-1].get(key, value) != value:
                rows.append({})
            rows[-1][key] = value
            at = _end(_PAST_COMMAS, text, end)
        return _one_or_all(rows, at), at + 1
    except _Broken as broken:
        whole = _whole(rows[-1], key, nested=not key or text.startswith(("{", "[", "("), at))
        if broken.likes is None and (broken.in_string or (rows[-1] and whole is None)):
            broken.likes = _ITEM.union(rows[-1], (key,))
        broken.saved = [] if whole is None else [whole, broken.saved]
        raise


def _whole(members: dict[str, Any], key: str, nested: bool) -> list[Any] | None:
    """What is whole in a wrapper that breaks off at `key`; None for an item, which gives nothing."""
    names = {name.casefold() for name in (*members, key)}
    if _ITEM & names or not (nested or _CARRIERS & names):
        return None
    return (_held(members) or []) if key.casefold() in _CARRIERS else _held(members)


def _one_or_all(rows: list[dict[str, Any]], at: int) -> Any:
    if len(rows) > 1 and (len(rows[0]) < 2 or any(list(row) != list(rows[0]) for row in rows)):
        raise _Broken(at)
    return rows if len(rows) > 1 else rows[0]


def _key(text: str, at: int) -> tuple[str, int]:
    found = _KEY.match(text, at)
    if found is None:
        raise _Broken(at)
    key = next(group for group in found.groups() if group is not None)
    return _unescaped(key), _end(_PAST_GAP, text, found.end())


def _value(text: str, at: int, depth: int, after: re.Pattern[str]) -> tuple[Any, int]:
    if depth > _DEPTH:
        raise _Broken(at)
    if text.startswith("{", at):
        return _members(text, at, depth)
    if text.startswith(("[", "("), at):
        return _list(text, at, depth)
    if literal := _LITERAL.match(text, at):
        return _literal(literal.group(), at), literal.end()
    return _string(text, at, after)


def _literal(word: str, at: int) -> Any:
    if not word[-1].isdigit():
        return {"true": True, "false": False}.get(word.casefold())
    try:
        if math.isfinite(number := json.loads(word)):
            return number
    except (ValueError, OverflowError):
        pass
    raise _Broken(at)


def _list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    """A list, or a tuple of two or more: a single value between parentheses is no tuple."""
    values: list[Any] = []
    closing = "]" if text[at] == "[" else ")"
    at = _end(_PAST_COMMAS, text, at + 1)
    try:
        while not text.startswith(closing, at):
            value, at = _value(text, at, depth + 1, _AFTER_ELEMENT)
            values.append(value)
            at = _end(_PAST_COMMAS, text, at)
        if closing == ")" and len(values) < 2:
            raise _Broken(at)
    except _Broken as broken:
        broken.saved = [list(filter(_only_objects, values)), broken.saved]
        raise
    return values, at + 1


def _string(text: str, at: int, after: re.Pattern[str]) -> tuple[str, int]:
    """A string that surely ends: `after` says what follows its last mark, and marks within it pair up."""
    opening = text[at : at + 3] if text[at : at + 3] in _MARKS else text[at : at + 1]
    if opening not in _MARKS:
        raise _Broken(at)
    start, inner = at + len(opening), 0
    for mark in _ENDS[opening].finditer(text, start):
        if mark.group().startswith("\\"):
            continue
        ends = after.match(text, mark.end())
        if ends and (ends.lastgroup != "loose" or (opening == '"' and not inner and _says(text, start, mark.start()))):
            raw = text[start : mark.start()]
            if (inner % 2 and opening in '"“”„') or ("\n" in raw and _END_OF_THOUGHT.search(raw)):
                raise _Broken(at, in_string=True)
            return _unescaped(raw), mark.end()
        inner += 1
        if inner > _INNER_MARKS:
            raise _Broken(mark.end(), in_string=True)
        if stop := _BREAK.match(text, mark.end()):
            over = stop.lastgroup == "joined" and not _END_OF_THOUGHT.search(text, at, mark.end())
            raise _Broken(mark.end() if over else at, in_string=True)
    # In the midst of a line it may be the string that says `</think>`; over several, a thought may have ended.
    end = _END_OF_THOUGHT.search(text, at)
    raise _Broken(at, in_string=True, likes=frozenset("\n" if end and "\n" in text[at : end.end() + 1] else ""))


def _says(text: str, start: int, end: int) -> bool:
    """Whether a mark at `end` can end a string and not begin a quotation within it."""
    return end > start and (text[end - 1].isalnum() or text[end - 1] in ".!?)]%…。！？")


def _unescaped(raw: str) -> str:
    """The text that was meant: escapes that JSON does not know stay, half surrogate pairs are replaced."""
    said = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPES.get(m[2], m[0]), raw)
    return said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
