"""A row with all that is known of it: the task's columns, its id, and where it came from."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gristmill.contracts import Task
from gristmill.errors import UserError
from gristmill.records import Example

# Beside the task's columns; names and Arrow types are what both everything-forms write.
PROVENANCE = {
    "id": "string",
    "origin": "string",
    "model": "string",
    "family": "string",
    "source": "string",
    "licence": "string",
    "trust": "string",
    "spans": "list<struct<document_id: string, start: int64, end: int64>>",
}


def columns(task: Task) -> dict[str, str]:
    """All columns in order, with their types. Raises UserError when a task's column takes one of our names."""
    for name in task.columns:
        if name in PROVENANCE:
            raise UserError(f'the task\'s column "{name}" has the name of one that every row gets: rename the column.')
    return {**task.columns, **PROVENANCE}


def everything(example: Example, task: Task) -> dict[str, Any]:
    """The whole row; a column that the example lacks is null."""
    return {
        **{name: example.fields.get(name) for name in task.columns},
        "id": example.id,
        "origin": example.origin.kind,
        "model": example.origin.model,
        "family": example.family,
        "source": example.group,
        "licence": example.licence,
        "trust": example.trust,
        "spans": [asdict(span) for span in example.spans],
    }


def task_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row without what `everything` added, but for its id; a row of another origin stays whole."""
    if not PROVENANCE.keys() <= row.keys():
        return dict(row)
    return {name: value for name, value in row.items() if name == "id" or name not in PROVENANCE}
