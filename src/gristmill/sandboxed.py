"""Fills a stranger's Jinja template, which can reach, load, loop and grow only within its bounds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, reduce, wraps
from types import GeneratorType
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy

jinja2 = lazy("jinja2")
nodes = lazy("jinja2.nodes")
sandbox = lazy("jinja2.sandbox")

MOST_TEMPLATE = 100_000
MOST_TURNS = 100_000
MOST_OUTPUT = 1_000_000
MOST_VALUES = 100_000
_MOST_BITS = 4096
_MOST_DEEP = 30
# What a template may call beside its own macros: methods that make nothing bigger than what they are given.
_METHODS = frozenset(
    "lower upper title capitalize strip lstrip rstrip split rsplit splitlines startswith endswith find rfind index "
    "count isdigit isalpha isalnum isupper islower isnumeric items keys values get removeprefix removesuffix partition "
    "rpartition casefold swapcase".split()
)
_FUNCTIONS = frozenset({"safe_range", "_zipped", "cycle", "changed"})
_OWN = frozenset({"Macro", "LoopContext", "StrictUndefined"})
# Filters that ask for a size, take an attribute by a made-up name, draw by chance or serve web pages only.
_NO_FILTERS = frozenset(
    "attr center format indent wordwrap filesizeformat urlize pprint random xmlattr forceescape striptags".split()
)
_LOADS = ("Include", "Import", "FromImport", "Extends")
_MOST_ARGUMENT = {"batch": 1000, "slice": 1000, "tojson": 8, "round": 20}
_LAZY_TYPES: tuple[Any, ...] = (
    GeneratorType,
    range,
    zip,
    map,
    filter,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)

Filters = Mapping[str, Callable[..., Any]]


class Sandboxed:
    """A template made ready: no loader, no name that begins with an underscore, no call but of plain methods.

    It may take 100,000 turns of loops and calls and give one million characters; a name without a value is an error.
    `filters` are more filters that it may use. Raises UserError for what is no template or wants more.
    """

    def __init__(self, template: str, filters: Filters | None = None) -> None:
        if len(template) > MOST_TEMPLATE:
            raise UserError(f"the template has {len(template):,} characters, over {MOST_TEMPLATE:,}; shorten it")
        self._room = _room(filters or {})
        self._ready = _plainly(lambda: self._room.from_string(_bounded(self._room.parse(template))))

    def render(self, values: Mapping[str, Any]) -> str:
        """The template filled with plain values: texts, numbers, lists, mappings. Raises UserError."""
        self._room.turns = 0
        return str(_plainly(lambda: _within(self._ready.generate(_measured(self._room, dict(values))))))


def render(template: str, values: Mapping[str, Any]) -> str:
    """A stranger's template filled with plain values, in the bounds of Sandboxed. Raises UserError."""
    return Sandboxed(template).render(values)


class _TooMuch(Exception):
    """The template asked for more than its bounds; the message goes on from `the template`."""


def _plainly(work: Callable[[], Any]) -> Any:
    """What the work gives; what goes wrong in it as a sentence."""
    try:
        return work()
    except _TooMuch as error:
        raise UserError(f"the template {error}; a prompt needs no such thing: mend it or leave it out") from None
    except jinja2.TemplateSyntaxError as error:
        raise UserError(f"the template's line {error.lineno} is not Jinja: {error.message}; mend it") from None
    except sandbox.SecurityError as error:
        raise UserError(f"the template reaches for what is not its own: {error}; leave it out") from None
    except jinja2.UndefinedError as error:
        raise UserError(f"the template asks for a value that is not there: {error.message}") from None
    except (RecursionError, MemoryError):
        raise UserError("the template is nested, or calls itself, without end; leave it out") from None
    except (jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"the template cannot be filled with these values: {error}; mend one or the other") from None


def _room(filters: Filters) -> Any:
    """Jinja's immutable sandbox with budgets. Its class is made here, where Jinja is surely there."""
    checks = {
        "intercepted_binops": frozenset(["+", "*", "**", "%"]),
        "concat": staticmethod(_within),
        "is_safe_attribute": lambda _, __, name, ___: not name.startswith("_") and name not in ("format", "format_map"),
        "call_binop": _binop,
        "call": _call,
    }
    room = type("Room", (sandbox.ImmutableSandboxedEnvironment,), checks)(
        undefined=jinja2.StrictUndefined, optimized=False, cache_size=0
    )
    room.turns = 0
    room.finalize = partial(_measured, room)
    room.globals = {"range": room.globals["range"], "namespace": room.globals["namespace"], "zip": _zipped}
    allowed = {name: one for name, one in room.filters.items() if name not in _NO_FILTERS} | dict(filters)
    room.filters = {name: _watched(room, name, one) for name, one in allowed.items()}
    # Names that no template can write.
    room.filters |= {"each turn": partial(_counted, room), "own value": partial(_measured, room)}
    return room


def _bounded(node: Any) -> Any:
    """The tree with loops that count, lists that are measured, and `~` as the `+` that the sandbox watches."""
    kind = type(node).__name__
    if kind in _LOADS:
        raise _TooMuch(f"loads another template in line {node.lineno}")
    for field, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, field, [_bounded(one) if isinstance(one, nodes.Node) else one for one in value])
        elif isinstance(value, nodes.Node):
            setattr(node, field, _bounded(value))
    if kind == "For":
        if node.recursive:
            raise _TooMuch(f"has a loop that calls itself in line {node.lineno}")
        node.iter = _filtered(node.iter, "each turn")
    if kind == "Concat":
        texts = [_filtered(one, "string") for one in node.nodes]
        return reduce(lambda left, right: nodes.Add(left, right, lineno=node.lineno), texts)
    measured = kind in ("List", "Dict") or (kind == "Tuple" and node.ctx == "load")
    return _filtered(node, "own value") if measured else node


def _filtered(node: Any, name: str) -> Any:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _counted(room: Any, items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _turn(room)
        yield item


def _turn(room: Any, turns: int = 1) -> None:
    room.turns += turns
    if room.turns > MOST_TURNS:
        raise _TooMuch(f"takes over {MOST_TURNS:,} turns of loops and calls")


def _within(pieces: Iterable[str]) -> str:
    """The pieces as one text, as long as it stays within bounds."""
    kept, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > MOST_OUTPUT:
            raise _TooMuch(f"gives over {MOST_OUTPUT:,} characters")
        kept.append(piece)
    return "".join(kept)


def _measured(room: Any, value: Any) -> Any:
    """The value, when it is plain and of a size that can be written out."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    size = seen = 0
    while waiting:
        one, depth = waiting.pop()
        seen += 1
        size += len(one) if isinstance(one, str) else one.bit_length() // 3 if isinstance(one, int) else 1
        if size > MOST_OUTPUT * 4 or seen > MOST_VALUES or depth > _MOST_DEEP:
            raise _TooMuch(f"holds over {MOST_VALUES:,} values, or deeper ones than {_MOST_DEEP} levels")
        if isinstance(one, Mapping):
            waiting += [(part, depth + 1) for pair in one.items() for part in pair]
        elif isinstance(one, list | tuple):
            waiting += [(part, depth + 1) for part in one]
        elif isinstance(one, jinja2.Undefined):
            _ = str(one) if depth else ""
        elif not isinstance(one, str | int | float | None) and (depth or not isinstance(one, _LAZY_TYPES)):
            raise _TooMuch(f"writes out or hands on a {type(one).__name__}, which is no plain value")
    _turn(room, seen // 20)
    return value


def _watched(room: Any, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that takes and gives values in bounds only."""
    passes = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def watched(*given: Any, **named: Any) -> Any:
        values = [_measured(room, one) for one in [*given[passes:], *named.values()]]
        most = _MOST_ARGUMENT.get(name)
        if most and any(isinstance(one, int) and abs(one) > most for one in values[1:]):
            raise _TooMuch(f"asks the filter {name} for a size over {most:,}")
        if name in ("replace", "join"):
            lengths = [len(one) for one in values if hasattr(one, "__len__")]
            if lengths and lengths[0] * max(lengths[1:], default=0) > MOST_OUTPUT * 4:
                raise _TooMuch(f"asks the filter {name} for a text over {MOST_OUTPUT:,} characters")
        return _measured(room, function(*given, **named))

    return watched


def _binop(room: Any, _: Any, operator: str, left: Any, right: Any) -> Any:
    if operator == "%" and isinstance(left, str):
        raise _TooMuch("formats with %")
    sizes = [len(one) for one in (left, right) if isinstance(one, str | list | tuple)]
    numbers = [abs(one) for one in (left, right) if isinstance(one, int)]
    length = sum(sizes) if operator == "+" else sum(sizes) * max(numbers, default=1) if operator == "*" else 0
    if length > MOST_OUTPUT:
        raise _TooMuch(f"makes a value of over {MOST_OUTPUT:,} characters")
    bits = [number.bit_length() for number in numbers]
    wanted = sum(bits) if operator == "*" else bits[0] * numbers[1] if operator == "**" and len(bits) == 2 else 0
    if wanted > _MOST_BITS:
        raise _TooMuch("makes a number too long to write")
    return room.binop_table[operator](left, right)


def _call(room: Any, context: Any, called: Any, *given: Any, **named: Any) -> Any:
    """A call that counts, of the few things that may be called."""
    _turn(room)
    name = type(called).__name__ if type(called).__name__ in _OWN else str(getattr(called, "__name__", ""))
    owner = getattr(called, "__self__", None)
    plain = isinstance(owner, str | list | tuple | dict) and name in _METHODS
    if not (plain or name in _OWN or (name in _FUNCTIONS and callable(called)) or called is room.globals["namespace"]):
        raise _TooMuch(f"calls “{name or type(called).__name__}”, which it may not")
    return context.call(called, *given, **named)


def _zipped(*lists: Iterable[Any]) -> list[tuple[Any, ...]]:
    return list(zip(*lists, strict=False))
