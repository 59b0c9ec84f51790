"""Words, pairs of words and sequences that a text shares with the one that was wanted: ROUGE."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from gristmill.entries import Row
from gristmill.lazy import lazy
from gristmill.measuring import Metric, references

np = lazy("numpy")

# Scripts that are written without spaces: each character stands for a word.
_WORDS = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿฀-๿က-႟ក-៿]|[^\W_぀-ヿ㐀-䶿一-鿿豈-﫿฀-๿က-႟ក-៿]+")
_LATIN = re.compile(r"[a-z0-9]+")


class Rouge(Metric):
    """F1 of shared words (`rouge1`), pairs (`rouge2`), the longest common sequence (`rougeL`), and that by line.

    `rougeLsum` takes each line as a sentence: a sentence of the wanted text is met by all sentences of the answer
    together, so their order does not matter; on one line it is `rougeL`. Of several wanted texts the best counts, each
    score by itself. Scores are 0 to 100, the mean over rows; an empty answer has 0, also where nothing was wanted.

    Words are of any script, a character each where a script has no spaces. The package rouge-score drops all but a to z
    and figures, so that it gives every text in other scripts 0: `latin` does so too, for figures that can be held
    against others'. Nothing is stemmed.

    Source: Lin 2004; rouge-score 0.1.2, which it equals with `latin`.
    """

    needs: ClassVar[tuple[str, ...]] = ("numpy",)
    reads: ClassVar[tuple[str, ...]] = ("summary",)
    scores: ClassVar[tuple[str, ...]] = ("rougeL", "rouge1", "rouge2", "rougeLsum")
    column: str = Field("summary", description="The column of the wanted text or texts.", min_length=1)
    latin: bool = Field(False, description="Whether only a to z and figures are words, as in rouge-score.")

    def statistics(self, rows: Sequence[Row], said: Sequence[str]) -> Any:
        """The four scores of each row, 0 to 1, and 1."""
        found = np.ones((len(rows), len(self.scores) + 1))
        for place, (row, answer) in enumerate(zip(rows, said, strict=True)):
            wanted = references(row, self.column, f"row {row.get('id', place + 1)}")
            lines = self._lines(answer)
            found[place, :-1] = np.max([_scores(self._lines(text), lines) for text in wanted], axis=0)
        return found

    def _lines(self, text: str) -> list[list[str]]:
        pattern = _LATIN if self.latin else _WORDS
        lowered = text.lower() if self.latin else text.casefold()
        return [words for line in lowered.split("\n") if (words := pattern.findall(line))]

    def totals(self, sums: Any) -> Mapping[str, Any]:
        """Means, times 100."""
        with np.errstate(invalid="ignore"):
            return {name: 100 * sums[..., place] / sums[..., -1] for place, name in enumerate(self.scores)}

    def signature(self) -> str:
        """What is a word, and that nothing is stemmed."""
        return f"words: {'a-z0-9, as rouge-score' if self.latin else 'any script'}; no stemming; best of references"


def _scores(wanted: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> tuple[float, ...]:
    gold, given = [word for line in wanted for word in line], [word for line in said for word in line]
    return (
        _f1(len(_common(gold, given)), len(gold), len(given)),
        _shared(gold, given, 1),
        _shared(gold, given, 2),
        _by_line(wanted, said),
    )


def _f1(hits: int, wanted: int, said: int) -> float:
    return 2 * hits / (wanted + said) if hits else 0.0


def _shared(gold: Sequence[str], given: Sequence[str], size: int) -> float:
    one, other = (Counter(zip(*(words[at:] for at in range(size)), strict=False)) for words in (gold, given))
    return _f1((one & other).total(), one.total(), other.total())


def _common(gold: Sequence[str], given: Sequence[str]) -> list[int]:
    """The places in `gold` of a longest common subsequence; of several that which the package's backtracking takes."""
    table = [[0] * (len(given) + 1) for _ in range(len(gold) + 1)]
    for row, word in enumerate(gold, 1):
        above, here = table[row - 1], table[row]
        for column, other in enumerate(given, 1):
            here[column] = above[column - 1] + 1 if word == other else max(above[column], here[column - 1])
    places, row, column = [], len(gold), len(given)
    while row and column:
        if gold[row - 1] == given[column - 1]:
            row, column = row - 1, column - 1
            places.append(row)
        elif table[row][column - 1] > table[row - 1][column]:
            column -= 1
        else:
            row -= 1
    return places[::-1]


def _by_line(wanted: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> float:
    """Union of common subsequences: no word counts more often than either text has it."""
    left, right = (Counter(word for line in lines for word in line) for lines in (wanted, said))
    sizes, hits = (left.total(), right.total()), 0
    for line in wanted:
        met = sorted({place for other in said for place in _common(line, other)})
        for word in (line[place] for place in met):
            if left[word] > 0 and right[word] > 0:
                hits += 1
                left[word] -= 1
                right[word] -= 1
    return _f1(hits, *sizes)
