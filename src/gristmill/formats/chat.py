"""Conversations as `messages` of roles and contents, tools among them: most trainers' form."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.errors import UserError
from gristmill.files import kind
from gristmill.formats._keyed import Keyed
from gristmill.formats._turns import checked, conversation, identity, tools


class Chat(Keyed):
    """Records `{"messages": [{"role", "content"}, …]}` with `tools` and `id`: TRL's conversations and OpenAI's.

    Roles are system, user, assistant and tool. The assistant's turn may have `tool_calls` and OpenAI's `weight`.
    """

    keys: ClassVar[tuple[str, ...]] = ("messages",)
    more: ClassVar[tuple[str, ...]] = ("tools", "parallel_tool_calls", "id")
    suffix: ClassVar[str] = ".jsonl"

    def row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The turns, of any number, and what tools they may call."""
        return {"messages": checked(record["messages"], where), **_beside(record, where)}

    def record(self, row: Row, where: str) -> dict[str, Any]:
        """The row's turns, whatever its columns are."""
        return {"messages": conversation(row, where), **_beside(row, where)}


def _beside(record: Mapping[str, Any], where: str) -> dict[str, Any]:
    parallel = record.get("parallel_tool_calls")
    if parallel is None:
        return {**tools(record, where), **identity(record, where)}
    if not isinstance(parallel, bool):
        raise UserError(f'{where}: "parallel_tool_calls" is {kind(parallel)}, not true or false.')
    return {**tools(record, where), "parallel_tool_calls": parallel, **identity(record, where)}
