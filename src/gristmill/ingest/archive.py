"""Opens archives and compressed files, and hands each file inside to the reader of its kind."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import Inner, Reader
from gristmill.errors import Unreadable
from gristmill.findings import Finding
from gristmill.records import Source
from gristmill.unpack import Limits, inside, kind_of

_LEFT_OUT = ("__MACOSX", "Thumbs.db", "desktop.ini")


class Archive(Reader):
    """The files of a zip or tar, or the one file of a .gz, .bz2, .xz or .zst; nothing is written to disk.

    Hidden files and what macOS and Windows add are left out. A file that is refused (a path that leads out, a link,
    a bomb, an encrypted one …) is a finding.
    """

    suffixes: ClassVar[tuple[str, ...]] = (
        ".zip",
        ".tar",
        ".tgz",
        ".tar.gz",
        ".tbz2",
        ".tar.bz2",
        ".txz",
        ".tar.xz",
        ".gz",
        ".bz2",
        ".xz",
        ".zst",
    )
    holds: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)

    ratio: int = Field(200, ge=2, description="How many times its packed size a file may unfold to (1 MB always may).")
    member_mb: float = Field(500, gt=0, description="How many MB one file inside may hold.")
    total_mb: float = Field(2000, gt=0, description="How many MB all files inside may hold together.")
    members: int = Field(10_000, ge=1, description="How many files it may hold.")

    def read(self, data: bytes, source: Source) -> Iterator[Inner | Finding]:
        """Yield each file inside, and a Finding per file that is not given. Raises Unreadable."""
        if not data:
            raise Unreadable("empty", "The file has 0 bytes. Restore its content or leave it out.")
        if kind_of(data, source.path) in ("", "mail"):
            raise Unreadable(
                "broken", "It does not begin as an archive does. Give it its real suffix, or a whole copy."
            )
        limits = Limits(self.ratio, self.member_mb, self.total_mb, self.members)
        given, refused = 0, []
        for found in inside(data, source.path.rsplit("/", 1)[-1], limits):
            if isinstance(found, Finding):
                refused.append(found)
                yield found
            elif not _left_out(found.name):
                given += 1
                yield found
        if not given:
            why = f"The first of {len(refused)} findings: {refused[0].reason}" if refused else "It holds no files."
            raise Unreadable("no_files", f"{why} Look into it with `gristmill audit`, or leave it out.")


def _left_out(name: str) -> bool:
    return any(step in _LEFT_OUT or step.startswith(".") for step in name.replace("\\", "/").split("/") if step != ".")
