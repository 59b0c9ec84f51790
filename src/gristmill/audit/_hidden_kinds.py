"""What was seen in one file of unseen characters: the alarms, and the harmless."""

from collections.abc import Callable, Iterator

from gristmill.audit._windows import Sights
from gristmill.findings import Finding
from gristmill.unseen import LEFTOVERS

_MOST_LEFTOVERS = 8
_ENOUGH = 100_000

_REASONS = {
    "tag_characters": "{count} tag characters, which no reader sees and a model reads as ASCII.",
    "variation_selectors": "{count} variation selectors with nothing to select; a run of them can carry any bytes.",
    "zero_width": "{count} characters of no width where the script has no use for them; they can hide text, mark "
    "copies or part words for a filter.",
    "bidi": "{count} direction controls outside balanced right-to-left text: what is shown may be in another order "
    "than what is read.",
    "filler": "{count} filler letters of no width.",
    "homoglyph": "{count} words mix Latin letters with Cyrillic or Greek ones that look the same.",
}


class Kinds:
    """What was seen in one file so far: the alarms by code, and the harmless by what they are."""

    def __init__(self) -> None:
        self._seen: dict[str, Sights] = {}
        self._harmless: dict[str, int] = {}
        self._alarms = 0

    def add(self, code: str, place: int, evidence: Callable[[], str], times: int = 1) -> None:
        """Count an alarm."""
        self._alarms += 1
        self._seen.setdefault(code, Sights()).add(place, evidence, times)

    def are_many(self) -> bool:
        """Whether so many alarms were seen that no more are needed."""
        return self._alarms > _ENOUGH

    def pass_by(self, what: str, times: int) -> None:
        """Count something harmless."""
        self._harmless[what] = self._harmless.get(what, 0) + times

    def findings(self, remedy: str) -> Iterator[Finding]:
        """One finding per code, then one for the harmless."""
        for code, reason in _REASONS.items():
            if code in self._seen:
                ended = " The look ended there." if self.are_many() else ""
                yield self._seen[code].finding(code, "warning", reason + ended, remedy)
        leftovers = [count for what, count in self._harmless.items() if what in LEFTOVERS.values()]
        if len(leftovers) > 1 and min(leftovers) >= _MOST_LEFTOVERS:
            yield Finding(
                code="zero_width",
                severity="warning",
                reason=f"{sum(leftovers):,} characters of no width and of {len(leftovers)} kinds stand at the edges "
                "of words; two kinds in turn can carry any bits.",
                remedy=remedy,
                unit="character",
            )
        if self._harmless:
            told = "; ".join(f"{count:,} {what}" for what, count in sorted(self._harmless.items()))
            yield Finding(
                code="hidden_characters",
                severity="info",
                reason=f"Seen, and harmless where it stands: {told}.",
                remedy="None needed.",
                unit="character",
            )
