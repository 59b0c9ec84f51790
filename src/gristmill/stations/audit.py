"""audit: every file is looked at before any is opened; what stops the run is the recipe's choice."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gristmill.find import fingerprint, part_name
from gristmill.findings import Finding
from gristmill.mill import Mill, print_of
from gristmill.opening import Scanning
from gristmill.records import Failure, Line, digest, fields_of
from gristmill.stations._sources import File
from gristmill.store import Piece, Step, Table

FINDING = {
    "path": "string",
    **dict.fromkeys(("code", "severity", "reason", "remedy", "evidence"), "string"),
    "offset": "int64",
    "unit": "string",
    "inside": "string",
}
_SHOWN = 8


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
    """All signs in all files, with what the policy makes of each; all are in the ledger."""
    signs = [_decided(mill, row) for row in _scanned(mill, files).rows]
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
            (item, Scanning(place=str(one.place), name=one.path, scanners=scanners, depth=depth))
            for item, one in ((item, by_item[item]) for item in items)
        )
        for done, opened in enumerate(mill.sandbox.open(jobs), start=1):
            label = by_item[opened.key].label
            rows = [{"path": by_item[opened.key].path, **entry["finding"]} for entry in opened.entries]
            state = opened.state or ("signs" if rows else "no_known_sign")
            line = Line(kind="file", item=opened.key, state=state, reason=opened.reason, made=len(rows), label=label)
            yield Piece(item=opened.key, rows=rows, lines=[line])
            mill.tell("audit", done, len(items))

    part = print_of(*(fingerprint(scanner) for scanner in mill.scanners), str(depth))
    return mill.step(Step(station="audit", name="files", part=part, columns=FINDING, items=list(by_item)), make)


def _decided(mill: Mill, row: Mapping[str, object]) -> Sign:
    found = {name: value for name, value in row.items() if name in FINDING and name != "path"}
    finding = Finding(**found)  # type: ignore[arg-type]
    path, rules = str(row["path"]), mill.recipe.audit
    for waiver in rules.waivers:
        if waiver.sign == finding.code and fnmatch.fnmatch(path, waiver.file):
            return Sign(path=path, finding=finding, decision="waived", because=waiver.because)
    return Sign(path=path, finding=finding, decision=rules.decides(finding.code, finding.severity))


def _write_down(mill: Mill, signs: Sequence[Sign]) -> None:
    """Each sign into the ledger, with what was decided."""
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
