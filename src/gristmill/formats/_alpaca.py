"""Alpaca's records and the rows they stand for: instruction, input, output, and the turns before them.

Sources: Stanford Alpaca's data file; LLaMA-Factory's `system` and `history` (pairs of earlier turns).
"""

from collections.abc import Mapping
from typing import Any

from gristmill.errors import UserError
from gristmill.files import kind, string
from gristmill.formats._turns import conversation, identity, spoken

KEYS = ("instruction", "output")
MORE = ("input", "system", "history", "id")


def alpaca_row(record: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The record's columns as they came, but for those that are null. Raises UserError for a broken rule."""
    given = {key: record[key] for key in ("instruction", "input", "output", "system") if record.get(key) is not None}
    for key in KEYS:
        string({key: None, **given}, key, where)
    for key in given:
        string(given, key, where)
    if not (given["instruction"].strip() or given.get("input", "").strip()):
        raise UserError(f'{where}: "instruction" is empty: nothing is asked.')
    if not given["output"].strip():
        raise UserError(f'{where}: "output" is empty: a trainer would learn to say nothing.')
    return {**given, **_history(record, where), **identity(record, where)}


def alpaca_record(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The record that holds a row: its own columns, or the turns that it is. Raises UserError when Alpaca cannot."""
    if "instruction" in row and "output" in row:
        return alpaca_row(row, where)
    found = spoken(conversation(row, where), where, "Alpaca")
    system = {"system": found[0]["content"]} if found[0]["role"] == "system" else {}
    said = [turn["content"] for turn in found[len(system) :]]
    earlier = [list(pair) for pair in zip(said[:-2:2], said[1:-2:2], strict=True)]
    history = {"history": earlier} if earlier else {}
    return {"instruction": said[-2], "input": "", "output": said[-1], **system, **history, **identity(row, where)}


def _history(record: Mapping[str, Any], where: str) -> dict[str, Any]:
    found = record.get("history")
    if found is None:
        return {}
    if not isinstance(found, list):
        raise UserError(f'{where}: "history" is {kind(found)}, not a list of pairs.')
    for number, pair in enumerate(found, 1):
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(said, str) for said in pair):
            raise UserError(f'{where}: pair {number} of "history" is not [what was asked, what was answered].')
    return {"history": found}
