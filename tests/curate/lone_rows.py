"""A small task and rows of it, for the checks that judge each row alone."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gristmill.contracts import RowCheck, Task
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

NORMANS = (
    "The Normans were the people who in the 10th and 11th centuries gave their name to Normandy, a region in France. "
    'They were descended from Norse ("Norman" comes from "Norseman") raiders and pirates from Denmark, Iceland and '
    "Norway who, under their leader Rollo, agreed to swear fealty to King Charles III of West Francia. "
    "The treaty was not signed before 911."
)


class Asked(Task):
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


TASK = Asked()


def row(
    question: str, answer: Any = "", context: str = NORMANS, kind: OriginKind = "synthetic", **more: Any
) -> Example:
    origin = Origin(kind=kind, made=Made(by="test", fingerprint="0"), parents=())
    fields = {"question": question, "answer": answer, "context": context, **more}
    return Example(task="asked", fields=fields, origin=origin)


def judged(check: RowCheck, *given: Any, **more: Any) -> Verdict:
    return check.judge(row(*given, **more), TASK)


def code(check: RowCheck, *given: Any, **more: Any) -> str:
    verdict = judged(check, *given, **more)
    return f"{verdict.outcome} {verdict.code}"


def made_up(first: int, last: int) -> list[str]:
    """Words of small letters that mean nothing, each other than all the rest, by number."""
    return [f"{'bdfghk'[n // 36]}{'aeiouy'[n // 6 % 6]}{'klmnpr'[n % 6]}o" for n in range(first, last)]
