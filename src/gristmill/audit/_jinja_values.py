"""What an expression without variables comes to: told in bounds, never run by Jinja."""

from typing import Any

_MOST_TEXT = 2000
_MOST_BITS = 256


def known(node: Any, deep: int = 40) -> Any:
    """The text, number or list that a constant expression comes to; None when it depends on anything else."""
    kind, deep = type(node).__name__, deep - 1
    if deep < 0:
        return None
    if kind == "Const":
        return node.value
    if kind == "TemplateData":
        return node.data
    if kind in ("List", "Tuple"):
        items = [known(item, deep) for item in node.items]
        return None if None in items else items
    if kind == "Concat":
        return _text([known(item, deep) for item in node.nodes])
    if kind in ("Add", "Mul", "Pow", "Sub"):
        return _sum(kind, known(node.left, deep), known(node.right, deep))
    if kind == "Neg":
        value = known(node.node, deep)
        return -value if isinstance(value, int | float) else None
    if kind in ("Filter", "Call"):
        return _applied(node, kind, deep)
    if kind == "Getitem":
        return _item(known(node.node, deep), node.arg)
    return None


def _sum(kind: str, left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str) and kind == "Add":
        return _text([left, right])
    if kind == "Mul" and isinstance(left, str) != isinstance(right, str):
        text, times = (left, right) if isinstance(left, str) else (right, left)
        return text * times if isinstance(times, int) and 0 <= len(text) * times <= _MOST_TEXT else None
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    if kind == "Pow":
        return _power(left, right)
    if isinstance(left, int) and isinstance(right, int) and max(left.bit_length(), right.bit_length()) > _MOST_BITS:
        return float("inf")
    return left + right if kind == "Add" else left - right if kind == "Sub" else left * right


def _power(left: int | float, right: int | float) -> int | float | None:
    if abs(left) <= 1 or right < 0:
        return left if abs(left) <= 1 else 0
    if abs(right) > _MOST_BITS or abs(left) > 2.0**_MOST_BITS:
        return float("inf")
    try:
        return left**right
    except (OverflowError, ValueError):
        return float("inf")


def _text(parts: list[Any]) -> str | None:
    if any(part is None for part in parts) or sum(len(part) for part in parts if isinstance(part, str)) > _MOST_TEXT:
        return None
    return "".join(str(part) for part in parts if not isinstance(part, int) or abs(part) < 10**100)


def _applied(node: Any, kind: str, deep: int) -> Any:
    """Filters and methods by which a name can be put together: join, replace, reverse, lower, format, trim."""
    if kind == "Call":
        if type(node.node).__name__ != "Getattr":
            return None
        name, value = node.node.attr, known(node.node.node, deep)
    else:
        name, value = node.name, known(node.node, deep) if node.node is not None else None
    given = [known(argument, deep) for argument in node.args]
    if name == "join":
        separator, items = (
            (value, given[0] if given else None) if kind == "Call" else (given[0] if given else "", value)
        )
        items = list(items) if isinstance(items, str) else items
        if isinstance(items, list) and isinstance(separator, str):
            return _text([part for item in items for part in (separator, item)][1:])
    if not isinstance(value, str):
        return _text([value]) if name == "string" and value is not None else None
    return _changed(name, value, given)


def _changed(name: str, value: str, given: list[Any]) -> str | list[str] | None:
    if name in ("lower", "upper", "trim", "strip", "safe", "string", "title", "capitalize"):
        plain = {"trim": "strip", "safe": "__str__", "string": "__str__"}.get(name, name)
        return str(getattr(value, plain)())
    if name == "reverse":
        return value[::-1]
    if name == "list":
        return list(value)
    if name == "replace" and len(given) >= 2 and isinstance(given[0], str) and isinstance(given[1], str):
        fits = len(value) * max(1, len(given[1])) <= _MOST_TEXT
        return value.replace(given[0], given[1]) if fits else None
    if name == "format" and len(value) <= 100 and all(isinstance(item, str) for item in given):
        for item in given:
            value = value.replace("%s", item, 1) if "%s" in value else value.replace("{}", item, 1)
        return value[:_MOST_TEXT]
    return None


def _item(value: Any, argument: Any) -> Any:
    if not isinstance(value, str | list):
        return None
    if type(argument).__name__ != "Slice":
        index = known(argument)
        return value[index] if isinstance(index, int) and -len(value) <= index < len(value) else None
    start, stop, step = (
        None if part is None else known(part) for part in (argument.start, argument.stop, argument.step)
    )
    if all(bound is None or isinstance(bound, int) for bound in (start, stop, step)) and step != 0:
        return value[start:stop:step]
    return None
