"""How likely each label is for each row, by a logistic regression that did not see the row."""

import hashlib
from dataclasses import dataclass
from typing import Any

from gristmill.lazy import lazy
from gristmill.texts import Texts, raw

np = lazy("numpy")
label_scores = lazy("gristmill.compiled.label_scores")

FOLDS = 5
_BITS = 20
_ROUNDS = 60
_PENALTY = 1.0
# The curvature of the softmax is at most 1/2, and a row's two parts have length 1 each.
_CURVATURE = 1.0
_FEWEST_ROWS = 2


@dataclass(frozen=True, slots=True)
class Features:
    """Rows as a vector of meaning, and as weighted counts of words and pairs of words (CSR: starts, places, values).

    A word that one row alone has tells nothing of others and is left out; `width` counts those that stay.
    """

    dense: Any
    starts: Any
    places: Any
    values: Any
    width: int

    def of(self, rows: Any) -> "Features":
        """These rows alone."""
        counts = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(counts)])
        at = np.repeat(self.starts[rows] - starts[:-1], counts) + np.arange(starts[-1])
        return Features(self.dense[rows], starts, self.places[at], self.values[at], self.width)


def features(texts: Texts, roles: tuple[str, ...], vectors: Any) -> Features:
    """Counts damped by a logarithm and by how many rows have the word (tf-idf), each row at length 1."""
    rows, places = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for first, piece in texts.batches(*roles):
        data, starts = raw(piece)
        row, place = (np.empty(int(starts[-1] - starts[0]) + len(piece) + 2, np.int64) for _ in range(2))
        count = label_scores.word_places(data, starts, _BITS, row, place)
        rows.append(row[:count] + first)
        places.append(place[:count])
    keys, counts = np.unique(np.concatenate(rows) << _BITS | np.concatenate(places), return_counts=True)
    row, place = keys >> _BITS, keys & ((1 << _BITS) - 1)
    spread = np.bincount(place, minlength=1 << _BITS)
    shared = spread[place] >= _FEWEST_ROWS
    row, place, counts = row[shared], place[shared], counts[shared]
    values = (1 + np.log(counts)) * np.log((1 + len(texts)) / (1 + spread[place]) + 1)
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(texts)))])
    lengths = np.sqrt(np.bincount(row, values**2, len(texts)))
    used, place = np.unique(place, return_inverse=True)
    return Features(vectors.astype(np.float64), starts, place, values / lengths[row], len(used))


def folds(texts: Texts, roles: tuple[str, ...]) -> Any:
    """The fold of each row, by its content: equal rows share one, and so do members of a family."""
    prints = np.fromiter(
        (
            int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big")
            for _, piece in texts.batches(*roles)
            for text in piece.to_pylist()
        ),
        np.int64,
        len(texts),
    )
    members = np.flatnonzero(texts.family >= 0)
    if len(members):
        first = np.full(int(texts.family.max()) + 1, np.iinfo(np.int64).max)
        np.minimum.at(first, texts.family[members], prints[members])
        prints[members] = first[texts.family[members]]
    return prints % FOLDS


def held_out(found: Features, labels: Any, count: int, fold: Any) -> Any:
    """For each row the probability of each label, by a model of the other folds' rows."""
    out = np.full((len(labels), count), 1 / count)
    for number in range(FOLDS):
        away, kept = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        if len(away) and len(kept):
            dense, sparse = _fitted(found.of(kept), labels[kept], count)
            out[away] = _likely(found.of(away), dense, sparse)
    return out


def _likely(found: Features, dense: Any, sparse: Any) -> Any:
    out = found.dense @ dense
    label_scores.scores(found.starts, found.places, found.values, sparse, out)
    out = np.exp(out - out.max(axis=1, keepdims=True))
    return out / out.sum(axis=1, keepdims=True)


def _fitted(found: Features, labels: Any, count: int) -> tuple[Any, Any]:
    """Weights of multinomial logistic regression with an L2 penalty, by Nesterov's accelerated gradient.

    Source: Nesterov 1983; Beck and Teboulle 2009, FISTA. The step is the inverse of the greatest curvature there can
    be; few rounds hold the weights back, as a penalty does.
    """
    wanted = np.zeros((len(labels), count))
    wanted[np.arange(len(labels)), labels] = 1
    shapes = ((found.dense.shape[1], count), (found.width, count))
    now, ahead = [np.zeros(shape) for shape in shapes], [np.zeros(shape) for shape in shapes]
    step, pace = 1 / (_CURVATURE * len(labels) + _PENALTY), 1.0
    for _ in range(_ROUNDS):
        errors = _likely(found, *ahead) - wanted
        pull = [found.dense.T @ errors, np.zeros(shapes[1])]
        label_scores.pulls(found.starts, found.places, found.values, errors, pull[1])
        then = [place - step * (one + _PENALTY * place) for place, one in zip(ahead, pull, strict=True)]
        later = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        ahead = [new + (pace - 1) / later * (new - old) for new, old in zip(then, now, strict=True)]
        now, pace = then, later
    return now[0], now[1]
