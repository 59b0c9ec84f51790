"""Reads CSV and TSV: texts, questions with answers, or the table itself as one document."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from pydantic import Field, field_validator

from gristmill.contracts import Reader, Row
from gristmill.errors import Unreadable, nearest
from gristmill.ingest._cells import CellRow, cell_rows, delimiter_of
from gristmill.ingest._decode import Encoding, decode
from gristmill.ingest._rows import renamed, row_document
from gristmill.ingest._tables import pipe_table
from gristmill.records import Document, Failure, Source

_OURS = ("text", "title", "question", "answer", "context")
_MOST_COLUMNS = 2_000
_LONGEST_CELL = 5_000_000
_MOST_ROWS = 200_000


class Csv(Reader):
    """Rows with a `text` column become documents, rows with `question` and `answer` ready-made rows of the task.

    Any other table becomes one document: a Markdown table when it is short, else a paragraph per row that names
    each cell (`name: Anna; city: Ghent`), so that a passage cut out of it stands alone. The first row names the
    columns. A row with more cells than columns is a failure; one with fewer has empty cells, which are counted.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv")

    encoding: Encoding = Field("", description="The files' encoding, when you know it: cp1251, shift_jis …")
    delimiter: str = Field("", max_length=1, description="The sign between cells; empty: found in the file.")
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Our column: the file's. `text` (and `title`, `licence`) make documents; a task's columns make "
        "ready-made rows. Empty: the file's columns are already named so.",
    )
    as_table: int = Field(30, ge=0, le=1000, description="Most rows of a table that is kept as a Markdown table.")

    @field_validator("delimiter")
    @classmethod
    def _parts_cells(cls, sign: str) -> str:
        if sign in ('"', "\n", "\r"):
            raise ValueError("a quote or a line end cannot part cells; name the sign between them")
        return sign

    def read(self, data: bytes, source: Source) -> Iterator[Document | Row | Failure]:
        """Yield documents or rows (`ordinal` is the line's number from 1), a Failure per bad row. Raises Unreadable."""
        found = decode(data, self.encoding)
        if not any(map(str.isalnum, found.text)):
            raise Unreadable("no_text", _BLANK)
        rows = cell_rows(found.text, self.delimiter or delimiter_of(found.text))
        heads = _heads(next(rows, None), self.columns)
        columns = self.columns or _own_columns(heads)
        named = (_named(row, heads) for row in rows)
        if "text" in columns:
            made: Iterator[Document | Row | Failure] = (_text_row(row, columns, source, found.notes) for row in named)
            yield from _some(made)
        elif self.columns or {"question", "answer"} <= columns.keys():
            yield from _some(row if isinstance(row, Failure) else renamed(row.cells, columns) for row in named)
        else:
            yield from self._table(heads, named, source, found.notes)

    def _table(
        self, heads: list[str], rows: "Iterator[_Named | Failure]", source: Source, notes: dict[str, str]
    ) -> Iterator[Document | Failure]:
        failures: list[Failure] = []
        kept: list[_Named] = []
        for row in rows:
            if isinstance(row, Failure):
                failures.append(row)
            else:
                kept.append(row)
            if len(kept) > _MOST_ROWS:
                raise Unreadable("too_large", _LARGE)
        if not kept:
            raise _nothing(failures)
        fields = {"rows": str(len(kept)), "columns": str(len(heads))}
        short, stray = sum(row.short for row in kept), sum(row.stray for row in kept)
        fields |= {"short_rows": str(short)} if short else {}
        fields |= {"rows_with_stray_quotes": str(stray)} if stray else {}
        if len(kept) <= self.as_table:
            text = pipe_table([heads, *(list(row.cells.values()) for row in kept)])
        else:
            text = "\n\n".join(filter(None, map(_sentence, kept)))
        yield Document(text=text, source=source, title=source.title, metadata=fields | notes)
        yield from failures


class _Named(NamedTuple):
    line: int
    cells: dict[str, str]
    short: bool
    stray: bool


_BLANK = "The table has no rows with text. Restore its content or leave it out."
_LARGE = (
    f"The table has over {_MOST_ROWS:,} rows, too many for one document. Map its text or its questions and answers "
    "with `columns`, or split it."
)


def _heads(first: CellRow | None, columns: dict[str, str]) -> list[str]:
    """The names of the columns, each once; those that the recipe maps must be there. Raises Unreadable."""
    if first is None:
        raise Unreadable("no_text", _BLANK)
    if len(first.cells) > _MOST_COLUMNS:
        reason = f"Its first row has {len(first.cells):,} cells; {_MOST_COLUMNS:,} columns is the most that are read."
        raise Unreadable("too_large", reason)
    cells = _shortened(first.cells, 0)
    heads: list[str] = []
    taken: dict[str, int] = {}
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:200] or f"column {number}"
        taken[name] = taken.get(name, 0) + 1
        heads.append(name if taken[name] == 1 else f"{name} ({number})")
    for ours, theirs in columns.items():
        if theirs not in heads:
            raise Unreadable("broken", f'It has no column "{theirs}" for "{ours}": {nearest(theirs, heads)}')
    return heads


def _own_columns(heads: list[str]) -> dict[str, str]:
    """The columns that are named as ours, whatever their case."""
    folded = {head.casefold(): head for head in reversed(heads)}
    return {name: folded[name] for name in _OURS if name in folded}


def _named(row: CellRow, heads: list[str]) -> _Named | Failure:
    cells = _shortened(row.cells, len(heads))
    if len(cells) > len(heads):
        reason = (
            f"Line {row.line} has {len(cells)} cells under {len(heads)} columns. Put quotes around cells that hold "
            "the sign between cells."
        )
        return Failure(state="broken", reason=reason)
    if max(map(len, cells)) > _LONGEST_CELL:
        reason = (
            f"Line {row.line} has a cell of over {_LONGEST_CELL:,} characters. Keep such texts in files of their own."
        )
        return Failure(state="too_large", reason=reason)
    missing = len(heads) - len(cells)
    return _Named(row.line, dict(zip(heads, [*cells, *[""] * missing], strict=True)), missing > 0, row.stray)


def _shortened(cells: list[str], least: int) -> list[str]:
    """The cells without the empty ones at the end, but so many at least."""
    end = len(cells)
    while end > least and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _text_row(
    row: _Named | Failure, columns: dict[str, str], source: Source, notes: dict[str, str]
) -> Document | Failure:
    if isinstance(row, Failure):
        return row
    return row_document(renamed(row.cells, columns), row.line, columns, source, notes)


def _some(made: Iterator[Document | Row | Failure]) -> Iterator[Document | Row | Failure]:
    """All of them. Raises Unreadable when there is nothing but failures."""
    failed: list[Failure] = []
    good = False
    for one in made:
        if not good and isinstance(one, Failure):
            failed.append(one)
            continue
        if not good:
            good = True
            yield from failed
        yield one
    if not good:
        raise _nothing(failed)


def _nothing(failed: list[Failure]) -> Unreadable:
    if not failed:
        return Unreadable("no_text", "The table has heads and no rows. Restore its content or leave it out.")
    return Unreadable(failed[0].state, f"None of its {len(failed)} rows can be used. The first: {failed[0].reason}")


def _sentence(row: _Named) -> str:
    return "; ".join(f"{name}: {' '.join(cell.split())}" for name, cell in row.cells.items() if cell)
