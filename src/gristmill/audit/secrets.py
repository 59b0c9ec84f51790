"""Secrets left in a file: private keys, tokens, passwords in addresses, values of keys."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from gristmill.audit._windows import Sights, windows
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding, Severity
from gristmill.secret_forms import masked, secrets

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
            for one in secrets(window.text, window.lower()):
                if window.owns(one.start):
                    what = one.form.what
                    sights = seen.setdefault((what, one.proven), Sights())
                    sights.add(window.offset + one.start, partial(_hidden, what, one.value))
        if any(what == "AWS secret key" for what, _ in seen) and ("AWS access key id", False) in seen:
            seen = {(what, proven or what.startswith("AWS")): sights for (what, proven), sights in seen.items()}
        prose = PurePath(name.lower()).suffix in _PROSE
        for (what, proven), sights in seen.items():
            yield _finding(what, proven, prose, sights)


def _hidden(what: str, value: str) -> str:
    return f"{what}: {masked(value)}"


def _finding(what: str, proven: bool, prose: bool, sights: Sights) -> Finding:
    severity: Severity = "danger" if proven and not prose else "warning"
    code = "live_secret" if severity == "danger" else "secret"
    proof = ", complete by its own check" if proven else ""
    where = " in a page that may show it as an example" if prose else ""
    return sights.finding(code, severity, f"{{count}} of the form: {what}{proof}{where}.", _REMEDY)
