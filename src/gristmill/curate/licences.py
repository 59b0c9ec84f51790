"""Notes rows whose licences do not go together, or do not allow what you want to publish."""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import TableCheck, Task
from gristmill.records import Example, Verdict, canonical

_SHARE_ALIKE = re.compile(r"cc-by-(?:nc-)?sa|(?:a|l)?gpl|odbl|gfdl", re.IGNORECASE)
_NON_COMMERCIAL = re.compile(r"(?:^|-)nc(?:-|$)", re.IGNORECASE)
_NO_DERIVATIVES = re.compile(r"(?:^|-)nd(?:-|$)", re.IGNORECASE)
_SHOWN = 3


class Licences(TableCheck):
    """What it rejects: with `publish_as`, a row whose licence does not allow that; nothing without it.

    A conflict is noted on each row that is part of it, with rows of the other side: share-alike licences of
    different families, share-alike beside non-commercial, the same words under two licences, no derivatives.

    Why it matters: a set is published under one licence, and share-alike licences each ask for the whole.
    Put it first, before duplicates fall. It reads names of licences, it does not know the law.

    Kept: a row under MIT, to be published under Apache-2.0.

    Rejected: a row under CC-BY-NC-4.0, to be published under Apache-2.0.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")

    publish_as: str = Field("", description="SPDX name of the licence that the version shall have; rows must allow it.")

    def verdicts(self, examples: Sequence[Example], task: Task) -> Iterable[Verdict]:
        """One verdict per example, by the licences of all."""
        present: dict[str, list[str]] = {}
        words: dict[str, dict[str, str]] = {}
        said = {one.id: canonical([task.text(one, role) for role in self.reads]) for one in examples}
        for example in sorted(examples, key=lambda one: one.id):
            present.setdefault(example.licence, []).append(example.id)
            words.setdefault(said[example.id], {}).setdefault(example.licence, example.id)
        clashes = {licence: _clash(licence, present) for licence in present}
        for example in examples:
            yield self._verdict(example, clashes[example.licence], words[said[example.id]], present)

    def _verdict(self, example: Example, clash: str, twins: dict[str, str], present: dict[str, list[str]]) -> Verdict:
        licence = example.licence
        if self.publish_as and (reason := _forbids(licence, self.publish_as)):
            return Verdict(example_id=example.id, outcome="reject", code="not_allowed", reason=reason)
        other = next((name for name in sorted(twins) if name != licence), "")
        if other:
            reason = f"the same words come under {licence} here and under {other} in row {twins[other][:12]}"
            evidence = {"licence": licence, "other": other, "rows": [twins[other]]}
            return Verdict(example_id=example.id, outcome="note", code="two_licences", reason=reason, evidence=evidence)
        if clash:
            rows = present[clash]
            named = ", ".join(row[:12] for row in rows[:_SHOWN])
            reason = f"{_why(licence, clash)}; {len(rows)} rows are under {clash}, as {named}"
            evidence = {"licence": licence, "other": clash, "rows": rows[:_SHOWN]}
            return Verdict(example_id=example.id, outcome="note", code="conflict", reason=reason, evidence=evidence)
        if _NO_DERIVATIVES.search(licence):
            reason = f"{licence} allows no work made from its text, and a data set is one: ask its owner"
            return Verdict(example_id=example.id, outcome="note", code="no_derivatives", reason=reason)
        return Verdict(example_id=example.id, outcome="pass")


def _family(licence: str) -> str:
    """What a share-alike licence asks the whole to be, without its version; "" for any other licence."""
    found = _SHARE_ALIKE.match(licence)
    return found[0].lower() if found else ""


def _clash(licence: str, present: Iterable[str]) -> str:
    """The first of the other licences that cannot be under one roof with this one; "" when there is none."""
    mine = _family(licence)
    for other in sorted(present):
        theirs = _family(other)
        if mine and theirs and mine != theirs:
            return other
        if (mine and _narrower(other, licence)) or (theirs and _narrower(licence, other)):
            return other
    return ""


def _narrower(one: str, share_alike: str) -> bool:
    """Whether one licence keeps more to itself than a share-alike one lets it."""
    return bool(_NON_COMMERCIAL.search(one)) and not _NON_COMMERCIAL.search(share_alike)


def _why(licence: str, other: str) -> str:
    binding = licence if _family(licence) else other
    return f"{binding} asks that a work made from it be under {binding} as a whole"


def _forbids(licence: str, wanted: str) -> str:
    """Why rows under one licence cannot be published under another; "" when nothing speaks against it."""
    if licence == wanted:
        return ""
    if licence == "unknown":
        return f"its licence is not known, so nobody can say that {wanted} is allowed: name it at the source"
    if _NO_DERIVATIVES.search(licence):
        return f"{licence} allows no work made from its text"
    if _NON_COMMERCIAL.search(licence) and not _NON_COMMERCIAL.search(wanted):
        return f"{licence} allows no commercial use, and {wanted} does"
    if _family(licence) and _family(licence) != _family(wanted):
        return f"{licence} asks that works made from it stay under it, and not under {wanted}"
    return ""
