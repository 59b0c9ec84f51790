"""What a PDF does by itself: actions and files in it, also in object streams and under escaped names."""

import base64
import binascii
import re
import zlib
from collections import Counter
from collections.abc import Iterator

from gristmill.audit._told import sign
from gristmill.contracts import Bytes
from gristmill.findings import Finding, Severity

_STREAM = re.compile(rb">>[\s\0]*stream(?:\r\n|\n|\r)")
_DICT = 2000
_NAME = re.compile(rb"/([A-Za-z0-9#]{2,60})")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b[^\n]{0,40}<<")
_AWAY = re.compile(rb"/(?:URI|F|UF|Base)\s*\(\s*((?:file:|\\\\\\\\|smb:)[^)]{0,120})", re.IGNORECASE)
_HEXED = re.compile(rb"/(?:URI|F|UF)\s*<([0-9A-Fa-f\s]{8,400})>")
_MOST_STREAM = 1 << 24
_MOST_TOTAL = 1 << 27
_MOST_FOUND = 10
# What a name in a PDF means: code, severity, what a viewer does.
_MEANS: dict[bytes, tuple[str, Severity, str]] = {
    b"JavaScript": ("pdf_script", "danger", "JavaScript, which viewers may run"),
    b"Launch": ("pdf_launch", "danger", "an action that starts a program or opens a file"),
    b"EmbeddedFile": ("embedded_file", "warning", "another file inside, which was not looked at"),
    b"RichMedia": ("embedded_file", "warning", "rich media (Flash, 3D), which viewers play"),
    b"XFA": ("pdf_form", "warning", "an XFA form, which can hold scripts"),
    b"ImportData": ("external_target", "warning", "an action that reads another file"),
    b"SubmitForm": ("external_target", "warning", "an action that sends what is filled in to a server"),
    b"GoToE": ("external_target", "warning", "an action that opens a file inside"),
}
_REMEDY = "Keep its text: read it here, where nothing of this runs. Do not open the file itself in a viewer."


def pdf_actions(data: Bytes) -> Iterator[Finding]:
    """Yield a Finding per kind of action, with how often it is there and whether opening the file triggers it."""
    counts: Counter[bytes] = Counter()
    places: dict[bytes, int] = {}
    unseen, away = 0, []
    encrypted = False
    for start, text in _objects(data):
        if text is None:
            unseen += 1
            continue
        for match in _NAME.finditer(text):
            name = _HEX.sub(lambda code: bytes([int(code[1], 16)]), match[1])
            counts[name] += 1
            places.setdefault(name, start + match.start())
        encrypted = encrypted or b"/Encrypt" in text
        away += [(start + match.start(), told) for match, told in _targets(text)]
    opens = ", on opening the file" if counts[b"OpenAction"] or counts[b"AA"] else ""
    for name, (code, severity, does) in _MEANS.items():
        if counts[name]:
            reason = f"It holds {does} ({counts[name]} times /{name.decode()}{opens})."
            yield _found(code, severity, reason, f"/{name.decode()}", places[name])
    for place, told in away[:_MOST_FOUND]:
        reason = "A link leads to a file or a share, which viewers may open and log in to."
        yield _found("external_target", "warning", reason, told, place)
    if unseen:
        why = "the PDF is encrypted" if encrypted else "their filters are not opened here, or their bytes are damaged"
        reason = f"{unseen} of its object streams were not looked into: {why}."
        yield _found("pdf_unseen", "warning", reason, "/ObjStm", None)


def _targets(text: bytes) -> Iterator[tuple[re.Match[bytes], str]]:
    for match in _AWAY.finditer(text):
        yield match, match[1].decode("latin-1")
    for match in _HEXED.finditer(text):
        digits = re.sub(rb"\s", b"", match[1])
        told = binascii.unhexlify(digits[: len(digits) // 2 * 2]).decode("latin-1")
        if told.lower().startswith(("file:", "\\\\", "smb:")):
            yield match, told


def _objects(data: Bytes) -> Iterator[tuple[int, bytes | None]]:
    """The PDF's text: what stands outside streams, and what object streams unfold to (None when they do not)."""
    at, left = 0, _MOST_TOTAL
    while at < len(data):
        match = _STREAM.search(data, at)
        end = match.end() if match else len(data)
        for start in range(at, end, _MOST_STREAM):
            yield start, data[start : min(start + _MOST_STREAM, end)]
        if not match:
            return
        stop = data.find(b"endstream", end)
        stop = len(data) if stop < 0 else stop
        head = data[max(at, end - _DICT) : end].rsplit(b" obj", 1)[-1]
        body = data[end : min(stop, end + _MOST_STREAM)]
        names = _HEX.sub(lambda code: bytes([int(code[1], 16)]), head)
        if b"/ObjStm" in names and left > 0:
            text = _unfolded(body, names)
            left -= len(text or b"")
            yield end, text
        elif _OBJECT.search(body):
            # A stream's bytes that read as objects may be objects to a viewer that sees no stream here.
            yield end, body
        at = stop


def _unfolded(body: bytes, head: bytes) -> bytes | None:
    filters = re.findall(rb"/(ASCIIHexDecode|AHx|ASCII85Decode|A85|FlateDecode|Fl|[A-Z]\w*Decode|Crypt)\b", head)
    try:
        for name in filters:
            if name in (b"FlateDecode", b"Fl"):
                body = zlib.decompressobj().decompress(body, _MOST_STREAM)
            elif name in (b"ASCIIHexDecode", b"AHx"):
                digits = re.sub(rb"[^0-9A-Fa-f]", b"", body.split(b">", 1)[0])
                body = binascii.unhexlify(digits + b"0" * (len(digits) % 2))
            elif name in (b"ASCII85Decode", b"A85"):
                body = base64.a85decode(body.strip().removesuffix(b"~>"))
            else:
                return None
    except (zlib.error, ValueError):
        return None
    return body


def _found(code: str, severity: Severity, reason: str, evidence: str, offset: int | None) -> Finding:
    return sign(code, severity, reason, (evidence, offset), _REMEDY)
