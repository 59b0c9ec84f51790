"""Say which label a fastText model gives to texts and to their pieces, over the bytes of a column."""

from typing import Any, NamedTuple

import numpy as np

from gristmill.compiled._loops import compiled

_PRIME = np.uint64(16777619)
_BASIS = np.uint64(2166136261)
_LOW = np.uint64(0xFFFFFFFF)
_SIGN = np.uint64(0xFFFFFF00)
_TREE, _SOFTMAX = 1, 3
_BEGIN, _END = 60, 62
# Words whose sum is kept at hand, a power of two; and the longest of them.
_AT_HAND, _LONGEST = 1 << 14, 24


class Net(NamedTuple):
    """A model as arrays.

    letters, starts  the bytes of its words and then its labels, and where each begins (one more than there are)
    slots            hash table over these, a power of two long: the number of an entry, -1 for an empty slot
    kept             for each hash of an n-gram the row that it has in `rows`, -1 for none
    rows             float32: a vector for each word, then for each n-gram
    outputs          float32: a vector for each label, or for each inner node of the tree
    left, right      the tree of a hierarchical softmax, its last node the root; empty without one
    shape            int64: words, shortest n-gram, longest, the number of the word that ends a line (-1), loss
    """

    letters: Any
    starts: Any
    slots: Any
    kept: Any
    rows: Any
    outputs: Any
    left: Any
    right: Any
    shape: Any


@compiled
def step(value, byte):
    """One byte more in a 32-bit FNV-1a hash; fastText takes bytes for signed."""
    wide = np.uint64(byte)
    if byte >= 128:
        wide |= _SIGN
    return ((value ^ wide) * _PRIME) & _LOW


@compiled
def fill(letters, starts, slots):
    """Enter all words into an empty hash table; of two equal ones the first counts."""
    mask = len(slots) - 1
    for entry in range(len(starts) - 1):
        value = _BASIS
        for at in range(starts[entry], starts[entry + 1]):
            value = step(value, letters[at])
        slot = np.int64(value) & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = entry


@compiled
def number(net, word, size, value):
    """The number of a word of so many bytes and this hash; -1 for one that the model does not have."""
    mask = len(net.slots) - 1
    slot = np.int64(value) & mask
    while net.slots[slot] >= 0:
        entry = net.slots[slot]
        begin = net.starts[entry]
        if net.starts[entry + 1] - begin == size:
            at = 0
            while at < size and net.letters[begin + at] == word[at + 1]:
                at += 1
            if at == size:
                return entry
        slot = (slot + 1) & mask
    return -1


@compiled
def is_label(word, size):
    """Whether a word begins as a label does, `__label__`; fastText reads past these."""
    if size < 9 or word[1] != 95 or word[2] != 95 or word[8] != 95 or word[9] != 95:
        return False
    return word[3] == 108 and word[4] == 97 and word[5] == 98 and word[6] == 101 and word[7] == 108


@compiled
def plus(total, rows, row):
    """Add one row to a sum."""
    for at in range(len(total)):
        total[at] += rows[row, at]


@compiled
def add(net, word, size, total):
    """Add the vectors of a word and its n-grams to a sum, and say how many. `word` has a byte free at both ends."""
    words, shortest, longest = net.shape[0], net.shape[1], net.shape[2]
    value = _BASIS
    for at in range(1, size + 1):
        value = step(value, word[at])
    entry = number(net, word, size, value)
    if entry >= words or (entry < 0 and is_label(word, size)):
        return 0
    count = 0
    if entry >= 0:
        plus(total, net.rows, entry)
        count = 1
        if entry == net.shape[3]:
            return count
    word[0], word[size + 1] = _BEGIN, _END
    whole, buckets = size + 2, np.uint64(len(net.kept))
    for begin in range(whole):
        if word[begin] & 0xC0 == 0x80:
            continue
        value, at = _BASIS, begin
        for length in range(1, longest + 1):
            if at >= whole:
                break
            value = step(value, word[at])
            at += 1
            while at < whole and word[at] & 0xC0 == 0x80:
                value = step(value, word[at])
                at += 1
            if length >= shortest and not (length == 1 and (begin == 0 or at == whole)):
                row = net.kept[np.int64(value % buckets)]
                if row >= 0:
                    plus(total, net.rows, row)
                    count += 1
    return count


@compiled
def product(rows, row, vector):
    """The scalar product of one row and a vector."""
    total = 0.0
    for at in range(len(vector)):
        total += rows[row, at] * vector[at]
    return total


@compiled
def best(net, hidden, allowed):
    """The label of the highest probability among those allowed (one at least), and that probability."""
    if net.shape[4] == _TREE:
        return best_leaf(net, hidden, allowed)
    scores = np.empty(len(allowed), np.float64)
    for label in range(len(scores)):
        scores[label] = product(net.outputs, label, hidden)
    if net.shape[4] == _SOFTMAX:
        scores = np.exp(scores - scores.max())
        scores /= scores.sum()
    else:
        # fastText looks these up in a table of 512 steps from -8 to 8.
        scores = 1 / (1 + np.exp(8 - np.floor((scores + 8) * 32) / 32))
    scores = np.where(allowed, scores, -1.0)
    label = scores.argmax()
    return label, scores[label]


@compiled
def best_leaf(net, hidden, allowed):
    """The likeliest leaf of the tree, found by going down only where no better one was met."""
    leaves = len(allowed)
    nodes, logs = np.empty(2 * leaves, np.int64), np.empty(2 * leaves, np.float64)
    nodes[0], logs[0], open_nodes = 2 * leaves - 2, 0.0, 1
    label, score = -1, -np.inf
    while open_nodes > 0:
        open_nodes -= 1
        node, log = nodes[open_nodes], logs[open_nodes]
        if log <= score:
            continue
        if node < leaves:
            if allowed[node]:
                label, score = node, log
            continue
        right = 1 / (1 + np.exp(-product(net.outputs, node - leaves, hidden)))
        near, far, share = (net.right[node], net.left[node], right)
        if right < 0.5:
            near, far, share = far, near, 1 - right
        nodes[open_nodes], logs[open_nodes] = far, log + np.log(1 - share + 1e-5)
        nodes[open_nodes + 1], logs[open_nodes + 1] = near, log + np.log(share + 1e-5)
        open_nodes += 2
    return label, min(np.exp(score), 1.0)


@compiled
def same(data, one, other, size):
    """Whether so many bytes from two places are equal."""
    at = 0
    while at < size and data[one + at] == data[other + at]:
        at += 1
    return at == size


@compiled
def is_loud(data, begin, end):
    """Whether a piece has more capitals than small letters, by those of ASCII."""
    balance = 0
    for at in range(begin, end):
        byte = data[at]
        balance += (65 <= byte <= 90) - np.int64(97 <= byte <= 122)
    return balance > 0


@compiled
def small(byte, before):
    """A byte of a capital of ASCII or Latin-1 as that of the small letter, told with the byte before it."""
    if 65 <= byte <= 90 or (before == 0xC3 and 0x80 <= byte <= 0x9E and byte != 0x97):
        return byte + 32
    return byte


@compiled
def sum_up(net, data, span, memory, total):
    """Add the vectors of all words of a span to a sum, and say how many.

    The sum of a short word is kept in memory (places, sizes, counts, sums) for the next time it comes. A piece
    that is mostly capitals is read in small letters: the models have hardly seen such text.
    """
    places, sizes, counts, sums, word = memory
    at, end = span
    count, loud = 0, is_loud(data, at, end)
    while at < end:
        while at < end and (data[at] <= 32 and (data[at] == 32 or data[at] == 0 or 9 <= data[at] <= 13)):
            at += 1
        begin, value = at, _BASIS
        while at < end and not (data[at] <= 32 and (data[at] == 32 or data[at] == 0 or 9 <= data[at] <= 13)):
            value = step(value, data[at])
            at += 1
        size = at - begin
        if size == 0:
            continue
        slot = (
            np.int64(value ^ (value >> np.uint64(15))) & (_AT_HAND - 1) if size <= _LONGEST and not loud else _AT_HAND
        )
        if slot == _AT_HAND or sizes[slot] != size or not same(data, places[slot], begin, size):
            places[slot], sizes[slot] = begin, size
            for one in range(begin, at):
                word[one - begin + 1] = small(data[one], data[one - 1] if one > begin else 0) if loud else data[one]
            sums[slot] = 0
            counts[slot] = add(net, word, size, sums[slot])
        plus(total, sums, slot)
        count += counts[slot]
    return count


@compiled
def mean(net, total, count, hidden):
    """The mean of the vectors of a text, the end of its line among them; whether there are any."""
    ending = net.shape[3]
    for at in range(len(total)):
        hidden[at] = total[at] + (net.rows[ending, at] if ending >= 0 else 0)
    count += ending >= 0
    if count > 0:
        hidden /= count
    return count > 0


@compiled
def judge(net, data, cuts, allowed):
    """Labels and probabilities: of each text, and of those of its pieces that are to be judged, else -1 and 0.

    cuts     `starts` of the texts, then `first` and `ends` as `pieces.cut` makes them, and which pieces to judge
    allowed  for each label whether it may be given
    """
    starts, first, ends, wanted = cuts
    texts, size = len(first) - 1, net.rows.shape[1]
    longest = 0
    for piece in range(len(ends)):
        longest = max(longest, ends[piece] - (ends[piece - 1] if piece else starts[0]))
    hand = _AT_HAND + 1
    memory = (
        np.zeros(hand, np.int64),
        np.zeros(hand, np.int64),
        np.zeros(hand, np.int64),
        np.zeros((hand, size), np.float32),
        np.zeros(longest + 2, np.uint8),
    )
    labels, scores = np.full(texts, -1, np.int64), np.zeros(texts, np.float64)
    parts, chances = np.full(len(ends), -1, np.int64), np.zeros(len(ends), np.float64)
    whole, part, hidden = np.zeros(size, np.float32), np.zeros(size, np.float32), np.zeros(size, np.float32)
    begin = starts[0]
    for text in range(texts):
        whole[:] = 0
        words = 0
        for piece in range(first[text], first[text + 1]):
            part[:] = 0
            count = sum_up(net, data, (begin, ends[piece]), memory, part)
            begin = ends[piece]
            words += count
            whole += part
            if wanted[piece] and mean(net, part, count, hidden):
                parts[piece], chances[piece] = best(net, hidden, allowed)
        if mean(net, whole, words, hidden):
            labels[text], scores[text] = best(net, hidden, allowed)
    return labels, scores, parts, chances
