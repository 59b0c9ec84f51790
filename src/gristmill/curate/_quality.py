"""What the checks of web rules share: rules with limits, and verdicts on texts that break them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.curate._quality_words import tables
from gristmill.lazy import lazy
from gristmill.records import canonical
from gristmill.texts import DOCUMENT_ROLE, Texts, raw, together, verdicts

np = lazy("numpy")

NEEDS = ("numba",)
_EMPTY = "It has no text to measure."


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit on one measured column: `least` when a text must reach it, else one that it must not exceed.

    `says` is a sentence of {value} and {limit}. A measure `by_line` is the number of the line that broke the
    rule, 0 for none: of several such rules the one of the earliest line comes first.
    """

    code: str
    column: int
    limit: float
    least: bool
    says: str
    by_line: bool = False

    def broken(self, found: Any) -> Any:
        """Which rows of measures break it; what could not be measured breaks nothing."""
        values = found[:, self.column]
        return values < self.limit if self.least else values > self.limit


def judge(
    texts: Texts, measure: Callable[[Any, Any, Any], Any], rules: Sequence[Rule], also: Mapping[str, int] | None = None
) -> Any:
    """Verdicts on the texts that break a rule: a rejection of a whole document, a note on a row of a task.

    `measure` takes bytes, starts and the tables of `_quality_words`, and gives a row of numbers for each text.
    `also` names further columns for the evidence. `score` is the number of rules broken.
    """
    role, outcome = (DOCUMENT_ROLE, "reject") if texts.documents else ("answer", "note")
    pieces = []
    for first, array in texts.batches(role):
        found = measure(*raw(array), tables())
        failed = np.stack([rule.broken(found) for rule in rules] + [np.isnan(found).all(axis=1)], axis=1)
        rows = np.flatnonzero(failed.any(axis=1))
        told = list(_told(rules, also or {}, found[rows].tolist(), failed[rows].tolist()))
        if told:
            codes, reasons, counts, evidence = map(list, zip(*told, strict=True))
            pieces.append(verdicts(rows + first, [outcome] * len(rows), codes, reasons, counts, evidence))
    return together(pieces)


def _told(
    rules: Sequence[Rule], also: Mapping[str, int], found: Sequence[Sequence[float]], failed: Sequence[Sequence[bool]]
) -> Iterator[tuple[str, str, float, str]]:
    """Code, reason, number of broken rules and evidence of each text that breaks one."""
    for values, flags in zip(found, failed, strict=True):
        if flags[-1]:
            yield "empty", _EMPTY, 1.0, '{"broken":{}}'
            continue
        broken = [(rule, values[rule.column]) for rule, flag in zip(rules, flags, strict=False) if flag]
        broken.sort(key=lambda one: one[1] if one[0].by_line else np.inf)
        rule, value = broken[0]
        reason = rule.says.format(value=value, limit=rule.limit)
        if len(broken) > 1:
            reason += f" It also breaks: {', '.join(other.code for other, _ in broken[1:])}."
        seen = {one.code: {"value": number, "limit": one.limit} for one, number in broken}
        evidence = {"broken": seen, **{name: values[column] for name, column in also.items()}}
        yield rule.code, reason, float(len(broken)), canonical(evidence)
