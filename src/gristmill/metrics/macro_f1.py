"""F1 of each class, and their mean, in which rare classes count as much as frequent ones."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from gristmill.entries import Row
from gristmill.lazy import lazy
from gristmill.measuring import Metric
from gristmill.metrics._classes import confusion, square

np = lazy("numpy")


class MacroF1(Metric):
    """The mean over classes of twice the hits over rows and answers of the class, 0 to 100.

    An answer names a class as for `accuracy`; one that names none is a miss of its row's class and false for no other.
    A class that no row has and no answer names is left out of the mean; one that answers name and no row of a part has
    counts there as 0, as in scikit-learn. Its mean over small parts jumps with each rare class: look at the rows.
    """

    needs: ClassVar[tuple[str, ...]] = ("numpy",)
    reads: ClassVar[tuple[str, ...]] = ("label",)
    scores: ClassVar[tuple[str, ...]] = ("macro_f1",)
    column: str = Field("label", description="The column of the right class.", min_length=1)

    def statistics(self, rows: Sequence[Row], said: Sequence[str]) -> Any:
        """Of each row the one cell of its class and the answer's."""
        return confusion(rows, said, self.column)

    def totals(self, sums: Any) -> Mapping[str, Any]:
        """The mean of the classes' F1, times 100."""
        table = square(np.asarray(sums, np.float64))
        hits = np.diagonal(table, axis1=-2, axis2=-1)
        told = table.sum(axis=-1) + table[..., :-1].sum(axis=-2)
        with np.errstate(invalid="ignore", divide="ignore"):
            each = np.where(told > 0, 2 * hits / told, 0.0).sum(axis=-1)
            return {"macro_f1": 100 * each / (told > 0).sum(axis=-1)}
