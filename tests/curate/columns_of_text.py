"""Texts for checks of many rows, and what a check said of them by the rows' names."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gristmill.contracts import TextCheck
from gristmill.texts import PRECEDENCE, Texts, column_of


def columns(rows: Sequence[Mapping[str, Any]]) -> Texts:
    """Rows as columns: any texts by role, and perhaps `id`, `kind` (who wrote it) and `family`."""
    roles = [role for role in rows[0] if role not in ("id", "kind", "family")]
    return Texts(
        roles={role: column_of([row[role] for row in rows]) for role in roles},
        ids=column_of([row.get("id", f"row{number:04}") for number, row in enumerate(rows)]),
        precedence=np.array([PRECEDENCE.index(row.get("kind", "synthetic")) for row in rows], np.int8),
        family=np.array([row.get("family", -1) for row in rows], np.int32),
    )


def said(check: TextCheck, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each verdict by the row's name, its evidence read."""
    texts = columns(rows)
    lines = check.judge_texts(texts).to_pylist()
    return {texts.id(line.pop("row")): {**line, "evidence": json.loads(line["evidence"] or "{}")} for line in lines}
