"""A sign as the scanners of active documents tell it: words and evidence made safe to print."""

from gristmill.findings import Finding, Severity
from gristmill.unpack import shown

_LONGEST = 200


def sign(code: str, severity: Severity, reason: str, seen: tuple[str, int | None], remedy: str) -> Finding:
    """The finding for what was `seen`: the evidence, and the byte where it stands (None without a place)."""
    evidence, offset = seen
    return Finding(
        code=code,
        severity=severity,
        reason=shown(reason),
        remedy=remedy,
        evidence=shown(evidence[:_LONGEST]),
        offset=offset,
    )
