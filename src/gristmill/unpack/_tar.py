"""Files inside a tar, header by header, with the extended headers that rename and resize them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gristmill.contracts import Inner
from gristmill.findings import Finding
from gristmill.unpack._rules import Meter, Refused, damaged, link, odd_name, path, shown, through, wrong_name
from gristmill.unpack._streams import Tape

BLOCK = 512
_MOST_EXTENDED = 1 << 20
_RECORD = re.compile(rb"(\d{1,9}) ([^=\n]{1,200})=")
_LOOK = "Ask whoever made it for a plain tar: tools read such a file in different ways. Else leave it out."


@dataclass(slots=True)
class _Header:
    name: str
    target: str
    kind: str
    size: int
    at: int
    real: int


def is_tar(block: bytes) -> bool:
    """Whether a block of 512 bytes is a tar header: its checksum is right."""
    if len(block) < BLOCK or not block[0]:
        return False
    try:
        said = _number(block[148:156])
    except Refused:
        return False
    counted = block[:148] + b" " * 8 + block[156:BLOCK]
    # Some old tars summed the bytes as signed numbers.
    return said in (sum(counted), sum(counted) - 256 * sum(byte > 127 for byte in counted))


def tar_members(tape: Tape, meter: Meter) -> Iterator[Inner | Finding]:
    """Every file of a tar, in its order; a Finding for each that is refused. Raises Refused when it is damaged."""
    links: set[str] = set()
    everywhere: dict[str, str] = {}
    extended: dict[str, str] = {}
    while block := tape.read(BLOCK):
        if not block.strip(b"\0"):
            yield from _after(tape)
            return
        if not is_tar(block):
            raise damaged(f"The header at byte {tape.at - len(block):,} is not a tar's; the rest was not opened.")
        header = _header(block, tape)
        if header.kind in "xgLK":
            said = _extended(header, tape)
            (everywhere if header.kind == "g" else extended).update(said)
            continue
        meter.count()
        settings, extended = everywhere | extended, {}
        yield from _disagreeing(header, settings)
        yield from _member(_applied(header, settings), settings, tape, meter, links)
    raise damaged("It ends without the empty block that closes a tar: its end may be cut off.")


def _header(block: bytes, tape: Tape) -> _Header:
    name, target = _text(block[:100]), _text(block[157:257])
    if block[257:263] == b"ustar\0" and block[345]:
        name = f"{_text(block[345:500])}/{name}"
    kind = chr(block[156])
    header = _Header(name, target, kind, _number(block[124:136]), tape.at - BLOCK, 0)
    if kind == "S":
        header.real = _number(block[483:495])
        more = block[482]
        while more:
            more = (tape.read(BLOCK) or bytes(BLOCK))[504:505] not in (b"", b"\0")
    return header


def _extended(header: _Header, tape: Tape) -> dict[str, str]:
    """What a header of type x, g, L or K says about the file after it."""
    if header.size > _MOST_EXTENDED:
        reason = f"The extended header at byte {header.at:,} has {header.size:,} bytes; the rest was not opened."
        raise Refused("too_large", "danger", reason, _LOOK, True)
    data = tape.read(header.size)
    tape.read(-header.size % BLOCK)
    if header.kind in "LK":
        return {"path" if header.kind == "L" else "linkpath": _text(data)}
    found, at = {}, 0
    while match := _RECORD.match(data, at):
        end = at + int(match[1])
        if end <= match.end() or end > len(data):
            break
        key = match[2].decode("utf-8", "surrogateescape")
        found[key] = data[match.end() : end - 1].decode("utf-8", "surrogateescape")
        at = end
    if data[at:].strip(b"\0"):
        raise damaged(f"The extended header at byte {header.at:,} is broken; the rest was not opened.")
    return found


def _disagreeing(header: _Header, settings: dict[str, str]) -> Iterator[Finding]:
    """A size told in two ways: readers that differ in which they take see different files."""
    said = settings.get("size", "")
    if said.isdecimal() and header.size not in (0, int(said[:20])):
        reason = f"Its header says {header.size:,} bytes, its extended header {said[:20]}."
        yield Refused("disagreeing_headers", "danger", reason, _LOOK).finding(header.name, header.at)
    if header.kind in "123456" and header.size and not said:
        reason = f"It is no file (type {header.kind}), and its header says that {header.size:,} bytes follow."
        yield Refused("disagreeing_headers", "warning", reason, _LOOK).finding(header.name, header.at)


def _applied(header: _Header, settings: dict[str, str]) -> _Header:
    name = settings.get("GNU.sparse.name", settings.get("path", header.name))
    size = int(settings["size"][:20]) if settings.get("size", "").isdecimal() else header.size
    real = settings.get("GNU.sparse.realsize", settings.get("GNU.sparse.size", ""))
    real_size = int(real[:20]) if real.isdecimal() else header.real
    return _Header(name, settings.get("linkpath", header.target), header.kind, size, header.at, real_size)


def _member(
    header: _Header, settings: dict[str, str], tape: Tape, meter: Meter, links: set[str]
) -> Iterator[Inner | Finding]:
    left = 0 if header.kind in "123456" else header.size + -header.size % BLOCK
    begin = tape.at
    try:
        if odd := odd_name(header.name):
            yield odd.finding(header.name, header.at)
        _admit(header, settings, meter, links)
        if header.kind == "5" or header.name.endswith("/"):
            return
        if meter.again(header.name):
            reason = "A file of this name is in it already; the later one is what tools leave. Both were looked at."
            yield Refused("duplicate_name", "warning", reason, _LOOK).finding(header.name, header.at)
        content = meter.whole(tape.pieces(header.size))
        if len(content) < header.size:
            raise damaged(f"It should hold {header.size:,} bytes, and {len(content):,} are there.")
        yield Inner(shown(header.name), content)
    except Refused as refused:
        if refused.final or refused.code in ("ratio", "damaged_archive"):
            raise
        yield refused.finding(header.name, header.at)
    finally:
        for _ in tape.pieces(left - (tape.at - begin)):
            pass


def _admit(header: _Header, settings: dict[str, str], meter: Meter, links: set[str]) -> None:
    """Raises Refused for what is not opened, before a byte of it is read."""
    if refused := wrong_name(header.name) or through(header.name, links):
        raise refused
    if header.kind in "12":
        links.add(path(header.name))
        raise link(header.name, header.target, from_root=header.kind == "1")
    if header.kind in "346":
        raise Refused("device", "danger", "It is a device or a pipe, not a file. It was not opened.")
    if header.kind == "S" or any(key.startswith("GNU.sparse") for key in settings):
        meter.admits(header.real, header.size)
        reason = f"It is a sparse file: {header.size:,} bytes that stand for {header.real:,}. It was not opened."
        raise Refused("sparse", "warning", reason)
    meter.admits(header.size)


def _after(tape: Tape) -> Iterator[Finding]:
    """What stands behind the empty block that ends a tar."""
    end = tape.at
    while piece := tape.read(1 << 16):
        if piece.strip(b"\0"):
            reason = "Bytes follow the block that ends it: some tools read on there, others do not."
            yield Refused("polyglot", "warning", reason, _LOOK).finding("", end)
            return


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """An octal number, or one in base 256 when the first bit is set. Raises Refused."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=True) & ~(0x80 << 8 * (len(field) - 1))
        if field[0] & 0x40:
            raise damaged("A number in its header is below 0.")
        return value
    digits = field.split(b"\0", 1)[0].strip()
    try:
        return int(digits or b"0", 8)
    except ValueError:
        raise damaged(f"A number in its header is {digits[:12]!r}.") from None
