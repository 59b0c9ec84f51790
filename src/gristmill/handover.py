"""Bytes that one process hands to another without a pipe: a file in memory that both map."""

import mmap
import os
import tempfile
from collections.abc import Sequence

# Only what is written takes memory; the rest of the file is a hole.
_ROOM = 1 << 40


def opened() -> int:
    """The descriptor of a new file in memory, or of a nameless one on disk where the system has no such."""
    if hasattr(os, "memfd_create"):
        place = os.memfd_create("handover")
    else:
        with tempfile.TemporaryFile() as file:
            place = os.dup(file.fileno())
    os.ftruncate(place, _ROOM)
    return place


def put(place: int, at: int, data: memoryview) -> int:
    """Write bytes at an offset that this function gave (0 at first); returns where the next ones go."""
    with mmap.mmap(place, data.nbytes, offset=at) as room:
        room[:] = data
    grain = mmap.ALLOCATIONGRANULARITY
    return at + (data.nbytes + grain - 1) // grain * grain


def taken(place: int, pieces: Sequence[tuple[int, int]]) -> list[memoryview]:
    """The bytes of each `(offset, size)` that was put there, as they lie; one descriptor for however many.

    Whoever put them can still change them while it lives.
    """
    if not pieces:
        return []
    first = pieces[0][0]
    end = max(at + size for at, size in pieces)
    room = memoryview(mmap.mmap(place, end - first, access=mmap.ACCESS_READ, offset=first))
    return [room[at - first : at - first + size] for at, size in pieces]
