"""Everything known of each row, as a table of an SQLite file: for queries and other tools."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import Row, Rows
from gristmill.errors import UserError, nearest
from gristmill.files import as_bytes, count, json_value, kind, replacing
from gristmill.findings import Finding
from gristmill.formats._whole import Whole
from gristmill.record_files import named_back, renamed, written_as
from gristmill.records import Failure
from gristmill.rows import told

_LONGEST = 50_000_000
_INT64 = range(-(2**63), 2**63)


class Sqlite(Whole):
    """One table of an SQLite file. Columns are TEXT, INTEGER, REAL or BOOLEAN, or JSON TEXT where values are mixed.

    A file is read as it lies, without its journal: views and virtual tables are not tables here, and nothing that
    a file declares is run.
    """

    suffix: ClassVar[str] = ".sqlite"
    endings: ClassVar[tuple[str, ...]] = (".sqlite", ".sqlite3", ".db")
    table: str = Field("", description="Table to read or write; by default the file's only one, `rows` in a new file.")

    def write(self, rows: Rows, path: Path) -> None:
        """Write the rows in order into one table of a new file. Raises UserError for a value that it cannot hold."""
        written_as(path, self.endings)
        listed = list(named_back((told(row) for row in rows), self.columns, path))
        names = list(dict.fromkeys(name for row in listed for name in row))
        kinds = {name: _kind([row.get(name) for row in listed], f'{path}: column "{name}"') for name in names}
        with replacing(path) as partial:
            partial.unlink(missing_ok=True)
            try:
                _fill(partial, self.table or "rows", kinds, listed)
            except (sqlite3.Error, ValueError) as error:
                raise UserError(
                    f"{path} cannot be written as SQLite: {error}. Rename the column or the table."
                ) from None

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield each row of the table, and a Failure for one that holds bytes or broken JSON. Raises UserError."""
        for where, declared, values in self._stored(path):
            try:
                yield _row(declared, values, where)
            except UserError as error:
                yield Failure(state="malformed", reason=str(error))

    def verify(self, path: Path) -> int:
        """Count the rows after reading them all. Raises UserError."""
        return count(path, ((where, _row(declared, values, where)) for where, declared, values in self._stored(path)))

    def _stored(self, path: Path) -> Iterator[tuple[str, Mapping[str, str], Sequence[Any]]]:
        """Yield each row's place, its columns with their declared kinds, and its values."""
        for number, (declared, values) in enumerate(_walk(path, self.table), 1):
            where = f"{path}, row {number}"
            if self.columns:
                declared = renamed(dict(declared), self.columns, where)
            yield where, declared, values


def _kind(values: Sequence[Any], where: str) -> str:
    as_bytes(values, where)
    some = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in some):
        return "BOOLEAN" if some else "TEXT"
    if all(isinstance(value, str) for value in some):
        return "TEXT"
    if all(type(value) is int and value in _INT64 for value in some):
        return "INTEGER"
    return "REAL" if all(isinstance(value, float) for value in some) else "JSON TEXT"


def _fill(path: Path, table: str, kinds: Mapping[str, str], rows: Sequence[Row]) -> None:
    declared = ", ".join(f"{_quoted(name)} {kind}" for name, kind in kinds.items()) or '"id" TEXT'
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = MEMORY")
        base.execute("BEGIN")
        base.execute(f"CREATE TABLE {_quoted(table)} ({declared})")
        filled = f"INSERT INTO {_quoted(table)} VALUES ({', '.join('?' * len(kinds))})"
        base.executemany(filled, ([_stored(row.get(name), kind) for name, kind in kinds.items()] for row in rows))
        base.execute("COMMIT")


def _stored(value: Any, kind: str) -> Any:
    return as_bytes(value, "a value").decode() if kind == "JSON TEXT" and value is not None else value


def _walk(path: Path, table: str) -> Iterator[tuple[Mapping[str, str], Sequence[Any]]]:
    if not path.is_file():
        raise UserError(f"{path} cannot be read: there is no such file. Mend the path.")
    journal = path.with_name(path.name + "-wal")
    if journal.exists() and journal.stat().st_size:
        raise UserError(f"{path} has changes that lie in {journal.name} only: close the program that writes it.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            for setting in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
                base.execute(f"PRAGMA {setting}")
            name = _quoted(_chosen(base, table, path))
            declared = {row[1]: row[2] for row in base.execute(f"PRAGMA table_xinfo({name})") if row[6] != 1}
            for number, values in enumerate(base.execute(f"SELECT * FROM {name}")):
                if number > path.stat().st_size:
                    raise UserError(f"{path} says it holds more rows than it has bytes: it is damaged. Fetch it anew.")
                yield declared, values
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as SQLite: {error}. Export or fetch it anew.") from None


def _chosen(base: sqlite3.Connection, table: str, path: Path) -> str:
    made = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
    tables = [str(row[0]) for row in base.execute(made + "AND sql NOT LIKE 'create virtual%' ORDER BY name")]
    if table and table not in tables:
        raise UserError(f'{path} has no table "{table}": {nearest(table, tables) if tables else "it has none"}.')
    if not table and len(tables) != 1:
        raise UserError(f"{path} has {len(tables)} tables ({', '.join(tables)}): name one in the field table.")
    return table or tables[0]


def _row(declared: Mapping[str, str], values: Sequence[Any], where: str) -> dict[str, Any]:
    named = zip(declared.items(), values, strict=True)
    return {name: _value(value, said.upper(), f'{where}, column "{name}"') for (name, said), value in named}


def _value(value: Any, declared: str, where: str) -> Any:
    if isinstance(value, bytes):
        raise UserError(f"{where} holds {len(value)} bytes, which are no text.")
    if declared.startswith("BOOL") and value in (0, 1):
        return bool(value)
    if "JSON" in declared and isinstance(value, str):
        return json_value(value.encode(), where)
    if isinstance(value, float) and value - value:
        raise UserError(f"{where} holds {value}, which is {kind(value)} that JSON has not.")
    return value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
