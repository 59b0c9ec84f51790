"""Tables (Parquet, Arrow, CSV, SQLite): sizes they claim, formulas, code in schemas."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import ClassVar

from pydantic import Field

from gristmill.audit import _arrow_ipc, _parquet_bounds
from gristmill.audit._csv_cells import Cells, read_cells
from gristmill.audit._windows import shown
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding, Severity

_SQLITE = b"SQLite format 3\0"
_DELIMITERS = {".csv": "", ".tsv": "\t"}
_SQL_CALL = re.compile(rb"(?i)\b(?:load_extension|writefile|readfile|edit|fts3_tokenizer)\s{0,3}\(")
_SQL_OBJECT = re.compile(rb"(?i)create\s{1,3}(?:temp(?:orary)?\s{1,3})?(trigger|view|table|index)\b")
_BROKEN_REMEDY = "Fetch the file again from its source, or leave it out."
_BOMB_REMEDY = "Do not load it whole. Read it in batches under a memory limit, or leave it out."


class TableFiles(Scanner):
    """What tables claim and carry, told from their headers; no page of them is unpacked.

    Numbers, telephone numbers, dates, items of lists and names that begin with `@` are no formulas.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "table_bomb": "Parquet or Arrow that claims to unpack to over `most_ratio` times its size and `least_bomb` "
        "bytes, or to hold over `most_rows` rows (danger).",
        "damaged_table": "Lengths that contradict the file (warning).",
        "sealed_table": "Parquet with an encrypted footer, of which nothing can be checked (warning).",
        "formula": "Cells of a CSV file that a spreadsheet would run (warning).",
        "wide_table": "CSV with over `most_columns` columns (warning).",
        "huge_cell": "CSV that cannot be read to its end, as behind an open quote (warning).",
        "nul_bytes": "CSV with zero bytes, which many readers end at (warning).",
        "table_code": "An SQLite schema whose views or triggers load or write files (warning).",
    }
    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)

    most_ratio: int = Field(1000, ge=2, description="How many times its own size a column may unpack to.")
    least_bomb: int = Field(1 << 30, ge=1, description="Bytes that a file may unpack to, whatever the ratio.")
    most_rows: int = Field(10_000_000_000, ge=1, description="Rows that a table may claim.")
    most_columns: int = Field(16_384, ge=1, description="Columns that a CSV file may have.")

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield what the headers claim, by what the file is."""
        suffix = PurePath(name.lower()).suffix
        if data[:4] in (_parquet_bounds.MAGIC, _parquet_bounds.SEALED):
            yield from self._parquet(data)
        elif data[:6] == _arrow_ipc.MAGIC or _arrow_ipc.is_stream(data):
            yield from self._arrow(data)
        elif data[:16] == _SQLITE:
            yield from _sqlite(data)
        elif suffix in _DELIMITERS and len(data):
            yield from self._csv(read_cells(data, _DELIMITERS[suffix]))

    def _parquet(self, data: Bytes) -> Iterator[Finding]:
        if data[-4:] == _parquet_bounds.SEALED:
            reason = "Its footer is encrypted, so nothing of it can be checked."
            yield _found("sealed_table", "warning", reason, "Ask its publisher for an open copy.")
            return
        if len(data) < 12 or data[-4:] != _parquet_bounds.MAGIC:
            yield _damaged(f"it begins as Parquet and has no footer at its end ({len(data):,} bytes)")
            return
        try:
            claims = _parquet_bounds.claims(data)
        except _parquet_bounds.FooterBroken as error:
            yield _damaged(str(error))
            return
        if claims.rows > self.most_rows:
            yield self._bomb(f"It claims {claims.rows:,} rows in {len(data):,} bytes.", "")
        for chunk in claims.chunks:
            if chunk.unpacked > max(self.least_bomb, chunk.packed * self.most_ratio):
                reason = f"The column {shown(chunk.column)} unpacks from {chunk.packed:,} to {chunk.unpacked:,} bytes."
                yield self._bomb(reason, f"{chunk.values:,} values")
                return
        unpacked = sum(chunk.unpacked for chunk in claims.chunks)
        if unpacked > max(self.least_bomb, len(data) * self.most_ratio):
            yield self._bomb(f"Its columns unpack from {len(data):,} to {unpacked:,} bytes in all.", "")

    def _arrow(self, data: Bytes) -> Iterator[Finding]:
        rows = unpacked = 0
        try:
            for message in _arrow_ipc.messages(data):
                rows += message.rows
                unpacked += message.unpacked
                if message.rows < 0:
                    raise _arrow_ipc.MessageBroken(f"a message at byte {message.at:,} claims {message.rows:,} rows")
        except _arrow_ipc.MessageBroken as error:
            yield _damaged(str(error))
        if rows > self.most_rows:
            yield self._bomb(f"It claims {rows:,} rows in {len(data):,} bytes.", "")
        if unpacked > max(self.least_bomb, len(data) * self.most_ratio):
            yield self._bomb(f"Its buffers unpack from {len(data):,} to {unpacked:,} bytes.", "")

    def _bomb(self, reason: str, evidence: str) -> Finding:
        return _found("table_bomb", "danger", reason, _BOMB_REMEDY, evidence)

    def _csv(self, cells: Cells) -> Iterator[Finding]:
        if cells.formulas:
            reach = f" {cells.reaching:,} of them fetch or run something." if cells.reaching else ""
            yield Finding(
                code="formula",
                severity="warning",
                reason=f"{cells.formulas:,} cells are formulas that a spreadsheet runs when it opens the file.{reach}",
                remedy="Do not open it in a spreadsheet; import its columns as text, or put a quote before such cells.",
                evidence=" · ".join(cells.evidence),
                offset=cells.first_row,
                unit="row",
            )
        if cells.widest > self.most_columns:
            reason = f"A row has {cells.widest:,} columns, over {self.most_columns:,}."
            yield _found("wide_table", "warning", reason, "Check its delimiter and quotes, or leave it out.")
        if cells.ended:
            reason = (
                f"Its rows could not be read to the end: {shown(cells.ended, 160)}. What follows was not looked at."
            )
            yield _found("huge_cell", "warning", reason, "Check its quotes: an open one swallows all that follows.")
        if cells.nul is not None:
            reason = "It holds zero bytes, which many readers end at or refuse."
            yield _found("nul_bytes", "warning", reason, _BROKEN_REMEDY, offset=cells.nul)


def _sqlite(data: Bytes) -> Iterator[Finding]:
    page = int.from_bytes(data[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(data[28:32], "big")
    if page < 512 or page & (page - 1):
        yield _damaged(f"its SQLite header claims pages of {page:,} bytes; they are powers of two from 512 on")
    elif pages and pages * page > len(data):
        yield _damaged(f"its SQLite header claims {pages:,} pages of {page:,} bytes, and the file has {len(data):,}")
    calls = [match for match in _SQL_CALL.finditer(data) if _in_schema(data, match.start())]
    if calls:
        at = calls[0].start()
        reason = f"{len(calls):,} views or triggers call functions that load or write files."
        remedy = "Read its tables with extensions off (the default) and by their names; never run its views."
        yield _found("table_code", "warning", reason, remedy, shown(data[at : at + 60].decode("latin-1")), at)


def _in_schema(data: Bytes, at: int) -> bool:
    """Whether the statement that a place belongs to makes a view or a trigger."""
    made = list(_SQL_OBJECT.finditer(data[max(0, at - 2000) : at]))
    return bool(made) and made[-1].group(1).lower() in (b"trigger", b"view")


def _damaged(reason: str) -> Finding:
    return _found("damaged_table", "warning", f"The table cannot be followed: {shown(reason, 200)}.", _BROKEN_REMEDY)


def _found(
    code: str, severity: Severity, reason: str, remedy: str, evidence: str = "", offset: int | None = None
) -> Finding:
    return Finding(code=code, severity=severity, reason=reason, remedy=remedy, evidence=evidence, offset=offset)
