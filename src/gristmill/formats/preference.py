"""Preferences: of two completions the better and the worse, for DPO and reward models."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.errors import UserError
from gristmill.findings import Finding
from gristmill.formats._keyed import Keyed
from gristmill.formats._sides import completed, style_of
from gristmill.formats._turns import checked, identity, tools
from gristmill.records import Failure

_SIDES = ("chosen", "rejected")


class Preference(Keyed):
    """Records `{"prompt", "chosen", "rejected"}` with `tools` and `id`: TRL's preference type, turns or plain texts.

    Where a record has no prompt, chosen and rejected are whole conversations that share their beginning: such rows
    stay so, and a Finding tells of them. A prompt that is told again within the conversations is left out.
    """

    keys: ClassVar[tuple[str, ...]] = _SIDES
    more: ClassVar[tuple[str, ...]] = ("prompt", "tools", "id")
    reads: ClassVar[tuple[str, ...]] = _SIDES
    suffix: ClassVar[str] = ".jsonl"

    def row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Both completions and, where it is stated, the prompt."""
        beside = {**tools(record, where), **identity(record, where)}
        style = style_of(record, _SIDES, where)
        if record["chosen"] == record["rejected"]:
            raise UserError(f"{where} prefers nothing: chosen and rejected are the same.")
        prompt = record.get("prompt")
        if prompt is None or _told_again(prompt, record):
            return {**_whole(record, where), **beside}
        style_of(record, ("prompt", *_SIDES), where)
        if style == "standard":
            return {"prompt": prompt, **{side: record[side] for side in _SIDES}, **beside}
        before, chosen = completed(prompt, record["chosen"], where)
        rejected = completed(prompt, record["rejected"], where)[1]
        return {"prompt": before, "chosen": chosen, "rejected": rejected, **beside}

    def record(self, row: Row, where: str) -> dict[str, Any]:
        """The row's own columns; no other row says what is better."""
        lacking = [side for side in _SIDES if row.get(side) is None]
        if lacking:
            raise UserError(f'{where} has no "{lacking[0]}", so it prefers nothing: write chat or prompt_completion.')
        return self.row(row, where)

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """As every layout, and at the end a Finding when rows state no prompt. Raises UserError."""
        rows = stated = 0
        for one in super().read(path):
            if isinstance(one, Mapping):
                rows, stated = rows + 1, stated + ("prompt" in one)
            yield one
        if stated < rows:
            yield _implicit(rows, stated)


def _implicit(rows: int, stated: int) -> Finding:
    remedy = "TRL finds the shared beginning itself, where no row states a prompt; stated prompts are the safer form."
    mixed = "State the prompt in all rows or in none: trainers read a file in one way."
    return Finding(
        code="implicit_prompt",
        severity="warning" if stated else "info",
        reason=f"{rows - stated} of {rows} rows state no prompt: it is what chosen and rejected share.",
        remedy=mixed if stated else remedy,
        unit="row",
    )


def _whole(record: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Chosen and rejected as whole texts or conversations, which must begin alike."""
    chosen, rejected = record["chosen"], record["rejected"]
    if isinstance(chosen, list):
        chosen, rejected = checked(chosen, f"{where}, chosen"), checked(rejected, f"{where}, rejected")
    if chosen[0] != rejected[0]:
        raise UserError(f"{where} has no prompt, and chosen and rejected begin differently: add the prompt.")
    return {"chosen": chosen, "rejected": rejected}


def _told_again(prompt: Any, record: Mapping[str, Any]) -> bool:
    """Whether a prompt of text is the question of both conversations, as some hubs' sets have it."""
    if not isinstance(prompt, str):
        return False
    sides = [record[side] if isinstance(record[side], list) else [] for side in _SIDES]
    asked = [[turn.get("content") for turn in side if isinstance(turn, dict)] for side in sides]
    return all(prompt in said for said in asked)
