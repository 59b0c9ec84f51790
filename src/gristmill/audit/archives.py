"""Finds dangerous archives: paths and links that lead out, bombs, headers that disagree."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding
from gristmill.unpack import CODES, Limits, inside, kind_of

# Archives that nothing here opens: the bytes they begin with.
_CLOSED = {
    b"7z\xbc\xaf'\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"MSCF\0\0\0\0": "cabinet",
    b"LZIP\x01": "lzip",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x1f\x9d": "compress",
    b"!<arch>\n": "ar",
    b"xar!\0": "xar",
}


class Archives(Scanner):
    """Walks zip, tar, gzip, bzip2, xz, zstd and mails, by their bytes and not by their names, and writes nothing.

    Dangers are what makes tools that unpack such a file write elsewhere, fill the disk, or see other files than were
    looked at. Warnings say what was not looked at.
    """

    codes: ClassVar[Mapping[str, str]] = {
        **CODES,
        "unopened_archive": "It is a 7z, a RAR or of another kind that is not opened here (warning).",
    }
    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)

    ratio: int = Field(200, ge=2, description="How many times its packed size a file may unfold to (1 MB always may).")
    member_mb: float = Field(500, gt=0, description="How many MB one file inside may hold.")
    total_mb: float = Field(2000, gt=0, description="How many MB all files inside may hold together.")
    members: int = Field(10_000, ge=1, description="How many files it may hold.")

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield a Finding per file inside that is refused or odd."""
        if not kind_of(data, name):
            yield from _closed(data)
            return
        limits = Limits(self.ratio, self.member_mb, self.total_mb, self.members)
        for found in inside(data, name, limits):
            if isinstance(found, Finding):
                yield found


def _closed(data: Bytes) -> Iterator[Finding]:
    for magic, kind in _CLOSED.items():
        if data[: len(magic)] == magic:
            yield Finding(
                code="unopened_archive",
                severity="warning",
                reason=f"It is an archive of the kind {kind}, which is not opened here: nothing in it was looked at.",
                remedy="Unpack it where nothing can be lost, and give the files themselves.",
                evidence=repr(magic),
                offset=0,
            )
