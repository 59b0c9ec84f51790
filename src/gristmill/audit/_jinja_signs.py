"""What a Jinja template reaches for, told from its syntax tree; it is never rendered."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gristmill.audit._jinja_values import known
from gristmill.findings import Severity
from gristmill.lazy import lazy

jinja2 = lazy("jinja2")

_DUNDER = re.compile(r"__[A-Za-z]\w*__|_[A-Za-z]\w*__\w+")
_FORMAT_WALK = re.compile(r"\{[^{}]{0,100}[.\[]_?__[A-Za-z]")
# Filters whose arguments are names of attributes.
_BY_NAME = frozenset({"attr", "map", "selectattr", "rejectattr", "sort", "groupby", "unique", "sum", "min", "max"})
_FRAMES = frozenset(
    "func_globals func_code gi_frame gi_code cr_frame cr_code ag_frame f_globals f_locals f_builtins f_back "
    "tb_frame".split()
)
_SERVER = {"request": {"application", "environ", "_load_form_data"}, "config": {"from_object", "from_pyfile"}}
_LOADS = frozenset({"Include", "Import", "FromImport", "Extends"})
_SIZED = frozenset(
    {"range", "center", "ljust", "rjust", "zfill", "indent", "wordwrap", "lipsum", "repeat", "batch", "slice"}
)
_WIDTH = re.compile(r"[%:<>^]0?(\d{5,18})")
# The tag by which trainers mark what an assistant says; Jinja itself does not know it.
_GENERATION = re.compile(r"\{%-?\s{0,9}(?:end)?generation\s{0,9}-?%\}")


class Sign(NamedTuple):
    """One thing in a template: the finding's code and severity, the template's line, and what it does there."""

    code: str
    severity: Severity
    line: int
    why: str


class TemplateBroken(Exception):
    """Text that is no template of Jinja."""


def parsed(source: str) -> Any:
    """The syntax tree of a template, with the tags that chat templates use. Raises TemplateBroken."""
    room = jinja2.Environment(extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"])
    try:
        return room.parse(_GENERATION.sub("", source))
    except (jinja2.TemplateSyntaxError, ValueError) as error:
        raise TemplateBroken(f"line {getattr(error, 'lineno', 1)}: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise TemplateBroken("its expressions are nested too deep to be parsed") from None


def signs(tree: Any, alone: bool, most: int) -> Iterator[Sign]:
    """The signs of a tree; `alone` when a template has no business to load another file.

    Loops that run, or sizes that reach, over `most` are bombs.
    """
    waiting: list[tuple[Any, int, bool]] = [(tree, 1, False)]
    while waiting:
        node, turns, in_loop = waiting.pop()
        kind = type(node).__name__
        yield from _reaches(node, kind, alone)
        yield from _grows(node, kind, most)
        if in_loop and kind == "Assign" and _doubles(node):
            yield Sign("template_bomb", "danger", node.lineno, "doubles a value at each turn of a loop")
        if kind == "For":
            turns, in_loop = turns * _turns(node.iter), True
            if turns > most:
                yield Sign("template_bomb", "danger", node.lineno, f"loops {turns:.3g} times, over {most:,}")
                turns = 1
        waiting += [(child, turns, in_loop) for child in reversed(list(node.iter_child_nodes()))]


def _turns(node: Any) -> int:
    """How often a loop over this runs, where the template alone says so."""
    if type(node).__name__ == "Filter" and node.node is not None:
        return _turns(node.node)
    if type(node).__name__ != "Call" or getattr(node.node, "name", "") != "range" or not 1 <= len(node.args) <= 3:
        return 1
    given = [known(argument) for argument in node.args]
    if not all(isinstance(number, int | float) for number in given):
        return 1
    start, stop = (0, given[0]) if len(given) == 1 else (given[0], given[1])
    step = given[2] if len(given) == 3 and given[2] else 1
    turns = (stop - start) / step
    return max(1, int(min(turns, 1e30)))


def _reaches(node: Any, kind: str, alone: bool) -> Iterator[Sign]:
    """Names by which a template leaves its values: attributes of Python's own objects, other files."""
    for name in _names(node, kind):
        if any(_DUNDER.fullmatch(part) or part in _FRAMES for part in name.split(".")):
            yield Sign("template_code", "danger", node.lineno, f"reaches for “{name[:60]}”")
    if kind == "Getattr" and node.attr in _SERVER.get(getattr(node.node, "name", ""), ()):
        yield Sign("template_code", "danger", node.lineno, f"reaches for the server's “{node.node.name}.{node.attr}”")
    if kind == "Filter" and node.name == "attr" and node.args and known(node.args[0]) is None:
        yield Sign("template_code", "warning", node.lineno, "takes an attribute whose name it makes up while it runs")
    if kind in _LOADS:
        severity: Severity = "danger" if alone else "warning"
        yield Sign("template_code", severity, node.lineno, "loads another file as a template")


def _names(node: Any, kind: str) -> Iterator[str]:
    """The names of attributes and items that a node asks for, also those put together of pieces."""
    if kind == "Getattr":
        yield node.attr
    elif kind == "Getitem":
        name = known(node.arg)
        if isinstance(name, str):
            yield name
    elif kind == "Filter" and node.name in _BY_NAME:
        yield from (value for value in _given(node) if isinstance(value, str))
    elif kind == "Call" and getattr(node.node, "attr", "") in ("format", "format_map"):
        form = known(node.node.node)
        yield from _FORMAT_WALK.findall(form) and ["__format__"] if isinstance(form, str) else ()
    elif kind == "Name" and _DUNDER.fullmatch(node.name):
        yield node.name


def _grows(node: Any, kind: str, most: int) -> Iterator[Sign]:
    """Sizes that a few characters of a template ask for."""
    if kind in ("Mul", "Pow") and (known(node) == float("inf") or _repeats(node, kind, most)):
        yield Sign("template_bomb", "danger", node.lineno, f"multiplies to a size over {most:,}")
    called = _called(node, kind)
    if called in _SIZED:
        for size in _given(node):
            if isinstance(size, int | float) and abs(size) > most:
                yield Sign("template_bomb", "danger", node.lineno, f"{called}({size:.3g}) asks for over {most:,}")
    form = known(node.left) if kind == "Mod" else known(node.node) if kind == "Filter" and called == "format" else None
    if isinstance(form, str) and any(int(width) > most for width in _WIDTH.findall(form)):
        yield Sign("template_bomb", "danger", node.lineno, f"formats to a width over {most:,}")


def _repeats(node: Any, kind: str, most: int) -> bool:
    """Whether a text, a list or anything unknown is repeated very often."""
    sides = [known(node.left), known(node.right)]
    big = any(isinstance(side, int | float) and abs(side) > most for side in sides)
    return kind == "Mul" and big and any(not isinstance(side, int | float) for side in sides)


def _called(node: Any, kind: str) -> str:
    if kind == "Filter":
        return str(node.name)
    return str(getattr(node.node, "attr", getattr(node.node, "name", ""))) if kind == "Call" else ""


def _given(node: Any) -> list[Any]:
    return [known(argument) for argument in [*node.args, *(pair.value for pair in node.kwargs)]]


def _doubles(node: Any) -> bool:
    """Whether a value is set to itself, twice over."""
    value, kind = node.node, type(node.node).__name__
    if kind not in ("Concat", "Add", "Mul"):
        return False
    parts = value.nodes if kind == "Concat" else (value.left, value.right)
    own = _spelt(node.target)
    return sum(_spelt(part) == own for part in parts) > 1


def _spelt(node: Any) -> str:
    kind = type(node).__name__
    if kind in ("Getattr", "NSRef"):
        return f"{_spelt(node.node) if kind == 'Getattr' else node.name}.{node.attr}"
    return str(getattr(node, "name", "")) or f"#{id(node)}"
