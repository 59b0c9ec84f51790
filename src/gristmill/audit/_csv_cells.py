"""Cells of CSV text that a spreadsheet would run, and sizes no table has, read row by row."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gristmill.audit._windows import encoding, shown
from gristmill.contracts import Bytes

_CHUNK = 1 << 20
_MOST_LINE = 1 << 24
_STARTS = frozenset("=+-@\t\r")
# A function's call after the sign, or after sums before it; a word and a space before a bracket is prose.
_CALL = re.compile(r"[-+*/ 0-9.(]{1,40}[A-Za-z][\w.]{0,40}\(")
_OTHER_PROGRAM = re.compile(r"\w\|(?:\s?['\"]|[^|]{0,80}!)")
_CELL_SUM = re.compile(r"[+-]\s?\$?[A-Z]{1,3}\$?[0-9]{1,7}\s{0,2}[-+*/^&:,]|[+-]\s?\(?[0-9.]+\s?[*/^&]\s?[0-9(]")
_REACHES_OUT = re.compile(
    r"HYPERLINK|WEBSERVICE|IMPORT(?:XML|DATA|HTML|RANGE|FEED)|IMAGE\s*\(|RTD\s*\(|CALL\s*\(|EXEC|REGISTER|DDE|cmd\s*\||powershell|mshta",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Cells:
    """What was seen of a table: its rows, its widest one, its cells that are formulas, and where its reading ended."""

    rows: int = 0
    widest: int = 0
    formulas: int = 0
    reaching: int = 0
    first_row: int | None = None
    evidence: list[str] = field(default_factory=list)
    ended: str = ""
    nul: int | None = None


def read_cells(data: Bytes, delimiter: str) -> Cells:
    """A walk over all rows of CSV text."""
    seen = Cells()
    delimiter = delimiter or _delimiter(data)
    try:
        for row in csv.reader(_lines(data, seen), delimiter=delimiter):
            seen.widest = max(seen.widest, len(row))
            for cell in row:
                if cell and cell[0] in _STARTS and is_formula(cell):
                    _count(seen, cell)
            seen.rows += 1
    except csv.Error as error:
        seen.ended = f"{error} (row {seen.rows:,})"
    except _LongLine:
        seen.ended = f"a line of over {_MOST_LINE:,} characters (row {seen.rows:,})"
    return seen


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet takes the cell for a formula that it can work out; numbers, dates and prose are none."""
    text = cell.lstrip("\t\r\n ")[:2000] if cell[0] in "\t\r" else cell[:2000]
    if text.startswith("="):
        return len(text) > 1 and not text[1].isspace() and text[1] not in "=>"
    if text.startswith("@"):
        return bool(re.match(r"@[A-Za-z][\w.]{0,40}\(", text))
    if text[:1] in ("+", "-"):
        # A dash and a space begin an item of a list.
        return text[1:2] not in (" ", text[:1]) and bool(
            _CALL.match(text) or _CELL_SUM.match(text) or _OTHER_PROGRAM.search(text)
        )
    return False


def _count(seen: Cells, cell: str) -> None:
    seen.formulas += 1
    seen.reaching += bool(_REACHES_OUT.search(cell[:2000]))
    if seen.first_row is None:
        seen.first_row = seen.rows
    if len(seen.evidence) < 3:
        seen.evidence.append(shown(cell, 60))


class _LongLine(Exception):
    """A line without end."""


def _delimiter(data: Bytes) -> str:
    line = data[:65536].split(b"\n")[0].replace(b"\0", b"")
    return max(",;\t|", key=lambda sign: line.count(sign.encode()))


def _lines(data: Bytes, seen: Cells) -> Iterator[str]:
    """Lines as the csv module wants them, their ends kept; zero bytes are counted and left out."""
    name = encoding(data)
    decoder = codecs.getincrementaldecoder(name)("replace")
    rest = ""
    for at in range(0, len(data), _CHUNK):
        text = decoder.decode(data[at : at + _CHUNK], at + _CHUNK >= len(data))
        if seen.nul is None and "\0" in text:
            seen.nul = at + text.index("\0")
        lines = (rest + text.replace("\0", "").removeprefix("\ufeff")).splitlines(keepends=True)
        rest = lines.pop() if lines else ""
        if len(rest) > _MOST_LINE:
            raise _LongLine
        yield from lines
    if rest:
        yield rest
