"""Whether answers and classes go together: Matthews' coefficient, of any number of classes."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from gristmill.entries import Row
from gristmill.lazy import lazy
from gristmill.measuring import Metric
from gristmill.metrics._classes import confusion, square

np = lazy("numpy")


class Mcc(Metric):
    """Matthews' coefficient, 1 for all right, 0 for no better than chance, below 0 for worse.

    Of two classes it is the correlation of answers and classes, so that naming the frequent one always earns nothing;
    of more it is Gorodkin's form (2004), as in scikit-learn. Answers that name no class count as one more class of
    answers. It is 0 when all answers are the same, and none where all rows are of one class.
    """

    needs: ClassVar[tuple[str, ...]] = ("numpy",)
    reads: ClassVar[tuple[str, ...]] = ("label",)
    scores: ClassVar[tuple[str, ...]] = ("mcc",)
    column: str = Field("label", description="The column of the right class.", min_length=1)

    def statistics(self, rows: Sequence[Row], said: Sequence[str]) -> Any:
        """Of each row the one cell of its class and the answer's."""
        return confusion(rows, said, self.column)

    def totals(self, sums: Any) -> Mapping[str, Any]:
        """The coefficient, -1 to 1."""
        table = square(np.asarray(sums, np.float64))
        rows, answers = table.sum(axis=-1), table.sum(axis=-2)
        count = rows.sum(axis=-1)
        shared = np.diagonal(table, axis1=-2, axis2=-1).sum(axis=-1) * count
        shared = shared - (rows * answers[..., :-1]).sum(axis=-1)
        spread = count**2 - (rows**2).sum(axis=-1)
        said = count**2 - (answers**2).sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(said > 0, shared / np.sqrt(spread * said), 0.0)
        return {"mcc": np.where(spread > 0, found, np.nan)}
