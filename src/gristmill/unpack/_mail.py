"""Files attached to mails, of one message or a whole mailbox."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message

from gristmill.contracts import Bytes, Inner
from gristmill.findings import Finding
from gristmill.unpack._rules import Meter, Refused, damaged, odd_name, shown, wrong_name

_FROM = re.compile(rb"(?:\A|\n)From [^\n]{1,300}\n(?=[!-9;-~]{1,80}:)")
_FIELD = re.compile(rb"[!-9;-~]{1,80}:[ \t\r]")
_KNOWN = re.compile(
    rb"^(from|received|message-id|mime-version|date|return-path|delivered-to|subject|to):", re.IGNORECASE | re.MULTILINE
)
# The standard parser takes a time that grows with the square of the parameters of such a field.
_PARAMETERS = re.compile(rb"^content-[!-9;-~]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_MOST_PARAMETERS = 500
_HEAD = 4096


def is_mail(data: Bytes, name: str) -> bool:
    """Whether the bytes begin as a mail or a mailbox does; a file so named need only begin with a header field."""
    head = bytes(data[:_HEAD])
    if match := _FROM.match(head):
        head = head[match.end() :]
    if not _FIELD.match(head):
        return False
    fields = {found.lower() for found in _KNOWN.findall(re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0])}
    return name.lower().endswith((".eml", ".mbox")) or (len(fields) > 2 and bool(fields & {b"from", b"received"}))


def many_parameters(data: Bytes) -> int:
    """How many parameters the first header field has that has too many to be parsed; 0 when none has."""
    counts = (match.group().count(b";") for match in _PARAMETERS.finditer(data))
    return next((count for count in counts if count > _MOST_PARAMETERS), 0)


def mail_members(data: Bytes, meter: Meter) -> Iterator[Inner | Finding]:
    """Every attachment; those of a mailbox are named by the number of their mail: `2/report.pdf`."""
    starts = [match.start() for match in _FROM.finditer(data)]
    if not starts or data[:5] != b"From ":
        starts = [0]
    for number, start in enumerate(starts, 1):
        end = starts[number] if number < len(starts) else len(data)
        folder = f"{number}/" if len(starts) > 1 else ""
        try:
            meter.admits(end - start)
            yield from _attached(data[start:end].lstrip(b"\n"), folder, meter)
        except Refused as refused:
            if refused.final:
                raise
            yield refused.finding(folder, start)


def _attached(data: bytes, folder: str, meter: Meter) -> Iterator[Inner | Finding]:
    for place, part in enumerate(_parts(data), 1):
        meter.count()
        name, content = part
        name = name or f"part-{place}"
        if meter.again(folder + name):
            reason = "An attachment of this name is in it already. Both were looked at."
            yield Refused("duplicate_name", "warning", reason).finding(name)
        if odd := wrong_name(name) or odd_name(name):
            yield odd.finding(name)
        if not wrong_name(name):
            yield Inner(shown(folder + name), b"".join(meter.flow([content], len(content))))


def _parts(data: bytes) -> list[tuple[str, bytes]]:
    """Name and bytes of each part that is an attachment or no text."""
    found = []
    if count := many_parameters(data):
        raise damaged(f"A header field has {count:,} parameters, as no mail has. None of its parts was looked at.")
    try:
        for part in email.message_from_bytes(data, policy=email.policy.compat32).walk():
            if not part.is_multipart() and _is_attached(part):
                content = part.get_payload(decode=True)
                found.append((part.get_filename() or "", content if isinstance(content, bytes) else b""))
    except Exception as error:  # noqa: BLE001 - the standard parser fails in many ways on hostile mails
        reason = f"Its parts cannot be told apart ({type(error).__name__}); {len(found)} attachments were found."
        raise damaged(f"{reason} None was looked at.") from None
    return found


def _is_attached(part: Message) -> bool:
    return (
        part.get_filename() is not None
        or part.get_content_disposition() == "attachment"
        or part.get_content_maintype() not in ("text", "multipart")
    )
