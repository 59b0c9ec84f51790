"""What an Office file does by itself, part by part: macros, fields, objects, distant templates."""

import re
from collections import Counter
from collections.abc import Iterator

from gristmill.audit._told import sign
from gristmill.contracts import Bytes
from gristmill.entities import resolved
from gristmill.findings import Finding, Severity

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_READ = 1 << 26
_MOST_FOUND = 10
_REMEDY = "Keep its text: read it here, where nothing of this runs. Do not open the file itself in Office."


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


# Names of streams in a compound file: code, severity, what they are.
_STREAMS: dict[bytes, tuple[str, Severity, str]] = {
    _wide("_VBA_PROJECT"): ("macro", "danger", "VBA macros"),
    _wide("\x01Ole10Native"): ("embedded_object", "danger", "a packed file that a double click opens"),
    _wide("Equation Native"): ("embedded_object", "danger", "an object of the old equation editor, known for attacks"),
    _wide("EncryptedPackage"): ("encrypted_member", "warning", "an encrypted document, which was not looked at"),
}
_SHEET = re.compile(rb"\x85\0(.)\0.{4}[\0-\2]\x01(.)\0", re.DOTALL)
_RELATIONS = b"schemas.openxmlformats.org/package/2006/relationships"
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_FIELD = re.compile(rb"\b([\w:]{1,40})\s{0,20}=\s{0,20}(\"[^\"]*\"|'[^']*')")
_LOADED = ("attachedTemplate", "oleObject", "frame", "subDocument", "externalLinkPath", "package", "control")
_LOCAL = re.compile(r"file:///(?!/)|file:////(?:Users|home|Volumes|private|var)/|[A-Za-z]:[\\/]", re.IGNORECASE)
_ODD_LINK = re.compile(r"(?:file:|\\\\|javascript:|vbscript:|mhtml:|ms-\w+:|search-ms:|data:text/html)", re.IGNORECASE)
_INSTRUCTION = re.compile(
    rb"<(?:\w{1,20}:)?instrText\b[^<>]{0,500}>([^<]*)<"
    rb"|<(?:\w{1,20}:)?fldSimple\b[^<]{0,500}?\binstr\s{0,5}=\s{0,5}(?:\"([^\"]{0,5000})\"|'([^']{0,5000})')"
)
_DDE = re.compile(r"\bDDE(?:AUTO)?\s+[\"\w]", re.IGNORECASE)
_ACTIVE = re.compile(
    rb"<(?:\w+:)?(macrosheet|ddeLink|ocx|module|event-listener)\b[^<]{0,300}"
    rb"(?:schemas.microsoft.com/office|schemas.openxmlformats.org|ddeService|ax:classid|script:|http://openoffice.org)"
)
_KINDS: dict[str, tuple[str, str]] = {
    "macrosheet": ("macro", "an Excel 4.0 macro sheet"),
    "ddeLink": ("dde", "a link that starts a program by DDE"),
    "ocx": ("embedded_object", "an ActiveX control"),
    "module": ("macro", "a macro of OpenOffice"),
    "event-listener": ("macro", "an event that starts a script"),
}
_RTF = re.compile(rb"\\(objdata|objupdate|objautlink|\*\\template)\b")


def office_parts(data: Bytes) -> Iterator[Finding]:
    """Yield a Finding per sign in one part of an Office file, in a compound file, or in RTF."""
    if data[:8] == _OLE:
        yield from _compound(data)
    elif data[:5] == b"{\\rtf":
        yield from _rich_text(data)
    elif text := _xml(data):
        if _RELATIONS in text[:4096]:
            yield from _relations(text)
        yield from _instructions(text)
        if active := _ACTIVE.search(text):
            code, kind = _KINDS[active[1].decode("ascii")]
            yield _found(code, "danger", f"It is {kind}.", active[0].decode("utf-8", "replace"), active.start())


def _xml(data: Bytes) -> bytes:
    """A file that begins as XML, as UTF-8; Office reads parts in UTF-16 too."""
    head = data[:64]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"):
        order = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le" if head[1] == 0 else "utf-16-be"
        return data[:_MOST_READ].decode(order, "replace").encode("utf-8", "replace")
    return data[:_MOST_READ] if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else b""


def _compound(data: Bytes) -> Iterator[Finding]:
    for name, (code, severity, kind) in _STREAMS.items():
        if (place := data.find(name)) >= 0:
            told = name.decode("utf-16-le").strip("\x01")
            yield _found(code, severity, f"It holds {kind} (the stream {told}).", told, place)
    for match in _SHEET.finditer(data):
        if match[1][0] == 8 + match[2][0]:
            yield _found("macro", "danger", "It holds an Excel 4.0 macro sheet.", "BOUNDSHEET 1", match.start())
            return


def _rich_text(data: Bytes) -> Iterator[Finding]:
    counts = Counter(match[1] for match in _RTF.finditer(data))
    if objects := counts[b"objdata"] + counts[b"objupdate"] + counts[b"objautlink"]:
        reason = f"It holds embedded or linked objects ({objects} control words)."
        yield _found("embedded_object", "danger", reason, "\\objdata", None)
    if match := re.search(rb"\\\*\\template\s*([^}]{0,200})", data):
        told = match[1].decode("latin-1").strip()
        if re.match(r"\w{2,}:|\\\\|//", told):
            yield _found("external_target", "danger", "It loads a template from elsewhere.", told, match.start())


def _relations(text: bytes) -> Iterator[Finding]:
    count = 0
    for match in _RELATION.finditer(text):
        values = {name: resolved(value[1:-1].decode("utf-8", "replace")) for name, value in _FIELD.findall(match[1])}
        kind, target = values.get(b"Type", "").rsplit("/", 1)[-1], values.get(b"Target", "")
        severity: Severity | None = None
        if values.get(b"TargetMode", "").lower() == "external":
            if kind in _LOADED:
                severity = "warning" if _LOCAL.match(target) else "danger"
                does = f"It loads a part ({kind}) from {'a local path' if severity == 'warning' else 'elsewhere'}."
            elif _ODD_LINK.match(target):
                severity, does = "warning", "A link leads to a file, a share or a script."
            elif kind == "image":
                severity, does = "warning", "It loads an image from elsewhere, which tells who opens it."
        if severity and count < _MOST_FOUND:
            count += 1
            yield _found("external_target", severity, does, target, match.start())


def _instructions(text: bytes) -> Iterator[Finding]:
    if b"instr" not in text:
        return
    parts = [match[1] or match[2] or match[3] or b"" for match in _INSTRUCTION.finditer(text)]
    told = resolved(b"".join(parts).decode("utf-8", "replace"))
    if match := _DDE.search(told):
        yield _found(
            "dde", "danger", "A field starts a program by DDE.", told[match.start() : match.start() + 120], None
        )


def _found(code: str, severity: Severity, reason: str, evidence: str, offset: int | None) -> Finding:
    return sign(code, severity, reason, (evidence, offset), _REMEDY)
