"""A prompt and what completes it: both texts or both turns, as TRL's prompt types have them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from gristmill.errors import UserError
from gristmill.files import kind
from gristmill.formats._turns import checked, spoken
from gristmill.rows import GAP, Turn, turns

Style = Literal["conversational", "standard"]


def style_of(record: Mapping[str, Any], keys: Sequence[str], where: str) -> Style:
    """Whether all of the keys hold texts or all hold turns. Raises UserError for a mix, and for an empty text."""
    styles = {key: _style(record[key], f'{where}: "{key}"') for key in keys}
    first = styles[keys[0]]
    for key, style in styles.items():
        if style != first:
            raise UserError(
                f'{where}: "{key}" is {kind(record[key])} and "{keys[0]}" {kind(record[keys[0]])}: '
                "all must be texts, or all lists of turns."
            )
    return first


def completed(prompt: Sequence[Turn], completion: Sequence[Turn], where: str) -> tuple[list[Turn], list[Turn]]:
    """Both lists of turns, when together they are a conversation that the completion ends. Raises UserError."""
    whole = checked([*prompt, *completion], where)
    after = whole[len(prompt) :]
    if not prompt or not after or after[0]["role"] != "assistant":
        raise UserError(f"{where}: the prompt must end with a question and the completion begin with its answer.")
    return whole[: len(prompt)], after


def joined(prompt: Sequence[Turn], where: str) -> str:
    """The turns before an answer as one text. Raises UserError when an earlier answer is among them."""
    if any(turn["role"] != "user" and turn["role"] != "system" for turn in prompt):
        raise UserError(
            f"{where} has {len(prompt) + 1} turns, and plain texts cannot say whose each is: "
            'use the style "conversational".'
        )
    return GAP.join(turn["content"] for turn in spoken(prompt, where, "a plain text")) + GAP


def split(row: Mapping[str, Any], where: str) -> tuple[list[Turn], list[Turn]]:
    """The row's turns before its last answer, and that answer; a prompt and a completion of turns stay as they are."""
    if isinstance(row.get("prompt"), list) and isinstance(row.get("completion"), list):
        return completed(row["prompt"], row["completion"], where)
    found = checked(turns(row, where), where)
    return found[:-1], found[-1:]


def _style(value: Any, where: str) -> Style:
    if isinstance(value, str):
        if not value.strip():
            raise UserError(f"{where} is empty: a trainer would learn nothing from it.")
        return "standard"
    if not isinstance(value, list) or not value:
        raise UserError(f"{where} is {kind(value)}, neither a text nor a list with at least one turn.")
    return "conversational"
