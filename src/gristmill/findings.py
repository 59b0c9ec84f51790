"""What a look at a source found: a sign of danger, or a known fault, with its place and what to do."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "danger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sign: its `code` in one word, a `reason` with the numbers, the `evidence` seen, and the `remedy`.

    `offset` counts bytes from 0 (code points in text, rows in tables: `unit` says which); None without a place.
    `inside` names the member, when the sign is in a file inside the file.
    """

    code: str
    severity: Severity
    reason: str
    remedy: str
    evidence: str = ""
    offset: int | None = None
    unit: Literal["byte", "character", "row"] = "byte"
    inside: str = ""
