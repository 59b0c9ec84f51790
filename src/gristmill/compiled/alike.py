"""Which texts are alike: who meets in a band, how much they share, and which of them stay."""

from typing import Any

import numpy as np

from gristmill.compiled._loops import borrowing, compiled
from gristmill.compiled._terms import HALF

# In a bucket of very many texts each meets so many of the first, and so many just before it.
FIRST = 8
LAST = 8
PASSES, GOES, CHAINED = 0, 1, 2


@compiled
def met(keys: Any) -> Any:
    """Pairs that share a bucket, as higher << 32 | lower; keys = bucket << 32 | number, sorted."""
    pairs, count = np.empty(1024, np.uint64), 0
    start = 0
    for place in range(1, len(keys)):
        if keys[place] >> HALF != keys[place - 1] >> HALF:
            start = place
            continue
        if count + FIRST + LAST > len(pairs):
            more = np.empty(2 * len(pairs), np.uint64)
            more[:count] = pairs[:count]
            pairs = more
        one = keys[place] << HALF
        for other in range(start, min(place, start + FIRST)):
            pairs[count] = one | (keys[other] & np.uint64(0xFFFFFFFF))
            count += 1
        for other in range(max(place - LAST, start + FIRST), place):
            pairs[count] = one | (keys[other] & np.uint64(0xFFFFFFFF))
            count += 1
    return pairs[:count]


@borrowing
def _distinct(runs: Any, slots: Any, stamps: Any, stamp: int) -> int:
    """Keep one of equal runs, at the front and in the table, and say how many there are."""
    mask, count = len(slots) - 1, 0
    for place in range(len(runs)):
        run = runs[place]
        slot = np.int64(run) & mask
        while stamps[slot] == stamp and slots[slot] != run:
            slot = (slot + 1) & mask
        if stamps[slot] != stamp:
            stamps[slot], slots[slot] = stamp, run
            runs[count] = run
            count += 1
    return count


@borrowing
def _shared(runs: Any, slots: Any, stamps: Any, stamp: int) -> int:
    mask, count = len(slots) - 1, 0
    for run in runs:
        slot = np.int64(run) & mask
        while stamps[slot] == stamp and slots[slot] != run:
            slot = (slot + 1) & mask
        count += stamps[slot] == stamp
    return count


@compiled
def similarities(runs: Any, begins: Any, sizes: Any, pairs: Any) -> Any:
    """Jaccard similarity of the runs of words of each pair = (lefts, rights) of texts.

    The runs of a text are so many, `sizes`, from `begins` on. Of equal ones all but one are dropped here, for good.
    """
    lefts, rights = pairs
    most, distinct = 1, np.zeros(len(sizes), np.bool_)
    for pair in range(len(lefts)):
        most = max(most, sizes[lefts[pair]], sizes[rights[pair]])
    width = 16
    while width < 2 * most + 2:
        width *= 2
    slots, stamps, stamp = np.empty(width, np.uint32), np.zeros(width, np.int64), 0
    found, loaded = np.empty(len(lefts), np.float64), -1
    for pair in range(len(lefts)):
        left, right = lefts[pair], rights[pair]
        if not distinct[right]:
            stamp, loaded, distinct[right] = stamp + 1, -1, True
            sizes[right] = _distinct(runs[begins[right] : begins[right] + sizes[right]], slots, stamps, stamp)
        if left != loaded:
            stamp, loaded, distinct[left] = stamp + 1, left, True
            sizes[left] = _distinct(runs[begins[left] : begins[left] + sizes[left]], slots, stamps, stamp)
        both = _shared(runs[begins[right] : begins[right] + sizes[right]], slots, stamps, stamp)
        found[pair] = both / (sizes[left] + sizes[right] - both)
    return found


@borrowing
def _top(parents: Any, member: int) -> int:
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = parents[member]
    return member


@compiled
def tops(size: int, lefts: Any, rights: Any) -> Any:
    """The lowest member of each member's connected component (union-find)."""
    parents = np.arange(size)
    for link in range(len(lefts)):
        one, other = _top(parents, lefts[link]), _top(parents, rights[link])
        parents[max(one, other)] = min(one, other)
    for member in range(size):
        parents[member] = _top(parents, member)
    return parents


@borrowing
def _nearest(link: Any, links: Any, rows: Any, families: Any, family: int) -> tuple[int, int]:
    """The first row in these rows by entry that is alike and of no kin, and the place of the link to it; -1 for none.

    Two rows by entry are enough: the first, and the first of another family than that.
    """
    for place in range(link[0], link[1]):
        for which in range(2):
            row = rows[links[place], which]
            if row >= 0 and (family < 0 or families[row] != family):
                return row, place
    return -1, -1


@borrowing
def _noted(rows: Any, entry: int, families: Any, row: int) -> None:
    first = rows[entry, 0]
    if first < 0:
        rows[entry, 0] = row
    elif rows[entry, 1] < 0 and families[row] != families[first]:
        rows[entry, 1] = row


@compiled
def settled(begins: Any, links: Any, entries: Any, families: Any) -> tuple[Any, Any, Any]:
    """Go through rows in order: one that is alike to a row kept before it goes.

    `links[begins[e]:begins[e + 1]]` are the entries like entry e, itself among them, the likest first. For each row:
    PASSES, GOES, or CHAINED when it is alike only to rows that went; the row it is like, and the place of the link.
    """
    size = len(begins) - 1
    kept, gone = np.full((size, 2), -1), np.full((size, 2), -1)
    states, twins, places = np.zeros(len(entries), np.int8), np.full(len(entries), -1), np.full(len(entries), -1)
    for row in range(len(entries)):
        entry = entries[row]
        link, family = (begins[entry], begins[entry + 1]), families[row]
        twins[row], places[row] = _nearest(link, links, kept, families, family)
        if twins[row] >= 0:
            states[row] = GOES
            _noted(gone, entry, families, row)
            continue
        twins[row], places[row] = _nearest(link, links, gone, families, family)
        states[row] = CHAINED if twins[row] >= 0 else PASSES
        _noted(kept, entry, families, row)
    return states, twins, places
