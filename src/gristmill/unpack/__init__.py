"""Opens archives, compressed files and mails member by member, within limits, writing nothing to disk."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from gristmill.contracts import Bytes, Inner
from gristmill.findings import Finding
from gristmill.unpack._mail import is_mail, mail_members, many_parameters
from gristmill.unpack._rules import CODES, STEP, Limits, Meter, Refused, shown, wrong_name
from gristmill.unpack._streams import BZIP2, GZIP, XZ, ZSTD, Stream, Tape
from gristmill.unpack._tar import BLOCK, is_tar, tar_members
from gristmill.unpack._zip import END, LOCAL, directories, zip_members

__all__ = ["CODES", "Limits", "inside", "kind_of", "many_parameters", "shown"]

_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
_ENDINGS = {
    ".tgz": ".tar",
    ".tbz2": ".tar",
    ".tbz": ".tar",
    ".txz": ".tar",
    ".tzst": ".tar",
    ".gz": "",
    ".bz2": "",
    ".xz": "",
    ".zst": "",
}


def kind_of(data: Bytes, name: str) -> str:
    """What holds files here, by the bytes: `zip`, `tar`, `gzip`, `bzip2`, `xz`, `zstd`, `mail`, or "".

    A zip is found behind other bytes too, as tools open it there; the name counts for mails only.
    """
    head = data[:BLOCK]
    if head[:4] in (LOCAL, END):
        return "zip"
    if head.startswith(GZIP):
        return "gzip"
    if head[:3] == BZIP2 and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    if head.startswith(XZ):
        return "xz"
    if head.startswith(ZSTD):
        return "zstd"
    if is_tar(head):
        return "tar"
    if any(found.start < found.end for found in directories(data)):
        return "zip"
    return "mail" if is_mail(data, name) else ""


def inside(data: Bytes, name: str, limits: Limits) -> Iterator[Inner | Finding]:
    """The files inside, one at a time, and a Finding (see `CODES`) for each that is refused or odd.

    A compressed tar is walked as it unfolds; any other compressed file holds one file, named without the ending.
    An archive inside is a member as any other: whoever asks opens it in turn, and counts how deep. What is refused
    by its name, its kind or its size was not opened; what comes as Inner under a Finding was. Nothing is written to
    disk.
    """
    kind = kind_of(data, name)
    meter = Meter(limits)
    try:
        if kind == "zip":
            yield from zip_members(data, meter)
        elif kind == "tar":
            yield from tar_members(Tape(meter.flow(Stream("stored", data), len(data))), meter)
        elif kind == "mail":
            yield from mail_members(data, meter)
        elif kind:
            yield from _unfolded(Stream(kind, data), data, name, meter)
    except Refused as refused:
        yield refused.finding()


def _unfolded(stream: Stream, data: Bytes, name: str, meter: Meter) -> Iterator[Inner | Finding]:
    if refused := wrong_name(given := _given_name(data)):
        yield refused.finding(given, 10)
    tape = Tape(meter.flow(stream, len(data)))
    head = tape.read(BLOCK)
    again = Tape(tape.pieces(1 << 62), head)
    if is_tar(head):
        yield from tar_members(again, meter)
    else:
        meter.count()
        yield Inner(shown(_without_ending(name)), meter.whole(again.pieces(1 << 62)))
    if stream.rest is not None:
        reason = f"{len(data) - stream.rest:,} bytes follow the compressed data: it may be a file of two kinds."
        yield Refused("polyglot", "warning", reason).finding("", stream.rest)


def _given_name(data: Bytes) -> str:
    """The name that a gzip header gives its file; `gunzip -N` writes to it."""
    head = data[:STEP]
    if not head.startswith(GZIP) or len(head) < 10 or not head[3] & 8:
        return ""
    start = 10 + (2 + int.from_bytes(head[10:12], "little") if head[3] & 4 else 0)
    return head[start:].split(b"\0", 1)[0].decode("latin-1")


def _without_ending(name: str) -> str:
    ending = PurePosixPath(name).suffix
    return name.removesuffix(ending) + _ENDINGS[ending.lower()] if ending.lower() in _ENDINGS else name
