"""A small task and rows of it, for the checks that judge rows against each other."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from gristmill.contracts import TableCheck, Task, TextCheck
from gristmill.records import (
    Draft,
    Example,
    Failure,
    Made,
    Message,
    Origin,
    OriginKind,
    Pair,
    Passage,
    Prompt,
    Reply,
    Verdict,
)
from gristmill.stations._columns import judged_texts


class Asking(Task):
    columns: ClassVar[Mapping[str, str]] = {"question": "string", "answer": "string", "context": "string"}
    identifies: ClassVar[tuple[str, ...]] = ("question",)
    answers: ClassVar[str] = "answer"
    context_column: ClassVar[str] = "context"
    formats: ClassVar[tuple[str, ...]] = ()

    def prompt(self, passage: Passage, wanted: int, ordinal: int) -> Prompt:
        raise AssertionError

    def parse(self, reply: Reply, passage: Passage, wanted: int) -> list[Draft | Failure]:
        raise AssertionError

    def adopt(self, pair: Pair) -> Draft | Failure:
        raise AssertionError

    def accept(self, row: Mapping[str, Any]) -> Draft | Failure:
        raise AssertionError

    def messages(self, example: Example) -> tuple[Message, ...]:
        raise AssertionError

    def grade(self, example: Example, answer: str) -> Mapping[str, float]:
        raise AssertionError


class Bare(Asking):
    context_column: ClassVar[str] = ""


def row(
    question: str, answer: str = "", context: str = "", kind: OriginKind = "human", family: str = "", place: str = ""
) -> Example:
    origin = Origin(kind=kind, made=Made(by="test", fingerprint="0"), parents=(place,))
    fields = {"question": question, "answer": answer, "context": context}
    return Example(task="asking", fields=fields, origin=origin, family=family)


def judged(check: TableCheck | TextCheck, examples: Sequence[Example], task: Task | None = None) -> dict[str, Verdict]:
    asked = task or Asking()
    texts = isinstance(check, TextCheck)
    verdicts = list(judged_texts(check, "it", examples, asked) if texts else check.verdicts(examples, asked))
    found = {verdict.example_id: verdict for verdict in verdicts}
    assert len(verdicts) == len(examples) and set(found) == {example.id for example in examples}
    return found


def outcomes(check: TableCheck | TextCheck, *examples: Example) -> list[str]:
    found = judged(check, examples)
    return [found[example.id].outcome for example in examples]


def word(number: int) -> str:
    """A word without digits for each number."""
    return "w" + "".join(chr(ord("a") + int(digit)) for digit in str(number))
