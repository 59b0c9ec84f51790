"""Reads PromptSource's templates and makes a prompt and its target of a row by their rules."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.records import digest
from gristmill.sandboxed import Sandboxed

yaml = lazy("ruamel.yaml")
jinja2 = lazy("jinja2")

PARTING = "|||"
# Stands for the parting sign of a row's own text while the template is filled; no text has it.
_GUARD = "\ue0f0\ue0f1\ue0f2"
_ROW = "digest of the row"
_MOST_BYTES = 1 << 20
_MOST_VALUES = 100_000
_MOST_DEEP = 20
_TAGS = frozenset({"", "!Template", "!TemplateMetadata"})


@dataclass(frozen=True)
class PromptTemplate:
    """One template: a Jinja text that parts at `|||` into a prompt and its target.

    Source: bigscience-workshop/promptsource, templates.py. Unlike there, templates are filled in a sandbox, values
    are not cut to 2,048 characters, and the filter `choice` picks by the row's digest, so the same each time.
    """

    name: str
    jinja: str
    answer_choices: str = ""
    id: str = ""
    reference: str = ""
    languages: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    original_task: bool | None = None
    choices_in_prompt: bool | None = None

    def apply(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """A row's prompt and target, both stripped. Raises UserError when there are not exactly two, none empty."""
        parts = [_freed(part) for part in self._filled.render(self._values(row)).split(PARTING)]
        if len(parts) != 2 or not all(parts):
            shape = f"{len(parts)} parts, {sum(not part for part in parts)} of them empty"
            raise UserError(
                f'the template "{self.name}" makes {shape} of this row, where a prompt and a target are wanted; '
                "it may not be meant for such rows: leave the row or the template out"
            )
        return parts[0], parts[1]

    def choices(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The answers that this row may have, in order; none when the template has no list of them."""
        if self._choices is None:
            return ()
        return tuple(_freed(choice) for choice in self._choices.render(_guarded_row(row)).split(PARTING))

    @cached_property
    def _filled(self) -> Sandboxed:
        return Sandboxed(self.jinja, _filters())

    @cached_property
    def _choices(self) -> Sandboxed | None:
        return Sandboxed(self.answer_choices, _filters()) if self.answer_choices else None

    def _values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if "answer_choices" in row:
            raise UserError('a row has a column "answer_choices", a name that PromptSource keeps; rename the column')
        choices = [_guarded(choice) for choice in self.choices(row)]
        return _guarded_row(row) | {"answer_choices": choices or None}


def read_promptsource(text: str, name: str) -> tuple[PromptTemplate, ...]:
    """The templates of a PromptSource file, in its order. Raises UserError; no tag of it builds anything."""
    if len(text) > _MOST_BYTES:
        raise UserError(f"{name} has {len(text):,} characters, over {_MOST_BYTES:,}; no PromptSource file has so many")
    try:
        _refuse_depth(text, name)
        data = yaml.YAML(typ="rt").load(text)
    except (yaml.error.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise UserError(f"{name} is not YAML: {str(error).splitlines()[0]}; mend it or leave it out") from None
    _refuse_tricks(data, name)
    found = data.get("templates") if isinstance(data, Mapping) else None
    if not isinstance(found, Mapping):
        raise UserError(f'{name} has no "templates"; a PromptSource file lists them by their ids')
    return tuple(_template(str(key), value, name) for key, value in found.items())


def _template(key: str, value: Any, name: str) -> PromptTemplate:
    jinja = value.get("jinja") if isinstance(value, Mapping) else None
    if not isinstance(jinja, str):
        raise UserError(f'{name}: the template {key} has no text under "jinja"; add it or take the template out')
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    return PromptTemplate(
        name=str(value.get("name") or key),
        jinja=str(jinja),
        answer_choices=str(value.get("answer_choices") or ""),
        id=str(value.get("id") or key),
        reference=str(value.get("reference") or ""),
        languages=_texts(metadata.get("languages")),
        metrics=_texts(metadata.get("metrics")),
        original_task=_truth(metadata.get("original_task")),
        choices_in_prompt=_truth(metadata.get("choices_in_prompt")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _refuse_depth(text: str, name: str) -> None:
    """Refuse text that is nested deeper than any template, before it is built."""
    depth = 0
    for event in yaml.YAML(typ="safe", pure=True).parse(text):
        kind = type(event).__name__
        depth += kind.endswith(("SequenceStartEvent", "MappingStartEvent")) - kind.endswith(
            ("SequenceEndEvent", "MappingEndEvent")
        )
        if depth > _MOST_DEEP:
            raise UserError(f"{name} is nested over {_MOST_DEEP} levels deep; no PromptSource file is: leave it out")


def _refuse_tricks(data: Any, name: str) -> None:
    """Refuse tags that are not PromptSource's, and aliases that unfold to more values than a file may have."""
    waiting, seen = [data], 0
    while waiting:
        value = waiting.pop()
        seen += 1
        tag = str(getattr(getattr(value, "tag", None), "value", None) or "")
        if tag not in _TAGS:
            raise UserError(f"{name}: the tag {tag[:60]} is not PromptSource's; take it out or leave the file out")
        if seen > _MOST_VALUES:
            raise UserError(f"{name}: it unfolds to over {_MOST_VALUES:,} values; leave it out")
        waiting += list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []


def _guarded_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**{str(key): _guarded(value) for key, value in row.items()}, _ROW: digest(dict(row))}


def _guarded(value: Any) -> Any:
    """The value with the parting sign in its texts replaced, so that data cannot part a prompt."""
    if isinstance(value, str):
        return value.replace(PARTING, _GUARD)
    if isinstance(value, Mapping):
        return {key: _guarded(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_guarded(one) for one in value]
    return value


def _freed(text: str) -> str:
    return text.replace(_GUARD, PARTING).strip()


def _filters() -> dict[str, Any]:
    choice = jinja2.pass_context(_choice)
    return {"choice": choice, "random": choice, "most_frequent": _most_frequent, "highlight": _highlight}


def _choice(context: Any, items: Any) -> Any:
    """One of the items, by the row's digest."""
    listed = list(items)
    return listed[int(context[_ROW][:8], 16) % len(listed)]


def _most_frequent(items: Any) -> list[Any] | None:
    counts = Counter(items).most_common()
    return [item for item, count in counts if count == counts[0][1]] if counts else None


def _highlight(text: str) -> str:
    return f"<span style='color: #F08080'>{text}</span>"
