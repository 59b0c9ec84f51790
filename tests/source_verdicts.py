"""How the opening of a file must end: what of it is no good entry, and no good reason."""

import json
import math
from typing import Any, get_args

from gristmill.arrow import document_of
from gristmill.findings import Severity
from gristmill.sandbox import Opened


def verdict(opened: Opened, size: float) -> tuple[str, str]:
    """What is wrong with how a file of this size ended: its kind and a sentence; empty texts for nothing."""
    if opened.state:
        return opened.state.removeprefix("failed:"), opened.reason
    for entry in opened.entries:
        if fault := _fault(entry, size):
            return fault[0], f"{fault[1]}: {json.dumps(entry)[:600]}"
    return "", ""


def _fault(entry: Any, size: float) -> tuple[str, str] | None:
    if "finding" in entry:
        inside = "!/" in entry.get("path", "") or entry["finding"]["inside"]
        return _odd_finding(entry["finding"], math.inf if inside else size)
    if "failure" in entry:
        return _odd_end(entry["failure"]["state"], entry["failure"]["reason"])
    if "file" in entry:
        return None if entry["state"] == "read" else _odd_end(entry["state"], entry["reason"])
    document = document_of(entry["document"])
    if "row" in entry:
        return None if isinstance(json.loads(entry["row"]), dict) else ("odd_row", "the row is no object")
    if not document.text.strip():
        return "empty_document", "the document has no text"
    # The sandbox writes a half of a surrogate pair as a question mark: the text is no longer that of the id.
    if document.id != entry["document"]["id"]:
        return "altered_text", "the text came out otherwise than it was read: it held a lone surrogate"
    end = 0
    for page in document.pages:
        if not end <= page.start <= page.end <= len(document.text):
            return "odd_pages", f"page {page.number} lies outside the text or across another"
        end = page.end
    return None


def _odd_finding(found: Any, size: float) -> tuple[str, str] | None:
    told = all(len(found[key].split()) > 1 for key in ("reason", "remedy"))
    if not told or len(found["code"].split()) != 1 or found["severity"] not in get_args(Severity):
        return "odd_finding", "a finding without a code, a reason or a remedy"
    at = found["offset"]
    if at is not None and found["unit"] == "byte" and not 0 <= at <= size:
        return "odd_finding", f"a finding at {at}, outside of {size} bytes"
    return None


def _odd_end(state: str, reason: str) -> tuple[str, str] | None:
    told = len(state.split()) == 1 and len(reason.split()) > 2
    return None if told else ("no_reason", "a state without a reason")
