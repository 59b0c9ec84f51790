"""Drop records that are another record written differently, by record linkage over columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from gristmill.contracts import TextCheck
from gristmill.curate._agreement_weights import AGREES, DIFFERS, MISSING, at_large, drawn, learnt
from gristmill.curate._comparisons import SLACK, Compared, Comparison
from gristmill.curate._linkage import Blocks, Key
from gristmill.curate._linkage_figures import figures, quality, sentences, weights
from gristmill.curate._twins import terms
from gristmill.lazy import lazy
from gristmill.texts import DOCUMENT_ROLE, Texts, remarked, together, verdicts

np = lazy("numpy")
pc = lazy("pyarrow.compute")
alike = lazy("gristmill.compiled.alike")

# With fewer columns the two kinds of pairs cannot be told apart by their agreement alone.
_FEWEST_LEARNT = 2
_FIGURE = re.compile(r"\d|^sign")


def _as_keys(given: Any) -> Any:
    """A list of columns as keys: each by its whole value."""
    return dict.fromkeys(given, "whole") if isinstance(given, list | tuple) else given


class FuzzyDuplicates(TextCheck):
    """What it rejects: a record that is another record written differently (one restaurant, two guides).

    Three steps, as in record linkage. `block` says which records are compared at all: those that
    share a column's whole value, its first three letters (`letters`), one of the three rarest of its
    words (`tokens`) or of its runs of four characters (`grams`), or that stand near in its
    alphabetical order (`neighbours`); with several columns, one of them is enough. In a block of over
    `largest_block` records each is compared with the `window` next ones in the order of the compared
    values, and the figures name such `crowds`. `columns` says how each column is compared, from 0 to 1:
    `exact`; `digits` (the digits alone are the same); `levenshtein` and `jaro_winkler` (typing errors,
    in names); `token_sort` and `token_set` (words in any order, or more of them on one side); `partial`
    (one stands in the other). Case and the Unicode form of letters never count. `classify` says what
    is one record. With `threshold` it is a weighted mean of `threshold` or more, in which a missing value
    counts as 0. With `fellegi_sunter` it is such a chance to be one record, learnt from how often the
    columns agree (score of `agrees` or more); a missing value says nothing then. Missing is never like missing.

    Without `columns`, documents are compared by `token_sort`, and so are question and answer of rows:
    both must reach the threshold and name the same figures. It is made for records and short texts;
    the work grows with the square of their length, so use near_duplicates for long documents.

    Rows are gone through with those of people first, then the longest, then by id: one that is like
    a row already kept goes; one that is like only rows that went stays, noted as `chain`. Members of
    one family are never duplicates. The first row's evidence has the figures of the whole: the pairs
    there are, the candidates, the reduction ratio, and with `truth` pairs completeness, precision, recall, F1.

    On 645 restaurants of two guides (81 pairs, and chosen on these), compared by name, address and city, the last
    by jaro_winkler, with {name: grams, address: grams} as blocks (0.7 % of all pairs, none missed): token_set and
    token_sort with a mean of 0.8 have a precision of 0.86 and a recall of 0.91; token_set twice with fellegi_sunter
    and agrees 0.8 have 0.99 and 0.81. With the city as block half the pairs never meet: the guides name cities
    differently.

    Sources: Fellegi and Sunter (1969); Christen, Data Matching (2012); the measures are rapidfuzz's.

    Why it matters: one record under two spellings counts twice, and in a test split it leaks.

    Kept: "What is the fine for a book returned late?" - "20 cents a day." beside "What is the fine for
    a book returned late?" - "30 cents a day."

    Rejected: "What is the fine for a book returned late?" - "20 cents a day." beside "What is the fine
    for a book that is returned late?" - "20 cents a day"
    """

    needs: ClassVar[tuple[str, ...]] = ("numba", "numpy", "pyarrow", "rapidfuzz")
    reads: ClassVar[tuple[str, ...]] = ()
    compares: ClassVar[bool] = True
    columns: Mapping[str, Comparison] = Field(
        default_factory=dict, description="how each column is compared, as {name: jaro_winkler, phone: digits}"
    )
    weights: Mapping[str, float] = Field(
        default_factory=dict, description="what a column counts in the weighted mean, if not 1"
    )
    block: Annotated[
        Mapping[str, Key],
        BeforeValidator(_as_keys, json_schema_input_type=Mapping[str, Key] | tuple[str, ...]),
    ] = Field(
        default_factory=dict,
        description="what makes two records candidates, as [city] or {city: whole, name: letters}; "
        "unset, a rare word of the first column that both have",
    )
    window: int = Field(5, ge=1, le=100, description="how many records that follow it a record is compared with")
    largest_block: int = Field(500, ge=2, le=5000, description="records of a block that are all compared with all")
    classify: Literal["threshold", "fellegi_sunter"] = Field(
        "threshold", description="decide by a weighted mean, or by chances learnt from the pairs"
    )
    threshold: float = Field(0.9, gt=0, le=1, description="mean, or chance, from which on two records are one")
    agrees: float = Field(0.85, gt=0, le=1, description="score from which on a column agrees (fellegi_sunter)")
    truth: str = Field("", description="column that names the true record of each row, to tell recall and precision")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if strange := sorted(self.weights.keys() - self.columns.keys()):
            raise ValueError(f"weights names {', '.join(strange)}, which columns does not compare")
        if bad := sorted(name for name, weight in self.weights.items() if not 0 < weight < float("inf")):
            raise ValueError(f"weights must be above 0: see {', '.join(bad)}, or leave the column out of columns")
        if self.weights and self.classify == "fellegi_sunter":
            raise ValueError(
                "fellegi_sunter learns what a column counts: leave weights out, or use classify: threshold"
            )
        if self.classify == "fellegi_sunter" and len(self.columns) < _FEWEST_LEARNT:
            raise ValueError(
                f"fellegi_sunter needs at least {_FEWEST_LEARNT} columns and was given {len(self.columns)}: "
                "name more in columns, or use classify: threshold"
            )
        return self

    def wanted(self) -> tuple[str, ...]:
        """The columns that are compared, that make blocks, and that tell the truth."""
        truth = (self.truth,) if self.truth else ()
        return tuple(dict.fromkeys(name for name in (*self.columns, *self.block, *truth) if name != DOCUMENT_ROLE))

    def judge_texts(self, texts: Texts) -> Any:
        """Rejections name the `twin` that stays and the score of each column; `score` is the mean, or the chance.

        Raises UserError when the rows lack a column, or when the blocks make too many pairs.
        """
        if len(texts) < 2:
            return together([])
        columns = self.columns or ({DOCUMENT_ROLE: "token_sort"} if texts.documents else _EXCHANGE)
        blocks = Blocks(self.block or {next(iter(columns)): "tokens"}, self.largest_block, self.window)
        records = _Records(texts, columns, (*columns, *blocks.keys, *((self.truth,) if self.truth else ())))
        lefts, rights, crowds = blocks.pairs(records.values, records.places())
        counts = records.pairs(lefts, rights)
        lefts, rights, counts = lefts[counts > 0], rights[counts > 0], counts[counts > 0]
        hits, scores, agreement = self._classified(records, lefts, rights, counts)
        if not self.columns and not texts.documents:
            same = records.same_claim(lefts[hits], rights[hits], self.threshold)
            hits, scores = hits[same], scores[same]
        told = figures(len(texts), int(counts.sum()), crowds)
        if agreement:
            told |= weights(list(columns), agreement)
        if self.truth:
            told |= quality(records.values[self.truth], records.sizes, (lefts, rights, counts), hits)
        linked = _linked(records, lefts[hits], rights[hits], scores)
        return remarked(_told(records, linked, "mean" if agreement is None else "chance", told), sentences(told))

    def _classified(self, records: "_Records", lefts: Any, rights: Any, counts: Any) -> tuple[Any, Any, Any]:
        """Places of the pairs that are one record, their scores, and what was learnt."""
        compared, sizes = records.compared, records.sizes
        if self.classify == "threshold":
            each = {name: self.weights.get(name, 1.0) for name in compared.comparisons}
            return *compared.means(each, lefts, rights, self.threshold), None
        patterns = self._patterns(compared, lefts, rights)
        full = int(sizes.sum()) * (int(sizes.sum()) - 1) // 2
        agreement = learnt(patterns, counts, at_large(self._patterns(compared, *drawn(len(sizes)))), full)
        chances = agreement.chances(patterns)
        hits = np.flatnonzero((chances >= self.threshold - SLACK) & (patterns == AGREES).any(axis=1))
        return hits, chances[hits], agreement

    def _patterns(self, compared: Compared, lefts: Any, rights: Any) -> Any:
        """By pair and column whether the values agree, differ, or one is missing."""
        found = np.empty((len(lefts), len(compared.comparisons)), np.int8)
        for place, name in enumerate(compared.comparisons):
            score = compared.scores(name, lefts, rights, self.agrees)
            found[:, place] = np.where(score >= self.agrees - SLACK, AGREES, DIFFERS)
            found[np.isnan(score), place] = MISSING
        return found


_EXCHANGE: Mapping[str, Comparison] = {"question": "token_sort", "answer": "token_sort"}


class _Records:
    """The rows in the order in which they are gone through; rows that are equal in all that is read are one entry."""

    def __init__(self, texts: Texts, comparisons: Mapping[str, Comparison], names: Sequence[str]) -> None:
        self.texts = texts
        columns = {name: texts.column(name) for name in names}
        lengths = sum(pc.utf8_length(columns[name]).to_numpy().astype(np.int64) for name in comparisons)
        by_id = pc.sort_indices(texts.ids).to_numpy().astype(np.int64)
        self.rows = by_id[np.lexsort((-lengths[by_id], texts.precedence[by_id]))]
        numbers: dict[tuple[str, ...], int] = {}
        lists = [column.take(self.rows).to_pylist() for column in columns.values()]
        self.entries = np.array([numbers.setdefault(row, len(numbers)) for row in zip(*lists, strict=True)], np.int64)
        self.values = {name: [row[place] for row in numbers] for place, name in enumerate(columns)}
        self.sizes = np.bincount(self.entries)
        self.compared = Compared(self.values, comparisons)

    def places(self) -> Any:
        """For each entry its place in the order of what is compared."""
        spelled = list(zip(*self.compared.values.values(), strict=True))
        places = np.empty(len(spelled), np.int64)
        places[sorted(range(len(spelled)), key=lambda entry: (spelled[entry], entry))] = np.arange(len(spelled))
        return places

    def pairs(self, lefts: Any, rights: Any) -> Any:
        """How many pairs of rows a pair of entries stands for."""
        own = lefts == rights
        return np.where(own, self.sizes[lefts] * (self.sizes[lefts] - 1) // 2, self.sizes[lefts] * self.sizes[rights])

    def same_claim(self, lefts: Any, rights: Any, threshold: float) -> Any:
        """Of pairs of questions and answers those where each column is alike, with the same figures and signs."""
        same = np.ones(len(lefts), bool)
        for name in self.compared.comparisons:
            texts = self.values[name]
            facts = {entry: _facts(texts[entry]) for entry in np.unique((lefts, rights)).tolist()}
            same &= np.array([facts[left] == facts[right] for left, right in zip(lefts, rights, strict=True)], bool)
            same &= self.compared.scores(name, lefts, rights) >= threshold - SLACK
        return same


def _facts(text: str) -> list[str]:
    return sorted(term for term in terms(text) if _FIGURE.search(term))


@dataclass(frozen=True, slots=True)
class _Linked:
    """By place, which is the order in which rows are gone through: states, twins (a place, or -1), scores."""

    states: Any
    twins: Any
    scores: Any


def _linked(records: _Records, lefts: Any, rights: Any, scores: Any) -> _Linked:
    """Which rows go, by pairs of entries that are one record."""
    apart = lefts != rights
    ones = np.concatenate((lefts, rights[apart]))
    others = np.concatenate((rights, lefts[apart]))
    near = np.concatenate((scores, scores[apart]))
    order = np.lexsort((others, -near, ones))
    begins = np.searchsorted(ones[order], np.arange(len(records.sizes) + 1))
    families = records.texts.family[records.rows]
    states, twins, links = alike.settled(begins, others[order], records.entries, families)
    padded = np.append(near[order], np.nan)
    return _Linked(states, twins, np.round(padded[links], 4))


def _told(records: _Records, linked: _Linked, kind: str, figures: Mapping[str, Any]) -> Any:
    """What was found, as a table; the first row, which always stays, carries the figures."""
    tables = [verdicts([records.rows[0]], "pass", "", "", None, [{"figures": figures}])]
    for state, outcome, code in ((alike.GOES, "reject", "fuzzy_duplicate"), (alike.CHAINED, "note", "chain")):
        (places,) = np.nonzero(linked.states == state)
        twins = linked.twins[places]
        names = records.texts.ids.take(records.rows[twins]).to_pylist()
        pairs = records.entries[places], records.entries[twins]
        scores = {name: records.compared.scores(name, *pairs).tolist() for name in records.compared.comparisons}
        each = [
            {name: None if found[at] != found[at] else round(found[at], 4) for name, found in scores.items()}
            for at in range(len(places))
        ]
        said = [_reason(*one, kind, code) for one in zip(names, linked.scores[places].tolist(), each, strict=True)]
        word = "twin" if code != "chain" else "near"
        evidence = [{word: name, "scores": found} for name, found in zip(names, each, strict=True)]
        tables.append(verdicts(records.rows[places], outcome, code, said, linked.scores[places], evidence))
    return together(tables)


def _reason(twin: str, score: float, each: Mapping[str, float | None], kind: str, code: str) -> str:
    seen = ", ".join(f"{name} {'missing' if one is None else f'{one:.0%}'}" for name, one in each.items())
    if code == "chain":
        return f"It stays: it is like row {twin}, which goes, but like no row that stays ({seen})."
    much = f"is {score:.0%} like" if kind == "mean" else f"is, with a chance of {score:.1%}, the same record as"
    return f"It {much} row {twin}, which stays ({seen})."
