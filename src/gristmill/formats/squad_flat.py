"""SQuAD 2.0 rows in the Hub's form, one a record; empty lists mean there is no answer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.files import count
from gristmill.formats._keyed import Keyed
from gristmill.formats._squad import READS, flaws, from_hub, hub_row, refuse, squad_row


class SquadFlat(Keyed):
    """Records `{"id", "title", "context", "question", "answers": {"text": […], "answer_start": […]}}`.

    Plausible answers have no place in this form. Offsets come as the file has them; `verify` says which are wrong.
    """

    reads: ClassVar[tuple[str, ...]] = READS
    keys: ClassVar[tuple[str, ...]] = ("id", "context", "question", "answers")
    more: ClassVar[tuple[str, ...]] = ("title",)
    suffix: ClassVar[str] = ".jsonl"

    def row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The row with its answers and offsets as two lists."""
        return from_hub(record, where)

    def record(self, row: Row, where: str) -> dict[str, Any]:
        """The row's columns in the Hub's form. Raises UserError when they contradict each other."""
        return hub_row(squad_row(row, where))

    def verify(self, path: Path) -> int:
        """Count the rows. Raises UserError with each broken span and its nearest right offset."""
        rows = list(self.sound(path))
        refuse((f'"{row["id"]}" {flaw}' for _, row in rows for flaw in flaws(row)), f"{path} breaks SQuAD's rules")
        return count(path, rows)
