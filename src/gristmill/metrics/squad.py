"""Exact match and F1 of extracted answers, SQuAD 2.0's official score."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from gristmill.entries import Row
from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.measuring import Metric
from gristmill.text import squad_exact, squad_f1, squad_normal

np = lazy("numpy")


class Squad(Metric):
    """Scores of 0 to 100 as evaluate-v2.0.py gives them, equal to 4 decimals; rows with and without answer apart.

    Both texts are lowered, lose ASCII punctuation and articles, and are compared whole (`exact`) and as bags of words
    (`f1`), with the best of several right answers. A row without answers wants the empty text. The script knows only
    that as "no answer"; here `refusals` count as it too, for a model that says so in words.

    `HasAns` and `NoAns` are the rows with and without an answer: a model that always refuses reaches the share of NoAns
    over all rows, so look at both. Text in scripts without spaces is one word to this rule: use exact there.

    Source: rajpurkar/SQuAD-explorer, evaluate-v2.0.py.
    """

    needs: ClassVar[tuple[str, ...]] = ("numpy",)
    reads: ClassVar[tuple[str, ...]] = ("answers",)
    scores: ClassVar[tuple[str, ...]] = ("f1", "exact")
    refusals: tuple[str, ...] = Field(("unanswerable",), description="What counts as saying that there is no answer.")

    def statistics(self, rows: Sequence[Row], said: Sequence[str]) -> Any:
        """F1, exact match, and 1, of each row."""
        refusals = {squad_normal(one) for one in self.refusals}
        found = np.ones((len(rows), 3))
        for place, (row, answer) in enumerate(zip(rows, said, strict=True)):
            golds = [gold for gold in _answers(row, place) if squad_normal(gold)] or [""]
            given = "" if squad_normal(answer) in refusals else answer
            found[place, 0] = max(squad_f1(gold, given) for gold in golds)
            found[place, 1] = max(squad_exact(gold, given) for gold in golds)
        return found

    def totals(self, sums: Any) -> Mapping[str, Any]:
        """Means, times 100."""
        with np.errstate(invalid="ignore"):
            return {name: 100 * sums[..., place] / sums[..., 2] for place, name in enumerate(self.scores)}

    def slices(self, rows: Sequence[Row]) -> Mapping[str, Any]:
        """Rows that have an answer, and rows that have none."""
        has = np.array([bool(_answers(row, place)) for place, row in enumerate(rows)], np.bool_)
        return {"HasAns": has, "NoAns": ~has}

    def signature(self) -> str:
        """The script whose rule this is."""
        return f"evaluate-v2.0.py; refusals: {', '.join(self.refusals) or 'none'}"


def _answers(row: Row, place: int) -> list[str]:
    value = row.get("answers", row.get("answer"))
    if isinstance(value, Mapping):
        value = value.get("text")
    if isinstance(value, str):
        return [value] if value else []
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        had = ", ".join(row) or "nothing"
        raise UserError(f'row {row.get("id", place + 1)} has no list of texts under "answers" (it has {had})')
    return list(value)
