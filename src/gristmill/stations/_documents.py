"""The documents of a run, in the order of their paths, read from their tables one after the other."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from gristmill.arrow import document_of
from gristmill.mill import whole
from gristmill.records import Document, ReadyRow, Source
from gristmill.store import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What stations keep of a document when its text is not at hand; `print` is over all that it carries."""

    id: str
    group: str
    source: Source
    print: str


# Path and ordinal of a document, then the table and the row where it lies.
_Place = tuple[str, int, int, int]


class Documents:
    """Documents as often as they are walked, never all in memory at once."""

    def __init__(self, tables: Sequence[Table], places: Sequence[_Place] | None = None) -> None:
        self._tables = tables
        self._places = places

    @cached_property
    def _order(self) -> Sequence[_Place]:
        if self._places is not None:
            return self._places
        return sorted(
            (row["source"]["path"], row["ordinal"], number, place)
            for number, table in enumerate(self._tables)
            for place, row in enumerate(table.scan(("source", "ordinal", "row")))
            if not row["row"]
        )

    def after(self, mended: Table, gone: Collection[str]) -> "Documents":
        """These without the ones whose prints are gone, with the documents of a table instead."""
        if not gone:
            return self
        kept = [place for known, place in zip(self.known, self._order, strict=True) if known.print not in gone]
        number = len(self._tables)
        added = (
            (row["source"]["path"], row["ordinal"], number, place)
            for place, row in enumerate(mended.scan(("source", "ordinal")))
        )
        return Documents([*self._tables, mended], sorted([*kept, *added]))

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Document]:
        shelves = [table.shelf() for table in self._tables]
        for _, _, number, place in self._order:
            yield document_of(shelves[number].row(place))

    @cached_property
    def known(self) -> list[Known]:
        """What is kept of each, in order."""
        return [Known(id=one.id, group=one.group, source=one.source, print=whole(one)) for one in self]

    def among(self, prints: Collection[str]) -> Iterator[tuple[str, Document]]:
        """Those whose print is wanted, with it, in order; of equal ones the first."""
        wanted = set(prints)
        shelves = [table.shelf() for table in self._tables]
        for known, (_, _, number, place) in zip(self.known, self._order, strict=True):
            if known.print in wanted:
                wanted.remove(known.print)
                yield known.print, document_of(shelves[number].row(place))

    def ready(self) -> Iterator[ReadyRow]:
        """The ready-made rows that lie beside the documents, in the order of their tables."""
        for table in self._tables:
            for row in table.scan(("source", "ordinal", "row")):
                if row["row"]:
                    source = Source(**row["source"])
                    yield ReadyRow(source=source, fields=json.loads(row["row"]), ordinal=row["ordinal"])


def items_of(documents: Documents) -> list[str]:
    """What steps over documents call them: their prints, each once."""
    return list(dict.fromkeys(known.print for known in documents.known))
