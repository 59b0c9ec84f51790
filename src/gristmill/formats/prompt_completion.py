"""A prompt and its completion: trainers learn from the completion only."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from gristmill.contracts import Row
from gristmill.errors import UserError, nearest
from gristmill.files import count, text_of
from gristmill.formats._keyed import Keyed
from gristmill.formats._sides import completed, joined, split, style_of
from gristmill.formats._turns import identity, tools
from gristmill.promptsource import PromptTemplate, read_promptsource

_SIDES = ("prompt", "completion")


class PromptCompletion(Keyed):
    """Records `{"prompt", "completion"}` with `tools` and `id`: TRL's prompt-completion type, turns or plain texts."""

    keys: ClassVar[tuple[str, ...]] = _SIDES
    more: ClassVar[tuple[str, ...]] = ("tools", "id")
    suffix: ClassVar[str] = ".jsonl"
    style: Literal["kept", "conversational", "standard"] = Field(
        "kept",
        description="conversational: lists of turns, for a model with a chat template; standard: plain texts, for a "
        "base model (system and user turns joined by an empty line); kept: as the row has them, turns by default",
    )
    templates: str = Field("", description="A file of PromptSource templates, one of which makes both sides of a row.")
    template: str = Field("", description="That template, by its name in the file of `templates`.")

    @model_validator(mode="after")
    def _both_named(self) -> "PromptCompletion":
        if bool(self.templates) != bool(self.template):
            raise ValueError("templates names the file and template the one of it: say both, or none")
        return self

    def files(self) -> tuple[str, ...]:
        """The file of templates."""
        return (self.templates,) if self.templates else ()

    @cached_property
    def _chosen(self) -> PromptTemplate | None:
        if not self.templates:
            return None
        listed = {one.name: one for one in read_promptsource(text_of(Path(self.templates)), self.templates)}
        if self.template not in listed:
            raise UserError(f'{self.templates} has no template "{self.template}": {nearest(self.template, listed)}')
        return listed[self.template]

    def row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Prompt and completion as the record has them, in either style."""
        beside = {**tools(record, where), **identity(record, where)}
        if style_of(record, _SIDES, where) == "standard":
            return {**{side: record[side] for side in _SIDES}, **beside}
        prompt, completion = completed(record["prompt"], record["completion"], where)
        return {"prompt": prompt, "completion": completion, **beside}

    def record(self, row: Row, where: str) -> dict[str, Any]:
        """The row in the style to write, or as its template makes it; else the last answer is the completion."""
        if self._chosen:
            row = {**row, **dict(zip(_SIDES, self._chosen.apply(row), strict=True))}
        beside = {**tools(row, where), **identity(row, where)}
        texts = all(isinstance(row.get(side), str) for side in _SIDES)
        if texts and self.style != "conversational":
            return self.row({**{side: row[side] for side in _SIDES}, **beside}, where)
        prompt, completion = split(row, where)
        if self.style != "standard":
            return {"prompt": prompt, "completion": completion, **beside}
        if len(completion) > 1 or "tool_calls" in completion[0]:
            raise UserError(f'{where} is completed by more than one text: use the style "conversational".')
        return {"prompt": joined(prompt, where), "completion": completion[0]["content"], **beside}

    def verify(self, path: Path) -> int:
        """Count the pairs that keep the rules, all of one style. Raises UserError."""
        return count(path, self._alike(path))

    def _alike(self, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        wanted = "" if self.style == "kept" else self.style
        for where, row in self.sound(path):
            style = style_of(row, _SIDES, where)
            wanted = wanted or style
            if style != wanted:
                raise UserError(
                    f"{where} is {style}, the file should be {wanted}: trainers refuse a mix. "
                    "Export the file anew with the field style, or set style to what the file is."
                )
            yield where, row
