"""MuSiQue: questions of two to four hops, each with the single questions it is made of."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.errors import UserError
from gristmill.files import count, kind, only, string
from gristmill.formats._multihop import NO_GOLD, astray
from gristmill.formats._published import (
    Fault,
    Published,
    Record,
    given,
    identity,
    listed,
    text_or_none,
    texts,
    whole,
    words,
)


class Musique(Published):
    """MuSiQue's JSON lines, Ans and Full.

    A row is `id, question, answer, answer_aliases, answerable, paragraphs` with one text and `supporting` each,
    `supporting_facts, decomposition` (the single questions; `#1` stands for the answer to the first) and `steps`, for
    each of them `{id, answer, paragraph}`, the paragraph by its place from 0. Paragraphs are numbered by place; titles
    may repeat. In MuSiQue-Full each question comes twice under one id: answerable, and a twin without one of its
    paragraphs, which keeps the answer. Told of a source: such twins, rows without gold, references to later steps.
    Licence: CC BY 4.0. Source: the README and the evaluation script of StonyBrookNLP/musique.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "paragraphs")
    keys: ClassVar[tuple[str, ...]] = ("id", "paragraphs", "question", "question_decomposition", "answer", "answerable")
    suffix: ClassVar[str] = ".jsonl"
    needed: ClassVar[tuple[str, ...]] = ("id", "paragraphs", "question")
    more: ClassVar[tuple[str, ...]] = ("question_decomposition", "answer", "answer_aliases", "answerable")
    holds: ClassVar[tuple[str, ...]] = ("answer_aliases", "answerable", "supporting_facts", "decomposition", "steps")
    faults: ClassVar[Mapping[str, Fault]] = {
        "no_gold": NO_GOLD,
        "unanswerable": Fault(
            "warning",
            "{count} of {rows} rows are marked not answerable and still hold the answer of their answerable twin",
            "Train on them only as questions to decline, or leave them out.",
        ),
        "astray": Fault(
            "warning", "{count} steps refer to a step that does not come before them", "Leave such rows out."
        ),
    }

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of a record. Raises UserError."""
        held, places = _paragraphs(record, where)
        steps = [
            only(step, ("id", "question", "answer", "paragraph_support_idx"), (), f"{where}: question_decomposition")
            for step in listed(record, "question_decomposition", where)
        ]
        return {
            **identity(record, ("id",), where),
            "question": words(record, "question", where),
            "answer": text_or_none(record, "answer", where),
            "answer_aliases": texts(record, "answer_aliases", where),
            "answerable": _truth(record, "answerable", where),
            "paragraphs": held,
            "supporting_facts": [{"title": part["title"], "sentence": 0} for part in held if part["supporting"]],
            "decomposition": [string(step, "question", where) for step in steps],
            "steps": [_step(step, places, where) for step in steps],
        }

    def record(self, row: Row, where: str) -> Record:
        """The record of a row. Raises UserError for paragraphs of several sentences and for unequal steps."""
        asked, steps = list(row.get("decomposition") or []), list(row.get("steps") or [])
        if len(asked) != len(steps):
            raise UserError(f"{where} has {len(asked)} questions in its decomposition and {len(steps)} steps.")
        gold = row["answer"] is not None
        return given(
            {
                "id": row.get("id"),
                "paragraphs": [_paragraph(part, at, where) for at, part in enumerate(row["paragraphs"])],
                "question": row["question"],
                "question_decomposition": [_asked(*pair) for pair in zip(asked, steps, strict=True)] if gold else None,
                "answer": row["answer"],
                "answer_aliases": list(row.get("answer_aliases") or []) if gold else None,
                "answerable": row.get("answerable"),
            }
        )

    def flaws(self, row: Row) -> Iterator[tuple[str, str]]:
        """Rows without gold, twins that cannot be answered, references that lead nowhere."""
        if row["answer"] is None:
            yield "no_gold", row["question"]
        elif row["answerable"] is False:
            yield "unanswerable", row["question"]
        yield from astray(row["decomposition"])

    def verify(self, path: Path) -> int:
        """Count the rows; only an answerable question and its twin may share an id. Raises UserError."""
        named = ((where, f"{row['id']}, answerable: {row['answerable']}") for where, row in self.sound(path))
        return count(path, ((where, {"id": name}) for where, name in named))


def _paragraphs(record: Mapping[str, Any], where: str) -> tuple[list[Record], dict[int, int]]:
    """The paragraphs, and the place of each by its number in the file."""
    held: list[Record] = []
    places: dict[int, int] = {}
    for part in listed(record, "paragraphs", where):
        at = f"{where}: paragraphs[{len(held)}]"
        number = whole(only(part, ("idx", "title", "paragraph_text"), ("is_supporting",), at), "idx", at)
        if number in places:
            raise UserError(f'{at} has the "idx" {number} of another paragraph.')
        places[number] = len(held)
        held.append(
            {
                "title": string(part, "title", at),
                "sentences": [string(part, "paragraph_text", at)],
                "supporting": _truth(part, "is_supporting", at),
            }
        )
    return held, places


def _paragraph(part: Any, at: int, where: str) -> Record:
    held = only(part, ("title", "sentences"), ("supporting",), f"{where}: paragraphs[{at}]")
    if len(held["sentences"]) != 1:
        raise UserError(
            f"{where}: paragraphs[{at}] has {len(held['sentences'])} sentences, where MuSiQue has one text: join them."
        )
    text = {"idx": at, "title": held["title"], "paragraph_text": held["sentences"][0]}
    return given({**text, "is_supporting": held.get("supporting")})


def _step(step: Record, places: Mapping[int, int], where: str) -> Record:
    at = step["paragraph_support_idx"]
    if at is not None and whole(step, "paragraph_support_idx", where) not in places:
        raise UserError(f'{where}: the step "{step["question"]}" leans on paragraph {at}, which the row has not.')
    number = whole(step, "id", where)
    return {"id": number, "answer": string(step, "answer", where), "paragraph": None if at is None else places[at]}


def _asked(question: str, step: Mapping[str, Any]) -> Record:
    return {
        "id": step["id"],
        "question": question,
        "answer": step["answer"],
        "paragraph_support_idx": step["paragraph"],
    }


def _truth(record: Mapping[str, Any], key: str, where: str) -> bool | None:
    value = record.get(key)
    if value is not None and not isinstance(value, bool):
        raise UserError(f'{where}: "{key}" is {kind(value)}, not true or false.')
    return value
