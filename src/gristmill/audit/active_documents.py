"""Finds documents that act by themselves: macros, PDF actions, scripts, XML entities."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from gristmill.audit._entities import entities
from gristmill.audit._office_parts import office_parts
from gristmill.audit._pdf_actions import pdf_actions
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding

_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|svg)\b", re.IGNORECASE)
_SVG = re.compile(rb"<(?:\w+:)?svg\b", re.IGNORECASE)
_SCRIPT = re.compile(rb"<(?:\w+:)?script\b", re.IGNORECASE)
_EVENT = re.compile(rb"<[a-z][^<>]{0,500}?[\s/\"']on[a-z]{3,20}\s{0,20}=", re.IGNORECASE)
_ADDRESS = re.compile(
    rb"[\"'=]\s*(?:j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t|v\s*b\s*s\s*c\s*r\s*i\s*p\s*t)\s*:", re.IGNORECASE
)
_HEAD = 4096
_ENDINGS = (".html", ".htm", ".xhtml", ".svg")


class ActiveDocuments(Scanner):
    """Looks at documents by their bytes; the parts of an Office file, which is a zip, come one by one.

    PDF, also in object streams and under escaped names; Office, OpenDocument and RTF; XML; and web pages, whose
    scripts are only counted, since nothing here runs them.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "pdf_script": "A PDF with JavaScript (danger).",
        "pdf_launch": "A PDF with an action that starts a program or opens a file (danger).",
        "pdf_form": "A PDF with an XFA form, which can hold scripts (warning).",
        "pdf_unseen": "A PDF whose object streams could not all be looked into (warning).",
        "embedded_file": "A PDF with another file, or rich media, inside (warning).",
        "macro": "Macros of Office or OpenOffice (danger).",
        "dde": "A field or link that starts a program by DDE (danger).",
        "embedded_object": "An object that a double click opens, an ActiveX control, an old equation editor (danger).",
        "encrypted_member": "An encrypted document of Office, at which nobody looked (warning).",
        "external_target": "A template or part loaded from elsewhere (danger); a picture from elsewhere, a local path, "
        "a link to a file or share, an action of a PDF that reads or sends (warning).",
        "entity_bomb": "XML entities that unfold without end (danger).",
        "external_entity": "XML that has files fetched (danger); XInclude, a document type from elsewhere (warning).",
        "page_script": "A web page with scripts (info), or an SVG image with them, where no one expects any (warning).",
    }

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield a Finding per sign."""
        if data[:1024].find(b"%PDF-") >= 0:
            yield from pdf_actions(data)
            return
        yield from office_parts(data)
        yield from entities(data)
        yield from _page(data, name)


def _page(data: Bytes, name: str) -> Iterator[Finding]:
    head = data[:_HEAD]
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and _PAGE.search(head)
    if not begins and not name.lower().endswith(_ENDINGS):
        return
    counts = [sum(1 for _ in form.finditer(data)) for form in (_SCRIPT, _EVENT, _ADDRESS)]
    if not any(counts):
        return
    image = _SVG.search(head) and not re.search(rb"<(?:!doctype\s+)?html\b", head, re.IGNORECASE)
    scripts, events, addresses = counts
    told = f"{scripts} scripts, {events} elements with event code, {addresses} javascript: addresses"
    yield Finding(
        code="page_script",
        severity="warning" if image else "info",
        reason=f"{'An image with code' if image else 'A page with code'}: {told}. None of it is run here.",
        remedy="Read it here; a browser would run its code." if not image else "Convert the image to PNG.",
        evidence=told,
    )
