"""Which pairs of records are compared at all: those that share a key, or are near in its order.

Source: blocking and sorted neighbourhoods as in Christen, Data Matching (2012).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gristmill.curate._twins import squeezed, terms
from gristmill.errors import UserError
from gristmill.lazy import lazy

np = lazy("numpy")

Key = Literal["whole", "letters", "neighbours", "tokens", "grams"]
MOST_PAIRS = 30_000_000
_LETTERS = 3
_GRAM = 4
_RAREST = 3
_LOW = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Crowd:
    """A block of too many records to compare all with all: its column, its value, its size."""

    column: str
    value: str
    size: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """How pairs are made: column -> key; the longest block compared in full; how many follow a record in an order."""

    keys: Mapping[str, Key]
    largest: int
    window: int

    def pairs(self, values: Mapping[str, Sequence[str]], order: Any) -> tuple[Any, Any, tuple[Crowd, ...]]:
        """Pairs of records by number, the lower first, a keyed record with itself among them; and the crowds.

        `values` are the texts by column, "" where one is missing: such a record is in no block of that column.
        In a crowd each record is compared with the `window` that follow it in `order`, the place of each record.
        Raises UserError when there would be more than MOST_PAIRS.
        """
        found, crowds, made = [np.zeros(0, np.int64)], [], 0
        for column, key in self.keys.items():
            if key == "neighbours":
                inside, keyed = self._ordered(values[column], order), []
            else:
                inside, keyed, crowded = self._blocks(column, key, values[column], order)
                crowds += crowded
            made += sum(_count(bounds, reach) for _, bounds, reach in (*inside, *keyed))
            if made > MOST_PAIRS:
                raise UserError(_too_many(column, key, keyed))
            found += [_packed(*block) for block in (*inside, *keyed)]
        packed = np.unique(np.concatenate(found))
        crowds.sort(key=lambda crowd: (-crowd.size, crowd.column, crowd.value))
        return packed >> 32, packed & _LOW, tuple(crowds)

    def _ordered(self, texts: Sequence[str], order: Any) -> list[tuple[Any, Any, int]]:
        names = [" ".join(terms(text)) for text in texts]
        places = order.tolist()
        rows = sorted((row for row, name in enumerate(names) if name), key=lambda row: (names[row], places[row]))
        return [(np.array(rows, np.int64), np.array([0, len(rows)]), self.window)]

    def _blocks(self, column: str, key: Key, texts: Sequence[str], order: Any) -> Any:
        """Blocks in which all are compared, blocks compared in order, and what is to be told of these."""
        names, codes, rows = _keyed(texts, _KEYS[key], key in ("tokens", "grams"))
        sort = np.lexsort((order[rows], codes))
        codes, rows = codes[sort], rows[sort]
        sizes = np.bincount(codes, minlength=len(names))
        wide = sizes > self.largest
        crowds = [Crowd(column, names[code], int(sizes[code])) for code in np.flatnonzero(wide)]
        blocks = []
        for chosen, reach in ((wide, self.window), (~wide, self.largest)):
            bounds = np.concatenate(([0], np.cumsum(sizes[chosen])))
            blocks.append((rows[chosen[codes]], bounds, reach))
        return blocks[:1], blocks[1:], crowds


def _whole(text: str) -> Iterator[str]:
    if name := squeezed(text).casefold():
        yield name


def _letters(text: str) -> Iterator[str]:
    if name := " ".join(terms(text))[:_LETTERS]:
        yield name


def _grams(text: str) -> Iterator[str]:
    name = " ".join(terms(text))
    if name:
        yield from (name[at : at + _GRAM] for at in range(max(1, len(name) - _GRAM + 1)))


_KEYS: Mapping[Key, Callable[[str], Iterator[str]]] = {
    "whole": _whole,
    "letters": _letters,
    "tokens": lambda text: iter(terms(text)),
    "grams": _grams,
}


def _keyed(texts: Sequence[str], keys: Callable[[str], Iterator[str]], rare: bool) -> tuple[list[str], Any, Any]:
    """The names of all blocks, and in pairs the number of a block and of a record in it.

    Of many keys those of a record count that are its rarest, of those which another record has too.
    """
    held = [sorted(set(keys(text))) for text in texts]
    if rare:
        seen = Counter(name for names in held for name in names)
        held = [
            sorted((name for name in names if seen[name] > 1), key=lambda name: (seen[name], name))[:_RAREST]
            or names[:1]
            for names in held
        ]
    numbers = {name: number for number, name in enumerate(sorted({name for names in held for name in names}))}
    codes = np.array([numbers[name] for names in held for name in names], np.int64)
    rows = np.repeat(np.arange(len(held)), [len(names) for names in held])
    return list(numbers), codes, rows


def _count(bounds: Any, reach: int) -> int:
    """How many pairs blocks with these bounds make, when each record meets so many that follow it and itself."""
    sizes = np.diff(bounds)
    most = np.minimum(sizes - 1, reach)
    return int(np.where(sizes > 0, sizes * most - most * (most + 1) // 2 + sizes, 0).sum())


def _packed(rows: Any, bounds: Any, reach: int) -> Any:
    """Pairs as lower << 32 | higher: each record with itself and so many that follow it in its block."""
    ends = np.repeat(bounds[1:], np.diff(bounds))
    at = np.arange(len(rows))
    found = [rows << 32 | rows]
    for step in range(1, reach + 1):
        at = at[at + step < ends[at]]
        if len(at) == 0:
            break
        one, other = rows[at], rows[at + step]
        found.append(np.minimum(one, other) << 32 | np.maximum(one, other))
    return np.concatenate(found)


def _too_many(column: str, key: str, blocks: Sequence[tuple[Any, Any, int]]) -> str:
    sizes = [np.diff(bounds).max(initial=0) for _, bounds, _ in blocks]
    most = f", whose longest compared in full has {max(sizes):,} records" if sizes else ""
    return (
        f"fuzzy_duplicates would compare more than {MOST_PAIRS:,} pairs with the blocks by {column} ({key}){most}: "
        f"lower largest_block or window, or block by a column that tells the records better apart"
    )
