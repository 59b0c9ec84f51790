"""The rules of a conversation that a trainer can use: who speaks after whom, and what a turn holds.

A turn is `{role, content}`; the assistant's may have `tool_calls` and a `weight`, a tool's says which call it answers.
Sources: TRL's conversational format and OpenAI's fine-tuning rules, of which this is the part that every chat
template accepts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gristmill.errors import UserError, nearest
from gristmill.files import json_value, kind, only, string
from gristmill.rows import Turn, turns

_ROLES: Mapping[str, tuple[str, ...]] = {
    "system": (),
    "user": ("name",),
    "assistant": ("tool_calls", "weight", "name", "reasoning_content", "thinking"),
    "tool": ("tool_call_id", "name"),
}


def conversation(row: Mapping[str, Any], where: str) -> list[Turn]:
    """The row as a conversation that keeps the rules. Raises UserError."""
    return checked(turns(row, where), where)


def checked(found: Any, where: str) -> list[Turn]:
    """The turns, each without its empty keys, when they keep the rules; UserError says which turn breaks which.

    An optional system turn, then user and assistant in alternation, the assistant last; after an assistant's calls
    come the tools' answers. Every turn says something, but for one that calls a tool and for a tool's.
    """
    if not isinstance(found, list) or not found:
        raise UserError(f"{where}: the turns are {kind(found)}, not a list with at least two turns.")
    listed = [_turn(turn, f"{where}, turn {number}") for number, turn in enumerate(found, 1)]
    expected: tuple[str, ...] = ("user",)
    for number, turn in enumerate(listed, 1):
        role = turn["role"]
        if role == "system" and number == 1:
            continue
        if role not in expected:
            raise UserError(
                f"{where}, turn {number} is {role}'s, where {expected[0]}'s belongs: "
                "user and assistant must alternate, and a tool speaks when it was called."
            )
        expected = _after(turn)
    if listed[-1]["role"] != "assistant":
        raise UserError(f"{where} ends with {listed[-1]['role']}'s turn: the last one must be the assistant's answer.")
    return listed


def spoken(found: Sequence[Turn], where: str, layout: str) -> list[Turn]:
    """The turns themselves, when a layout of plain texts can hold them. Raises UserError for tools and weights."""
    for number, turn in enumerate(found, 1):
        more = [key for key in turn if key not in ("role", "content")]
        if more or turn["role"] == "tool":
            told = f'"{more[0]}"' if more else "a tool's turn"
            raise UserError(f"{where}, turn {number} has {told}, for which {layout} has no place: write chat instead.")
    return list(found)


def identity(record: Mapping[str, Any], where: str) -> dict[str, str]:
    """`{"id": …}` when the record has one."""
    if record.get("id") is None:
        return {}
    if isinstance(record["id"], bool) or not isinstance(record["id"], str | int):
        raise UserError(f'{where}: "id" is {kind(record["id"])}, not a text or a whole number.')
    return {"id": str(record["id"])}


def tools(record: Mapping[str, Any], where: str) -> dict[str, list[Any]]:
    """`{"tools": [...]}` when the record has tools, as a list of schemas or as the JSON text of one."""
    found = record.get("tools")
    if found is None or found == "":
        return {}
    if isinstance(found, str):
        found = json_value(found.encode("utf-8", "surrogatepass"), f'{where}: "tools"')
    if not isinstance(found, list) or not all(isinstance(tool, dict) for tool in found):
        raise UserError(f'{where}: "tools" is {kind(found)}, not a list of objects.')
    return {"tools": found}


def calls(found: Any, where: str) -> list[dict[str, Any]]:
    """The calls of a turn, each `{function: {name, arguments}}` with an `id` and a `type` where given."""
    if not isinstance(found, list):
        raise UserError(f'{where}: "tool_calls" is {kind(found)}, not a list.')
    return [_call(call, f"{where}, call {number}") for number, call in enumerate(found, 1)]


def _call(call: Any, where: str) -> dict[str, Any]:
    if isinstance(call, dict):
        call = {key: value for key, value in call.items() if value is not None}
    only(call, ("function",), ("id", "type"), where)
    asked = only(call["function"], ("name", "arguments"), (), where)
    string(asked, "name", where)
    if not isinstance(asked["arguments"], dict | str):
        raise UserError(f'{where}: "arguments" is {kind(asked["arguments"])}, not an object or its JSON text.')
    return dict(call)


def _after(turn: Turn) -> tuple[str, ...]:
    if turn["role"] == "assistant":
        return ("tool",) if turn.get("tool_calls") else ("user",)
    return ("assistant", "tool") if turn["role"] == "tool" else ("assistant",)


def _turn(turn: Any, where: str) -> Turn:
    if isinstance(turn, dict):
        turn = {key: value for key, value in turn.items() if value is not None and (key != "tool_calls" or value)}
        turn = {"content": "" if "tool_calls" in turn else None, **turn}
    role = _role(turn, where)
    only(turn, ("role", "content"), _ROLES[role], where)
    if not string(turn, "content", where).strip() and role != "tool" and "tool_calls" not in turn:
        raise UserError(f"{where} ({role}) is empty: a trainer would learn to say nothing.")
    if "weight" in turn and (isinstance(turn["weight"], bool) or turn["weight"] not in (0, 1)):
        raise UserError(f'{where}: "weight" is {turn["weight"]!r}; it must be 0 (not learnt from) or 1.')
    called = {"tool_calls": calls(turn["tool_calls"], where)} if "tool_calls" in turn else {}
    return {"role": role, "content": turn["content"], **turn, **called}


def _role(turn: Any, where: str) -> str:
    allowed = ("content", *(key for keys in _ROLES.values() for key in keys))
    role = string(only(turn, ("role",), allowed, where), "role", where)
    if role not in _ROLES:
        raise UserError(f'{where} has the role "{role}": {nearest(role, _ROLES)}')
    return role
