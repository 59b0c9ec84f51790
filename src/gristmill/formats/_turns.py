"""The rules of a conversation that a trainer can use, and its question and answer."""

from collections.abc import Iterable, Mapping
from typing import Any

from gristmill.errors import UserError, nearest
from gristmill.formats._files import kind, only, string
from gristmill.records import Message

_ROLES = ("system", "user", "assistant")


def turns_of(messages: Iterable[Message]) -> list[dict[str, str]]:
    """Messages as the plain objects that files hold."""
    return [{"role": message.role, "content": message.content} for message in messages]


def checked(turns: Any, where: str) -> list[dict[str, str]]:
    """The turns themselves, when they keep the rules; UserError says which turn breaks which.

    An optional system turn, then user and assistant in alternation, the assistant last; each turn is
    `{"role", "content"}` and says something. Source: TRL's conversational format and OpenAI's
    fine-tuning rules, of which this is the part that every chat template accepts.
    """
    if not isinstance(turns, list) or not turns:
        raise UserError(f"{where}: the turns are {kind(turns)}, not a list with at least two turns.")
    expected = "user"
    for number, turn in enumerate(turns, 1):
        spot = f"{where}, turn {number}"
        role = _role(turn, spot)
        if role == "system" and number == 1:
            continue
        if role != expected:
            raise UserError(f"{spot} is {role}'s, where {expected}'s belongs: user and assistant must alternate.")
        expected = "assistant" if role == "user" else "user"
    if turns[-1]["role"] != "assistant":
        raise UserError(f"{where} ends with {turns[-1]['role']}'s turn: the last one must be the assistant's answer.")
    return turns


def question_answer(turns: list[dict[str, str]], where: str) -> dict[str, str]:
    """The row of a single exchange: `question`, `answer`, and `system` when there is one.

    Raises UserError for a longer conversation, whose earlier turns a row could not keep.
    """
    first = 1 if turns[0]["role"] == "system" else 0
    if len(turns) - first > 2:
        raise UserError(
            f"{where} has {len(turns) - first} turns; a row holds one question and one answer. "
            "Keep the longer conversations in a file of their own and leave that one out."
        )
    row = {"question": turns[-2]["content"], "answer": turns[-1]["content"]}
    return {"system": turns[0]["content"], **row} if first else row


def identity(record: Mapping[str, Any], where: str) -> dict[str, str]:
    """`{"id": …}` when the record has one."""
    if "id" not in record:
        return {}
    if isinstance(record["id"], bool) or not isinstance(record["id"], str | int):
        raise UserError(f'{where}: "id" is {kind(record["id"])}, not a text or a whole number.')
    return {"id": str(record["id"])}


def _role(turn: Any, where: str) -> str:
    role = string(only(turn, ("role", "content"), (), where), "role", where)
    if role not in _ROLES:
        raise UserError(f'{where} has the role "{role}": {nearest(role, _ROLES)}')
    if not string(turn, "content", where).strip():
        raise UserError(f"{where} ({role}) is empty: a trainer would learn to say nothing.")
    return role
