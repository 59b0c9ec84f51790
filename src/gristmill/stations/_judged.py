"""A row with all that checks found about it: what curate hands to freeze."""

from collections.abc import Mapping
from dataclasses import dataclass

from gristmill.records import Example, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An example with all verdicts on it, by check, and why it is out (empty when it is kept)."""

    example: Example
    verdicts: Mapping[str, Verdict]
    rejected_by: str = ""

    @property
    def kept(self) -> bool:
        """Whether no check rejects it under the recipe's policy."""
        return not self.rejected_by

    @property
    def state(self) -> str:
        """`kept`, or the check and the code that rejected it: `grounded:invented_number`."""
        if self.kept:
            return "kept"
        return f"{self.rejected_by}:{self.verdicts[self.rejected_by].code or self.verdicts[self.rejected_by].outcome}"
