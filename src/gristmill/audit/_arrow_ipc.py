"""The messages of an Arrow file or stream, by the lengths and rows that their headers claim."""

from collections.abc import Iterator
from typing import NamedTuple

from gristmill.contracts import Bytes

MAGIC = b"ARROW1"
_MARK = b"\xff\xff\xff\xff"
_MOST_HEADER = 1 << 26
_MOST_MESSAGES = 1_000_000
_BATCH, _DICTIONARY = 3, 2


class Message(NamedTuple):
    """One message: where it begins, the rows it claims, and the bytes its compressed buffers unpack to."""

    at: int
    rows: int
    packed: int
    unpacked: int


class MessageBroken(Exception):
    """A message that does not fit into its file; the text says where and with which numbers."""


def is_stream(data: Bytes) -> bool:
    """Whether the bytes begin as a stream of messages does."""
    return data[:4] == _MARK and len(data) >= 8


def messages(data: Bytes) -> Iterator[Message]:
    """Each message that holds rows, in order. Raises MessageBroken.

    Layout: 0xFFFFFFFF, length of the header (i32), header (a flatbuffer), body; a length of 0 ends the messages.
    """
    at = 8 if data[:6] == MAGIC else 0
    for _ in range(_MOST_MESSAGES):
        if data[at : at + 4] != _MARK:
            return
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if not length:
            return
        if length > _MOST_HEADER or at + 8 + length > len(data):
            raise MessageBroken(f"a message at byte {at:,} claims a header of {length:,} bytes")
        header = _Table.root(data[at + 8 : at + 8 + length])
        body = header.number(3, 8)
        begin = at + 8 + length
        if body < 0 or begin + body > len(data):
            raise MessageBroken(
                f"a message at byte {at:,} claims a body of {body:,} bytes, {len(data) - begin:,} are there"
            )
        kind = header.number(1, 1)
        if kind in (_BATCH, _DICTIONARY):
            batch = header.table(2)
            batch = batch.table(1) if kind == _DICTIONARY else batch
            packed, unpacked = _compressed(batch, data, begin, body)
            yield Message(at, batch.number(0, 8), packed, unpacked)
        at = begin + body


def _compressed(batch: "_Table", data: Bytes, begin: int, body: int) -> tuple[int, int]:
    """Bytes of the buffers as they lie there, and as their own first eight bytes say they unpack to."""
    if not batch.has(3):
        return body, body
    packed = unpacked = 0
    for offset, length in batch.pairs(2):
        if length < 8 or offset < 0 or offset + length > body:
            continue
        size = int.from_bytes(data[begin + offset : begin + offset + 8], "little", signed=True)
        packed += length
        unpacked += length - 8 if size == -1 else max(0, size)
    return packed, unpacked


class _Table:
    """A table in a flatbuffer. Raises MessageBroken for a place outside of it."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw = raw
        self._at = at
        self._fields = at - self._int(at, 4)

    @classmethod
    def root(cls, raw: bytes) -> "_Table":
        return cls(raw, int.from_bytes(raw[:4], "little"))

    def _int(self, at: int, size: int) -> int:
        if not 0 <= at <= len(self._raw) - size:
            raise MessageBroken(f"a header of {len(self._raw):,} bytes points to its byte {at:,}")
        return int.from_bytes(self._raw[at : at + size], "little", signed=size > 2)

    def _place(self, field: int) -> int:
        slot = 4 + 2 * field
        offset = self._int(self._fields + slot, 2) if slot < self._int(self._fields, 2) else 0
        return self._at + offset if offset else 0

    def has(self, field: int) -> bool:
        return self._place(field) > 0

    def number(self, field: int, size: int) -> int:
        place = self._place(field)
        return self._int(place, size) if place else 0

    def table(self, field: int) -> "_Table":
        place = self._place(field)
        if not place:
            raise MessageBroken("a message lacks what it says it holds")
        return _Table(self._raw, place + self._int(place, 4))

    def pairs(self, field: int) -> Iterator[tuple[int, int]]:
        """A vector of two 64-bit numbers each."""
        place = self._place(field)
        if place:
            start = place + self._int(place, 4)
            for index in range(min(self._int(start, 4), len(self._raw) // 16)):
                yield self._int(start + 4 + 16 * index, 8), self._int(start + 12 + 16 * index, 8)
