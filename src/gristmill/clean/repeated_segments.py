"""Cuts long passages that stand word for word in another place, so that each is learnt once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import Cleaner, Repair
from gristmill.lazy import lazy

np = lazy("numpy")
loops = lazy("gristmill.compiled.segments")


class RepeatedSegments(Cleaner):
    """Of each run of so many tokens that stands more than once, in one document or in several, one stays.

    Tokens are words, single signs, and the single characters of scripts without spaces; how they are spaced does not
    matter, case does. Runs are compared exactly, and joined to the longest that repeat. The one that stays is in the
    longest of the documents, spaces not counted (of equally long ones, in the first in the order of their texts),
    and there the first; so a document that is all inside another one is left with nothing, and a document that has
    all of another and more stays whole. A cut goes from the beginning of a token to that of the next that stays.

    All texts are in memory while they are compared, with about 60 bytes for each token. Ready-made rows are no
    business of this cleaner: many of them share one passage on purpose.

    Source: Lee et al. 2022, Deduplicating Training Data Makes Language Models Better (exact substrings).
    """

    needs: ClassVar[tuple[str, ...]] = ("numba", "numpy")
    together: ClassVar[bool] = True
    codes: ClassVar[Mapping[str, str]] = {"repeated": "A run of tokens that stands word for word in another place."}

    tokens: int = Field(default=50, ge=8, description="Runs of at least this many tokens that repeat are cut.")

    def repairs(self, texts: Sequence[str]) -> Iterator[Sequence[Repair]]:
        """For each text what is cut of it."""
        raw = [text.encode("utf-8", "surrogatepass") for text in texts]
        order = sorted(range(len(raw)), key=lambda number: (-len(b"".join(raw[number].split())), raw[number]))
        spans = dict(zip(order, self._spans([raw[number] for number in order]), strict=True))
        for number, text in enumerate(texts):
            yield _cuts(text, raw[number], spans[number])

    def _spans(self, raw: Sequence[bytes]) -> Iterator[Sequence[tuple[int, int]]]:
        """Of each text, in bytes, what is cut: from a token to the next that stays."""
        data = np.frombuffer(b"".join(raw), np.uint8)
        starts = np.concatenate([[0], np.cumsum([len(one) for one in raw], dtype=np.int64)])
        first = np.zeros(len(raw) + 1, np.int64)
        told = np.zeros((3, loops.tokens(data, starts, first, np.zeros((3, 0), np.int64))), np.int64)
        loops.tokens(data, starts, first, told)
        stays = self._stays(data, first, told)
        for number in range(len(raw)):
            mine = slice(first[number], first[number + 1])
            yield _runs(stays[mine], told[0, mine] - starts[number], len(raw[number]))

    def _stays(self, data: Any, first: Any, told: Any) -> Any:
        """Which tokens stay: what is left is looked at again, since a cut may join what then repeats."""
        stays = np.ones(told.shape[1], bool)
        while True:
            left = np.flatnonzero(stays)
            cut = np.zeros(len(left), np.uint8)
            places = np.searchsorted(left, first)
            if not loops.repeated(data, places, np.ascontiguousarray(told[:, left]), self.tokens, cut):
                return stays
            stays[left[cut == 1]] = False


def _runs(stays: Any, begins: Any, end: int) -> list[tuple[int, int]]:
    """The runs of tokens that do not stay, each as where it begins and where the next token begins."""
    if stays.all():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[True], stays, [True]])))
    borders = np.append(begins, end)
    return [(int(borders[edges[at]]), int(borders[edges[at + 1]])) for at in range(0, len(edges), 2)]


def _cuts(text: str, raw: bytes, spans: Sequence[tuple[int, int]]) -> list[Repair]:
    """Spans of bytes as repairs of the text."""
    found, place, done = [], 0, 0
    for start, end in spans:
        place += len(raw[done:start].decode("utf-8", "surrogatepass"))
        length = len(raw[start:end].decode("utf-8", "surrogatepass"))
        apart = place and not text[place - 1].isspace() and end < len(raw)
        gap = "\n" if apart and "\n" in text[place : place + length] else " " if apart else ""
        found.append(Repair(place, place + length, gap, "repeated"))
        place, done = place + length, end
    return found
