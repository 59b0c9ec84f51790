"""What the peers that only sign texts share: rows, bands of signatures, and the first of each component."""

import json
from pathlib import Path
from typing import Any

import numpy as np

HASHES, BANDS, WORDS = 112, 14, 5


def rows(corpus: Path) -> tuple[list[str], list[str]]:
    """Ids and texts."""
    ids, texts = [], []
    with corpus.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            ids.append(row["id"])
            texts.append(row["text"])
    return ids, texts


def kept(signatures: Any) -> list[int]:
    """Rows that are the first of their component, where those are linked that agree in a whole band."""
    parents = np.arange(len(signatures))

    def top(member: int) -> int:
        while parents[member] != member:
            parents[member] = parents[parents[member]]
            member = parents[member]
        return int(member)

    for band in np.split(signatures, BANDS, axis=1):
        keys = np.ascontiguousarray(band).view(np.dtype((np.void, band.dtype.itemsize * band.shape[1]))).ravel()
        _, first, member = np.unique(keys, return_index=True, return_inverse=True)
        (later,) = np.nonzero(first[member] != np.arange(len(keys)))
        for row in later:
            one, other = top(int(row)), top(int(first[member[row]]))
            parents[max(one, other)] = min(one, other)
    return [row for row in range(len(signatures)) if top(row) == row]
