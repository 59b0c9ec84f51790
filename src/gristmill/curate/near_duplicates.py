"""Drop rows that are another row but for a few words, and keep one of each such set."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._minhash import Sketches, banding, candidates, sketches
from gristmill.curate._twins import joined, quoted, ranked
from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.texts import Texts, together, verdicts

np = lazy("numpy")
pa = lazy("pyarrow")
pc = lazy("pyarrow.compute")
alike = lazy("gristmill.compiled.alike")

_WORDS_OF_A_DOCUMENT = 5
_WORDS_OF_A_ROW = 2


class NearDuplicates(TextCheck):
    """What it rejects: a row whose wording another row shares but for a few words.

    Two rows are alike when, of all runs of `ngram` words in either, both have at least `threshold`
    (Jaccard). Rows of a task need more: their answers alone must be as much alike, and they must
    name the same figures and signs of arithmetic. So the same question with another answer stays
    (see `conflicts`), and so does the same dosage text with another dose; members of one family are
    variations and never duplicates. Of whole documents the `text` is compared, whose figures are
    words like any other. Case, punctuation and the Unicode form of letters do not count; figures
    are never dropped. Scripts without spaces count by character. Texts of fewer words than a run
    must have equal words.

    What a threshold means: a changed word breaks the `ngram` runs it stands in. In rows, with runs
    of 2, one changed word in the middle of w words passes the default of 0.7 from 13 words on, two
    apart from 24 on. In documents, with runs of 5, one changed word passes it from 33 words on, and
    a document in which words are changed here and there passes with up to about 4 in 100: at 2 in
    100 the similarity is about 0.83, at 5 about 0.63, at 10 about 0.42. One block of b changed words
    costs only b + 4 runs: a tenth of a document of 160 words leaves 0.77.

    MinHash with banding proposes pairs; each is then compared exactly. Rows are gone through with
    those of people first, then the longest, then by id: one that is like a row already kept goes.
    A row that is like only rows that went stays, noted as `chain`. `evidence` has the size of the
    whole cluster and its lowest similarity to the first row: a low one tells of a long chain.

    Why it matters: near copies weigh some facts far above others, and when one falls into the test
    split the score measures memory.

    Kept: "How do I reset the password of my account at work?" - "Ask IT for a new one." beside
    "How do I reset the password of my account at work?" - "Call 555."

    Rejected: "How do I reset the password of my account at work?" - "Ask IT for a new one." beside
    "How do I reset the password for my account at work?" - "Ask IT for a new one."
    """

    needs: ClassVar[tuple[str, ...]] = ("numba", "numpy", "pyarrow")
    reads: ClassVar[tuple[str, ...]] = ()
    compares: ClassVar[bool] = True
    columns: tuple[Literal["question", "answer", "context"], ...] = Field(
        ("question", "answer"), min_length=1, description="what is compared of rows of a task, taken together"
    )
    threshold: float = Field(0.7, gt=0, le=1, description="Jaccard similarity from which on two rows are alike")
    ngram: int | None = Field(
        None, ge=1, le=20, description="words per run that is compared; unset, 2 for rows and 5 for whole documents"
    )

    def judge_texts(self, texts: Texts) -> Any:
        """Rejections name the `twin` that stays and the similarity, which is also the score.

        Raises UserError when the rows lack a column that is to be compared.
        """
        if len(texts) == 0:
            return together([])
        if texts.documents:
            read = _Read(texts, ("text",), self.ngram or _WORDS_OF_A_DOCUMENT, self.threshold)
        else:
            for role in self.columns:
                if role not in texts.roles:
                    raise UserError(
                        f'near_duplicates compares "{role}", which these rows do not have: drop it from columns'
                    )
            read = _Read(texts, self.columns, self.ngram or _WORDS_OF_A_ROW, self.threshold)
        return _told(texts, read.found())


@dataclass(frozen=True, slots=True)
class _Found:
    """By place, which is the order in which rows are gone through; numpy arrays.

    rows, states, twins (a place, or -1), scores, sizes of the clusters, and their lowest similarity to their first row
    """

    rows: Any
    states: Any
    twins: Any
    scores: Any
    sizes: Any
    lowest: Any


class _Read:
    """The texts as they are compared: equal ones are one entry, entries that are alike are linked."""

    def __init__(self, texts: Texts, roles: tuple[str, ...], ngram: int, threshold: float) -> None:
        self.threshold = threshold
        self.texts = sketches(texts.column(*roles), ngram, *banding(threshold))
        self.answers = None if texts.documents else sketches(texts.column("answer"), ngram)
        self.rows = ranked(texts)
        self.families = texts.family[self.rows]
        wholes = self.texts.wholes
        if self.answers:
            wholes = wholes * np.uint64(0x9E3779B97F4A7C15) ^ self.answers.wholes
        _, first, entry = np.unique(wholes[self.rows], return_index=True, return_inverse=True)
        order = np.argsort(first)
        numbers = np.empty(len(order), np.int64)
        numbers[order] = np.arange(len(order))
        # By place its entry, and by entry the first place and its row.
        self.entries, self.first = numbers[entry], first[order]
        self.row_of = self.rows[self.first]

    def found(self) -> _Found:
        lows, highs, scores = self._links()
        size = len(self.first)
        selves = np.arange(size)
        ones = np.concatenate((selves, lows, highs))
        others = np.concatenate((selves, highs, lows))
        near = np.concatenate((np.ones(size), scores, scores))
        order = np.lexsort((others, -near, ones))
        begins = np.searchsorted(ones[order], np.arange(size + 1))
        states, twins, links = alike.settled(begins, others[order], self.entries, self.families)
        sizes, lowest = self._clusters(lows, highs, scores)
        return _Found(
            self.rows, states, twins, near[order][links], sizes[self.entries], np.round(lowest, 4)[self.entries]
        )

    def _links(self) -> tuple[Any, Any, Any]:
        """Pairs of entries that are alike, and how much."""
        lows, highs = candidates(self.texts.bands, self.row_of)
        if self.answers:
            same = self.texts.figures[self.row_of[lows]] == self.texts.figures[self.row_of[highs]]
            lows, highs = lows[same], highs[same]
        scores = self.texts.similarity(self.row_of[lows], self.row_of[highs])
        like = scores >= self.threshold
        lows, highs, scores = lows[like], highs[like], scores[like]
        if self.answers:
            like = self._answers_alike(self.answers, self.row_of[lows], self.row_of[highs])
            lows, highs, scores = lows[like], highs[like], scores[like]
        return lows, highs, scores

    def _answers_alike(self, answers: Sketches, lefts: Any, rights: Any) -> Any:
        like = answers.wholes[lefts] == answers.wholes[rights]
        like[~like] = answers.similarity(lefts[~like], rights[~like]) >= self.threshold
        return like

    def _clusters(self, lows: Any, highs: Any, scores: Any) -> tuple[Any, Any]:
        """For each entry the rows in its cluster, and the lowest similarity to the cluster's first row."""
        one, other = self.families[self.first[lows]], self.families[self.first[highs]]
        strange = (one < 0) | (one != other)
        tops = alike.tops(len(self.first), lows[strange], highs[strange])
        sizes, lowest = np.bincount(tops[self.entries], minlength=len(tops)), np.ones(len(tops))
        np.minimum.at(lowest, tops[lows], np.where(tops[highs] == lows, scores, 1.0))
        linked = np.arange(len(tops))
        linked[highs[tops[highs] == lows]] = -1
        (far,) = np.nonzero((linked >= 0) & (tops != linked))
        far = far[np.argsort(tops[far], kind="stable")]
        np.minimum.at(lowest, tops[far], self.texts.similarity(self.row_of[tops[far]], self.row_of[far]))
        return sizes[tops], lowest[tops]


def _told(texts: Texts, found: _Found) -> Any:
    """What was found, as a table; of the rows that pass those that stand for a cluster."""
    (goes,), (stays,) = np.nonzero(found.states == alike.GOES), np.nonzero(found.states == alike.CHAINED)
    (passes,) = np.nonzero((found.states == alike.PASSES) & (found.sizes > 1))
    wording = pa.array([f"It has {share}% of its wording in common with row " for share in range(101)])
    shares = wording.take(pa.array(np.rint(100 * found.scores[goes]).astype(np.int64)))
    twins, near = _names(texts, found, goes), _names(texts, found, stays)
    gone = joined(shares, twins, ", which stays.")
    chained = joined("It stays: it is like row ", near, ", which goes, but like no row that stays.")
    scores = np.round(found.scores, 4)
    told, also = _evidence(found, goes, "twin", twins), _evidence(found, stays, "near", near)
    return together(
        [
            verdicts(found.rows[goes], "reject", "near_duplicate", gone, scores[goes], told),
            verdicts(found.rows[stays], "note", "chain", chained, scores[stays], also),
            verdicts(found.rows[passes], "pass", "", "", None, joined("{", _cluster(found, passes), "}")),
        ]
    )


def _names(texts: Texts, found: _Found, places: Any) -> Any:
    """The names of the rows that these are like."""
    return texts.ids.take(pa.array(found.rows[found.twins[places]])).combine_chunks().cast(pa.string())


def _evidence(found: _Found, places: Any, kind: str, names: Any) -> Any:
    cluster = pc.if_else(pa.array(found.sizes[places] > 1), joined(_cluster(found, places), ","), "")
    return joined("{", cluster, f'"{kind}":', quoted(names), "}")


def _cluster(found: _Found, places: Any) -> Any:
    size, lowest = pa.array(found.sizes[places]).cast(pa.string()), pa.array(found.lowest[places]).cast(pa.string())
    return joined('"cluster":', size, ',"lowest_similarity":', lowest)
