"""How alike two values are, by a measure of rapidfuzz: 0 for nothing in common, 1 for the same."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from gristmill.curate._twins import squeezed, terms
from gristmill.lazy import lazy

np = lazy("numpy")
distance = lazy("rapidfuzz.distance")
fuzz = lazy("rapidfuzz.fuzz")
process = lazy("rapidfuzz.process")

Comparison = Literal["exact", "levenshtein", "jaro_winkler", "token_sort", "token_set", "partial", "digits"]
_SIGN = re.compile(r"^sign(\d{2,4})$")
_DISTANCES: Mapping[str, str] = {"levenshtein": "Levenshtein", "jaro_winkler": "JaroWinkler"}
_PIECE = 100_000
# What rounding may take from a score that is just at its threshold.
SLACK = 1e-9
_ROOM = 1e-3


def spelled(text: str, comparison: Comparison) -> str:
    """The text as it is compared, "" when nothing of it is: digits alone, words alone, or all of it in one case."""
    if comparison == "digits":
        return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())
    if comparison.startswith("token"):
        return " ".join(_SIGN.sub(lambda sign: chr(int(sign[1])), term) for term in terms(text))
    return squeezed(unicodedata.normalize("NFKC", text)).casefold()


class Compared:
    """Columns of records, ready to be compared by pairs; a value that is missing on either side gives no score."""

    def __init__(self, texts: Mapping[str, Sequence[str]], comparisons: Mapping[str, Comparison]) -> None:
        self.comparisons = comparisons
        self.values = {}
        for name, comparison in comparisons.items():
            found = np.empty(len(texts[name]), object)
            found[:] = [spelled(text, comparison) for text in texts[name]]
            self.values[name] = found

    def scores(self, name: str, lefts: Any, rights: Any, least: float = 0.0) -> Any:
        """Similarities of a column; those below `least` may be 0. NaN where a value is missing. numpy float64."""
        values, found = self.values[name], np.empty(len(lefts))
        for first in range(0, len(lefts), _PIECE):
            one, other = values[lefts[first : first + _PIECE]], values[rights[first : first + _PIECE]]
            score = _similarity(self.comparisons[name], one, other, least)
            score[(one == "") | (other == "")] = np.nan
            found[first : first + _PIECE] = score
        return found

    def means(self, weights: Mapping[str, float], lefts: Any, rights: Any, least: float) -> tuple[Any, Any]:
        """Places of the pairs whose weighted mean of the columns' scores is `least` or more, and these means.

        A missing score counts as 0. A pair is left as soon as what remains cannot lift it over `least`.
        """
        total = sum(weights.values())
        alive, best = np.arange(len(lefts)), np.full(len(lefts), float(total))
        for name in sorted(self.comparisons, key=lambda name: self.comparisons[name] not in ("exact", "digits")):
            weight = weights[name]
            needed = 1 - total * (1 - least) / weight
            best -= weight * (1 - np.nan_to_num(self.scores(name, lefts[alive], rights[alive], needed)))
            stays = best >= total * (least - SLACK)
            alive, best = alive[stays], best[stays]
        return alive, best / total


def _similarity(comparison: Comparison, lefts: Any, rights: Any, least: float) -> Any:
    if comparison in ("exact", "digits"):
        return (lefts == rights).astype(np.float64)
    if comparison in _DISTANCES:
        scorer, full = getattr(distance, _DISTANCES[comparison]).normalized_similarity, 1
    else:
        scorer, full = getattr(fuzz, f"{comparison}_ratio"), 100
    # rapidfuzz rounds its own cut-off: what is just at it is asked for with room.
    options = {"scorer": scorer, "score_cutoff": max(0.0, least - _ROOM) * full, "dtype": np.float64, "workers": 1}
    return process.cpdist(lefts.tolist(), rights.tolist(), **options) / full
