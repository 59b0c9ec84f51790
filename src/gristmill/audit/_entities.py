"""Entities that an XML file declares: those that reach outside it, and those that unfold without end."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator

from gristmill.contracts import Bytes
from gristmill.findings import Finding, Severity
from gristmill.unpack import shown

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
    (b"<", "latin-1"),
)
_MOST_READ = 1 << 27
_PROLOG = 1 << 20
_DOCTYPE = re.compile(r"<!DOCTYPE\s+[^\s>\[]{1,200}\s*((?:PUBLIC|SYSTEM)\b[^>\[]{0,2000})?", re.IGNORECASE)
_ENTITY = re.compile(
    r"<!ENTITY\s+(%\s+)?([^\s\"'>%]{1,200})\s+(?:(SYSTEM|PUBLIC)\s+)?(\"[^\"]*\"|'[^']*')([^>]{0,200})>", re.IGNORECASE
)
_USE = re.compile(r"[&%]([^\s;&%<#]{1,200});")
_ADDRESS = re.compile(r"[\"']((?:https?|ftp|file|jar|php|expect|data|gopher|netdoc|\\\\)[:\\][^\"']*)", re.IGNORECASE)
_INCLUDE = re.compile(r"http://www\.w3\.org/(?:2001|2003)/XInclude")
_LARGE = 1_000_000
_REMEDY = "Read it with a parser that loads no entities, as is done here, or leave it out."


def entities(data: Bytes) -> Iterator[Finding]:
    """Yield a Finding for entities that fetch files or unfold to over 1 MB and over 10 times the file."""
    text = _text(data)
    doctype = _DOCTYPE.search(text, 0, _PROLOG)
    if _INCLUDE.search(text):
        yield _found("external_entity", "warning", "It includes other files by XInclude.", "XInclude", None)
    if not doctype:
        return
    if (address := _ADDRESS.search(doctype[1] or "")) and doctype[1][:6].upper() == "SYSTEM":
        yield _found("external_entity", "warning", "Its document type is fetched from elsewhere.", address[1], None)
    values: dict[str, str] = {}
    outside: list[str] = []
    for match in _ENTITY.finditer(text, doctype.start()):
        if not match[3]:
            values.setdefault(match[2], match[4][1:-1])
        elif "NDATA" not in match[5]:
            outside.append(" ".join(match[0].split())[:160])
    if outside:
        reason = f"Entities that parsers fetch from files or addresses: {len(outside)}."
        yield _found("external_entity", "danger", reason, outside[0], text.find("<!ENTITY"))
    yield from _bomb(text, values)


def _bomb(text: str, values: dict[str, str]) -> Iterator[Finding]:
    if not values:
        return
    sizes: dict[str, int | None] = {}
    for name in values:
        _measure(name, values, sizes)
    used = Counter(match[1] for match in _USE.finditer(text))
    circular = sorted(name for name, size in sizes.items() if size is None)
    total = sum((sizes.get(name) or 0) * count for name, count in used.items())
    if circular:
        reason = f"The entity {circular[0][:60]} holds itself, and unfolds without end."
        yield _found("entity_bomb", "danger", reason, f"&{circular[0][:60]};", text.find("<!ENTITY"))
    elif total > max(_LARGE, 10 * len(text)):
        worst = max(sizes, key=lambda name: sizes[name] or 0)
        told = f"{total:,}" if total < 10**15 else "over 10^15"
        reason = f"Its {len(values)} entities unfold {len(text):,} characters to {told}."
        yield _found("entity_bomb", "danger", reason, f"&{worst[:60]};", text.find("<!ENTITY"))


def _measure(name: str, values: dict[str, str], sizes: dict[str, int | None]) -> None:
    """Write the unfolded size of an entity and of all that it uses into `sizes`; None when it holds itself."""
    waiting = [name]
    open_: set[str] = set()
    while waiting:
        now = waiting[-1]
        if now in sizes:
            waiting.pop()
            continue
        uses = [match[1] for match in _USE.finditer(values[now]) if match[1] in values]
        later = [use for use in dict.fromkeys(uses) if use not in sizes]
        if now not in open_ and later and not open_.intersection(later):
            open_.add(now)
            waiting += later
            continue
        inner = [sizes.get(use) for use in uses]
        whole = len(values[now]) + sum(size for size in inner if size is not None)
        sizes[now] = None if None in inner else min(whole, 10**18)
        waiting.pop()


def _text(data: Bytes) -> str:
    """The file as text when it begins as XML does, in whatever encoding; else ""."""
    head = data[:64]
    if not head.startswith((b"\xff", b"\xfe", b"\0", b"\x4c")):
        head = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, name in _MARKS:
        if head.startswith(mark):
            return data[:_MOST_READ].decode(name, "replace") if _worth(data, name) else ""
    return ""


def _worth(data: Bytes, encoding: str) -> bool:
    """Whether there is a document type or an inclusion in the file: most XML need not be decoded."""
    width = {"utf-16-le": "utf-16-le", "utf-32-le": "utf-32-le"}.get(encoding, encoding)
    words = ("<!DOCTYPE".encode(width), "XInclude".encode(width))
    return any(data.find(word) >= 0 for word in words)


def _found(code: str, severity: Severity, reason: str, evidence: str, offset: int | None) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        reason=shown(reason),
        remedy=_REMEDY,
        evidence=shown(evidence[:200]),
        offset=offset if offset is None or offset >= 0 else None,
        unit="character",
    )
