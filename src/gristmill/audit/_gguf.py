"""The texts of a GGUF file's header, read in bounds: no count or length of the file is taken on trust."""

from collections.abc import Iterator

from gristmill.contracts import Bytes

MAGIC = b"GGUF"
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_MOST_KEYS = 100_000
_MOST_KEY = 1 << 16
_MOST_ITEMS = 5_000_000
_MOST_NESTED = 4


class HeaderBroken(Exception):
    """A header that contradicts itself or the file's size; the message says where and with which numbers."""


def header_texts(data: Bytes, prefix: str) -> Iterator[tuple[str, str, int]]:
    """Key, text and byte offset of each text whose key begins with `prefix`. Raises HeaderBroken.

    Layout: magic, version (u32), tensors (u64), keys (u64); per key its name, type (u32) and value.
    """
    header = _Header(data)
    header.at = 4
    version = header.number(4)
    if not 2 <= version <= 3:
        raise HeaderBroken(f"its version is {version}, and only 2 and 3 are known")
    header.number(8)
    keys = header.number(8)
    if keys > _MOST_KEYS:
        raise HeaderBroken(f"it claims {keys:,} keys, over {_MOST_KEYS:,}")
    for _ in range(keys):
        name = header.text(_MOST_KEY).decode("utf-8", "replace")
        kind = header.number(4)
        if kind == _STRING and name.startswith(prefix):
            text = header.text(len(data))
            yield name, text.decode("utf-8", "replace"), header.at - len(text)
        else:
            header.skip(kind, 0)


class _Header:
    """A place in the file that moves over values and stays inside it."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._items = 0
        self.at = 0

    def number(self, size: int) -> int:
        if self.at + size > len(self._data):
            raise HeaderBroken(f"it ends at byte {len(self._data):,}, inside a value that begins at {self.at:,}")
        self.at += size
        return int.from_bytes(self._data[self.at - size : self.at], "little")

    def text(self, most: int) -> bytes:
        return self._data[self._pass(self.number(8), most) : self.at]

    def _pass(self, length: int, most: int) -> int:
        begin = self.at
        if length > most or begin + length > len(self._data):
            raise HeaderBroken(
                f"a text at byte {begin:,} claims {length:,} bytes, and the file has {len(self._data):,}"
            )
        self.at += length
        return begin

    def skip(self, kind: int, depth: int) -> None:
        if kind in _SIZES:
            self._pass(_SIZES[kind], 8)
        elif kind == _STRING:
            self._pass(self.number(8), len(self._data))
        elif kind == _ARRAY and depth < _MOST_NESTED:
            self._skip_array(depth)
        else:
            raise HeaderBroken(f"a value before byte {self.at:,} has the unknown type {kind}")

    def _skip_array(self, depth: int) -> None:
        kind, count = self.number(4), self.number(8)
        if kind in _SIZES:
            self._pass(count * _SIZES[kind], len(self._data))
            return
        self._items += count
        if self._items > _MOST_ITEMS:
            raise HeaderBroken(f"its lists claim {self._items:,} texts, over {_MOST_ITEMS:,}")
        for _ in range(count):
            self.skip(kind, depth + 1)
