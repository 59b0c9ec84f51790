"""Follows a pickle opcode by opcode without loading it: which globals it names, and which it calls."""

import io
import mmap
import pickletools
import warnings
from dataclasses import dataclass, field
from typing import Any

from gristmill.contracts import Bytes

UNKNOWN = "a global whose name is computed"
_MOST_CALLS = 20
_MOST_SHOWN = 60
_STRINGS = frozenset(
    ["STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"]
)
_PUTS = frozenset(["PUT", "BINPUT", "LONG_BINPUT"])
_GETS = frozenset(["GET", "BINGET", "LONG_BINGET"])
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_CALLS = {"REDUCE": 2, "NEWOBJ": 2, "NEWOBJ_EX": 3}
_MARKED = {op.name: pickletools.markobject in op.stack_before for op in pickletools.opcodes}
# How many objects an opcode takes from the stack, below its mark where it has one, and how many it leaves.
_TAKES = {
    op.name: op.stack_before.index(pickletools.markobject) if _MARKED[op.name] else len(op.stack_before)
    for op in pickletools.opcodes
}
_LEAVES = {op.name: len(op.stack_after) for op in pickletools.opcodes}


@dataclass(frozen=True, slots=True)
class Global:
    """A name that a pickle imports."""

    name: str


@dataclass(slots=True)
class Walk:
    """What following the opcodes from `start` to `end` showed; `problem` is why they could not be followed further."""

    start: int
    end: int = 0
    protocol: int = 0
    opcodes: int = 0
    stopped: bool = False
    problem: str = ""
    names: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)


class _Unfit(Exception):
    """The opcodes do not fit each other: an unpickler would stop here."""


def walk(data: Bytes, start: int, most: int, window: int | None = None) -> Walk:
    """Follow at most so many opcodes from a byte on, and read at most `window` bytes."""
    followed = Walk(start, start)
    stack = _Stack(followed)
    shift, back = 0, 0
    file: Any = data
    if window is not None:
        file, shift = io.BytesIO(data[start : start + window]), start
    elif isinstance(data, mmap.mmap):
        back = data.tell()
    else:
        file = io.BytesIO(data)
    file.seek(start - shift)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _follow(file, shift, stack, followed, most)
    except (ValueError, _Unfit, UnicodeError, OverflowError, MemoryError, IndexError) as error:
        said = " ".join(str(error).split())[:80]
        followed.problem = f"its opcodes cannot be followed beyond byte {followed.end:,} ({said})"
    finally:
        if isinstance(file, mmap.mmap):
            file.seek(back)
    return followed


def _follow(file: Any, shift: int, stack: "_Stack", followed: Walk, most: int) -> None:
    for op, argument, place in pickletools.genops(file):
        stack.step(op.name, argument, (place or 0) + shift)
        followed.opcodes += 1
        followed.end = file.tell() + shift
        if followed.opcodes >= most:
            followed.problem = f"only the first {most:,} opcodes were followed"
            return
    followed.stopped = True


class _Stack:
    """An unpickler's stack and memo that hold texts, tuples and globals; all else is None."""

    def __init__(self, followed: Walk) -> None:
        self._walk = followed
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any, place: int) -> None:
        """Do what the opcode does, as far as it matters here."""
        if name in _STRINGS:
            self._stack.append(argument)
        elif name == "MARK":
            self._marks.append(len(self._stack))
        elif name == "POP" and self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        elif name in _PUTS or name == "MEMOIZE":
            self._memo[len(self._memo) if name == "MEMOIZE" else int(argument)] = self._top()
        elif name in _GETS:
            self._stack.append(self._memo.get(int(argument)))
        elif name == "DUP":
            self._stack.append(self._top())
        elif name == "PROTO":
            self._walk.protocol = int(argument)
        else:
            self._change(name, argument, place)

    def _change(self, name: str, argument: Any, place: int) -> None:
        held = self._to_mark() if _MARKED[name] else []
        taken = self._take(_TAKES[name])
        if name in ("GLOBAL", "INST"):
            # `genops` joins module and name by a space, which neither can hold.
            found = self._import(str(argument).replace(" ", ".", 1), place)
            self._stack.append(self._made(found, tuple(held)) if name == "INST" else found)
        elif name == "STACK_GLOBAL":
            known = all(isinstance(one, str) and one for one in taken)
            self._stack.append(self._import(".".join(taken) if known else UNKNOWN, place))
        elif name in ("EXT1", "EXT2", "EXT4"):
            self._stack.append(self._import(f"extension {argument}", place))
        elif name in _CALLS:
            self._stack.append(self._made(taken[0], taken[1]))
        elif name == "OBJ":
            if not held:
                raise _Unfit("no class to build")
            self._stack.append(self._made(held[0], tuple(held[1:])))
        elif name in _TUPLES or name == "TUPLE":
            self._stack.append(tuple(held or taken))
        else:
            self._stack += [None] * _LEAVES[name]

    def _import(self, name: str, place: int) -> Global:
        self._walk.names.setdefault(name, place)
        return Global(name)

    def _made(self, function: Any, arguments: Any) -> Any:
        """What a call leaves on the stack, which is not known; the call is noted."""
        if isinstance(function, Global):
            self._walk.called.add(function.name)
            if len(self._walk.calls) < _MOST_CALLS:
                given = arguments if isinstance(arguments, tuple) else ()
                told = ", ".join(_shown(one) for one in given[:3])
                self._walk.calls.append(f"{function.name}({told})")
        return None

    def _top(self) -> Any:
        if not self._stack or (self._marks and self._marks[-1] == len(self._stack)):
            raise _Unfit("the stack is empty")
        return self._stack[-1]

    def _take(self, count: int) -> list[Any]:
        floor = self._marks[-1] if self._marks else 0
        if len(self._stack) - count < floor:
            raise _Unfit("the stack is empty")
        taken = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return taken

    def _to_mark(self) -> list[Any]:
        if not self._marks:
            raise _Unfit("no mark on the stack")
        mark = self._marks.pop()
        held = self._stack[mark:]
        del self._stack[mark:]
        return held


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(value[:_MOST_SHOWN])
    return value.name if isinstance(value, Global) else "…"
