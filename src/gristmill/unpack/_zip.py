"""Files inside a zip, by its central directory, held against what stands before each of them."""

import stat
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from gristmill.contracts import Bytes, Inner
from gristmill.findings import Finding
from gristmill.unpack._rules import Meter, Refused, damaged, link, odd_name, path, shown, through, wrong_name
from gristmill.unpack._streams import Stream

LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_WHOLE = 0xFFFFFFFF
_TAIL = 65_535 + 22
_DESCRIPTOR = 24
_LONGEST_TARGET = 4096
_METHODS = {0: "stored", 8: "deflate", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}
_LOOK = "Ask whoever made it for a plain zip: tools read such a file in different ways. Else leave it out."


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory: where it and its record stand and end, and by how much all its offsets are moved."""

    start: int
    end: int
    count: int
    shift: int
    record: int
    after: int


@dataclass(slots=True)
class _Entry:
    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int
    mode: int
    body: int = 0
    differs: list[str] = field(default_factory=list)

    @property
    def place(self) -> int | None:
        """Where its own header stands; None when there is none where the directory says."""
        return self.at if self.body else None


def directories(data: Bytes) -> list[Directory]:
    """All central directories that the last 64 KiB point to, the last first, also those of zips held inside."""
    found: list[Directory] = []
    lowest, at = max(0, len(data) - _TAIL), len(data)
    while (at := data.rfind(END, lowest, at)) >= 0:
        if directory := _directory(data, at):
            found.append(directory)
    return found


def _directory(data: Bytes, record: int) -> Directory | None:
    if record + _END.size > len(data):
        return None
    _, _, _, _, count, size, offset, comment = _END.unpack(data[record : record + _END.size])
    end, after = record, record + _END.size + comment
    if data[record - 20 : record - 16] == b"PK\6\7":
        wanted = int.from_bytes(data[record - 12 : record - 4], "little")
        for at in (wanted, record - 20 - _END64.size):
            if at >= 0 and data[at : at + 4] == b"PK\6\6" and at + _END64.size <= record:
                count, size, offset = _END64.unpack(data[at : at + _END64.size])[-3:]
                end = at
                break
    if count == 0 and size == 0:
        return Directory(end, end, 0, 0, record, after)
    for start in (end - size, offset):
        if 0 <= start < end and data[start : start + 4] == CENTRAL:
            return Directory(start, end, count, start - offset, record, after)
    return None


def zip_members(data: Bytes, meter: Meter) -> Iterator[Inner | Finding]:
    """Every file of a zip, in the directory's order; a Finding for each that is refused or told in two ways."""
    found = directories(data)
    if not found:
        raise damaged("It begins as a zip and its directory is not there: its end may be cut off.")
    directory = found[0]
    entries: list[_Entry] = []
    cut = None
    try:
        entries.extend(_entries(data, directory, meter))
    except Refused as refused:
        cut = refused
    if cut is None:
        yield from _around(data, found, entries)
    order = sorted(entries, key=lambda entry: entry.at)
    for before, after in pairwise(order):
        if after.at < before.body + before.packed:
            reason = f"Its entries {shown(before.name)!r} and {shown(after.name)!r} share bytes, as bombs do."
            raise Refused("overlap", "danger", f"{reason} None of its {len(entries):,} entries was opened.")
    links: set[str] = set()
    for entry in entries:
        yield from _member(data, entry, meter, links)
    if cut:
        raise cut


def _entries(data: Bytes, directory: Directory, meter: Meter) -> Iterator[_Entry]:
    at, counted = directory.start, 0
    while at + _CENTRAL.size <= directory.end and data[at : at + 4] == CENTRAL:
        meter.count()
        values = _CENTRAL.unpack(data[at : at + _CENTRAL.size])
        flags, method, crc, packed, size = values[3], values[4], *values[7:10]
        lengths, attributes, offset = values[10:13], values[15], values[16]
        at += _CENTRAL.size
        raw = data[at : at + lengths[0]]
        extra = data[at + lengths[0] : at + lengths[0] + lengths[1]]
        at += sum(lengths)
        size, packed, offset = _wide(extra, [size, packed, offset])
        name = raw.decode("utf-8", "surrogateescape") if flags & 0x800 else raw.decode("cp437")
        entry = _Entry(name, raw, flags, method, crc, packed, size, offset + directory.shift, attributes >> 16)
        counted += 1
        yield _placed(data, entry)
    if counted != directory.count and counted & 0xFFFF != directory.count:
        raise damaged(f"Its directory counts {directory.count:,} entries and lists {counted:,}.")


def _wide(extra: bytes, values: list[int]) -> list[int]:
    """Sizes and offset, with those of the zip64 field where the plain ones are full."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack("<2H", extra[at : at + 4])
        if kind == 1:
            wide = [int.from_bytes(extra[i : i + 8], "little") for i in range(at + 4, at + 4 + length - 7, 8)]
            return [wide.pop(0) if value == _WHOLE and wide else value for value in values]
        at += 4 + length
    return values


def _placed(data: Bytes, entry: _Entry) -> _Entry:
    """The entry with where its bytes begin, and what its own header says otherwise."""
    head = data[entry.at : entry.at + _LOCAL.size] if entry.at >= 0 else b""
    if len(head) < _LOCAL.size or head[:4] != LOCAL:
        entry.differs.append(f"no header at byte {entry.at:,}")
        return entry
    _, _, flags, method, _, _, crc, packed, size, named, extra = _LOCAL.unpack(head)
    entry.body = entry.at + _LOCAL.size + named + extra
    name = data[entry.at + _LOCAL.size : entry.at + _LOCAL.size + named]
    if name != entry.raw:
        entry.differs.append(f"name {shown(name.decode('utf-8', 'surrogateescape'))!r}")
    if method != entry.method:
        entry.differs.append(f"method {method} for {entry.method}")
    if (flags ^ entry.flags) & 1:
        entry.differs.append("encrypted in one place only")
    for said, real, what in ((crc, entry.crc, "checksum"), (packed, entry.packed, "size"), (size, entry.size, "size")):
        if said not in (real, _WHOLE) and not (flags & 8 and said == 0):
            entry.differs.append(f"{what} {said:,} for {real:,}")
    return entry


def _around(data: Bytes, found: list[Directory], entries: list[_Entry]) -> Iterator[Finding]:
    """What stands before, between and after the entries."""
    directory, at = found[0], 0
    if other := _second(found, entries):
        reason = f"It has another directory than the last, at byte {directory.start:,}, which was read."
        yield Refused("disagreeing_headers", "danger", reason, _LOOK).finding("", other.start)
    for entry in sorted(entries, key=lambda entry: entry.at):
        yield from _gap(data, at, entry.at)
        at = max(at, entry.body + entry.packed)
    yield from _gap(data, at, directory.start)
    if (more := len(data) - directory.after) > 0:
        yield _polyglot(f"{more:,} bytes follow its last record", directory.after)


def _second(found: list[Directory], entries: list[_Entry]) -> Directory | None:
    """A directory beside the one read; none is that of a zip stored as a member, whole in the member's bytes."""
    bodies = sorted((entry.body, entry.body + entry.packed) for entry in entries)
    for other in found[1:]:
        place = bisect_right(bodies, other.record, key=lambda body: body[0]) - 1
        if place < 0 or other.after > bodies[place][1]:
            return other
    return None


def _gap(data: Bytes, start: int, end: int) -> Iterator[Finding]:
    if end <= start:
        return
    if end - start > _DESCRIPTOR and (hidden := data.find(LOCAL, start, end)) >= 0:
        reason = "A record is not in the directory: some tools unpack it, others do not see it."
        yield Refused("hidden_member", "warning", reason, _LOOK).finding("", hidden)
    elif start == 0:
        yield _polyglot(f"{end:,} bytes stand before its first record and begin with {bytes(data[:8])!r}", 0)


def _polyglot(reason: str, offset: int) -> Finding:
    return Refused("polyglot", "warning", f"{reason}: it may be a file of two kinds.", _LOOK).finding("", offset)


def _member(data: Bytes, entry: _Entry, meter: Meter, links: set[str]) -> Iterator[Inner | Finding]:
    if entry.differs:
        reason = f"The header before it does not say what the directory says: {'; '.join(entry.differs)}."
        yield Refused("disagreeing_headers", "danger", reason, _LOOK).finding(entry.name, entry.place)
    try:
        if refused := wrong_name(entry.name) or through(entry.name, links):
            raise refused
        if odd := odd_name(entry.name):
            yield odd.finding(entry.name, entry.place)
        if entry.name.endswith(("/", "\\")) or not entry.body:
            return
        if meter.again(entry.name):
            reason = "A file of this name is in it already; tools differ in which they take. Both were looked at."
            yield Refused("duplicate_name", "warning", reason, _LOOK).finding(entry.name, entry.place)
        if stat.S_ISLNK(entry.mode):
            target = _opened(data, entry, meter)[:_LONGEST_TARGET].decode("utf-8", "surrogateescape")
            links.add(path(entry.name))
            raise link(entry.name, target, from_root=False)
        if stat.S_IFMT(entry.mode) in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
            raise Refused("device", "danger", "It is a device, a pipe or a socket, not a file. It was not opened.")
        content = _opened(data, entry, meter)
        yield from _checked(content, entry)
        yield Inner(shown(entry.name), content)
    except Refused as refused:
        if refused.final:
            raise
        yield refused.finding(entry.name, entry.place)


def _checked(content: bytes, entry: _Entry) -> Iterator[Finding]:
    same = zlib.crc32(content) == entry.crc
    if entry.flags & 1 and not same:
        raise Refused("encrypted_member", "warning", "It is encrypted and was not looked at.", _LOOK)
    if entry.flags & 1:
        reason = "It says that it is encrypted and is not, which hides it from tools that skip such files."
        yield Refused("disagreeing_headers", "danger", reason, _LOOK).finding(entry.name, entry.place)
    elif not same or len(content) != entry.size:
        reason = (
            f"It holds {len(content):,} bytes of {entry.size:,}, and its checksum is {'right' if same else 'wrong'}."
        )
        yield damaged(f"{reason} It was looked at all the same.").finding(entry.name, entry.place)


def _opened(data: Bytes, entry: _Entry, meter: Meter) -> bytes:
    """The entry's bytes. Raises Refused, before anything is unfolded where the headers say enough."""
    meter.admits(entry.size, entry.packed)
    method, start, end = _METHODS.get(entry.method), entry.body, entry.body + entry.packed
    if method is None:
        code = "encrypted_member" if entry.method == 99 else "unopened_member"
        reason = f"It is packed by the method {entry.method}, which is not opened here. It was not looked at."
        raise Refused(code, "warning", reason, _LOOK)
    if end > len(data):
        raise damaged(f"It should reach to byte {end:,} of {len(data):,}.")
    lead = b""
    if method == "lzma":
        length = int.from_bytes(data[start + 2 : start + 4], "little")
        size = b"\xff" * 8 if entry.flags & 2 else entry.size.to_bytes(8, "little")
        lead = data[start + 4 : start + 4 + length] + size
        start += 4 + length
    try:
        return meter.whole(meter.flow(Stream(method, data, start, end, lead), entry.packed))
    except Refused as refused:
        if entry.flags & 1 and refused.code == "damaged_archive":
            raise Refused("encrypted_member", "warning", "It is encrypted and was not looked at.", _LOOK) from None
        raise
