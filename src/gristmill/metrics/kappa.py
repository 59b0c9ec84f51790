"""Agreement of answers and classes beyond chance: Cohen's kappa, weighted for places on a scale."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from gristmill.entries import Row
from gristmill.errors import UserError, nearest
from gristmill.lazy import lazy
from gristmill.measuring import Metric
from gristmill.metrics._classes import confusion, square

np = lazy("numpy")


class Kappa(Metric):
    """1 less the disagreement seen over that expected by chance: 1 for all right, 0 for chance (Cohen 1960, 1968).

    On a scale, `weights: linear` or `quadratic` lets a near miss cost less than a far one; name the `scale` in its
    order, for the alphabet's would be another. An answer that names no class costs as much as the farthest. None where
    chance alone would agree on every row.
    """

    needs: ClassVar[tuple[str, ...]] = ("numpy",)
    reads: ClassVar[tuple[str, ...]] = ("label",)
    scores: ClassVar[tuple[str, ...]] = ("kappa",)
    column: str = Field("label", description="The column of the right class.", min_length=1)
    weights: Literal["none", "linear", "quadratic"] = Field("none", description="What a miss costs by its distance.")
    scale: tuple[str, ...] = Field((), description="The classes in their order; needed for weights of more than two.")

    @field_validator("scale")
    @classmethod
    def _each_once(cls, scale: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in scale if scale.count(name) > 1})
        if twice:
            raise ValueError(f"the scale names {', '.join(twice)} twice")
        return scale

    def statistics(self, rows: Sequence[Row], said: Sequence[str]) -> Any:
        """What the answer to each row costs, after it the one cell of its class and the answer's.

        Raises UserError for a class that the scale does not have, and for weights of three classes without a scale.
        """
        cells = confusion(rows, said, self.column)
        classes = sorted({_text(row, self.column) for row in rows})
        places = self._places(classes)
        far = max(1, len(places) - 1 if not self.scale else len(self.scale) - 1)
        width = len(classes) + 1
        costs = np.ones((len(classes), width))
        for one, first in enumerate(classes):
            for other, second in enumerate(classes):
                apart = abs(places[first] - places[second]) / far
                costs[one, other] = {"none": float(apart > 0), "linear": apart, "quadratic": apart**2}[self.weights]
        # The costs of cells go along, times the row's 1, since `totals` sees sums alone.
        return np.concatenate([cells, np.broadcast_to(costs.ravel(), cells.shape)], axis=1)

    def _places(self, classes: Sequence[str]) -> Mapping[str, int]:
        if self.weights != "none" and not self.scale and len(classes) > 2:
            raise UserError(f"kappa with weights needs the order of {', '.join(classes)}: name them in `scale`")
        scale = self.scale or tuple(classes)
        for name in classes:
            if name not in scale:
                raise UserError(f'the scale has no "{name}", which a row has: {nearest(name, scale)}')
        return {name: place for place, name in enumerate(scale)}

    def totals(self, sums: Any) -> Mapping[str, Any]:
        """The coefficient, at most 1."""
        both = np.asarray(sums, np.float64)
        size = both.shape[-1] // 2
        table = square(both[..., :size])
        count = table.sum(axis=(-1, -2))[..., None, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            costs = square(both[..., size:]) / count
            chance = table.sum(axis=-1)[..., :, None] * table.sum(axis=-2)[..., None, :] / count
            expected = (costs * chance).sum(axis=(-1, -2))
            seen = (costs * table).sum(axis=(-1, -2))
            return {"kappa": np.where(expected > 0, 1 - seen / expected, np.nan)}


def _text(row: Row, column: str) -> str:
    value = row[column]
    return value if isinstance(value, str) else str(value[0])
