"""Point out rows far from all others in meaning: of another subject or language, or debris."""

from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._near import vectors_of
from gristmill.curate._twins import ranked
from gristmill.embed import MODEL, awaits, embedder, has_meaning, model_files
from gristmill.lazy import lazy
from gristmill.texts import Texts, together, verdicts

np = lazy("numpy")
pc = lazy("pyarrow.compute")

_FEWEST = 20
_BANDS = 8
_REFERENCE = 20_000
_CHUNK = 512
_TO_DEVIATION = 1.4826
_LEAST_SPREAD = 1e-3


class Outliers(TextCheck):
    """What it rejects: nothing; a row that is far from all others is noted.

    A row's distance is 1 minus the mean cosine of its vector and its `neighbours` nearest ones. It
    is compared with rows of about its length, as short texts are farther from each other: noted
    is a row whose distance lies more than `deviations` robust standard deviations (1.4826 times the
    median absolute deviation) above the median. With a `column` of labels, rows are compared within
    their label. Under 20 rows, nothing is noted. Beyond 20,000 rows the nearest are looked for
    among 20,000 of them, taken evenly.

    How good: ten rows of another kind were put among 1,000 on purpose. Among sums of school it found
    ten of ten sentences in other languages, eight of ten legal texts, three of ten pieces of code and
    no film review, with one note on a row of its own; among film reviews all that were in other
    languages or legal, beside 35 notes on unusual reviews; among questions of all subjects nearly
    none. So it tells of strays in a corpus of one subject. More than `neighbours` strays of one kind
    are a subject of their own, and stay unseen.

    Why it matters: a stray page teaches what nobody meant to teach, and often tells of a reader or
    a filter that failed.

    Kept: "How many apples are left?" among sums of school

    Rejected: "The court shall seal the record." among sums of school: noted, never dropped
    """

    needs: ClassVar[tuple[str, ...]] = ("numba", "numpy", "pyarrow", "tokenizers")
    reads: ClassVar[tuple[str, ...]] = ()
    compares: ClassVar[bool] = True
    deviations: float = Field(3.0, gt=0, description="how many robust standard deviations are too far")
    neighbours: int = Field(50, ge=1, le=1000, description="how many nearest rows are looked at")
    column: str = Field("", description="a column of labels, to compare within; empty: all with all")
    model: str = Field("", description=MODEL)

    def files(self) -> tuple[str, ...]:
        """The files of a model of your own."""
        return model_files(self.model)

    def awaits(self) -> str:
        """The packaged weights, when they have not been fetched yet."""
        return awaits(self.model)

    def wanted(self) -> tuple[str, ...]:
        """The column of labels, when one is named."""
        return (self.column,) if self.column else ()

    def judge_texts(self, texts: Texts) -> Any:
        """A note on each row that is far; its score is the distance in robust standard deviations.

        Raises UserError when rows have no such column, or the model cannot be had.
        """
        if len(texts) < _FEWEST:
            return together([])
        order = ranked(texts)
        roles = [role for role in ("text", "question", "answer") if role in texts.roles and role != self.column]
        vectors = vectors_of(embedder(self.model), texts, *roles)[order]
        lengths = sum(pc.utf8_length(texts.roles[role]).to_numpy().astype(np.int64) for role in roles)[order]
        groups = np.zeros(len(texts), np.int64)
        if self.column:
            groups = texts.column(self.column).dictionary_encode().combine_chunks().indices.to_numpy()[order]
        tables = []
        for group in np.unique(groups):
            rows = np.flatnonzero((groups == group) & has_meaning(vectors))
            if len(rows) >= _FEWEST:
                distances = self._distances(vectors[rows])
                far = _deviations(distances, lengths[rows])
                tables.append(self._noted(order[rows], distances, far))
        return together(tables)

    def _distances(self, vectors: Any) -> Any:
        """For each vector 1 minus the mean cosine of the nearest others."""
        size = len(vectors)
        reference = np.unique(np.linspace(0, size - 1, min(size, _REFERENCE)).astype(np.int64))
        count = min(self.neighbours, len(reference) - 1)
        out = np.empty(size)
        for first in range(0, size, _CHUNK):
            rows = np.arange(first, min(first + _CHUNK, size))
            cosines = vectors[rows] @ vectors[reference].T
            cosines[rows[:, None] == reference] = -2
            nearest = np.partition(cosines, len(reference) - count, axis=1)[:, -count:]
            out[rows] = 1 - np.sort(nearest.astype(np.float64), axis=1).mean(axis=1)
        return np.round(out, 6)

    def _noted(self, rows: Any, distances: Any, far: Any) -> Any:
        """Notes on those of one group that are too far."""
        out = np.flatnonzero(far > self.deviations)
        usual = float(np.median(distances))
        return verdicts(
            rows[out],
            "note",
            "outlier",
            [
                f"It is far from all other {len(rows)} rows: its distance to the nearest is {distances[at]:.2f}, "
                f"{far[at]:.1f} deviations above what is usual for its length. See whether it belongs here."
                for at in out
            ],
            [round(float(far[at]), 2) for at in out],
            [{"distance": round(float(distances[at]), 4), "median": round(usual, 4), "rows": len(rows)} for at in out],
        )


def _deviations(distances: Any, lengths: Any) -> Any:
    """How far each distance lies above the median of rows of about its length, in robust standard deviations."""
    edges = np.unique(np.quantile(lengths, np.arange(1, _BANDS) / _BANDS))
    bands = np.searchsorted(edges, lengths, side="right")
    out = np.empty(len(distances))
    for band in np.unique(bands):
        inside = bands == band
        among = distances[inside] if inside.sum() >= _FEWEST else distances
        middle = np.median(among)
        spread = max(_TO_DEVIATION * float(np.median(np.abs(among - middle))), _LEAST_SPREAD)
        out[inside] = (distances[inside] - middle) / spread
    return out
