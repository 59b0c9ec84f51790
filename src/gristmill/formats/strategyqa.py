"""StrategyQA: yes-or-no questions with the steps, facts and evidence behind each answer."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.errors import UserError
from gristmill.files import kind, only
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
    words,
)

_ANSWERS = {True: "yes", False: "no", None: None}
_MARKS = ("no_evidence", "operation")


class Strategyqa(Published):
    """StrategyQA's files: one JSON list, or a record a line.

    A row is `id` (the file's qid) `, question, answer` as yes or no, which files hold as true or false, `term,
    description, facts, decomposition` (`#1` stands for the answer to the first step) and `evidence`: for each annotator
    and each step `{paragraphs, no_evidence, operation}`. Test rows have an id and a question alone. Told of a source:
    rows without gold, references to later steps. Licence: MIT. Source: eladsegal/strategyqa.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "decomposition")
    keys: ClassVar[tuple[str, ...]] = ("qid", "term", "question", "answer", "facts", "decomposition")
    suffix: ClassVar[str] = ".json"
    needed: ClassVar[tuple[str, ...]] = ("qid", "question")
    more: ClassVar[tuple[str, ...]] = ("term", "description", "answer", "facts", "decomposition", "evidence")
    holds: ClassVar[tuple[str, ...]] = ("term", "description", "facts", "evidence")
    faults: ClassVar[Mapping[str, Fault]] = {
        "no_gold": NO_GOLD,
        "astray": Fault(
            "warning", "{count} steps refer to a step that does not come before them", "Leave such rows out."
        ),
    }

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of a record. Raises UserError."""
        answer = record.get("answer")
        if answer is not None and not isinstance(answer, bool):
            raise UserError(f'{where}: "answer" is {kind(answer)}, not true or false.')
        seen = listed(record, "evidence", where)
        return {
            **identity(record, ("qid",), where),
            "question": words(record, "question", where),
            "answer": _ANSWERS[answer],
            "term": text_or_none(record, "term", where),
            "description": text_or_none(record, "description", where),
            "facts": texts(record, "facts", where),
            "decomposition": texts(record, "decomposition", where),
            "evidence": [[_step(step, where) for step in _list(steps, where)] for steps in seen],
        }

    def record(self, row: Row, where: str) -> Record:
        """The record of a row, without keys that it has nothing for. Raises UserError for another answer."""
        truths = {text: truth for truth, text in _ANSWERS.items()}
        if row["answer"] not in tuple(truths):
            raise UserError(f'{where}: the answer is "{str(row["answer"])[:40]}", where StrategyQA knows yes and no.')
        seen = [[_marked(step, where) for step in steps] for steps in row.get("evidence") or []]
        return given(
            {
                "qid": row.get("id"),
                "term": row.get("term"),
                "description": row.get("description"),
                "question": row["question"],
                "answer": truths[row["answer"]],
                "facts": row.get("facts") or None,
                "decomposition": row["decomposition"] or None,
                "evidence": seen or None,
            }
        )

    def flaws(self, row: Row) -> Iterator[tuple[str, str]]:
        """Rows without gold, references that lead nowhere."""
        if row["answer"] is None:
            yield "no_gold", row["question"]
        yield from astray(row["decomposition"])


def _step(step: Any, where: str) -> Record:
    """What one annotator found for one step: a list of paragraphs, and marks beside it."""
    found: list[str] = []
    marks: set[str] = set()
    for item in _list(step, where):
        if isinstance(item, list):
            found += texts({"evidence": item}, "evidence", where)
        elif item in _MARKS:
            marks.add(item)
        else:
            raise UserError(f'{where}: "evidence" holds {str(item)[:40]!r}, not a list of paragraphs or {_MARKS}.')
    return {"paragraphs": found, **{mark: mark in marks for mark in _MARKS}}


def _marked(step: Any, where: str) -> list[Any]:
    held = only(step, ("paragraphs", *_MARKS), (), f"{where}: evidence")
    listed_first: list[Any] = [list(held["paragraphs"])] if held["paragraphs"] else []
    return listed_first + [mark for mark in _MARKS if held[mark]]


def _list(value: Any, where: str) -> list[Any]:
    return listed({"evidence": value}, "evidence", where)
