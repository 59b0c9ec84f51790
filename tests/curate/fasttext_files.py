"""Small fastText models with drawn numbers, written as its own program writes them."""

import struct

import numpy as np

TREE, NEGATIVE, SOFTMAX, EACH = 1, 2, 3, 4
MAGIC, VERSION, SUPERVISED = 793712314, 12, 3


def model(
    loss=SOFTMAX,
    quantised=False,
    norms=False,
    output_quantised=False,
    words=("</s>", "the", "der", "北京", "wor"),
    labels=("en", "de", "zh", "fr"),
    dim=6,
    bucket=500,
    grams=(2, 4),
    seed=0,
    **changed,
):
    """The bytes of a model; `changed` sets a number of its header: version, kind, word_grams, pruned, known."""
    drawn = np.random.default_rng(seed)
    kept = {int(place): row for row, place in enumerate(sorted(drawn.choice(bucket, bucket // 2, replace=False)))}
    rows = len(words) + (len(kept) if quantised else bucket)
    told = (dim, 5, 5, 1, 5, changed.get("word_grams", 1), loss, changed.get("kind", SUPERVISED), bucket, *grams, 100)
    data = struct.pack("<ii12id", MAGIC, changed.get("version", VERSION), *told, 1e-4)
    size, pruned = len(words) + len(labels), len(kept) if quantised else -1
    known = changed.get("known", len(words))
    data += struct.pack("<iiiqq", size, known, len(labels), 999, changed.get("pruned", pruned))
    for number, entry in enumerate([*words, *(f"__label__{label}" for label in labels)]):
        data += entry.encode() + b"\0" + struct.pack("<qb", 100 - 7 * number, number >= len(words))
    if quantised:
        data += b"".join(struct.pack("<ii", *pair) for pair in kept.items())
    data += _codes(drawn, rows, dim, norms) if quantised else _plain(drawn, rows, dim)
    return data + (_codes(drawn, len(labels), dim, norms) if output_quantised else _plain(drawn, len(labels), dim))


def _plain(drawn, rows, dim):
    return struct.pack("<?qq", False, rows, dim) + _numbers(drawn, rows * dim)


def _codes(drawn, rows, dim, norms, each=4):
    parts = -(-dim // each)
    last = dim - (parts - 1) * each
    data = struct.pack("<??qqi", True, norms, rows, dim, rows * parts) + drawn.bytes(rows * parts)
    data += struct.pack("<4i", dim, parts, each, last) + _numbers(drawn, dim * 256)
    if norms:
        data += drawn.bytes(rows) + struct.pack("<4i", 1, 1, 1, 1) + _numbers(drawn, 256)
    return data


def _numbers(drawn, count):
    return drawn.normal(size=count).astype("<f4").tobytes()
