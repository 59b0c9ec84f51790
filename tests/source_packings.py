"""Ways to spoil what is packed: a zip, a tar or a compressed file with something inside it spoilt, packed again."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from random import Random

import pyarrow as pa

# How a file inside is spoilt, by its name, its bytes and another file's.
Spoil = Callable[[Random, str, bytes, bytes], bytes]
_MOST = 1 << 20
_OPENED = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


def packer(data: bytes) -> Callable[..., bytes] | None:
    """How to spoil what is inside, for data that holds files."""
    if data[:4] == b"PK\3\4":
        return _rezipped
    if data[257:262] == b"ustar":
        return _retarred
    return next(
        (_refolded for magic in (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd") if data.startswith(magic)), None
    )


def _rezipped(dice: Random, name: str, data: bytes, other: bytes, spoil: Spoil) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {one: archive.read(one) for one in archive.namelist()[:500]}
    except (*_OPENED, zlib.error):
        return spoil(dice, "", data, other)
    members = _remembered(dice, members, spoil)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one, inner in members.items():
            info = zipfile.ZipInfo(one)
            info.compress_type = zipfile.ZIP_STORED if one == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, inner)
    return out.getvalue()


def _remembered(dice: Random, members: dict[str, bytes], spoil: Spoil) -> dict[str, bytes]:
    """The members of an archive after one of them was spoilt, lost, renamed or put in another's place."""
    texts = [one for one, inner in members.items() if inner[:1] == b"<" or inner[:4] == b"\xef\xbb\xbf<"] or list(
        members
    )
    if not texts:
        return members
    # Each member alike: the small ones (relations, styles, numbering) hold the rest together.
    one = dice.choice(texts if dice.random() < 0.9 else list(members))
    way = dice.random()
    if way < 0.06:
        return {key: inner for key, inner in members.items() if key != one}
    if way < 0.1:
        return {
            dice.choice((key.upper(), f"../{key}", f"{key}\0x", "")) if key == one else key: v
            for key, v in members.items()
        }
    if way < 0.15:
        return {**members, one: members[dice.choice(texts)]}
    return {**members, one: spoil(dice, one, members[one], members[dice.choice(texts)])}


def _retarred(dice: Random, name: str, data: bytes, other: bytes, spoil: Spoil) -> bytes:
    """A tar with one header field or one file spoilt, and the header's sum made right."""
    out = bytearray(data)
    heads = [at for at in range(0, len(out) - 511, 512) if out[at + 257 : at + 262] == b"ustar"]
    if not heads:
        return data
    at = dice.choice(heads)
    if dice.random() < 0.3:
        return bytes(out[: at + 512]) + spoil(dice, "x.txt", bytes(out[at + 512 :]), other)
    start, width = dice.choice(((0, 100), (100, 8), (124, 12), (156, 1), (157, 100), (345, 155)))
    odd = dice.choice(
        (b"../x", b"/x", b"\xff" * width, b"\x80" + b"\xff" * (width - 1), b"7" * width, b"", b"S", b"x", b"g", b"L")
    )
    out[at + start : at + start + width] = odd[:width].ljust(width, b"\0")
    out[at + 148 : at + 156] = b" " * 8
    out[at + 148 : at + 156] = b"%06o\0 " % sum(out[at : at + 512])
    return bytes(out)


def _refolded(dice: Random, name: str, data: bytes, other: bytes, spoil: Spoil) -> bytes:
    try:
        if data[:2] == b"\x1f\x8b":
            inner, fold = gzip.decompress(data), lambda whole: gzip.compress(whole, mtime=0)
        elif data[:3] == b"BZh":
            inner, fold = bz2.decompress(data), bz2.compress
        elif data[:1] == b"\xfd":
            inner, fold = lzma.decompress(data), lzma.compress
        else:
            inner, fold = _unfolded(data), lambda whole: pa.compress(whole, codec="zstd", asbytes=True)
    except (*_OPENED, zlib.error, lzma.LZMAError):
        return spoil(dice, "", data, other)
    return fold(spoil(dice, name[: name.rfind(".")], inner[:_MOST], other))


def _unfolded(data: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        return bytes(stream.read(_MOST))
