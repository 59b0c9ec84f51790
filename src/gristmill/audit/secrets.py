"""Secrets left in a file: private keys, tokens, passwords in addresses, values of keys."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from gristmill.audit._secret_forms import FORMS, Form, is_sample, masked
from gristmill.audit._windows import Sights, Window, anchored, windows
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding, Severity

_VALUE = re.compile(r"[:=]\s{0,3}\\?[\"']?([^\"'\\]+)")
_PROSE = frozenset(
    {".md", ".markdown", ".rst", ".txt", ".html", ".htm", ".adoc", ".tex", ".pdf", ".docx", ".odt", ".epub", ".eml"}
)
_REMEDY = (
    "If it is real, withdraw it where it was issued (taking it out of the file is not enough), then take it out; "
    "a model can learn it by heart."
)


class Secrets(Scanner):
    """Credentials of known forms, and values of keys that look drawn at random. The evidence is always masked.

    Form alone does not tell a live credential from an old one. It is a danger only where the file itself proves more:
    a private key that is whole by its own lengths, a GitHub token whose checksum holds, an AWS key id with its secret
    key; and only in data, settings and code, since pages that explain (Markdown, HTML, text, PDF) show such things as
    examples. Values that stand for a secret (`your-api-key`, `AKIAIOSFODNN7EXAMPLE`, `xxxx`, one character over and
    over) are passed over.

    Known: PEM private keys (also those of service accounts), AWS, GitHub, GitLab, Slack, Stripe, OpenAI, Anthropic,
    Hugging Face, Google, JSON web tokens, `scheme://user:password@host`, and `api_key = "…"` and its kin.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "live_secret": "A secret that the file itself proves (danger).",
        "secret": "The form of a key, a token or a password (warning).",
    }

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield one finding per form of secret, the proven ones apart."""
        seen: dict[tuple[str, bool], Sights] = {}
        for window in windows(data):
            lowered = window.lower()
            for form in FORMS:
                _look(window, lowered, form, seen)
        if any(what == "AWS secret key" for what, _ in seen) and ("AWS access key id", False) in seen:
            seen = {(what, proven or what.startswith("AWS")): sights for (what, proven), sights in seen.items()}
        prose = PurePath(name.lower()).suffix in _PROSE
        for (what, proven), sights in seen.items():
            yield _finding(what, proven, prose, sights)


def _look(window: Window, lowered: str, form: Form, seen: dict[tuple[str, bool], Sights]) -> None:
    done = 0
    for anchor in form.anchors:
        for at in anchored(lowered, anchor):
            if not window.owns(at) or at < done:
                continue
            match = form.pattern.match(window.text, at)
            if match and _counts(match.group(), form):
                done = match.end()
                proven = form.proven is not None and form.proven(match.group())
                sights = seen.setdefault((form.what, proven), Sights())
                sights.add(window.offset + at, partial(_hidden, match.group(), form))


def _counts(found: str, form: Form) -> bool:
    value = _value(found, form)
    return (form.what == "private key" or not is_sample(value)) and (form.plausible is None or form.plausible(found))


def _value(found: str, form: Form) -> str:
    """The part of a match that is the secret."""
    if form.what == "password in an address":
        return found.split("@")[0].split(":", 2)[2]
    if form.what in ("value of a key", "AWS secret key") and (value := _VALUE.search(found)):
        return value.group(1)
    return found


def _hidden(found: str, form: Form) -> str:
    return f"{form.what}: {masked(_value(found, form))}"


def _finding(what: str, proven: bool, prose: bool, sights: Sights) -> Finding:
    severity: Severity = "danger" if proven and not prose else "warning"
    code = "live_secret" if severity == "danger" else "secret"
    proof = ", complete by its own check" if proven else ""
    where = " in a page that may show it as an example" if prose else ""
    return sights.finding(code, severity, f"{{count}} of the form: {what}{proof}{where}.", _REMEDY)
