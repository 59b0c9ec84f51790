"""Alpaca's records: an instruction, its input and the output to learn."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.formats._alpaca import KEYS, MORE, alpaca_record, alpaca_row
from gristmill.formats._keyed import Keyed


class Alpaca(Keyed):
    """Records `{"instruction", "input", "output"}`, with `system`, `history` and `id` where they have them.

    Rows keep these columns. Other rows are written by their turns: the last question is the instruction, the pairs
    before it the history, as LLaMA-Factory reads them.
    """

    keys: ClassVar[tuple[str, ...]] = KEYS
    more: ClassVar[tuple[str, ...]] = MORE
    suffix: ClassVar[str] = ".json"

    def row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The record's own columns."""
        return alpaca_row(record, where)

    def record(self, row: Row, where: str) -> dict[str, Any]:
        """The row's own columns, or the turns that it is."""
        return alpaca_record(row, where)
