"""A prompt and its completion, one pair a line: trainers learn from the completion only."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Format, Task
from gristmill.errors import UserError
from gristmill.formats._files import count, kind, only, read_lines, string, write_lines
from gristmill.formats._turns import checked, identity, question_answer, turns_of
from gristmill.records import Example

# Trainers join prompt and completion without a space. Two newlines part them and, unlike a space,
# never merge with the completion's first word into one token.
_GAP = "\n\n"
Style = Literal["conversational", "standard"]


class PromptCompletion(Format):
    """JSON lines `{"prompt", "completion", "id"}`: TRL's prompt-completion type, as turns or as plain texts."""

    suffix: ClassVar[str] = ".jsonl"
    style: Style = Field(
        "conversational",
        description="conversational: lists of turns, for a model with a chat template; standard: plain texts, for a "
        "base model (system and user turns joined by an empty line)",
    )

    def write(self, examples: Sequence[Example], task: Task, path: Path) -> None:
        """Write each example in this style. Raises UserError for turns that no trainer accepts."""
        write_lines(path, (_record(example, task, path, self.style) for example in examples))

    def read(self, path: Path) -> Iterator[Mapping[str, Any]]:
        """Yield `question`, `answer`, and `id` and `system` where given, from either style. Raises UserError.

        The question is the whole prompt, so a passage that was put into it stays there.
        """
        for where, record in _records(path):
            yield {**identity(record, where), **_row(record, where)}

    def verify(self, path: Path) -> int:
        """Count the pairs that keep the rules, all of this style. Raises UserError."""
        return count(path, _of_style(path, self.style))


def _record(example: Example, task: Task, path: Path, style: Style) -> dict[str, Any]:
    where = f'{path}: example "{example.id}"'
    turns = checked(turns_of(task.messages(example)), where)
    if style == "conversational":
        return {"prompt": turns[:-1], "completion": turns[-1:], "id": example.id}
    if any(turn["role"] == "assistant" for turn in turns[:-1]):
        raise UserError(
            f"{where} has {len(turns)} turns, and plain texts cannot say whose each is: "
            'use prompt_completion with style "conversational".'
        )
    prompt = _GAP.join(turn["content"] for turn in turns[:-1]) + _GAP
    return {"prompt": prompt, "completion": turns[-1]["content"], "id": example.id}


def _row(record: Mapping[str, Any], where: str) -> dict[str, str]:
    if _style(record) == "conversational":
        return question_answer([*record["prompt"], *record["completion"]], where)
    return {"question": record["prompt"].removesuffix(_GAP), "answer": record["completion"]}


def _style(record: Mapping[str, Any]) -> Style:
    return "standard" if isinstance(record["prompt"], str) else "conversational"


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, record in read_lines(path):
        only(record, ("prompt", "completion"), ("id",), where)
        identity(record, where)
        if _style(record) == "standard":
            _check_texts(record, where)
        else:
            _check_turns(record, where)
        yield where, record


def _check_texts(record: Mapping[str, Any], where: str) -> None:
    for key in ("prompt", "completion"):
        if not string(record, key, where).strip():
            raise UserError(f'{where}: "{key}" is empty: a trainer would learn nothing from it.')


def _check_turns(record: Mapping[str, Any], where: str) -> None:
    for key in ("prompt", "completion"):
        if not isinstance(record[key], list) or not record[key]:
            raise UserError(f'{where}: "{key}" is {kind(record[key])}, not a list with at least one turn.')
    if len(record["completion"]) > 1:
        raise UserError(f"{where} has {len(record['completion'])} turns to complete: it must be the assistant's one.")
    checked([*record["prompt"], *record["completion"]], where)


def _of_style(path: Path, style: Style) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, record in _records(path):
        if _style(record) != style:
            raise UserError(
                f"{where} is {_style(record)}, the file should be {style}: trainers refuse a mix. "
                "Export the file anew, or set the field style to what it is."
            )
        yield where, record
