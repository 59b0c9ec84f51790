"""Notes rows whose licences do not go together, or do not allow what you want to publish."""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field, field_validator

from gristmill.contracts import TableCheck, Task
from gristmill.errors import nearest
from gristmill.records import Example, Verdict, canonical

_SHARE_ALIKE = re.compile(r"cc-by-(?:nc-)?sa|(?:a|l)?gpl|odbl|gfdl")
_NON_COMMERCIAL = re.compile(r"(?:^|-)nc(?:-|$)")
_NO_DERIVATIVES = re.compile(r"(?:^|-)nd(?:-|$)")
# What hubs and people write when they do not know, or will not say.
_UNTOLD = frozenset({"", "unknown", "other", "none", "n-a", "unlicensed", "proprietary", "all-rights-reserved"})
_SHOWN = 3
# The names of the SPDX list that data, texts and code are commonly under.
_SPDX = frozenset(
    """
    CC0-1.0 CC-PDDC PDDL-1.0 ODC-By-1.0 ODbL-1.0 CDLA-Permissive-1.0 CDLA-Permissive-2.0 CDLA-Sharing-1.0 C-UDA-1.0
    CC-BY-1.0 CC-BY-2.0 CC-BY-2.5 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-1.0 CC-BY-SA-2.0 CC-BY-SA-2.5 CC-BY-SA-3.0 CC-BY-SA-4.0
    CC-BY-NC-2.0 CC-BY-NC-2.5 CC-BY-NC-3.0 CC-BY-NC-4.0 CC-BY-NC-SA-2.0 CC-BY-NC-SA-2.5 CC-BY-NC-SA-3.0
    CC-BY-NC-SA-4.0 CC-BY-ND-2.0 CC-BY-ND-3.0 CC-BY-ND-4.0 CC-BY-NC-ND-2.0 CC-BY-NC-ND-3.0 CC-BY-NC-ND-4.0
    GFDL-1.1-only GFDL-1.1-or-later GFDL-1.2-only GFDL-1.2-or-later GFDL-1.3-only GFDL-1.3-or-later OGL-UK-3.0
    etalab-2.0 DL-DE-BY-2.0 DL-DE-ZERO-2.0 OFL-1.1 MIT MIT-0 Apache-1.1 Apache-2.0 BSD-1-Clause BSD-2-Clause
    BSD-3-Clause 0BSD ISC Zlib BSL-1.0 Unlicense WTFPL Artistic-2.0 PSF-2.0 Python-2.0 PostgreSQL NCSA MS-PL MS-RL
    MPL-1.1 MPL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 CDDL-1.0 CDDL-1.1 AFL-3.0 OSL-3.0 ECL-2.0 UPL-1.0 BlueOak-1.0.0
    GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only
    LGPL-3.0-or-later AGPL-3.0-only AGPL-3.0-or-later
    """.split()
)


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

    publish_as: str = Field(
        "",
        description="SPDX name of the licence that the version shall have (LicenseRef-NAME for any other); rows must "
        "allow it.",
    )

    @field_validator("publish_as")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if name in ("", "unknown", *_SPDX) or re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", name):
            return name
        spelt = [one for one in _SPDX if one.casefold() == name.casefold()]
        raise ValueError(f"no SPDX name known here: {nearest(name, spelt or _SPDX)} (any other is LicenseRef-NAME)")

    def verdicts(self, examples: Sequence[Example], task: Task) -> Iterable[Verdict]:
        """One verdict per example, by the licences of all."""
        present: dict[str, list[str]] = {}
        words: dict[str, dict[str, str]] = {}
        said = {one.id: canonical([task.text(one, role) for role in self.reads]) for one in examples}
        allowed = [one for one in examples if not (self.publish_as and _forbids(one.licence, self.publish_as))]
        for example in sorted(allowed, key=lambda one: one.id):
            present.setdefault(example.licence, []).append(example.id)
            words.setdefault(said[example.id], {}).setdefault(example.licence, example.id)
        clashes = {licence: _clash(licence, present) for licence in present}
        for example in examples:
            clash, twins = clashes.get(example.licence, ""), words.get(said[example.id], {})
            yield self._verdict(example, clash, twins, present)

    def _verdict(self, example: Example, clash: str, twins: dict[str, str], present: dict[str, list[str]]) -> Verdict:
        licence = example.licence
        if self.publish_as and (reason := _forbids(licence, self.publish_as)):
            return Verdict(example_id=example.id, outcome="reject", code="not_allowed", reason=reason)
        other = next((name for name in sorted(twins) if _plain(name) != _plain(licence)), "")
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
        if _NO_DERIVATIVES.search(_plain(licence)):
            reason = f"{licence} allows no work made from its text, and a data set is one: ask its owner"
            return Verdict(example_id=example.id, outcome="note", code="no_derivatives", reason=reason)
        return Verdict(example_id=example.id, outcome="pass")


def _plain(licence: str) -> str:
    """A licence's name as SPDX writes it, in small letters: `CC BY-SA 4.0` is `cc-by-sa-4.0`."""
    return "-".join(re.split(r"[\s_/-]+", licence.strip().lower()))


def _family(licence: str) -> str:
    """What a share-alike licence asks the whole to be, without its version; "" for any other licence."""
    found = _SHARE_ALIKE.match(_plain(licence))
    return found[0] if found else ""


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
    return bool(_NON_COMMERCIAL.search(_plain(one))) and not _NON_COMMERCIAL.search(_plain(share_alike))


def _why(licence: str, other: str) -> str:
    binding = licence if _family(licence) else other
    return f"{binding} asks that a work made from it be under {binding} as a whole"


def _forbids(licence: str, wanted: str) -> str:
    """Why rows under one licence cannot be published under another; "" when nothing speaks against it."""
    mine, theirs = _plain(licence), _plain(wanted)
    if mine == theirs:
        return ""
    if mine in _UNTOLD:
        return (
            f"its licence is not known ({licence}), so nobody can say that {wanted} is allowed: name it at the source"
        )
    if _NO_DERIVATIVES.search(mine):
        return f"{licence} allows no work made from its text"
    if _NON_COMMERCIAL.search(mine) and not _NON_COMMERCIAL.search(theirs):
        return f"{licence} allows no commercial use, and {wanted} does"
    if _family(licence) and _family(licence) != _family(wanted):
        return f"{licence} asks that works made from it stay under it, and not under {wanted}"
    return ""
