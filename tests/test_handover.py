"""Bytes handed over: each piece as it was put, and one descriptor for however many."""

import os
from pathlib import Path

import pytest

from gristmill import handover

DESCRIPTORS = Path("/proc/self/fd")


def test_each_piece_comes_as_it_was_put() -> None:
    place, at, pieces = handover.opened(), 0, []
    told = [b"a", b"bc" * 70_000, b"d" * 4096]
    for data in told:
        pieces.append((at, len(data)))
        at = handover.put(place, at, memoryview(data))
    later = handover.taken(place, pieces[1:])
    found = handover.taken(place, pieces)
    os.close(place)
    assert [bytes(one) for one in found] == told
    assert [bytes(one) for one in later] == told[1:]
    assert handover.taken(-1, []) == []


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="the system does not list descriptors there")
def test_many_pieces_take_one_descriptor() -> None:
    place, at, pieces = handover.opened(), 0, []
    for _ in range(100):
        pieces.append((at, 1))
        at = handover.put(place, at, memoryview(b"x"))
    before = len(list(DESCRIPTORS.iterdir()))
    found = handover.taken(place, pieces)
    assert len(list(DESCRIPTORS.iterdir())) <= before + 1
    del found
    assert len(list(DESCRIPTORS.iterdir())) == before
    os.close(place)
