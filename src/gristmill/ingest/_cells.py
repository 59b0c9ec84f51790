"""Delimited text to rows of cells: the delimiter found, quotes undone, each row with its line."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_DELIMITERS = ",;\t|"
_SAMPLE, _SAMPLE_ROWS = 65_536, 30
_TOLD = re.compile(r"sep=(.)[ \t]*(?:\n|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CellRow:
    """A row's cells without the space around them, the line it begins on (from 1), and whether a quote is amiss."""

    line: int
    cells: list[str]
    stray: bool


def delimiter_of(text: str) -> str:
    """The sign that parts the cells: told by a first line `sep=;`, else the one whose rows are most alike.

    A line feed when none stands in the first row: the file has one column.
    """
    told = _TOLD.match(text)
    if told:
        return told[1]
    sample = text[:_SAMPLE]
    best, sign = (0.0, 0), "\n"
    for one in _DELIMITERS:
        widths = [len(row.cells) for row in islice(cell_rows(sample, one), _SAMPLE_ROWS)]
        if not widths or widths[0] < 2:
            continue
        alike = Counter(widths)[widths[0]] / len(widths)
        if (alike, widths[0]) > best:
            best, sign = (alike, widths[0]), one
    return sign


def cell_rows(text: str, delimiter: str) -> Iterator[CellRow]:
    """The rows that are not blank. In a quoted cell a doubled quote is one; a quote that never closes is text."""
    sign = re.escape(delimiter)
    blank = "" if delimiter == "\t" else r"\t"
    cell = re.compile(rf'[ {blank}]*"([^"]*+(?:""[^"]*+)*+)"[ {blank}]*(?=[{sign}\n]|\Z)|([^{sign}\n]*)')
    told = _TOLD.match(text)
    place = told.end() if told else 0
    line = begun = 2 if told else 1
    cells: list[str] = []
    stray = False
    while place < len(text):
        found = cell.match(text, place)
        quoted, plain = found.groups() if found else (None, "")
        said = plain.strip() if quoted is None else quoted.replace('""', '"').strip()
        stray = stray or (quoted is None and said.startswith('"'))
        cells.append(said)
        place = found.end() if found else place
        line += quoted.count("\n") if quoted else 0
        ends = place >= len(text) or text[place] == "\n"
        if ends and any(cells):
            yield CellRow(begun, cells, stray)
        place += 1
        if ends:
            line += 1
            begun, cells, stray = line, [], False
    if any(cells):
        # The text ends behind a sign between cells: one more, empty, that no turn of the loop has seen.
        yield CellRow(begun, [*cells, ""], stray)
