"""HotpotQA: questions over several paragraphs, with the sentences that support each answer."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Row
from gristmill.formats._multihop import FAULTS, context, facts, flaws, one_of, paragraphs, supporting
from gristmill.formats._published import Fault, Published, Record, given, identity, text_or_none, words


class Hotpotqa(Published):
    """HotpotQA's files, the original's lists of pairs or a hub's parallel lists: both are read as the same rows.

    A row is `id, question, answer, paragraphs, supporting_facts, kind` (bridge or comparison) `, level` (easy, medium
    or hard). Test rows have no gold: answer, kind and level are null, and there are no supporting facts. Told of a
    source: facts that name an absent paragraph or a sentence past its end, answers yes and no, rows without gold.
    Licence: CC BY-SA 4.0. Source: the README of hotpotqa/hotpot and the card of hotpotqa/hotpot_qa.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "paragraphs", "supporting_facts")
    keys: ClassVar[tuple[str, ...]] = ("question", "answer", "type", "level", "supporting_facts", "context")
    suffix: ClassVar[str] = ".json"
    needed: ClassVar[tuple[str, ...]] = ("question", "context")
    more: ClassVar[tuple[str, ...]] = ("_id", "id", "answer", "supporting_facts", "type", "level")
    holds: ClassVar[tuple[str, ...]] = ("kind", "level")
    faults: ClassVar[Mapping[str, Fault]] = FAULTS

    layout: Literal["original", "hub"] = Field(
        "original", description="What to write: the original's lists of pairs, or parallel lists as hubs keep them."
    )

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of a record in either layout. Raises UserError."""
        return {
            **identity(record, ("_id", "id"), where),
            "question": words(record, "question", where),
            "answer": text_or_none(record, "answer", where),
            "paragraphs": paragraphs(record, where),
            "supporting_facts": supporting(record, where),
            "kind": one_of(record, "type", ("bridge", "comparison"), where),
            "level": one_of(record, "level", ("easy", "medium", "hard"), where),
        }

    def record(self, row: Row, where: str) -> Record:
        """The record in the layout to write; without gold the keys are left out, as test files do. Raises UserError."""
        hub = self.layout == "hub"
        gold = row["answer"] is not None or row["supporting_facts"]
        return given(
            {
                "id" if hub else "_id": row.get("id"),
                "question": row["question"],
                "answer": row["answer"],
                "type": row.get("kind"),
                "level": row.get("level"),
                "supporting_facts": facts(row, hub, where) if gold else None,
                "context": context(row, hub, where),
            }
        )

    def flaws(self, row: Row) -> Iterator[tuple[str, str]]:
        """Facts that lead nowhere, answers yes and no, rows without gold."""
        return flaws(row)
