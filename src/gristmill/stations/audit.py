"""audit: every file is looked at before any is opened; what stops the run is the recipe's choice."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gristmill.find import code_digest, fingerprint, part_name
from gristmill.findings import Finding
from gristmill.mill import Mill, print_of
from gristmill.opening import Scanning
from gristmill.records import Failure, Line, digest, fields_of
from gristmill.sandbox import Opened
from gristmill.sections import Waiver
from gristmill.stations._sources import File
from gristmill.store import FAILED, Piece, Step, Table

FINDING = {
    "path": "string",
    **dict.fromkeys(("code", "severity", "reason", "remedy", "evidence"), "string"),
    "offset": "int64",
    "unit": "string",
    "inside": "string",
}
_SHOWN = 8
# The sign of a file that the audit could not look at: it is not opened, for nobody knows what it holds.
_UNSEEN = "unscanned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A finding in a file, and what the recipe's policy makes of it: stop, refuse, note, or waived."""

    path: str
    finding: Finding
    decision: str
    because: str = ""

    @property
    def label(self) -> str:
        """Which file, and where in it."""
        inside = f"!/{self.finding.inside}" if self.finding.inside else ""
        return f"{self.path}{inside}"


def audit(mill: Mill, files: Sequence[File]) -> list[Sign]:
    """All signs in all files, with what the policy makes of each; all are in the ledger.

    A file whose look failed has the sign `unscanned`, and is refused unless the policy or a waiver says otherwise.
    """
    seen = _scanned(mill, files)
    signs = [_decided(mill, str(row["path"]), _finding(row)) for row in seen.rows]
    signs += [_decided(mill, line.label, _unseen(line)) for line in seen.lines if line.state.startswith(FAILED)]
    _write_down(mill, signs)
    return signs


def stopped(signs: Sequence[Sign]) -> str:
    """Why the audit stops the run, with what to do; "" when it does not."""
    stopping = [sign for sign in signs if sign.decision == "stop"]
    if not stopping:
        return ""
    shown = "\n".join(f"  {sign.label}: {sign.finding.code}. {_sentence(sign)}" for sign in stopping[:_SHOWN])
    more = f"\n  and {len(stopping) - _SHOWN} more" if len(stopping) > _SHOWN else ""
    return (
        f"the audit stops the run before any file is opened, for {len(stopping)} of {len(signs)} signs:\n"
        f"{shown}{more}\nTake these files out; or leave them unread (audit.policy: {stopping[0].finding.code}: "
        "refuse); or name what you looked at under audit.waivers."
    )


def refusals(signs: Sequence[Sign]) -> Mapping[str, Failure]:
    """Which files must not be opened, by path, and why."""
    return {
        sign.path: Failure(state=f"refused:{sign.finding.code}", reason=_sentence(sign))
        for sign in reversed(signs)
        if sign.decision == "refuse"
    }


def _sentence(sign: Sign) -> str:
    """What was seen, where, and what to do; a waived one with its reason."""
    found = sign.finding
    place = f" At {found.unit} {found.offset}." if found.offset is not None else ""
    seen = f" Seen: {found.evidence}." if found.evidence else ""
    because = f" Waived: {sign.because}." if sign.because else ""
    return f"{found.reason.rstrip('.')}.{place}{seen} {found.remedy.rstrip('.')}.{because}"


def _scanned(mill: Mill, files: Sequence[File]) -> Table:
    by_item = {digest("look", file.path, file.sha256): file for file in files if file.sha256}
    scanners = [("audit", part_name(part), part.model_dump(mode="json")) for part in mill.scanners]
    depth = mill.recipe.ingest.max_depth

    def make(items: Sequence[str]) -> Iterator[Piece]:
        jobs = (
            (item, Scanning(place=str(one.place), name=one.label, sha256=one.sha256, scanners=scanners, depth=depth))
            for item, one in ((item, by_item[item]) for item in items)
        )
        for done, opened in enumerate(mill.sandbox.open(jobs), start=1):
            yield _piece(opened, by_item[opened.key].label)
            mill.tell("audit", done, len(items))

    looking = code_digest("gristmill.opening")
    part = print_of(*(fingerprint(scanner) for scanner in mill.scanners), looking, str(depth))
    step = Step(station="audit", name="files", part=part, columns=FINDING, items=list(by_item), resumes=True)
    return mill.step(step, make)


def _piece(opened: Opened, label: str) -> Piece:
    rows = [{"path": label, **entry["finding"]} for entry in opened.entries if "finding" in entry]
    ended = next((entry for entry in opened.entries if "file" in entry), None)
    state = f"{FAILED}{ended['state']}" if ended else opened.state or ("signs" if rows else "no_known_sign")
    reason = ended["reason"] if ended else opened.reason
    line = Line(kind="file", item=opened.key, state=state, reason=reason, made=len(rows), label=label)
    return Piece(item=opened.key, rows=rows, lines=[line])


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(**{name: value for name, value in row.items() if name in FINDING and name != "path"})


def _unseen(line: Line) -> Finding:
    reason = f"The audit could not look at it: {line.reason}"
    remedy = "Mend what hindered it; or look yourself, and waive this sign."
    return Finding(code=_UNSEEN, severity="danger", reason=reason, remedy=remedy)


def _decided(mill: Mill, path: str, finding: Finding) -> Sign:
    rules = mill.recipe.audit
    usual = "refuse" if finding.code == _UNSEEN else rules.decides(finding.code, finding.severity)
    sign = Sign(path=path, finding=finding, decision=rules.policy.get(finding.code, usual))
    waiver = next((one for one in rules.waivers if _lets_pass(one, sign)), None)
    return replace(sign, decision="waived", because=waiver.because) if waiver else sign


def _lets_pass(waiver: Waiver, sign: Sign) -> bool:
    names = (sign.path, sign.label)
    named = waiver.file in names or any(fnmatch.fnmatchcase(name, waiver.file) for name in names)
    return named and waiver.sign == sign.finding.code


def _waivers(mill: Mill, signs: Sequence[Sign]) -> None:
    lines = {}
    for waiver in mill.recipe.audit.waivers:
        passed = sum(_lets_pass(waiver, sign) for sign in signs)
        reason = "" if passed else f"No file of that name has the sign {waiver.sign}: remove the waiver."
        item = digest("waiver", waiver.model_dump(), passed)
        state = "used" if passed else "unused"
        lines[item] = Line(kind="waiver", item=item, state=state, reason=reason, made=passed, label=waiver.file)
    if lines:
        step = Step(station="audit", name="waivers", part="waivers", columns={}, items=list(lines))
        mill.step(step, lambda items: (Piece(item=item, lines=[lines[item]]) for item in items))


def _write_down(mill: Mill, signs: Sequence[Sign]) -> None:
    """Each sign into the ledger, with what was decided; and each waiver, with how many signs it let pass."""
    _waivers(mill, signs)
    if not signs:
        return
    lines: dict[str, Line] = {}
    for number, sign in enumerate(signs):
        item = digest("sign", number, sign.path, fields_of(sign.finding), sign.decision, sign.because)
        word = sign.finding.severity if sign.decision == "note" else sign.decision
        state = f"{word}:{sign.finding.code}"
        lines[item] = Line(kind="sign", item=item, state=state, reason=_sentence(sign), label=sign.label)
    step = Step(station="audit", name="policy", part="policy", columns={}, items=list(lines))
    mill.step(step, lambda items: (Piece(item=item, lines=[lines[item]]) for item in items))
