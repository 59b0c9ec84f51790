"""Classes of rows and of answers as numbers, for metrics that compare them."""

from collections.abc import Sequence
from typing import Any

from gristmill.class_names import class_named
from gristmill.entries import Row
from gristmill.lazy import lazy
from gristmill.measuring import references

np = lazy("numpy")


def compared(rows: Sequence[Row], said: Sequence[str], column: str) -> tuple[Any, Any, list[str]]:
    """The class of each row and of each answer by number, and the classes in order; -1 for an answer that names none.

    The classes are those of the rows. Raises UserError for a row whose column holds no single text.
    """
    gold = [references(row, column, f"row {row.get('id', place)}")[0] for place, row in enumerate(rows, 1)]
    classes = sorted(set(gold))
    numbers = {name: number for number, name in enumerate(classes)}
    named = [numbers.get(answer, numbers.get(class_named(answer, classes), -1)) for answer in said]
    return np.array([numbers[name] for name in gold], np.int64), np.array(named, np.int64), classes


def confusion(rows: Sequence[Row], said: Sequence[str], column: str) -> Any:
    """For each row the one cell of its class and its answer's, laid flat; the last column is "no class"."""
    gold, named, classes = compared(rows, said, column)
    width = len(classes) + 1
    cells = np.zeros((len(rows), len(classes) * width))
    cells[np.arange(len(rows)), gold * width + np.where(named < 0, width - 1, named)] = 1
    return cells


def square(sums: Any) -> Any:
    """Sums of such cells as tables: (..., classes, classes + 1)."""
    classes = round((np.sqrt(1 + 4 * sums.shape[-1]) - 1) / 2)
    return sums.reshape(*sums.shape[:-1], classes, classes + 1)
