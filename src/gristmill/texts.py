"""Rows as columns of text: what checks of many rows are given, and the verdicts they give back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import Outcome, canonical

np = lazy("numpy")
pa = lazy("pyarrow")
pc = lazy("pyarrow.compute")

DOCUMENT_ROLE = "text"
PRECEDENCE = ("human", "edited", "derived", "synthetic")
# Rows of a column that are looked at together: their bytes stay below the reach of 32-bit offsets.
_BATCH = 20_000
_REMARKS = b"remarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Rows as columns, all of one length.

    roles       role -> Arrow array (chunked) of strings without nulls: `text` for whole documents, else the
                `question`, `answer`, `context` of rows, and `label` where rows have one
    ids         Arrow array (chunked) of strings: how each row is named to people
    precedence  numpy int8: who wrote it, as an index into PRECEDENCE; the lowest stays of equal rows
    family      numpy int32: rows of equal numbers are variations of each other; -1 for none
    """

    roles: Mapping[str, Any]
    ids: Any
    precedence: Any
    family: Any

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def documents(self) -> bool:
        """Whether each row is a whole document, and no exchange of question and answer."""
        return DOCUMENT_ROLE in self.roles

    def column(self, *roles: str) -> Any:
        """One chunked Arrow array of these roles, joined by a line break when there are several.

        Raises UserError for a role that these rows do not have.
        """
        for role in roles:
            if role not in self.roles:
                raise UserError(f'these rows have no column "{role}", but {", ".join(self.roles)}: name one of these')
        if len(roles) == 1:
            return self.roles[roles[0]]
        columns = [self.roles[role] for role in roles]
        return pc.binary_join_element_wise(*columns, pa.scalar("\n", columns[0].type))

    def batches(self, *roles: str) -> Iterator[tuple[int, Any]]:
        """The column of these roles piece by piece: the number of its first row, and an Arrow array of strings."""
        first = 0
        for chunk in self.column(*roles).chunks:
            for start in range(0, len(chunk), _BATCH):
                piece = chunk.slice(start, _BATCH)
                yield first, piece
                first += len(piece)

    def text(self, role: str, row: int) -> str:
        """One cell as Python text."""
        return str(self.roles[role][row])

    def id(self, row: int) -> str:
        """A row's name."""
        return str(self.ids[row])


def raw(array: Any) -> tuple[Any, Any]:
    """An Arrow array of strings as its UTF-8 bytes and, one longer than the array, where each text begins.

    numpy uint8 and int64, nothing copied but the offsets; for compiled loops.
    """
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, offsets, data = array.buffers()
    kind = np.int64 if wide else np.int32
    starts = np.frombuffer(offsets, dtype=kind)[array.offset : array.offset + len(array) + 1] if offsets else None
    if starts is None or len(starts) == 0:
        starts = np.zeros(1, dtype=kind)
    found = np.frombuffer(data, dtype=np.uint8) if data else np.zeros(0, np.uint8)
    # Arrow's buffers are some writable and some not, and a compiled loop would be compiled for each kind.
    found.flags.writeable = False
    return found, starts.astype(np.int64)


def column_of(texts: Sequence[str]) -> Any:
    """A chunked Arrow array of strings; half a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD."""
    safe = [
        text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts
    ]
    return pa.chunked_array([pa.array(safe, pa.large_string())])


def verdicts_schema() -> Any:
    """What a TextCheck returns: a row by its number, and its verdict; rows that are not there pass.

    `evidence` is JSON text, "" for none; `score` may be null.
    """
    return pa.schema(
        [
            ("row", pa.int64()),
            ("outcome", pa.string()),
            ("code", pa.string()),
            ("reason", pa.string()),
            ("score", pa.float64()),
            ("evidence", pa.string()),
        ]
    )


def verdicts(
    rows: Any,
    outcome: Outcome | Sequence[str],
    code: str | Sequence[str],
    reason: Any,
    score: Any = None,
    evidence: Any = None,
) -> Any:
    """An Arrow table of verdicts on these rows; what is one value holds for all of them.

    `evidence` may be mappings or JSON texts. Tables of several kinds are put together with `together`.
    """
    count = len(rows)
    if evidence is not None and not isinstance(evidence, pa.Array | pa.ChunkedArray):
        evidence = [one if isinstance(one, str) else canonical(dict(one)) for one in evidence]
    given = (
        rows,
        outcome,
        code,
        reason,
        pa.nulls(count, pa.float64()) if score is None else score,
        "" if evidence is None else evidence,
    )
    columns = [
        pa.repeat(pa.scalar(one, field.type), count) if isinstance(one, str) else _cast(one, field.type)
        for one, field in zip(given, verdicts_schema(), strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=verdicts_schema())


def together(tables: Sequence[Any]) -> Any:
    """Tables of verdicts as one, in the order of their rows."""
    if not tables:
        return verdicts_schema().empty_table()
    table = pa.concat_tables(tables)
    numbers = table.column("row").to_numpy()
    if len(numbers) > 1 and (numbers[1:] < numbers[:-1]).any():
        table = table.take(pa.array(np.argsort(numbers, kind="stable")))
    return table


def remarked(table: Any, remarks: Sequence[str]) -> Any:
    """A table of verdicts with sentences on the whole: what could not be judged, what was compared with what."""
    return table.replace_schema_metadata({_REMARKS: canonical(list(remarks))}) if remarks else table


def remarks(table: Any) -> list[str]:
    """The sentences that a check says of the whole."""
    told: list[str] = json.loads((table.schema.metadata or {}).get(_REMARKS, b"[]"))
    return told


def _cast(given: Any, kind: Any) -> Any:
    if isinstance(given, pa.Array | pa.ChunkedArray):
        return given.cast(kind)
    return pa.array(given, kind)
