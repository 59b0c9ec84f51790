"""IMDB: long film reviews, negative or positive."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import Row
from gristmill.errors import UserError
from gristmill.findings import Finding
from gristmill.formats._published import Fault, Published, Record, Tally, given, identity, whole, words
from gristmill.records import Failure

# So many rows of one class at the head tell a sorted file; fair coins do so once in 2**99.
_HEAD = 100
_FEWEST = 10
_UNLABELLED = (-1, "-1")


class Imdb(Published):
    """The Large Movie Review Dataset: `text` and `label` 0 (negative) or 1 (positive), as hubs keep it.

    A row is `text` and `label`, the class's name; `id` and `rating` (1 to 10) where the file has them. Told of a
    source: a file sorted by label, of which the first rows are all of one class (known as soon as they are read), and
    `<br />` marks. Rows labelled -1, the unlabelled part, become Failures of the state `unlabelled`.
    Licence: none stated by its authors, for research; the reviews are their writers'. Source: Maas et al. 2011.
    """

    reads: ClassVar[tuple[str, ...]] = ("text", "label")
    keys: ClassVar[tuple[str, ...]] = ("text", "label")
    suffix: ClassVar[str] = ".jsonl"
    needed: ClassVar[tuple[str, ...]] = ("text", "label")
    more: ClassVar[tuple[str, ...]] = ("id", "rating")
    holds: ClassVar[tuple[str, ...]] = ("rating",)
    faults: ClassVar[Mapping[str, Fault]] = {
        "sorted": Fault(
            "warning",
            "the rows are sorted by label: the first {count} of those read are all of one class",
            "Shuffle before you take a part: the first rows of this file show a model one class alone.",
        ),
        "markup": Fault(
            "info",
            "{count} of {rows} texts hold <br /> marks of the web pages that they are from",
            "Replace the marks by line ends where the text is to be read by a model.",
        ),
    }

    names: tuple[str, ...] = Field(
        ("neg", "pos"),
        min_length=2,
        description="The classes' names, of label 0, of label 1 and so on: for other sets of this form too.",
    )

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield rows, a Failure for each without a label or malformed, a Finding per known fault. Raises UserError."""
        labels: list[str] = []
        for one in super().read(path):
            if not isinstance(one, Mapping):
                yield one
                continue
            if one["label"] is None:
                yield _unlabelled(one, path)
                continue
            yield one
            labels.append(one["label"])
            if len(labels) == _HEAD and len(set(labels)) == 1:
                yield self._sorted(labels)
        if (len(labels) < _HEAD or len(set(labels[:_HEAD])) > 1) and _in_order(labels):
            yield self._sorted(labels)

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of a record, its label null for -1. Raises UserError for a label that is none of the classes."""
        label = self._class(record["label"], where)
        rating = whole(record, "rating", where) if record.get("rating") is not None else None
        return {
            **identity(record, ("id",), where),
            "text": words(record, "text", where),
            "label": label,
            **given({"rating": rating}),
        }

    def _class(self, value: Any, where: str) -> str | None:
        """The name of a label, which is a name or its number; None for the unlabelled."""
        numbers: dict[Any, str | None] = dict.fromkeys(_UNLABELLED)
        for number, name in enumerate(self.names):
            numbers |= {number: name, str(number): name}
        known = numbers | {name: name for name in self.names}
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value not in known:
            names = ", ".join(self.names)
            last = len(self.names) - 1
            raise UserError(f"{where}: the label is {str(value)[:40]!r}, which is none of 0 to {last}, -1, {names}.")
        return known[value]

    def flaws(self, row: Row) -> Iterator[tuple[str, str]]:
        """Marks of web pages in the text."""
        if "<br />" in row["text"]:
            yield "markup", row["text"][:80]

    def record(self, row: Row, where: str) -> Record:
        """The record of a row, its label as 0 or 1. Raises UserError for another class."""
        if row["label"] not in self.names:
            raise UserError(f"{where} has the label {str(row['label'])[:40]!r}, which is none of {self.names}.")
        label = self.names.index(row["label"])
        return given({"id": row.get("id"), "text": row["text"], "label": label, "rating": row.get("rating")})

    def _sorted(self, labels: list[str]) -> Finding:
        head = next((at for at, label in enumerate(labels) if label != labels[0]), len(labels))
        tally = Tally(self.faults, {"sorted": (head, 0, f'the class "{labels[0]}"')})
        return next(tally.findings(len(labels)))


def _unlabelled(row: Row, path: Path) -> Failure:
    named = f'"{row["id"]}"' if "id" in row else f'"{row["text"][:40]}…"'
    return Failure(state="unlabelled", reason=f"{path}: the row {named} has the label -1: the part without labels.")


def _in_order(labels: list[str]) -> bool:
    """Whether a class begins only where another has ended for good."""
    runs = 1 + sum(before != after for before, after in pairwise(labels))
    return len(labels) >= _FEWEST and runs == len(set(labels))
