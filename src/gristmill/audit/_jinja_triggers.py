"""Text that a chat template adds only when a message holds certain words, and its long texts."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gristmill.audit._jinja_values import known

_CONTENT = re.compile(r"(?:.*_)?(?:content|text|message|prompt|query|input|question|msg)s?", re.IGNORECASE)
_NOT_CONTENT = frozenset({"role", "type", "name", "tool_calls"})
_ASKING_METHODS = frozenset({"startswith", "endswith", "find", "count", "index", "__contains__"})
_ASKING_FILTERS = frozenset({"lower", "upper", "trim", "string", "first", "last", "default"})
_LEAST_LETTERS = 30
_LEAST_WORDS = 5
_LONG_TEXT = 200


class Trigger(NamedTuple):
    """A condition on a message's words, and the text that it adds."""

    line: int
    words: str
    adds: str


def triggers(tree: Any) -> Iterator[Trigger]:
    """The conditions by which words in a message add text that people could read."""
    armed: dict[str, str] = {}
    content: set[str] = set()
    for node in walked(tree):
        kind = type(node).__name__
        if kind == "Assign":
            if words := _asked(node.node, armed, content):
                armed[_name(node.target)] = words
            elif _is_content(node.node, content):
                content.add(_name(node.target))
        elif kind == "If" and (words := _asked(node.test, armed, content)):
            adds = _told([*node.body])
            armed |= {_name(one.target): words for one in node.body if type(one).__name__ == "Assign"}
            if adds:
                yield Trigger(node.lineno, words, adds)
        elif kind == "CondExpr" and (words := _asked(node.test, armed, content)) and (adds := _told([node.expr1])):
            yield Trigger(node.lineno, words, adds)


def long_text(tree: Any) -> str:
    """The longest run of natural language that a template adds of its own; "" when it is short."""
    found = max((text for node in walked(tree) if (text := _prose(node))), key=len, default="")
    return found if len(found) >= _LONG_TEXT else ""


def walked(tree: Any) -> Iterator[Any]:
    """Every node of a tree, in the order of the text."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(list(node.iter_child_nodes()))


def _asked(test: Any, armed: dict[str, str], content: set[str]) -> str:
    """The words that a test looks for in a message; "" when it tests something else."""
    for node in walked(test):
        kind = type(node).__name__
        if kind in ("Name", "Getattr") and _name(node) in armed:
            return armed[_name(node)]
        if kind == "Compare":
            sides = [node.expr, *(operand.expr for operand in node.ops)]
            operators = {operand.op for operand in node.ops}
            words = next((known(side) for side in sides if isinstance(known(side), str)), "")
            if operators & {"in", "eq"} and words.strip() and any(_is_content(side, content) for side in sides):
                return str(words)
        if (
            kind == "Call"
            and getattr(node.node, "attr", "") in _ASKING_METHODS
            and _is_content(node.node.node, content)
        ):
            words = known(node.args[0]) if node.args else None
            if isinstance(words, str) and words.strip():
                return words
    return ""


def _is_content(node: Any, content: set[str]) -> bool:
    """Whether an expression is what a message says, rather than its role or kind."""
    kind = type(node).__name__
    if kind == "Filter" and node.name in _ASKING_FILTERS and node.node is not None:
        return _is_content(node.node, content)
    if (
        kind == "Call"
        and type(node.node).__name__ == "Getattr"
        and node.node.attr in ("lower", "strip", "upper", "split")
    ):
        return _is_content(node.node.node, content)
    if kind == "Getitem":
        key = known(node.arg)
        return key not in _NOT_CONTENT and (
            bool(_CONTENT.fullmatch(key)) if isinstance(key, str) else _is_content(node.node, content)
        )
    if kind == "Getattr":
        return node.attr not in _NOT_CONTENT and bool(_CONTENT.fullmatch(node.attr))
    if kind == "Name" and node.name in content:
        return True
    return kind == "Name" and bool(_CONTENT.fullmatch(node.name)) and node.name not in ("messages", "message", "user")


def _told(nodes: list[Any]) -> str:
    """The longest text among nodes that reads as language."""
    return max((text for top in nodes for node in walked(top) if (text := _prose(node))), key=len, default="")


def _prose(node: Any) -> str:
    kind = type(node).__name__
    if kind not in ("TemplateData", "Const", "Concat", "Add"):
        return ""
    text = known(node)
    if not isinstance(text, str) or len(text) < _LEAST_LETTERS:
        return ""
    return text.strip() if len(re.findall(r"[^\W\d_]{2,}", text[:4000])) >= _LEAST_WORDS else ""


def _name(node: Any) -> str:
    """`ns.found` or `found`, as it is set and as it is read; "" for any other expression."""
    kind = type(node).__name__
    if kind == "Getattr":
        return f"{_name(node.node)}.{node.attr}"
    return f"{node.name}.{node.attr}" if kind == "NSRef" else str(getattr(node, "name", "")) if kind == "Name" else ""
