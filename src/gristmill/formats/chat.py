"""Conversations, one a line, as `messages` of roles and contents: most trainers' form."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Format, Task
from gristmill.formats._files import count, only, read_lines, write_lines
from gristmill.formats._turns import checked, identity, question_answer, turns_of
from gristmill.records import Example


class Chat(Format):
    """JSON lines `{"messages": [{"role", "content"}, …], "id"}`: TRL's conversational language modelling."""

    suffix: ClassVar[str] = ".jsonl"

    def write(self, examples: Sequence[Example], task: Task, path: Path) -> None:
        """Write each example's messages and id. Raises UserError for turns that no trainer accepts."""
        write_lines(path, (_record(example, task, path) for example in examples))

    def read(self, path: Path) -> Iterator[Mapping[str, Any]]:
        """Yield `question`, `answer`, and `id` and `system` where given. Raises UserError.

        The question is the whole user turn, so a passage that was put into it stays there.
        """
        for where, record in _records(path):
            yield {**identity(record, where), **question_answer(record["messages"], where)}

    def verify(self, path: Path) -> int:
        """Count the conversations, of any length, that keep the rules. Raises UserError for one that does not."""
        return count(path, _records(path))


def _record(example: Example, task: Task, path: Path) -> dict[str, Any]:
    turns = checked(turns_of(task.messages(example)), f'{path}: example "{example.id}"')
    return {"messages": turns, "id": example.id}


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, record in read_lines(path):
        only(record, ("messages",), ("id",), where)
        checked(record["messages"], where)
        identity(record, where)
        yield where, record
