"""A mail as its header fields, the text of its body and its attachments."""

import email
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from gristmill.contracts import Inner
from gristmill.errors import Unreadable
from gristmill.ingest._decode import decode
from gristmill.ingest._html_fragment import fragment_text
from gristmill.unpack import many_parameters

_FIELDS = ("subject", "from", "to", "cc", "date", "message-id", "in-reply-to", "references", "reply-to")
_KNOWN = frozenset([*_FIELDS, "received", "return-path", "mime-version", "delivered-to"])
_PERSON = re.compile(r"\s*+\"?(?P<name>[^\"<>@]{0,200}?)\"?\s*<(?P<address>[^<>\s]{1,320})>")
_LISTED = re.compile(r"(?:[^\",]++|\"[^\"]*+\"|\")++")
_COMMENTED = re.compile(r"\s*(?P<address>[^\s<>()]{1,320}@[^\s<>()]{1,320})(?:\s*\((?P<name>[^()]{0,200})\))?")
_NESTING = re.compile(rb"boundary[ \t]*[*=]|message/rfc822", re.IGNORECASE)
_PATH = re.compile(r"[/\\]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f:*?\"<>|\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MOST_CONTAINERS, _DEEPEST, _LONGEST_FIELD, _LONGEST_NAME = 200, 20, 5_000, 120
_TROUBLE = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
_DEEP = "Its parts are nested too deep to be read. Save what it holds as files of their own."


@dataclass(slots=True)
class Letter:
    """What one mail holds; `left_out` counts parts that were not read."""

    fields: dict[str, str]
    texts: list[str] = field(default_factory=list)
    attached: list[Inner] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body."""
        return "\n\n".join(text.strip("\n") for text in self.texts if text.strip())

    @property
    def seconds(self) -> float | None:
        """When it was sent, in seconds since 1970; None when it does not say so."""
        try:
            return parsedate_to_datetime(self.fields.get("date", "")).timestamp()
        except (*_TROUBLE, OverflowError, OSError):
            return None


def letter(data: bytes) -> Letter:
    """The mail in these bytes. Raises Unreadable."""
    if not data.strip():
        raise Unreadable("empty", "The file has no mail in it. Restore its content or leave it out.")
    if sum(1 for _ in _NESTING.finditer(data)) > _MOST_CONTAINERS:
        raise Unreadable("broken", _DEEP)
    if count := many_parameters(data):
        reason = f"A header field has {count:,} parameters, as no mail has. Save it again from a mail program."
        raise Unreadable("broken", reason)
    try:
        message = email.message_from_bytes(data)
        if not {name.lower() for name in message} & _KNOWN:
            raise Unreadable("broken", "It has no header of a mail (From, Subject, Date). Give it its real ending.")
        found = Letter({name: _decoded(message, name) for name in _FIELDS})
        _walk(message, found, 0)
    except RecursionError:
        raise Unreadable("broken", _DEEP) from None
    except _TROUBLE as error:
        reason = f"Its headers cannot be read ({str(error)[:80]}). Save it again from a mail program, or leave it out."
        raise Unreadable("broken", reason) from None
    return found


def people(line: str) -> Iterator[tuple[str, str]]:
    """Name and address of each person in a header field; the name is "" when only an address stands there."""
    for one in _LISTED.findall(line):
        found = _PERSON.match(one) or _COMMENTED.match(one)
        if found:
            yield " ".join((found["name"] or "").split()), found["address"]


def _decoded(message: Message, name: str) -> str:
    """A header field as text: encoded words decoded, raw bytes as UTF-8 or what they are."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")[:_LONGEST_FIELD]
    try:
        if not raw.isascii():
            raw = decode(raw.encode("ascii", "surrogateescape")).text
        pieces = [
            piece if isinstance(piece, str) else _text_of(piece, charset or "ascii")
            for piece, charset in decode_header(raw)
        ]
        raw = "".join(pieces)
    except (Unreadable, *_TROUBLE):
        pass
    return " ".join(_CONTROL.sub(" ", raw).split())


def _text_of(piece: bytes, charset: str) -> str:
    try:
        return piece.decode(charset, "replace")
    except _TROUBLE:
        return piece.decode("utf-8", "replace")


def _walk(part: Message, found: Letter, depth: int) -> None:
    kind = part.get_content_type()
    inner: Any = part.get_payload() if part.is_multipart() else None
    if depth > _DEEPEST:
        found.left_out["parts nested too deep"] += 1
    elif kind == "message/rfc822" and isinstance(inner, list) and depth:
        _attach(part, found)
    elif kind == "multipart/alternative" and isinstance(inner, list):
        _alternatives(inner, found, depth)
    elif isinstance(inner, list):
        for one in inner:
            _walk(one, found, depth + 1)
    elif (
        kind in ("text/plain", "text/html")
        and not part.get_filename()
        and part.get_content_disposition() != "attachment"
    ):
        found.texts.append(_body(part, found, kind == "text/html"))
    else:
        _attach(part, found)


def _alternatives(parts: list[Message], found: Letter, depth: int) -> None:
    """Of several forms of one text the plain one, if it says anything; files beside them are kept."""
    forms: list[tuple[bool, str]] = []
    for part in parts:
        one = Letter({})
        _walk(part, one, depth + 1)
        found.attached += one.attached
        found.left_out += one.left_out
        found.notes |= one.notes
        if one.text:
            forms.append((part.get_content_type() == "text/plain", one.text))
    if forms:
        found.texts.append(next((text for plain, text in forms if plain), forms[-1][1]))


def _body(part: Message, found: Letter, is_html: bool) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data.strip():
        return ""
    charset = str(part.get_content_charset() or "")
    try:
        "".encode(charset or "utf-8")
    except (LookupError, ValueError):
        charset = ""
    try:
        read = _read(data, charset)
        text = fragment_text(read) if is_html else _flowed(read) if "flowed" in str(part.get_param("format")) else read
    except Unreadable:
        found.left_out["parts that are not text"] += 1
        return ""
    return text.replace("\xa0", " ")


def _read(data: bytes, charset: str) -> str:
    if charset and charset != "us-ascii" and not _is_utf8(data):
        try:
            return decode(data, charset).text
        except Unreadable as error:
            if error.state != "not_text":
                return ""
    return decode(data).text


def _is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 beyond ASCII, whatever the letter declares; what begins an escape is another one."""
    try:
        return not data.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False


def _flowed(text: str) -> str:
    """Lines that end in a space go on in the next (RFC 3676), but for the signature's rule."""
    return re.sub(
        r"(?<!^--) \n(?![>\n])", " ", re.sub(r"^ (?=[ >]|From )", "", text, flags=re.MULTILINE), flags=re.MULTILINE
    )


def _attach(part: Message, found: Letter) -> None:
    """An attachment under its own name without folders; a letter inside is a file `….eml`."""
    try:
        inner: Any = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(inner, list) and inner:
            data: object = inner[0].as_bytes()
            name = part.get_filename() or f"{_decoded(inner[0], 'subject')[:60] or 'letter'}.eml"
        else:
            data = part.get_payload(decode=True)
            name = part.get_filename() or ""
    except (*_TROUBLE, UnicodeError):
        found.left_out["broken attachments"] += 1
        return
    if not isinstance(data, bytes) or not data:
        found.left_out["empty attachments"] += 1
        return
    name = _text_of_name(name) or f"attachment {len(found.attached) + 1}.{_ending(part)}"
    found.attached.append(Inner(name, data))


def _text_of_name(name: str) -> str:
    pieces = []
    try:
        pieces = [p if isinstance(p, str) else _text_of(p, charset or "ascii") for p, charset in decode_header(name)]
    except _TROUBLE:
        pieces = [name]
    clean = _UNSAFE.sub(" ", _PATH.split("".join(pieces))[-1])
    clean = " ".join(clean.split()).strip(". ")
    stem, dot, ending = clean.rpartition(".")
    return f"{stem[: _LONGEST_NAME - len(ending)]}.{ending}" if dot and len(ending) < 10 else clean[:_LONGEST_NAME]


def _ending(part: Message) -> str:
    """An ending for a file without a name."""
    subtype = re.sub(r"[^a-z0-9]+", "-", part.get_content_subtype().lower())[:20]
    return {"plain": "txt", "jpeg": "jpg", "calendar": "ics", "markdown": "md"}.get(subtype, subtype)
