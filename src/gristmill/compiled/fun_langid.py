"""Count which languages' frequent runs of four letters a text is made of, over the bytes of a column."""

from typing import Any, NamedTuple

import numpy as np

from gristmill.compiled._loops import compiled

_PRIME = np.uint64(1099511628211)
_BASIS = np.uint64(14695981039346656037)
# Single characters below this one say nothing.
_TELLING = 126


class Lists(NamedTuple):
    """The lists of all languages as arrays.

    letters, starts  the bytes of all runs that are listed, and where each begins (one more than there are)
    slots            hash table over these, a power of two long: the number of a run, -1 for an empty slot
    first, languages for each run where its languages begin, and the languages
    single           for each language whether single characters count for it
    """

    letters: Any
    starts: Any
    slots: Any
    first: Any
    languages: Any
    single: Any


@compiled
def fill(letters, starts, slots):
    """Enter all runs into an empty hash table."""
    mask = len(slots) - 1
    for entry in range(len(starts) - 1):
        slot = place(letters, starts[entry], starts[entry + 1]) & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = entry


@compiled
def place(data, begin, end):
    """Where a run stands in a hash table, before the table's length is applied."""
    value = _BASIS
    for at in range(begin, end):
        value = (value ^ np.uint64(data[at])) * _PRIME
    return np.int64((value ^ (value >> np.uint64(32))) & np.uint64(0x7FFFFFFF))


@compiled
def number(lists, data, begin, end):
    """The number of a run of bytes; -1 for one that no language lists."""
    mask = len(lists.slots) - 1
    slot = place(data, begin, end) & mask
    while lists.slots[slot] >= 0:
        entry = lists.slots[slot]
        start = lists.starts[entry]
        if lists.starts[entry + 1] - start == end - begin:
            at = begin
            while at < end and lists.letters[start + at - begin] == data[at]:
                at += 1
            if at == end:
                return entry
        slot = (slot + 1) & mask
    return -1


@compiled
def credit(lists, data, span, single, counts):
    """Count a run for each language that lists it; single characters only for those that are told by them."""
    entry = number(lists, data, span[0], span[1])
    if entry >= 0:
        for at in range(lists.first[entry], lists.first[entry + 1]):
            if not single or lists.single[lists.languages[at]]:
                counts[lists.languages[at]] += 1


@compiled
def count(lists, data, span, window, counts):
    """Count the runs of a piece and say how many there were.

    `window` holds where the last three characters before the piece begin, -1 for those that there are not, and
    then for as many characters of the piece. The text is read as if a space stood before it.
    """
    at, end, runs = span[0], span[1], 0
    while at < end:
        begin = at
        at += 1
        while at < end and data[at] & 0xC0 == 0x80:
            at += 1
        if window[2] >= 0 or data[begin] > 32:
            first = window[0] if window[0] >= 0 else window[1]
            if first >= 0:
                runs += run(lists, data, (first, at), counts)
            if data[begin] >= _TELLING:
                credit(lists, data, (begin, at), True, counts)
            window[0], window[1], window[2] = window[1], window[2], begin
    return runs


@compiled
def run(lists, data, span, counts):
    """Count one run of four characters without the white space around it; 0 when less than two are left."""
    begin, end = span
    while begin < end and data[begin] <= 32:
        begin += 1
    while end > begin and data[end - 1] <= 32:
        end -= 1
    characters = 0
    for at in range(begin, end):
        characters += data[at] & 0xC0 != 0x80
    if characters < 2:
        return 0
    credit(lists, data, (begin, end), False, counts)
    return 1


@compiled
def best(counts, runs, allowed):
    """The language with most runs among those allowed, the first of equals, and its share of the runs; -1 for none."""
    label, most = -1, 0
    for language in range(len(counts)):
        if counts[language] > most and allowed[language]:
            label, most = language, counts[language]
    return label, most / runs if runs > 0 else 0.0


@compiled
def judge(lists, data, cuts, allowed):
    """Languages and shares: of each text, and of those of its pieces that are to be judged, else -1 and 0.

    cuts     `starts` of the texts, then `first` and `ends` as `pieces.cut` makes them, and which pieces to judge
    allowed  for each language whether it may be given
    """
    starts, first, ends, wanted = cuts
    texts, size = len(first) - 1, len(lists.single)
    labels, scores = np.full(texts, -1, np.int64), np.zeros(texts, np.float64)
    parts, shares = np.full(len(ends), -1, np.int64), np.zeros(len(ends), np.float64)
    whole, part, window = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(3, np.int64)
    for text in range(texts):
        begin, end = starts[text], starts[text + 1]
        while end > begin and data[end - 1] <= 32:
            end -= 1
        whole[:] = 0
        window[:] = -1
        runs = 0
        for piece in range(first[text], first[text + 1]):
            part[:] = 0
            found = count(lists, data, (begin, max(begin, min(end, ends[piece]))), window, part)
            begin = ends[piece]
            runs += found
            whole += part
            if wanted[piece] and found > 0:
                parts[piece], shares[piece] = best(part, found, allowed)
        if runs > 0:
            labels[text], scores[text] = best(whole, runs, allowed)
    return labels, scores, parts, shares
