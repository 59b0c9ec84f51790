"""Find in many texts the runs of words of held-out texts, each of them compared word by word."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from gristmill.curate._folded import Letters, every, plain, spans
from gristmill.curate._held_out import Item
from gristmill.lazy import lazy
from gristmill.texts import Texts, column_of, raw

np = lazy("numpy")
runs = lazy("gristmill.compiled.runs")

# Room for this many runs that one call of the loop may find; a longer text gets more.
_ROOM = 1 << 16


class Run(NamedTuple):
    """Words that a row has too: which of the held-out text's, in which of the row's texts, and where in it."""

    begin: int
    end: int
    field: str
    span: tuple[int, int]


@dataclass(slots=True)
class Met:
    """What one row holds of one held-out text."""

    number: int
    exact: bool = False
    runs: list[Run] = field(default_factory=list)

    @property
    def longest(self) -> Run:
        """The run of most words; of equal ones the first."""
        return max(self.runs, key=lambda run: run.end - run.begin)

    def covered(self) -> int:
        """How many words of the held-out text are in the row."""
        total, reached = 0, 0
        for run in sorted(self.runs):
            total += max(0, run.end - max(run.begin, reached))
            reached = max(reached, run.end)
        return total


class Leaks:
    """The runs of words of all held-out texts, by hash, and where each stands.

    items     the item of each text; `asked` says whether it is its question (or whole text), else its answer
    testable  how many words of each text a run can cover at all
    untested  how many questions (or texts) have no run that is theirs, and so are compared as a whole alone
    """

    def __init__(self, items: Sequence[Item], size: int, common: int) -> None:
        self.size, self.letters = size, Letters()
        both = [(item, asked, item.asked if asked else item.answer) for item in items for asked in (True, False)]
        texts = [entry for entry in both if entry[2]]
        self.items = [item for item, _, _ in texts]
        self.asked = [asked for _, asked, _ in texts]
        self.texts = column_of([text for _, _, text in texts])
        self._words: dict[int, list[str]] = {}
        self._index(common)

    def _index(self, common: int) -> None:
        hashes, sizes = self._listed()
        counts = np.maximum(sizes - self.size + 1, 0)
        number = np.repeat(np.arange(len(sizes), dtype=np.int32), counts + 1)
        ends = np.cumsum(counts + 1)
        place = (np.arange(len(hashes)) - (ends - counts - 1)[number]).astype(np.int32)
        place[ends - 1] = -1
        is_run = np.flatnonzero(place >= 0)
        kept = is_run[_rare(hashes[is_run], number[is_run], common)]
        self.testable = _covered(kept, number, place, sizes, self.size)
        self.untested = int((self.testable[np.array(self.asked, bool)] == 0).sum())
        wholes = (ends - 1)[np.array(self.asked, bool) & (sizes > 0)]
        kept = np.concatenate([kept, wholes[_rare(hashes[wholes], number[wholes], common)]])
        kept = kept[np.argsort(hashes[kept], kind="stable")]
        self._number, self._place = number[kept], place[kept]
        known, self._begin = np.unique(hashes[kept], return_index=True)
        self._begin = np.append(self._begin, len(kept))
        slots = np.full(1 << max(10, (4 * len(known)).bit_length()), -1, np.int32)
        runs.slots_of(known, slots)
        self._table = (known, slots)

    def _listed(self) -> tuple[Any, Any]:
        """The hashes of all runs and wholes of the held-out texts, and how many words each text has."""
        chunk = self.texts.combine_chunks()
        chunk = chunk.chunk(0) if hasattr(chunk, "chunk") else chunk
        data, starts = raw(chunk)
        hashes, sizes = np.empty(len(data) + len(chunk) + 1, np.uint64), np.zeros(len(chunk), np.int64)
        done = 0

        def loop(first: int) -> Any:
            out = (hashes[done:], sizes)
            return runs.listed((data, starts), first, self.letters.arrays, self.size, out)

        for _, filled in every(loop, len(chunk), self.letters):
            done += filled
        return hashes[:done], sizes

    def met(self, texts: Texts, roles: Sequence[str]) -> dict[int, list[Met]]:
        """For each row that holds a run of a held-out text, or one as a whole in its first role: what it holds."""
        found: dict[int, dict[int, Met]] = defaultdict(dict)
        for role in roles:
            for row, places, numbers in self._hits(texts, role):
                for number, exact, run in self._seen(str(texts.roles[role][row]), role, places, numbers):
                    if exact and role != roles[0]:
                        continue
                    entry = found[row].setdefault(number, Met(number))
                    entry.exact = entry.exact or exact
                    entry.runs.append(run)
        return {row: list(entries.values()) for row, entries in found.items() if entries}

    def _hits(self, texts: Texts, role: str) -> Iterator[tuple[int, Any, Any]]:
        """The rows of a role whose hashes are known: the row, the places of its runs, and their places in the table."""
        for start, piece in texts.batches(role):
            data, starts = raw(piece)
            if starts[-1] == starts[0]:
                continue
            room = max(_ROOM, int(np.diff(starts).max()) + 2)
            out = (np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64))

            def loop(first: int, text: Any = (data, starts), out: Any = out) -> Any:
                return runs.met(text, first, self.letters.arrays, self.size, self._table, out)

            for _, filled in every(loop, len(piece), self.letters):
                rows, places, numbers = (one[:filled] for one in out)
                edges = [0, *(np.flatnonzero(np.diff(rows)) + 1).tolist(), filled] if filled else []
                for begin, end in pairwise(edges):
                    yield start + int(rows[begin]), places[begin:end], numbers[begin:end]

    def _seen(self, text: str, role: str, places: Any, entries: Any) -> Iterator[tuple[int, bool, Run]]:
        """The runs that are truly there, neighbours made one, by held-out text; and whether a run is the whole."""
        found = spans(text)
        row = [word for word, _, _ in found]
        for number, place, begin, length in self._stretches(places, entries):
            held = self.words(number)
            exact = begin < 0
            if exact:
                place, begin, length = 0, 0, len(held)
            if row[place : place + length] == held[begin : begin + length] and (not exact or len(row) == length):
                span = (found[place][1], found[place + length - 1][2])
                yield number, exact, Run(begin, begin + length, role, span)

    def _stretches(self, places: Any, entries: Any) -> list[tuple[int, int, int, int]]:
        """Runs that follow each other in both texts as one: held-out text, place in the row, in that text, words."""
        counts = self._begin[entries + 1] - self._begin[entries]
        at = np.repeat(self._begin[entries] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        number, begin, place = self._number[at], self._place[at], np.repeat(places, counts)
        # A whole goes with a whole alone: both are at -1.
        fits = (begin < 0) == (place < 0)
        number, begin, place = number[fits], begin[fits], place[fits]
        order = np.lexsort((place, begin - place, number))
        number, begin, place = number[order], begin[order], place[order]
        follows = (np.diff(number) == 0) & (np.diff(begin) == 1) & (np.diff(place) == 1) & (begin[:-1] >= 0)
        first = np.flatnonzero(np.append(True, ~follows)[: len(number)])
        lengths = np.diff(np.append(first, len(number))) + self.size - 1
        columns = (number[first], place[first], begin[first], lengths)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def words(self, number: int) -> list[str]:
        """The words of a held-out text."""
        if number not in self._words:
            self._words[number] = plain(str(self.texts[number]))
        return self._words[number]

    def share(self, met: Met) -> float:
        """How much of its held-out text a row holds, 0 to 1, of the words that a run can cover."""
        return 1.0 if met.exact else met.covered() / int(self.testable[met.number])


def _rare(hashes: Any, number: Any, common: int) -> Any:
    """Which runs stand in no more than `common` texts."""
    if len(hashes) == 0:
        return np.zeros(0, bool)
    order = np.argsort(hashes, kind="stable")
    ordered, texts = hashes[order], number[order]
    first = np.append(True, ordered[1:] != ordered[:-1])
    other = first | np.append(True, texts[1:] != texts[:-1])
    begins = np.flatnonzero(first)
    fine = np.add.reduceat(other.astype(np.int64), begins) <= common
    kept = np.empty(len(hashes), bool)
    kept[order] = np.repeat(fine, np.diff(np.append(begins, len(ordered))))
    return kept


def _covered(kept: Any, number: Any, place: Any, sizes: Any, size: int) -> Any:
    """How many words of each text lie in a kept run."""
    begins = np.concatenate([[0], np.cumsum(sizes)])
    starts = begins[number[kept]] + place[kept]
    change = np.bincount(starts, minlength=begins[-1] + 1) - np.bincount(starts + size, minlength=begins[-1] + 1)
    total = np.concatenate([[0], np.cumsum(np.cumsum(change) > 0)])
    return total[begins[1:]] - total[begins[:-1]]
