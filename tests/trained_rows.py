"""Rows that the tests of trainers' layouts write: exchanges, longer talks, tools, preferences."""

from typing import Any


def turn(role: str, content: str, **more: Any) -> dict[str, Any]:
    """One turn."""
    return {"role": role, "content": content, **more}


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "level",
            "description": "The level of a river.",
            "parameters": {"type": "object", "properties": {"river": {"type": "string"}}},
        },
    },
    {
        "type": "function",
        "function": {
            "name": "open_gate",
            "parameters": {"type": "object", "properties": {"gate": {"type": "integer"}}},
        },
    },
]


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """One call of a tool."""
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


EXCHANGE = {"messages": [turn("user", "What turns a mill?"), turn("assistant", "Water.")], "id": "a"}
TALK = {
    "messages": [
        turn("system", "You are a miller."),
        turn("user", "Is the mill open?"),
        turn("assistant", "Until six."),
        turn("user", "And on Sunday?"),
        turn("assistant", "Closed."),
    ],
    "id": "b",
}
CALLING = {
    "messages": [
        turn("user", "How high is the Lune?"),
        turn("assistant", "", tool_calls=[call("level", river="Lune")]),
        turn("tool", '{"level": 2}'),
        turn("assistant", "Two metres."),
    ],
    "tools": TOOLS,
    "id": "c",
}
GATE = {
    "messages": [
        turn("user", "Open gate 3."),
        turn("assistant", "", tool_calls=[call("gate", gate=3)]),
        turn("tool", "done"),
        turn("assistant", "Open."),
    ],
    "tools": TOOLS,
    "id": "d",
}
ANSWERS = [EXCHANGE, TALK, CALLING, GATE]
PREFERENCES = [
    {
        "prompt": [turn("user", "What turns a mill?")],
        "chosen": [turn("assistant", "Water.")],
        "rejected": [turn("assistant", "Coal.")],
        "id": "e",
    },
    {
        "prompt": [*TALK["messages"][:4]],
        "chosen": [turn("assistant", "Closed.")],
        "rejected": [turn("assistant", "Who knows?")],
        "id": "f",
    },
]
JUDGED = [
    {"prompt": one["prompt"], "completion": one[side], "label": side == "chosen", "id": f"{one['id']}-{side}"}
    for one in PREFERENCES
    for side in ("chosen", "rejected")
]
