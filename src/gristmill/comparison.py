"""Teachers side by side: what each took and cost, and how many of its rows were accepted."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.seat import label
from gristmill.versions import Frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One teacher in one seat, over all runs; `rows` and `accepted` are its own in the version at hand.

    `failed` requests have no answer; `lost` ones were under way at a kill or in a batch that is no more, and count
    at their dearest.
    """

    seat: str
    teacher: str
    requests: int
    replies: int
    failed: int
    lost: int
    tokens_in: int
    tokens_out: int
    cost: float
    rows: int = 0
    accepted: int = 0

    @property
    def each(self) -> float | None:
        """What an accepted row cost; None when it wrote none."""
        return self.cost / self.accepted if self.accepted else None


def compare(spent: Sequence[Mapping[str, Any]], rows: Sequence[Frozen]) -> tuple[Compared, ...]:
    """Each teacher of the ledger beside the rows that it wrote; those that wrote none of these rows too."""
    made: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row in rows:
        settings = row.example.origin.settings
        if settings:
            name = names.setdefault(settings, label(json.loads(settings)))
            made[name] += 1
            accepted[name] += bool(row.split)
    return tuple(
        Compared(
            **one,
            rows=made[one["teacher"]] if one["seat"] == "generator" else 0,
            accepted=accepted[one["teacher"]] if one["seat"] == "generator" else 0,
        )
        for one in spent
    )
