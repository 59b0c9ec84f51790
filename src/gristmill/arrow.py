"""Records to Arrow tables and back: every noun has one schema, a task's columns are typed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import (
    Document,
    Example,
    Line,
    Made,
    Origin,
    Page,
    Passage,
    Source,
    Span,
    Verdict,
    canonical,
    fields_of,
)

pa = lazy("pyarrow")

_SPAN = {"document_id": "string", "start": "int64", "end": "int64"}
_SOURCE = dict.fromkeys(("path", "sha256", "media_type", "licence", "trust", "origin", "revision"), "string")
_ORIGIN = {
    "kind": "string",
    "made": {"by": "string", "fingerprint": "string"},
    "parents": "list<string>",
    "ordinal": "int64",
    "model": "string",
    "prompt_digest": "string",
    "settings": "string",
    "depth": "int64",
}
DOCUMENT = {
    "id": "string",
    "text": "string",
    "source": _SOURCE,
    "title": "string",
    "metadata": "string",
    "pages": [{"number": "int64", "start": "int64", "end": "int64"}],
    "parents": "list<string>",
    "ordinal": "int64",
}
PASSAGE = {
    "id": "string",
    "document_id": "string",
    "start": "int64",
    "end": "int64",
    "text": "string",
    "ordinal": "int64",
    "heading_path": "list<string>",
    "title": "string",
}
VERDICT = {
    "example_id": "string",
    "outcome": "string",
    "code": "string",
    "reason": "string",
    "score": "double",
    "evidence": "string",
}
LINE = {"kind": "string", "item": "string", "state": "string", "reason": "string", "made": "int64", "label": "string"}
_EXAMPLE = {
    "id": "string",
    "content_digest": "string",
    "task": "string",
    "family": "string",
    "group": "string",
    "licence": "string",
    "trust": "string",
    "spans": [_SPAN],
    "origin": _ORIGIN,
}
Columns = Mapping[str, Any]
Row = Mapping[str, Any]


def example_columns(task_columns: Mapping[str, str]) -> Columns:
    """The columns of a table of examples: the common ones, then the task's own.

    Raises UserError when a task names a column that every example has.
    """
    for name in set(task_columns) & set(_EXAMPLE):
        raise UserError(f'a task cannot have a column "{name}": every example has one of that name')
    return {**_EXAMPLE, **task_columns}


def schema(columns: Columns) -> Any:
    """The Arrow schema of columns given as `name -> type text`, a dict (struct) or [dict] (list of structs)."""
    return pa.schema([(name, _type(kind)) for name, kind in columns.items()])


def table(rows: Sequence[Row], columns: Columns) -> Any:
    """An Arrow table of rows (dicts); a missing column becomes null."""
    return pa.Table.from_pylist(list(rows), schema=schema(columns))


def _type(kind: Any) -> Any:
    if isinstance(kind, dict):
        return pa.struct([(name, _type(inner)) for name, inner in kind.items()])
    if isinstance(kind, list):
        return pa.list_(_type(kind[0]))
    if kind.startswith("list<"):
        return pa.list_(_type(kind[5:-1]))
    return pa.type_for_alias(kind)


def document_row(document: Document) -> Row:
    """A document as a row of the DOCUMENT columns."""
    pages = [fields_of(page) for page in document.pages]
    source, metadata = fields_of(document.source), canonical(dict(document.metadata))
    return {**fields_of(document), "source": source, "metadata": metadata, "pages": pages}


def document_of(row: Row) -> Document:
    """A document from a row."""
    return Document(
        text=row["text"],
        source=Source(**row["source"]),
        title=row["title"],
        metadata=json.loads(row["metadata"]),
        pages=tuple(Page(**page) for page in row["pages"]),
        parents=tuple(row["parents"]),
        ordinal=row["ordinal"],
    )


def passage_row(passage: Passage) -> Row:
    """A passage as a row of the PASSAGE columns."""
    return fields_of(passage)


def passage_of(row: Row) -> Passage:
    """A passage from a row."""
    fields = {key: value for key, value in row.items() if key in PASSAGE and key != "id"}
    return Passage(**{**fields, "heading_path": tuple(row["heading_path"])})


def example_row(example: Example) -> Row:
    """An example as a row of `example_columns(task.columns)`."""
    row = fields_of(example)
    origin = {**fields_of(example.origin), "made": fields_of(example.origin.made)}
    return {**row, **row.pop("fields"), "origin": origin, "spans": [fields_of(span) for span in example.spans]}


def example_of(row: Row, task_columns: Mapping[str, str]) -> Example:
    """An example from a row."""
    origin = {**row["origin"], "made": Made(**row["origin"]["made"]), "parents": tuple(row["origin"]["parents"])}
    return Example(
        task=row["task"],
        fields={name: row[name] for name in task_columns},
        origin=Origin(**origin),
        family=row["family"],
        group=row["group"],
        licence=row["licence"],
        trust=row["trust"],
        spans=tuple(Span(**span) for span in row["spans"]),
    )


def verdict_row(verdict: Verdict) -> Row:
    """A verdict as a row of the VERDICT columns; its evidence is JSON text."""
    return {**fields_of(verdict), "evidence": canonical(dict(verdict.evidence))}


def verdict_of(row: Row) -> Verdict:
    """A verdict from a row."""
    fields = {key: row[key] for key in VERDICT}
    return Verdict(**{**fields, "evidence": json.loads(row["evidence"])})


def line_of(row: Row) -> Line:
    """A ledger line from a row."""
    return Line(**{key: row[key] for key in LINE})
