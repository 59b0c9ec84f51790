"""Wanted and unwanted completions, one a record, for KTO."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.errors import UserError
from gristmill.files import kind
from gristmill.formats._keyed import Keyed
from gristmill.formats._sides import completed, style_of
from gristmill.formats._turns import identity, tools

_SIDES = ("prompt", "completion")


class Kto(Keyed):
    """Records `{"prompt", "completion", "label"}` with `tools` and `id`: TRL's unpaired preference type.

    The label is true for a completion that is wanted. A table of plain cells may say it in words.
    """

    keys: ClassVar[tuple[str, ...]] = (*_SIDES, "label")
    more: ClassVar[tuple[str, ...]] = ("tools", "id")
    reads: ClassVar[tuple[str, ...]] = keys
    suffix: ClassVar[str] = ".jsonl"

    def row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Prompt and completion as texts or turns, and the label."""
        beside = {"label": _label(record["label"], where), **tools(record, where), **identity(record, where)}
        if style_of(record, _SIDES, where) == "standard":
            return {**{side: record[side] for side in _SIDES}, **beside}
        prompt, completion = completed(record["prompt"], record["completion"], where)
        return {"prompt": prompt, "completion": completion, **beside}

    def record(self, row: Row, where: str) -> dict[str, Any]:
        """The row's own columns; no other row says whether it is wanted."""
        lacking = [key for key in self.keys if row.get(key) is None]
        if lacking:
            raise UserError(f'{where} has no "{lacking[0]}", which KTO needs: write chat or prompt_completion instead.')
        return self.row(row, where)


def _label(value: Any, where: str) -> bool:
    said = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(said, bool):
        told = f'"{value[:40]}"' if isinstance(value, str) else kind(value)
        raise UserError(f'{where}: "label" is {told}, not true or false.')
    return said
