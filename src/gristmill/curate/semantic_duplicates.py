"""Drop rows that say in other words what another row says, and keep one of each such set."""

import re
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._near import sieved, vectors_of
from gristmill.curate._twins import ranked, terms
from gristmill.embed import MODEL, Embedder, awaits, embedder, model_files
from gristmill.lazy import lazy
from gristmill.texts import Texts, together, verdicts

np = lazy("numpy")
pc = lazy("pyarrow.compute")

_FIGURE = re.compile(r"\d")
_DENIALS = frozenset("not no never without none neither nor cannot nobody nothing".split())
# A threshold holds for texts up to so many characters, the length of the sentences that it was chosen on.
_SENTENCE = 60
_GROWTH = 0.4
_SHORT = 4


class SemanticDuplicates(TextCheck):
    """What it rejects: a row whose meaning another row shares, by the cosine of their vectors.

    Two rows are alike when their vectors have a cosine of at least `threshold`, they name the same
    figures, and both or neither deny (not, never, without ...). Of rows with a question and an
    answer, both together are compared, and the answers alone must be alike too, those of fewer than
    four words word for word: the same question with another answer is a conflict, not a duplicate.
    Members of one family are variations and never duplicates, and a row without words is like none.

    Rows are gone through with those of people first, then the longest, then by id: one that is like
    a row already kept goes. Up to 30,000 rows all are compared with all; beyond, only with those of
    the four nearest of many cells (k-means on directions, as SemDeDup does).

    The vectors are weighted means of the packaged model's token vectors (see `model` for better
    ones). Means of long texts are all somewhat alike, so the longer the text the more is asked: 1 -
    (1 - threshold) * (60 / characters) ** 0.4 from 60 characters on. Whole documents are thus found
    only when they are close. On 2,500 sentence pairs of the STS benchmark the cosine has a rank
    correlation of 0.73 with what people said. Of the pairs that it takes for duplicates at 0.85,
    people gave half at least 4.5 of 5 and three quarters at least 4; of all pairs with 4.5 or more
    it finds 45 %. At 0.95 these are 85 %, 94 % and 11 %. It does not see who does what to whom, and
    one name among many words weighs little: "Who is in house A that year?" and "... in house B
    that year?" are alike to it. So look at what goes, and raise the threshold where rows are short.

    Source: SIF (Arora, Liang, Ma 2017); SemDeDup (Abbas et al. 2023).

    Why it matters: the same fact in ten wordings counts ten times, and in a test split it leaks.

    Kept: "How do I reset the password of my account?" - "Ask IT for a new one." beside "How do I
    reset the password of my account?" - "Call 555."

    Rejected: "The harbour opened in 1894 after two years of building." beside
    "After two years of building, the harbour was opened in 1894."
    """

    needs: ClassVar[tuple[str, ...]] = ("numba", "numpy", "pyarrow", "tokenizers")
    reads: ClassVar[tuple[str, ...]] = ()
    compares: ClassVar[bool] = True
    threshold: float = Field(0.85, gt=0, le=1, description="cosine from which on two rows are alike")
    model: str = Field("", description=MODEL)

    def files(self) -> tuple[str, ...]:
        """The files of a model of your own."""
        return model_files(self.model)

    def awaits(self) -> str:
        """The packaged weights, when they have not been fetched yet."""
        return awaits(self.model)

    def judge_texts(self, texts: Texts) -> Any:
        """Rejections name the `twin` that stays and the cosine, which is also the score.

        Raises UserError when the model cannot be had.
        """
        if len(texts) < 2:
            return together([])
        order = ranked(texts)
        roles = ("text",) if texts.documents else ("question", "answer")
        source = embedder(self.model)
        vectors = vectors_of(source, texts, *roles)[order]
        required = self._required(texts, roles, source)[order]
        gone = list(sieved(vectors, required, _Likeness(self, texts, order, source)))
        names = [texts.id(int(order[twin])) for _, twin, _ in gone]
        found = verdicts(
            [int(order[row]) for row, _, _ in gone],
            "reject",
            "semantic_duplicate",
            [
                f"It says what row {name} says, which stays: their meanings are {cosine:.0%} alike."
                for name, (_, _, cosine) in zip(names, gone, strict=True)
            ],
            [round(cosine, 4) for _, _, cosine in gone],
            [{"twin": name, "similarity": round(cosine, 4)} for name, (_, _, cosine) in zip(names, gone, strict=True)],
        )
        return together([found])

    def _required(self, texts: Texts, roles: tuple[str, ...], source: Embedder) -> Any:
        """The cosine that each row asks for, by its length."""
        if not source.averages:
            return np.full(len(texts), self.threshold, np.float32)
        lengths = sum(pc.utf8_length(texts.roles[role]).to_numpy().astype(np.float64) for role in roles)
        return self.asked(lengths)

    def asked(self, lengths: Any) -> Any:
        """The cosine asked of texts of so many characters whose vectors are means."""
        longer = np.maximum(np.asarray(lengths, np.float64), _SENTENCE) / _SENTENCE
        return (1 - (1 - self.threshold) / longer**_GROWTH).astype(np.float32)


class _Likeness:
    """What two rows of near vectors must share beside: figures, denial, their answers; and no family."""

    def __init__(self, check: SemanticDuplicates, texts: Texts, order: Any, source: Embedder) -> None:
        self.check, self.texts, self.order, self.source = check, texts, order, source
        self.numbers: dict[tuple[Any, ...], int] = {}
        self.facts = np.full(len(order), -1, np.int64)
        self.short = np.full(len(order), -1, np.int64)
        self.answers: dict[int, Any] = {}
        self.asked = np.zeros(len(order), np.float32)

    def __call__(self, rows: Any, others: Any) -> Any:
        """For each pair whether the two may be one."""
        self._learn(np.unique(np.concatenate([rows, others])))
        family = self.texts.family[self.order]
        fine = (self.facts[rows] == self.facts[others]) & ((family[rows] != family[others]) | (family[rows] < 0))
        fine &= self.short[rows] == self.short[others]
        if not self.texts.documents:
            for at in np.flatnonzero(fine & (self.short[rows] == 0)):
                row, other = int(rows[at]), int(others[at])
                cosine = float(self.answers[row] @ self.answers[other])
                fine[at] = cosine >= max(self.asked[row], self.asked[other])
        return fine

    def _learn(self, rows: Any) -> None:
        """Read those of the rows that were not read before."""
        new = [int(row) for row in rows[self.facts[rows] < 0]]
        texts: dict[int, str] = {}
        for row in new:
            place = int(self.order[row])
            if self.texts.documents:
                self.facts[row], self.short[row] = self._number(_facts(self.texts.text("text", place))), 0
                continue
            asked, answer = (self.texts.text(role, place) for role in ("question", "answer"))
            self.facts[row] = self._number((_facts(asked), _facts(answer)))
            said = tuple(terms(answer))
            self.short[row] = self._number(("answer", *said)) if len(said) < _SHORT else 0
            texts[row] = answer
        if texts:
            self.answers.update(zip(texts, self.source.vectors(list(texts.values())), strict=True))
            long = self.source.averages
            lengths = [len(text) for text in texts.values()]
            self.asked[list(texts)] = self.check.asked(lengths) if long else self.check.threshold

    def _number(self, key: tuple[Any, ...]) -> int:
        return self.numbers.setdefault(key, len(self.numbers) + 1)


def _facts(text: str) -> tuple[Any, ...]:
    """What two texts of one meaning share word for word: figures and signs, and whether they deny."""
    found = terms(text)
    denials = sum(term in _DENIALS or term.endswith(("n't", "n’t")) for term in found)
    return (*sorted(term for term in found if _FIGURE.search(term)), denials % 2)
