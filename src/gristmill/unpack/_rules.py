"""What the files of an archive may be called, point to and hold, before one of them is opened."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from gristmill.findings import Finding, Severity

CODES: Mapping[str, str] = {
    "traversal": "A name climbs out of the folder it is unpacked to (danger), or climbs and stays inside (warning).",
    "absolute_name": "A name is an absolute path, which some tools write to as it stands (danger).",
    "link_out": "A link leads out of the archive, or a file would be written through a link (danger).",
    "link": "A link stays inside the archive (info).",
    "device": "An entry is a device, a pipe or a socket (danger).",
    "ratio": "It unfolds to more than `ratio` times its size, as bombs do (danger).",
    "overlap": "Entries share their bytes, as bombs do (danger).",
    "disagreeing_headers": "Two headers say different things of one file, so that tools unpack different files "
    "(danger; a stray size in a tar is a warning).",
    "polyglot": "Bytes stand before, between or after its records: it may be a file of two kinds (warning).",
    "hidden_member": "A file lies in it that the directory does not name (warning).",
    "duplicate_name": "Two files have one name, and tools differ in which they take (warning).",
    "odd_name": "A name has characters that no reader sees, none at all, or thousands (warning).",
    "encrypted_member": "A file is encrypted, so nobody looked at it (warning).",
    "unopened_member": "A file is packed by a method that is not opened here (warning).",
    "sparse": "A file of a tar has holes, and was not opened (warning).",
    "too_large": "It holds more bytes than `member_mb` or `total_mb` allow; the rest was not looked at (warning; a "
    "tar's header of over 1 MB is a danger).",
    "too_many": "It holds more files than `members` allows; the rest was not looked at (warning).",
    "damaged_archive": "It is cut off or broken, and was looked at as far as it goes (warning).",
}
STEP = 1 << 18
_SMALL = 1 << 20
_SPLIT = re.compile(r"[/\\]")
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_LONGEST = 4000
_DEEPEST = 100
_OPEN = "Unpack it where nothing can be lost and look at it there, or leave it out."


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may unfold to: times its packed size, and in megabytes (10^6 bytes) and files."""

    ratio: int = 200
    member_mb: float = 500
    total_mb: float = 2000
    members: int = 10_000


class Refused(Exception):
    """A file inside is not opened, or (`final`) nothing more of the archive is; the Finding says why."""

    def __init__(self, code: str, severity: Severity, reason: str, remedy: str = _OPEN, final: bool = False) -> None:
        super().__init__(reason)
        self.code, self.severity, self.reason, self.remedy = code, severity, reason, remedy
        self.final = final

    def finding(self, name: str = "", offset: int | None = None) -> Finding:
        """The same as a Finding about the entry of this name at this byte."""
        return Finding(
            code=self.code,
            severity=self.severity,
            reason=self.reason,
            remedy=self.remedy,
            evidence=shown(name),
            offset=offset if offset is None or offset >= 0 else None,
        )


def damaged(reason: str) -> Refused:
    """A refusal of bytes that are not what their headers say."""
    return Refused("damaged_archive", "warning", reason, "Get a whole copy of the file, or leave it out.")


class Meter:
    """What one archive has given so far, held against its limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._total = 0
        self._members = 0
        self._seen: set[str] = set()

    def count(self) -> None:
        """Count one more file inside. Raises Refused when there are too many."""
        self._members += 1
        if self._members > self.limits.members:
            reason = f"It holds over {self.limits.members:,} files; those after them were not opened."
            raise Refused("too_many", "warning", reason, "Raise `members` if it is right, or split the archive.", True)

    def again(self, name: str) -> bool:
        """Whether a file of this name was there before."""
        path = "/".join(_steps(name))
        known = path in self._seen
        self._seen.add(path)
        return known

    def flow(self, chunks: Iterable[bytes], packed: int) -> Iterator[bytes]:
        """The chunks of all that `packed` bytes unfold to, until they are too many. Raises Refused at once then."""
        size = 0
        for chunk in chunks:
            size += len(chunk)
            self._total += len(chunk)
            self._fits(size, packed)
            yield chunk

    def whole(self, chunks: Iterable[bytes]) -> bytes:
        """The chunks of one file as one. Raises Refused when it is too large."""
        out = io.BytesIO()
        for chunk in chunks:
            self.admits(out.tell() + len(chunk))
            out.write(chunk)
        return out.getvalue()

    def admits(self, size: int, packed: int | None = None) -> None:
        """Raises Refused for a file that says, or is seen, to hold too much."""
        if packed is not None and size > self._most(packed):
            raise _ratio(size, packed, self.limits.ratio)
        if size > self.limits.member_mb * 1e6:
            reason = f"It holds {size:,} bytes, over the limit of {self.limits.member_mb:g} MB, and was not opened."
            raise Refused("too_large", "warning", reason, "Raise `member_mb` if the file is right, or leave it out.")

    def _most(self, packed: int) -> int:
        return max(_SMALL, self.limits.ratio * packed)

    def _fits(self, size: int, packed: int) -> None:
        if size > self._most(packed):
            raise _ratio(size, packed, self.limits.ratio)
        if self._total > self.limits.total_mb * 1e6:
            reason = f"Its files hold over {self.limits.total_mb:g} MB together; the rest was not opened."
            remedy = "Raise `total_mb` if it is right, or split the archive."
            raise Refused("too_large", "warning", reason, remedy, True)


def _ratio(size: int, packed: int, most: int) -> Refused:
    reason = f"{packed:,} bytes unfold to {size:,} or more: over {most} times as much. It was not unfolded further."
    return Refused("ratio", "danger", reason, "Leave it out: files like this fill memory and disk. Else raise `ratio`.")


def shown(name: str) -> str:
    """A name as text that can be printed and stored: what is invisible, or no character at all, is escaped."""
    cut = name[:_LONGEST]
    return _ODD.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"), cut)


def wrong_name(name: str) -> Refused | None:
    """Why a file of this name is not unpacked: its path is absolute, or climbs with `..`."""
    if _ABSOLUTE.match(name):
        reason = "Its name is an absolute path, which some tools write to as it stands. It was not opened."
        return Refused("absolute_name", "danger", reason)
    if ".." in _steps(name):
        out = _leaves(_steps(name))
        where = "leads out of the folder it is unpacked to" if out else "climbs with `..`, though it stays inside"
        return Refused("traversal", "danger" if out else "warning", f"Its name {where}. It was not opened.")
    return None


def odd_name(name: str) -> Refused | None:
    """What is strange about a name that is no danger by itself; such a file is opened all the same."""
    remedy = "Look at the name as it is written here, with its escapes, and rename the file."
    if odd := _ODD.findall(name[:_LONGEST]):
        listed = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(set(odd))[:5])
        reason = f"Characters of its name are not seen or turn the order of others ({len(odd)}: {listed})."
        return Refused("odd_name", "warning", reason, remedy)
    if not name.strip() or len(name) > _LONGEST:
        return Refused("odd_name", "warning", f"Its name has {len(name):,} characters.", remedy)
    return None


def link(name: str, target: str, from_root: bool) -> Refused:
    """What a link is: harmless while it stays inside. A hard link of a tar counts from the archive's root."""
    steps = ([] if from_root else _steps(name)[:-1]) + _steps(target)
    climbs = _steps(target)
    down_and_up = any(now == ".." and before != ".." for before, now in pairwise(climbs))
    if _ABSOLUTE.match(target) or _leaves(steps) or down_and_up:
        reason = f"It is a link to {shown(target)!r}, outside the archive or on a way that can leave it."
        return Refused("link_out", "danger", f"{reason} It was not followed.")
    return Refused("link", "info", f"It is a link to {shown(target)!r}, inside the archive. It was not followed.")


def through(name: str, links: set[str]) -> Refused | None:
    """A refusal of a file that would be written through a link of the same archive."""
    steps = _steps(name)
    for length in range(1, min(len(steps), _DEEPEST)):
        if "/".join(steps[:length]) in links:
            reason = f"It would be written through the link {shown('/'.join(steps[:length]))!r}. It was not opened."
            return Refused("link_out", "danger", reason)
    return None


def path(name: str) -> str:
    """The name in one form: `a//b`, `./a/b` and `a\\b` are one file."""
    return "/".join(_steps(name))


def _steps(name: str) -> list[str]:
    """The steps of a path, also with backslashes; Windows drops spaces at a step's end."""
    steps = (step.rstrip(" ") if step.startswith("..") else step for step in _SPLIT.split(name))
    return [step for step in steps if step not in ("", ".")]


def _leaves(steps: list[str]) -> bool:
    depth = 0
    for step in steps:
        depth += -1 if step == ".." else 1
        if depth < 0:
            return True
    return False
