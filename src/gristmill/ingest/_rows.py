"""Rows with named columns: as documents when they have a text; the nearest name when one lacks."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from gristmill.contracts import Row
from gristmill.errors import nearest
from gristmill.records import Document, Failure, Source, canonical


def row_document(
    row: Row, line: int, columns: Mapping[str, str], source: Source, notes: Mapping[str, str]
) -> Document | Failure:
    """The row's `text` as a document with its `title`; `columns` (ours: the file's) says whether it names a `licence`.

    All other columns are metadata. A row without a text is a Failure that names its line.
    """
    if "text" not in row:
        return no_column(row, line, "text", "text")
    text, key = row["text"], columns.get("text", "text")
    if not isinstance(text, str):
        kind = "null" if text is None else type(text).__name__
        return Failure(state="broken", reason=f'Line {line}: "{key}" is {kind}, not text.')
    if not text.strip():
        return Failure(state="no_text", reason=f'Line {line}: "{key}" is empty.')
    own = {"text", "title"} | ({"licence"} & columns.keys())
    licence = _scalar(row["licence"]) if "licence" in own else ""
    fields = {name: _scalar(value) for name, value in row.items() if name not in own}
    return Document(
        text=text.replace("\r\n", "\n").replace("\r", "\n"),
        source=dataclasses.replace(source, licence=licence or source.licence),
        title=_scalar(row.get("title")),
        metadata={name: value for name, value in fields.items() if value} | dict(notes),
        ordinal=line,
    )


def no_column(row: Row, line: int, ours: str, theirs: str) -> Failure:
    """What to say of a row that lacks a column, with the nearest that it has."""
    near = nearest(theirs, row) if row else "the row is empty."
    return Failure(state="broken", reason=f'Line {line} has no key "{theirs}" for "{ours}": {near}')


def renamed(row: Row, columns: Mapping[str, str]) -> Row:
    """The row with our names for its columns; `columns` (ours: the file's) must all be there."""
    moved = set(columns.values())
    kept = {key: value for key, value in row.items() if key not in moved}
    return kept | {ours: row[theirs] for ours, theirs in columns.items()}


def _scalar(value: Any) -> str:
    """A value as metadata: text as it is, numbers and booleans as JSON; "" for null, lists and objects."""
    if isinstance(value, str):
        return value
    return canonical(value) if isinstance(value, bool | int | float) else ""
