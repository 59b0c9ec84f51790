"""How good answers are: the contract of a metric, whose statistics of rows add up.

A score of many rows is a function of sums over them: hits and rows for accuracy, counts of n-grams for BLEU, the cells
of a confusion matrix for macro-F1. So the score of any part of the rows, and of any draw of them with replacement,
costs an addition.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from gristmill.entries import Row
from gristmill.errors import UserError
from gristmill.intake import Part


class Metric(Part):
    """metrics: what answers are worth beside what was wanted.

    reads   the columns of a row that it needs, unless fields of it name others
    scores  the names of what it gives, the one that counts most first; `higher` is better for each of them
    """

    reads: ClassVar[tuple[str, ...]]
    scores: ClassVar[tuple[str, ...]]

    @abstractmethod
    def statistics(self, rows: Sequence[Row], said: Sequence[str]) -> Any:
        """A numpy array (float64) by row and statistic of each answer; their sums are all that `totals` needs.

        How many statistics there are depends on the rows alone, so that two systems' can be told apart row by row.
        Raises UserError that names a row whose columns it cannot use.
        """

    @abstractmethod
    def totals(self, sums: Any) -> Mapping[str, Any]:
        """Each score of sums of statistics, along the last axis: (..., statistics) to (...); NaN where none can be."""

    def slices(self, rows: Sequence[Row]) -> Mapping[str, Any]:  # noqa: ARG002 - for those that have some
        """Parts of the rows that are always told apart, as numpy arrays of bool (`HasAns` …)."""
        return {}

    def signature(self) -> str:
        """What others must know to get the same figure: the package, its version, the settings."""
        return ""


def references(row: Row, column: str, where: str) -> list[str]:
    """What was wanted of a row, as texts: one, or several of which each is right.

    Raises UserError when the column is not there or holds no text.
    """
    value = row.get(column)
    wanted = [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else []
    if not wanted or not all(isinstance(one, str) for one in wanted):
        had = ", ".join(row) or "nothing"
        raise UserError(
            f'{where} has no text under "{column}" (it has {had}): name its column, as in {{column: answer}}.'
        )
    return wanted
