import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gristmill.contracts import Task
from gristmill.records import Draft, Example, Failure, Made, Message, Origin, Pair, Passage, Prompt, Reply, Span


class Plain(Task):
    columns: ClassVar[Mapping[str, str]] = {"question": "string", "answer": "string"}
    identifies: ClassVar[tuple[str, ...]] = ("question",)
    answers: ClassVar[str] = "answer"
    formats: ClassVar[tuple[str, ...]] = ("chat",)

    def prompt(self, passage: Passage, wanted: int, ordinal: int) -> Prompt:
        return Prompt(messages=())

    def parse(self, reply: Reply, passage: Passage, wanted: int) -> list[Draft | Failure]:
        return []

    def adopt(self, pair: Pair) -> Draft | Failure:
        return Failure(state="no", reason="")

    def accept(self, row: Mapping[str, Any]) -> Draft | Failure:
        return Draft(fields=row)

    def messages(self, example: Example) -> tuple[Message, ...]:
        turns = example.fields.get("turns")
        if turns is not None:
            return tuple(Message(role=role, content=content) for role, content in turns)
        question, answer = example["question"], example["answer"]
        return Message(role="user", content=question), Message(role="assistant", content=answer)

    def grade(self, example: Example, answer: str) -> Mapping[str, float]:
        return {}


class Spanned(Plain):
    columns: ClassVar[Mapping[str, str]] = {
        "title": "string",
        "context": "string",
        "question": "string",
        "answers": "list<string>",
        "answer_start": "list<int64>",
        "is_impossible": "bool",
        "plausible_answers": "list<string>",
        "plausible_start": "list<int64>",
    }

    def messages(self, example: Example) -> tuple[Message, ...]:
        said = next(iter(example["answers"]), "unanswerable")
        return Message(role="user", content=example["question"]), Message(role="assistant", content=said)


Examples = Callable[[Sequence[Mapping[str, Any]]], list[Example]]


@pytest.fixture(scope="session")
def plain() -> Task:
    return Plain()


@pytest.fixture(scope="session")
def spanned() -> Task:
    return Spanned()


@pytest.fixture(scope="session")
def examples() -> Examples:
    def build(rows: Sequence[Mapping[str, Any]]) -> list[Example]:
        made = Made(by="tasks/plain", fingerprint="f")
        return [
            Example(
                task="plain",
                fields=dict(row),
                origin=Origin(kind="human", made=made, parents=("p",), ordinal=ordinal),
                licence="CC-BY-4.0",
                group="a.md",
                spans=(Span(document_id="d", start=0, end=ordinal),),
            )
            for ordinal, row in enumerate(rows)
        ]

    return build


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose files every draw of a property may write over."""
    return tmp_path_factory.mktemp("formats")


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    def write(*records: Any, name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        texts = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
        path.write_text("".join(text + "\n" for text in texts), encoding="utf-8", newline="")
        return path

    return write
