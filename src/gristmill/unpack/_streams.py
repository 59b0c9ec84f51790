"""Compressed bytes unfolded a step at a time, by the method that packed them."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from gristmill.contracts import Bytes
from gristmill.lazy import lazy
from gristmill.unpack._rules import STEP, damaged

pa = lazy("pyarrow")

_FIRST = 1 << 10
_MOST_STREAMS = 1_000_000
_MOST_MEMORY = 1 << 28
GZIP, BZIP2, XZ, ZSTD = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"


class _Deflate:
    """zlib's tool with the verbs of bz2's and lzma's."""

    def __init__(self, bits: int) -> None:
        self._tool = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._tool.eof

    @property
    def needs_input(self) -> bool:
        return not self._tool.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._tool.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._tool.decompress(self._tool.unconsumed_tail + data, max_length)


class Stream:
    """The chunks that bytes `start` to `end` unfold to; `rest` is where bytes follow that are not of it.

    Iterating raises Refused when the bytes are damaged or end too early.
    """

    def __init__(self, method: str, data: Bytes, start: int = 0, end: int | None = None, lead: bytes = b"") -> None:
        self._method, self._data, self._at, self._lead = method, data, start, lead
        self._end = len(data) if end is None else end
        self.rest: int | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            if self._method == "stored":
                yield from self._stored()
            elif self._method == "zstd":
                yield from self._zstd()
            else:
                yield from self._each()
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            said = " ".join(str(error).split())[:120]
            raise damaged(f"Its {self._method} data cannot be unfolded to its end: {said}.") from None

    def _stored(self) -> Iterator[bytes]:
        for at in range(self._at, self._end, STEP):
            yield self._data[at : min(at + STEP, self._end)]

    def _zstd(self) -> Iterator[bytes]:
        # PyArrow takes bytes after the last frame for the start of another, and says so as an error.
        packed = pa.py_buffer(memoryview(self._data)[self._at : self._end])
        with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
            while chunk := stream.read(STEP):
                yield chunk

    def _each(self) -> Iterator[bytes]:
        """One stream after the other, as gzip, bzip2 and xz files may hold several; other methods have one."""
        make, magic = _TOOLS[self._method]
        for _ in range(_MOST_STREAMS):
            yield from self._one(make())
            padded = self._data[self._at : min(self._at + STEP, self._end)]
            self._at += (len(padded) - len(padded.lstrip(b"\0"))) if self._method == "xz" else 0
            if not magic or self._data[self._at : self._at + len(magic)] != magic:
                break
        if self._at < self._end and self._data[self._at : self._at + STEP].strip(b"\0"):
            self.rest = self._at

    def _one(self, tool: Any) -> Iterator[bytes]:
        size, hungry = _FIRST, True
        while not tool.eof:
            piece, self._lead = self._lead, b""
            if hungry and not piece:
                piece = self._data[self._at : min(self._at + size, self._end)]
                self._at += len(piece)
                size = min(size * 4, STEP)
            out = tool.decompress(piece, STEP)
            if not out and not tool.eof and not piece and self._at >= self._end:
                raise EOFError("the data ends in the middle")
            hungry = tool.needs_input or not out
            yield out
        self._at -= len(tool.unused_data)


_TOOLS: dict[str, tuple[Callable[[], Any], bytes]] = {
    "deflate": (lambda: _Deflate(-15), b""),
    "gzip": (lambda: _Deflate(31), GZIP),
    "bzip2": (bz2.BZ2Decompressor, BZIP2),
    "xz": (lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY), XZ),
    "lzma": (lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MOST_MEMORY), b""),
}


class Tape:
    """Chunks read in order, by any number of bytes."""

    def __init__(self, chunks: Iterator[bytes], head: bytes = b"") -> None:
        self._chunks, self._left = chunks, memoryview(head)
        self.at = 0

    def read(self, size: int) -> bytes:
        """The next bytes; fewer than `size` only at the end. Keep `size` small: they are put together."""
        return b"".join(self.pieces(size))

    def pieces(self, size: int) -> Iterator[bytes]:
        """The next bytes in pieces as they come."""
        while size > 0:
            if not self._left:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return
                self._left = memoryview(chunk)
                continue
            piece = bytes(self._left[:size])
            self._left = self._left[size:]
            size -= len(piece)
            self.at += len(piece)
            yield piece
