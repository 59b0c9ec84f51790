"""What every layout of a published set must do, and the ways to plant a fault in one."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gristmill.contracts import Format, Row, Rows
from gristmill.findings import Finding
from gristmill.records import Failure


def saved(folder: Path, records: Any, name: str = "rows.jsonl") -> Path:
    """The records as a file: a JSON value for `.json`, else a record a line."""
    path = folder / name
    if path.suffix == ".json":
        path.write_text(json.dumps(records, ensure_ascii=False), "utf-8")
    else:
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def parted(layout: Format, path: Path) -> tuple[list[Row], list[Failure], dict[str, Finding]]:
    """What reading yields: rows, failures, and findings by their code."""
    found = list(layout.read(path))
    return (
        [item for item in found if not isinstance(item, Failure | Finding)],
        [item for item in found if isinstance(item, Failure)],
        {item.code: item for item in found if isinstance(item, Finding)},
    )


def comes_back(layout: Format, rows: Sequence[Row], folder: Path) -> Path:
    """Written, verified and read, rows are the same, and the second file has the same bytes."""
    first, second = folder / f"first{layout.suffix}", folder / f"second{layout.suffix}"
    layout.write(Rows(lambda: iter(rows)), first)
    assert layout.verify(first) == len(rows)
    back, failures, _ = parted(layout, first)
    assert back == list(rows)
    assert not failures
    layout.write(Rows(lambda: iter(back)), second)
    assert first.read_bytes() == second.read_bytes()
    return first


def without(record: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The record without some of its keys."""
    return {key: value for key, value in record.items() if key not in keys}
