"""The share of rows whose class was named."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from gristmill.entries import Row
from gristmill.lazy import lazy
from gristmill.measuring import Metric
from gristmill.metrics._classes import compared

np = lazy("numpy")


class Accuracy(Metric):
    """Right answers of all answers, 0 to 100.

    An answer is right when it names the row's class: by the name alone, whatever its case and the signs around it, or
    within a sentence that names no other class of these rows. Of unequal classes it says little: one that is always
    named reaches its share. Look at `macro_f1` too.
    """

    needs: ClassVar[tuple[str, ...]] = ("numpy",)
    reads: ClassVar[tuple[str, ...]] = ("label",)
    scores: ClassVar[tuple[str, ...]] = ("accuracy",)
    column: str = Field("label", description="The column of the right class.", min_length=1)

    def statistics(self, rows: Sequence[Row], said: Sequence[str]) -> Any:
        """1 or 0 for right or wrong, and 1."""
        gold, named, _ = compared(rows, said, self.column)
        return np.stack([gold == named, np.ones(len(rows))], axis=1).astype(np.float64)

    def totals(self, sums: Any) -> Mapping[str, Any]:
        """The mean, times 100."""
        with np.errstate(invalid="ignore"):
            return {"accuracy": 100 * sums[..., 0] / sums[..., 1]}
