"""Find for each row the rows before it that are near: all with all, or by cells when very many.

Cells are those of spherical k-means, as in SemDeDup (Abbas et al. 2023); a row is compared with the members of the
`PROBES` cells that are nearest to it, so that a border between two cells hides little.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gristmill.lazy import lazy
from gristmill.texts import Texts

np = lazy("numpy")

# Up to so many rows all are compared with all.
EXACT = 30_000
PROBES = 4
_BLOCK = 256
_BLOCKS = 16
_PER_CELL = 512
_FEWEST, _MOST = 16, 2048
_SAMPLED = 32
_ROUNDS = 6
_CHUNK = 4096

Pairs = tuple[Any, Any, Any]


def vectors_of(embedder: Any, texts: Texts, *roles: str) -> Any:
    """A vector per row, of these roles together."""
    found = [embedder.vectors(piece.to_pylist()) for _, piece in texts.batches(*roles)]
    return np.concatenate(found) if found else np.zeros((0, 1), np.float32)


def sieved(vectors: Any, required: Any, alike: Callable[[Any, Any], Any]) -> Iterator[tuple[int, int, float]]:
    """Rows that go, each with the nearest row that stays, and their cosine, in the order of the rows.

    A row goes when a row before it that stays has a cosine of at least what both of them require, and `alike`
    (given two arrays of rows) says that the two may be one. Zero vectors are like nothing.
    """
    size = len(vectors)
    cells = Cells(vectors)
    stays = np.ones(size, bool)
    block = max(_BLOCK, size // _BLOCKS) if cells.count > 1 else _BLOCK
    for first in range(0, size, block):
        last = min(first + block, size)
        rows, others, cosines = cells.pairs(first, last, required)
        fine = alike(rows, others) if len(rows) else np.zeros(0, bool)
        rows, others, cosines = rows[fine], others[fine], cosines[fine]
        for at in np.lexsort((others, -cosines, rows)):
            row, other = int(rows[at]), int(others[at])
            if stays[row] and stays[other]:
                stays[row] = False
                yield row, other, float(cosines[at])
        cells.settle(first, last, stays)


class Cells:
    """Vectors in cells by direction, and of each cell the rows that have stayed so far."""

    def __init__(self, vectors: Any, exact: int = EXACT) -> None:
        self.vectors = vectors
        size = len(vectors)
        few = size <= exact
        self.count = 1 if few else min(max(size // _PER_CELL, _FEWEST), _MOST)
        self.probes = np.zeros((size, 1), np.int32) if few else _nearest(vectors, _centres(vectors, self.count), PROBES)
        self.stayed: list[Any] = [np.zeros(0, np.int64)] * self.count

    def pairs(self, first: int, last: int, required: Any) -> Pairs:
        """Pairs of a row of this block and one before it, and their cosine, where it is as high as required."""
        found: list[Pairs] = []
        places, cells = np.nonzero(np.ones_like(self.probes[first:last]))
        asked = self.probes[first:last][places, cells]
        order = np.argsort(asked, kind="stable")
        bounds = np.searchsorted(asked[order], np.arange(self.count + 1))
        for cell in np.unique(asked):
            rows = first + places[order[bounds[cell] : bounds[cell + 1]]]
            new = rows[self.probes[rows, 0] == cell]
            found.append(self._between(rows, np.concatenate([self.stayed[cell], new]), required))
        return tuple(np.concatenate(part) for part in zip(*found, strict=True))

    def _between(self, rows: Any, others: Any, required: Any) -> Pairs:
        cosines = self.vectors[rows] @ self.vectors[others].T
        near = cosines >= np.maximum(required[rows][:, None], required[others])
        left, right = np.nonzero(near)
        earlier = others[right] < rows[left]
        left, right = left[earlier], right[earlier]
        return rows[left], others[right], np.minimum(cosines[left, right], 1.0)

    def settle(self, first: int, last: int, stays: Any) -> None:
        """Those of the block that stay are compared with from now on."""
        rows = first + np.flatnonzero(stays[first:last] & self.vectors[first:last].any(axis=1))
        homes = self.probes[rows, 0]
        for cell in np.unique(homes):
            self.stayed[cell] = np.concatenate([self.stayed[cell], rows[homes == cell]])


def _centres(vectors: Any, count: int) -> Any:
    """So many directions by spherical k-means on rows taken evenly."""
    sample = vectors[np.linspace(0, len(vectors) - 1, min(len(vectors), count * _SAMPLED)).astype(np.int64)]
    centres = sample[np.linspace(0, len(sample) - 1, count).astype(np.int64)]
    for _ in range(_ROUNDS):
        home = _nearest(sample, centres, 1)[:, 0]
        sums = np.zeros_like(centres)
        np.add.at(sums, home, sample)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), centres).astype(np.float32)
    return centres


def _nearest(vectors: Any, centres: Any, count: int) -> Any:
    """For each vector the nearest centres, the nearest first."""
    found = np.empty((len(vectors), count), np.int32)
    for first in range(0, len(vectors), _CHUNK):
        cosines = vectors[first : first + _CHUNK] @ centres.T
        if count == 1:
            found[first : first + _CHUNK, 0] = cosines.argmax(axis=1)
            continue
        near = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(cosines, near, axis=1), axis=1, kind="stable")
        found[first : first + _CHUNK] = np.take_along_axis(near, order, axis=1)
    return found
