"""Texts as documents or answers, and what the checks of web rules find about them."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from gristmill.contracts import TextCheck
from gristmill.texts import Texts


def texts(*given: str, role: str = "text") -> Texts:
    column = pa.chunked_array([pa.array(given, pa.string())])
    ids = pa.chunked_array([pa.array([f"row{number}" for number in range(len(given))], pa.string())])
    size = len(given)
    roles = {role: column}
    return Texts(roles=roles, ids=ids, precedence=np.zeros(size, np.int8), family=np.full(size, -1, np.int32))


def found(check: TextCheck, *given: str, role: str = "text") -> dict[int, dict[str, Any]]:
    """The verdicts by row, their evidence read."""
    lines = check.judge_texts(texts(*given, role=role)).to_pylist()
    return {line["row"]: {**line, "evidence": json.loads(line["evidence"])} for line in lines}


def broken(check: TextCheck, text: str) -> Mapping[str, Mapping[str, float]]:
    """The rules that a document breaks."""
    lines = found(check, text)
    return lines[0]["evidence"]["broken"] if lines else {}


def words(count: int) -> str:
    """So many different words without a sign."""
    return " ".join(f"w{number:05d}q" for number in range(count))


def padded(text: str, length: int) -> str:
    """The text and behind it one more word, so that it has so many characters."""
    return f"{text} ".ljust(length, "z")
