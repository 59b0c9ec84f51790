"""SAMSum: chats written by linguists, with a summary each."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.formats._published import Published, Record, given, identity, words


class Samsum(Published):
    """SAMSum's records, `id, dialogue, summary`; the dialogue is one text with a turn a line, `Name: what is said`.

    A record without a word in its dialogue, of which the train file has one, is a Failure.
    Licence: CC BY-NC-ND 4.0: no commercial use, and no changed copy may be passed on. Source: Samsung/samsum's card.
    """

    reads: ClassVar[tuple[str, ...]] = ("dialogue", "summary")
    keys: ClassVar[tuple[str, ...]] = ("dialogue", "summary")
    suffix: ClassVar[str] = ".json"
    needed: ClassVar[tuple[str, ...]] = ("dialogue", "summary")
    more: ClassVar[tuple[str, ...]] = ("id",)
    holds: ClassVar[tuple[str, ...]] = ()

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of a record. Raises UserError for an empty dialogue or summary."""
        return {
            **identity(record, ("id",), where),
            "dialogue": words(record, "dialogue", where),
            "summary": words(record, "summary", where),
        }

    def record(self, row: Row, where: str) -> Record:
        """The record of a row. Raises UserError for an empty dialogue or summary."""
        return given({"id": row.get("id"), **{key: words(row, key, where) for key in self.reads}})
