"""ShareGPT's records and the rows they stand for: conversations of tagged turns, tools among them.

Sources: ShareGPT's dumps (`human`, `gpt`, `system`); LLaMA-Factory's `function_call` (whose value is the JSON of the
call, or of a list of calls), `observation`, and its names for the tags.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gristmill.errors import UserError, nearest
from gristmill.files import json_value, kind, only, string
from gristmill.formats._turns import checked, conversation, identity, tools
from gristmill.rows import Turn

KEYS = ("conversations",)
MORE = ("system", "tools", "id")
_MORE_OF_TURN = ("weight", "name", "tool_call_id", "reasoning_content", "thinking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What a file calls the parts of a turn, by LLaMA-Factory's names for them."""

    role_tag: str = "from"
    content_tag: str = "value"
    user_tag: str = "human"
    assistant_tag: str = "gpt"
    observation_tag: str = "observation"
    function_tag: str = "function_call"
    system_tag: str = "system"

    @property
    def roles(self) -> Mapping[str, str]:
        """What a turn's tag says -> our role, or `call`; the common other names stand beside the file's own."""
        common = {"user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant", "tool": "tool"}
        own = {
            self.user_tag: "user",
            self.assistant_tag: "assistant",
            self.observation_tag: "tool",
            self.function_tag: "call",
            self.system_tag: "system",
        }
        return {**common, "observation": "tool", "function_call": "call", "system": "system", **own}

    def clashes(self) -> list[str]:
        """A sentence for each name that two tags share."""
        names = asdict(self)
        groups = (("role_tag", "content_tag"), tuple(name for name in names if name not in ("role_tag", "content_tag")))
        return [
            f'{name} and {other} are both "{names[name]}": give each its own name'
            for group in groups
            for place, name in enumerate(group)
            for other in group[place + 1 :]
            if names[name] == names[other]
        ]


def sharegpt_row(record: Mapping[str, Any], where: str, tags: Tags) -> dict[str, Any]:
    """The record as `messages`, with `tools` and `id`; its `system` becomes the first turn. Raises UserError."""
    found = record["conversations"]
    if not isinstance(found, list):
        raise UserError(f'{where}: "conversations" is {kind(found)}, not a list of turns.')
    listed = [_turn(turn, f"{where}, turn {number}", tags) for number, turn in enumerate(found, 1)]
    system = record.get("system")
    if system is not None and string(record, "system", where).strip():
        first = {"role": "system", "content": system}
        if listed and listed[0]["role"] == "system" and listed[0] != first:
            raise UserError(f'{where} has a "system" and another system turn: keep one of them.')
        listed = listed if listed[:1] == [first] else [first, *listed]
    return {"messages": checked(listed, where), **tools(record, where), **identity(record, where)}


def sharegpt_record(row: Mapping[str, Any], where: str, tags: Tags) -> dict[str, Any]:
    """The record that holds a row; tools are JSON text, as LLaMA-Factory reads them. Raises UserError."""
    said = [_tagged(turn, f"{where}, turn {number}", tags) for number, turn in enumerate(conversation(row, where), 1)]
    schemas = {name: _text(found) for name, found in tools(row, where).items()}
    return {"conversations": said, **schemas, **identity(row, where)}


def _turn(turn: Any, where: str, tags: Tags) -> Turn:
    if isinstance(turn, dict):
        turn = {key: value for key, value in turn.items() if value is not None}
    only(turn, (tags.role_tag, tags.content_tag), _MORE_OF_TURN, where)
    tag = string(turn, tags.role_tag, where)
    if tag not in tags.roles:
        raise UserError(f'{where} is tagged "{tag}": {nearest(tag, tags.roles)}')
    content = string(turn, tags.content_tag, where)
    more = {key: turn[key] for key in _MORE_OF_TURN if key in turn}
    if tags.roles[tag] == "call":
        return {"role": "assistant", "content": "", "tool_calls": _calls(content, where), **more}
    return {"role": tags.roles[tag], "content": content, **more}


def _tagged(turn: Turn, where: str, tags: Tags) -> dict[str, Any]:
    names = {"system": tags.system_tag, "user": tags.user_tag, "tool": tags.observation_tag}
    tag, content = names.get(turn["role"], tags.assistant_tag), turn["content"]
    if "tool_calls" in turn:
        if content:
            raise UserError(f"{where} speaks and calls a tool at once, which ShareGPT cannot hold: write chat instead.")
        tag, content = tags.function_tag, _call_text(turn["tool_calls"])
    more = {key: turn[key] for key in _MORE_OF_TURN if key in turn}
    return {tags.role_tag: tag, tags.content_tag: content, **more}


def _calls(text: str, where: str) -> list[dict[str, Any]]:
    found = json_value(text.encode("utf-8", "surrogatepass"), f"{where}: the call")
    listed = found if isinstance(found, list) else [found]
    if not listed:
        raise UserError(f"{where} calls no tool: its value is an empty list.")
    for call in listed:
        string(only(call, ("name", "arguments"), ("id",), where), "name", where)
    return [
        {
            **({"id": call["id"]} if "id" in call else {}),
            "type": "function",
            "function": {"name": call["name"], "arguments": _arguments(call["arguments"])},
        }
        for call in listed
    ]


def _call_text(found: list[dict[str, Any]]) -> str:
    listed = [
        {
            "name": call["function"]["name"],
            "arguments": _arguments(call["function"]["arguments"]),
            **({"id": call["id"]} if "id" in call else {}),
        }
        for call in found
    ]
    return _text(listed[0] if len(listed) == 1 else listed)


def _arguments(found: Any) -> Any:
    """A call's arguments as an object: OpenAI writes them as its JSON text, and ShareGPT's readers do not."""
    if not isinstance(found, str):
        return found
    try:
        value = json_value(found.encode(), "the arguments")
    except (UserError, UnicodeEncodeError):
        return found
    return value if isinstance(value, dict) else found


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
