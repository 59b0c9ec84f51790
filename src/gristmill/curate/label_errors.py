"""Point out rows whose label contradicts what the other rows say of such texts."""

from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._folds import FOLDS, features, folds, held_out
from gristmill.curate._near import vectors_of
from gristmill.curate._twins import ranked
from gristmill.embed import MODEL, awaits, embedder, model_files
from gristmill.lazy import lazy
from gristmill.texts import Texts, together, verdicts

np = lazy("numpy")
pa = lazy("pyarrow")
pc = lazy("pyarrow.compute")

_FEWEST = 20
_SURE = 2.0


class LabelErrors(TextCheck):
    """What it rejects: nothing; a label that is probably wrong is noted, with the label that fits better.

    A model learns the labels from four fifths of the rows and is asked about the rest, five times,
    so that it never saw the row it judges; equal rows and families are never parted. It is logistic
    regression on the text's vector and its words and pairs of words. A row is noted when the model
    gives another label at least the probability that rows of that label get on average, and its own
    label less than that of its own (confident learning). The score is the probability of the row's
    own label: look at the lowest first. `evidence` has the probable label and its probability, the
    number of rows and the share of them that the model gets right, by folds.

    When the model is no better than the commonest label, or there are under 20 rows or one label
    alone, it cannot tell: all rows are `unknown`, with the reason.

    How good: with 5 % of labels swapped on purpose, it noted 50 to 58 % of these. Of what it noted
    among 2,000 film reviews, on which the model is right for 80 %, 38 % were swapped; among 800
    long reviews (75 %) 24 %, among 2,000 single sentences (70 %) 20 %. The rest are rows that are
    hard, and some whose label was wrong before. So look at what is noted; never drop it unseen.

    Source: confident learning (Northcutt, Jiang and Chuang 2021), its confident joint.

    Why it matters: a few wrong labels teach a wrong border, and in a test split they hide progress.

    Kept: "A warm and funny film." labelled "positive"

    Rejected: "A warm and funny film." labelled "negative" where a hundred rows say otherwise: noted,
    never dropped
    """

    needs: ClassVar[tuple[str, ...]] = ("numba", "numpy", "pyarrow", "tokenizers")
    reads: ClassVar[tuple[str, ...]] = ()
    compares: ClassVar[bool] = True
    column: str = Field("label", min_length=1, description="the column that holds the label")
    model: str = Field("", description=MODEL)

    def files(self) -> tuple[str, ...]:
        """The files of a model of your own."""
        return model_files(self.model)

    def awaits(self) -> str:
        """The packaged weights, when they have not been fetched yet."""
        return awaits(self.model)

    def wanted(self) -> tuple[str, ...]:
        """The column of labels."""
        return (self.column,)

    def judge_texts(self, texts: Texts) -> Any:
        """A note on each row whose label is probably another.

        Raises UserError when rows have no such column, or the model cannot be had.
        """
        given = texts.column(self.column)
        order = ranked(texts)
        names = sorted(pc.unique(given).to_pylist())
        labels = pc.index_in(given, pa.array(names, given.type)).combine_chunks().to_numpy()[order].astype(np.int64)
        if len(texts) < _FEWEST or len(names) < 2:
            return self._unknown(
                len(texts), f"{len(texts)} rows with {len(names)} different labels are too few: at least {_FEWEST} "
                "rows and two labels are needed to tell a wrong one."
            )  # fmt: skip
        roles = [role for role in ("text", "question", "answer") if role in texts.roles and role != self.column]
        sorted_texts = _taken(texts, order)
        vectors = vectors_of(embedder(self.model), sorted_texts, *roles)
        likely = held_out(
            features(sorted_texts, tuple(roles), vectors), labels, len(names), folds(sorted_texts, tuple(roles))
        )
        right = float((likely.argmax(axis=1) == labels).mean())
        chance = float(np.bincount(labels).max() / len(labels))
        if right <= chance + _SURE * (chance * (1 - chance) / len(labels)) ** 0.5:
            return self._unknown(
                len(texts), f"the labels cannot be told from the texts: a model is right for {right:.0%} of "
                f"{len(texts)} rows it did not see, and the commonest label alone for {chance:.0%}."
            )  # fmt: skip
        return self._noted(order, labels, names, likely, right)

    def _noted(self, order: Any, labels: Any, names: list[str], likely: Any, right: float) -> Any:
        """The confident joint's rows off its diagonal."""
        at = np.arange(len(labels))
        sure = np.array(
            [likely[labels == label, label].mean() if (labels == label).any() else 2 for label in range(len(names))]
        )
        # Rounded, so that the last bits of a sum in another order decide nothing.
        confident = np.where(np.round(likely - sure, 9) >= 0, likely, -1)
        other = confident.argmax(axis=1)
        wrong = np.flatnonzero((confident[at, other] > 0) & (other != labels))
        found = verdicts(
            order[wrong],
            "note",
            "label_error",
            [
                f'Its label is "{names[labels[row]]}", and rows like it say "{names[other[row]]}" (probability '
                f"{likely[row, other[row]]:.0%}): look which is right."
                for row in wrong
            ],
            [round(float(likely[row, labels[row]]), 4) for row in wrong],
            [
                {
                    "label": names[labels[row]],
                    "probable": names[other[row]],
                    "probability": round(float(likely[row, other[row]]), 4),
                    "rows": len(labels),
                    "folds": FOLDS,
                    "right_by_folds": round(right, 4),
                }
                for row in wrong
            ],
        )
        return together([found])

    def _unknown(self, count: int, reason: str) -> Any:
        return verdicts(np.arange(count), "unknown", "labels_not_learnt", reason[0].upper() + reason[1:])


def _taken(texts: Texts, order: Any) -> Texts:
    """The rows in another order."""
    rows = pa.array(order)
    return Texts(
        roles={role: column.take(rows) for role, column in texts.roles.items()},
        ids=texts.ids.take(rows),
        precedence=texts.precedence[order],
        family=texts.family[order],
    )
