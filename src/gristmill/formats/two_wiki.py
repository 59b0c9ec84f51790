"""2WikiMultiHopQA: multi-hop questions with supporting sentences and chains of facts."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Row
from gristmill.files import only
from gristmill.formats._multihop import FAULTS, context, facts, flaws, one_of, paragraphs, supporting, triples
from gristmill.formats._published import Fault, Published, Record, given, identity, text_or_none, words

_KINDS = ("comparison", "inference", "compositional", "bridge_comparison")


class TwoWiki(Published):
    """2WikiMultiHopQA's files, the original's lists or a hub's parallel lists: both are read as the same rows.

    A row is `id, question, answer, paragraphs, supporting_facts, kind`, then `evidences`, the facts that lead to the
    answer as `{subject, relation, object}`. Files with Wikidata ids also give `entity_ids`, `evidences_id`,
    `answer_id`. Test rows have no answer, facts or evidences. Told of a source: the same faults as of HotpotQA.
    Licence: Apache-2.0 (its repository). Source: the README of Alab-NII/2wikimultihop.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "paragraphs", "supporting_facts", "evidences")
    keys: ClassVar[tuple[str, ...]] = ("question", "answer", "type", "supporting_facts", "context", "evidences")
    suffix: ClassVar[str] = ".json"
    needed: ClassVar[tuple[str, ...]] = ("question", "context")
    more: ClassVar[tuple[str, ...]] = (
        *("_id", "id", "answer", "supporting_facts", "type"),
        *("evidences", "entity_ids", "evidences_id", "answer_id"),
    )
    holds: ClassVar[tuple[str, ...]] = ("kind", "entity_ids", "evidences_id", "answer_id")
    faults: ClassVar[Mapping[str, Fault]] = FAULTS

    layout: Literal["original", "hub"] = Field(
        "original", description="What to write: the original's lists of pairs, or parallel lists as hubs keep them."
    )

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of a record in either layout. Raises UserError."""
        entities = text_or_none(record, "entity_ids", where)
        ids = {
            "entity_ids": entities.split("_") if entities else None,
            "evidences_id": triples(record, "evidences_id", where) or None,
            "answer_id": text_or_none(record, "answer_id", where),
        }
        return {
            **identity(record, ("_id", "id"), where),
            "question": words(record, "question", where),
            "answer": text_or_none(record, "answer", where),
            "paragraphs": paragraphs(record, where),
            "supporting_facts": supporting(record, where),
            "kind": one_of(record, "type", _KINDS, where),
            "evidences": triples(record, "evidences", where),
            **given(ids),
        }

    def record(self, row: Row, where: str) -> Record:
        """The record in the layout to write; without gold the keys are left out. Raises UserError."""
        hub = self.layout == "hub"
        gold = row["answer"] is not None or row["supporting_facts"] or row["evidences"]
        return given(
            {
                "id" if hub else "_id": row.get("id"),
                "type": row.get("kind"),
                "question": row["question"],
                "context": context(row, hub, where),
                "entity_ids": "_".join(row["entity_ids"]) if row.get("entity_ids") else None,
                "supporting_facts": facts(row, hub, where) if gold else None,
                "evidences": _evidences(row["evidences"], hub, where) if gold else None,
                "answer": row["answer"],
                "evidences_id": _evidences(row["evidences_id"], hub, where) if row.get("evidences_id") else None,
                "answer_id": row.get("answer_id"),
            }
        )

    def flaws(self, row: Row) -> Iterator[tuple[str, str]]:
        """Facts that lead nowhere, answers yes and no, rows without gold."""
        return flaws(row)


def _evidences(held: list[Record], hub: bool, where: str) -> Any:
    names = ("subject", "relation", "object")
    rows = [[only(item, names, (), f"{where}: evidences")[name] for name in names] for item in held]
    if hub:
        return {key: [row[at] for row in rows] for at, key in enumerate(("fact", "relation", "entity"))}
    return rows
