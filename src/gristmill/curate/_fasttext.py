"""Read the file of a fastText model (.bin or quantised .ftz) as arrays, and judge texts by it."""

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy

np = lazy("numpy")
loops = lazy("gristmill.compiled.fasttext")

MAGIC = (793712314).to_bytes(4, "little")
_VERSIONS = (11, 12)
_SUPERVISED, _TREE, _LOSSES = 3, 1, (1, 2, 3, 4)
_MOST_LABELS, _MOST_BUCKETS = 100_000, 1 << 25
# What a quantised matrix may take for each byte of its file.
_MOST_EXPANDED = 64
_MOST_COUNT = 10**15
_PREFIX = b"__label__"
_CENTROIDS = 256


@dataclass(frozen=True, slots=True)
class FastText:
    """A supervised fastText model: its labels without `__label__`, and its net for the compiled loops."""

    labels: tuple[str, ...]
    net: Any
    least_score: float = 0.5
    sure_score: float = 0.7

    def plain(self, array: Any) -> Any:
        """Texts as the model reads them, of the same code points: as they are."""
        return array

    def judge(self, data: Any, cuts: tuple[Any, ...], allowed: Any) -> tuple[Any, ...]:
        """Labels and probabilities of texts, and of their pieces; see `compiled.fasttext.judge`."""
        return tuple(loops.judge(self.net, data, cuts, allowed))


def read_fasttext(path: Path) -> FastText:
    """The model in this file. Raises UserError for one that is damaged, or that gives no labels."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return _model(_File(path, mapped))


class _File:
    """A file that is read from its beginning, never past its end."""

    def __init__(self, path: Path, data: Any) -> None:
        self.path, self.data, self.at = path, data, len(MAGIC)

    def wrong(self, what: str) -> UserError:
        return UserError(
            f"{self.path} is no fastText model that can be used: {what} (byte {self.at}). Fetch it again, or name a "
            "supervised model such as lid.176.ftz under `model`."
        )

    def numbers(self, layout: str) -> tuple[Any, ...]:
        size = struct.calcsize(layout)
        self._must_hold(size)
        found = struct.unpack_from(layout, self.data, self.at)
        self.at += size
        return found

    def array(self, kind: str, count: int) -> Any:
        if count < 0:
            raise self.wrong(f"it announces {count} numbers")
        size = np.dtype(kind).itemsize * count
        self._must_hold(size)
        # Copied, for the mapped file is closed in the end.
        found = np.frombuffer(self.data, kind, count, self.at).copy() if count else np.zeros(0, kind)
        self.at += size
        return found

    def word(self) -> bytes:
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise self.wrong("a word of it has no end")
        found = bytes(self.data[self.at : end])
        self.at = end + 1
        return found

    def _must_hold(self, size: int) -> None:
        if size > len(self.data) - self.at:
            raise self.wrong(f"it ends {size - len(self.data) + self.at:,} bytes early")


def _model(file: _File) -> FastText:
    (version,) = file.numbers("<i")
    dim, _, _, _, _, grams, loss, kind, bucket, shortest, longest, _ = file.numbers("<12i")
    file.numbers("<d")
    if version not in _VERSIONS or kind != _SUPERVISED or loss not in _LOSSES or grams != 1:
        raise file.wrong(f"version {version}, kind {kind}, loss {loss} and n-grams of {grams} words are not supported")
    if not (0 < dim <= 4096 and 0 <= bucket <= _MOST_BUCKETS and shortest >= 0 and longest <= 64):
        raise file.wrong(f"{dim} dimensions, {bucket} buckets and n-grams of {shortest} to {longest} letters")
    words, labels, counts, pruned = _dictionary(file)
    kept = _kept(file, pruned, bucket)
    rows, quantised = _matrix(file, dim)
    if pruned is not None and not quantised:
        raise file.wrong("it is pruned but not quantised")
    if len(rows) < len(words) + int(kept.max(initial=-1)) + 1:
        raise file.wrong(f"{len(rows)} vectors for {len(words)} words")
    kept[kept >= 0] += len(words)
    outputs, _ = _matrix(file, dim, quantised)
    if len(outputs) < len(labels):
        raise file.wrong(f"{len(outputs)} vectors for {len(labels)} labels")
    left, right = _tree(counts) if loss == _TREE else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    letters, starts, slots = _table([*words, *labels])
    ending = words.index(b"</s>") if b"</s>" in words else -1
    # Version 11 of supervised models had no n-grams of letters, whatever it says.
    longest = longest if bucket and version > _VERSIONS[0] else 0
    shape = np.array([len(words), shortest, longest, ending, loss], np.int64)
    net = loops.Net(letters, starts, slots, kept, rows, outputs, left, right, shape)
    return FastText(tuple(label.removeprefix(_PREFIX).decode("utf-8", "replace") for label in labels), net)


def _dictionary(file: _File) -> tuple[list[bytes], list[bytes], list[int], int | None]:
    """Words, labels, how often each label was seen, and how many n-grams were kept (None for all)."""
    size, known, labelled, _, pruned = file.numbers("<iiiqq")
    if not (known >= 0 and 0 < labelled <= _MOST_LABELS and size == known + labelled):
        raise file.wrong(f"{size} words of which {known} are words and {labelled} labels")
    entries, counts = [], []
    for _ in range(size):
        entries.append(file.word())
        count, kind = file.numbers("<qb")
        counts.append(count)
        if kind != (len(entries) > known):
            raise file.wrong("words and labels are mixed")
    counts = counts[known:]
    if min(counts) < 0 or sum(counts) >= _MOST_COUNT:
        raise file.wrong("its labels were seen an absurd number of times")
    return entries[:known], entries[known:], counts, None if pruned < 0 else pruned


def _kept(file: _File, pruned: int | None, bucket: int) -> Any:
    """For each hash the place of its n-gram's vector after those of the words, -1 for none."""
    if pruned is None:
        return np.arange(max(bucket, 1), dtype=np.int32) if bucket else np.full(1, -1, np.int32)
    pairs = file.array("<i4", 2 * pruned).reshape(-1, 2)
    if len(pairs) and (pairs.min() < 0 or pairs[:, 0].max() >= bucket):
        raise file.wrong("it keeps n-grams that it cannot have")
    kept = np.full(max(bucket, 1), -1, np.int32)
    kept[pairs[:, 0]] = pairs[:, 1]
    return kept


def _matrix(file: _File, dim: int, may_be_quantised: bool = True) -> tuple[Any, bool]:
    """A matrix as float32, and whether it was quantised."""
    (quantised,) = file.numbers("<?")
    if not (quantised and may_be_quantised):
        count, width = file.numbers("<qq")
        if width != dim:
            raise file.wrong(f"vectors of {width} numbers instead of {dim}")
        return _finite(file, file.array("<f4", count * width).reshape(-1, width)), False
    with_norms, count, width, size = file.numbers("<?qqi")
    codes = file.array("u1", size)
    if width != dim:
        raise file.wrong(f"vectors of {width} numbers instead of {dim}")
    rows = _expanded(file, codes, count, dim)
    if with_norms:
        with np.errstate(all="ignore"):
            rows *= _expanded(file, file.array("u1", count), count, 1)
    return _finite(file, rows), True


def _finite(file: _File, rows: Any) -> Any:
    if not np.isfinite(rows).all():
        raise file.wrong("a vector holds what is no number")
    return rows


def _expanded(file: _File, codes: Any, count: int, dim: int) -> Any:
    """What codes stand for: each part of a vector is one of 256 centroids (product quantisation)."""
    width, parts, each, last = file.numbers("<4i")
    if not (width == dim and parts > 0 and each > 0 and 0 < last <= each and (parts - 1) * each + last == dim):
        raise file.wrong(f"{parts} parts of {each} and {last} numbers for {dim}")
    if len(codes) != count * parts or 4 * count * dim > _MOST_EXPANDED * len(file.data):
        raise file.wrong(f"{len(codes)} codes for {count} vectors of {parts} parts")
    centroids = file.array("<f4", dim * _CENTROIDS)
    codes = codes.reshape(count, parts)
    rows = np.empty((count, dim), np.float32)
    for part in range(parts):
        size = last if part == parts - 1 else each
        begin = part * _CENTROIDS * each
        table = centroids[begin : begin + _CENTROIDS * size].reshape(_CENTROIDS, size)
        rows[:, part * each : part * each + size] = table[codes[:, part]]
    return rows


def _tree(counts: Sequence[int]) -> tuple[Any, Any]:
    """The Huffman tree over the labels as fastText builds it: the children of each node, leaves first."""
    leaves = len(counts)
    weights = [*counts, *([_MOST_COUNT] * (leaves - 1))]
    left, right = np.full(2 * leaves - 1, -1, np.int64), np.full(2 * leaves - 1, -1, np.int64)
    leaf, node = leaves - 1, leaves
    for parent in range(leaves, 2 * leaves - 1):
        pair = []
        for _ in range(2):
            if leaf >= 0 and weights[leaf] < weights[node]:
                pair.append(leaf)
                leaf -= 1
            else:
                pair.append(node)
                node += 1
        left[parent], right[parent] = pair
        weights[parent] = weights[pair[0]] + weights[pair[1]]
    return left, right


def _table(entries: Sequence[bytes]) -> tuple[Any, Any, Any]:
    letters = np.frombuffer(b"".join(entries), np.uint8)
    starts = np.cumsum([0, *map(len, entries)], dtype=np.int64)
    slots = np.full(1 << max(4, (2 * len(entries)).bit_length()), -1, np.int32)
    loops.fill(letters, starts, slots)
    return letters, starts, slots
