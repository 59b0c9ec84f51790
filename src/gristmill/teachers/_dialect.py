"""Requests in what an endpoint understands of the OpenAI protocol, learned from its complaints."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic_core import PydanticSerializationError, from_json, to_json

from gristmill.records import Prompt

JsonReplies = Literal["auto", "schema", "object", "none"]

# What `json_replies` takes for granted that the server lacks.
_GIVEN: Mapping[JsonReplies, frozenset[str]] = {
    "auto": frozenset(),
    "schema": frozenset(),
    "object": frozenset({"json_schema"}),
    "none": frozenset({"json_schema", "json_object"}),
}
_FORMAT = re.compile(r"response_?format|schema|json_object|grammar|guided|structured", re.IGNORECASE)
_UNSUPPORTED = re.compile(
    r"unsupported|(?:not|n.t) support|unrecogni[sz]ed|unknown|unexpected|not (?:permitted|allowed|available)"
    r"|deprecated|cannot both|extra[_ ](?:inputs?|fields?|forbidden)",
    re.IGNORECASE,
)
LIMITS = ("max_tokens", "max_completion_tokens")


class Dialect:
    """How prompts are put to one server. All askings share it, so that each lack is found once.

    `lacks` names what the server does not know: `json_schema`, `bare_schema` (a schema that is not of an
    object), `json_object`, `max_tokens`, `temperature`, `top_p`, `seed`. It only ever grows.
    """

    def __init__(self, fixed: Mapping[str, Any], seed: int | None, json_replies: JsonReplies) -> None:
        self._fixed = {name: value for name, value in fixed.items() if value is not None}
        self._seed = seed
        self._own_limit = any(name in self._fixed for name in LIMITS)
        self._learns_format = json_replies == "auto"
        self.lacks = _GIVEN[json_replies]

    def body(self, prompt: Prompt) -> bytes:
        """The request for one prompt, as JSON."""
        turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
        request = {**self._fixed, "messages": turns}
        if not self._own_limit:
            request[LIMITS["max_tokens" in self.lacks]] = prompt.max_tokens
        if self._seed is not None and "seed" not in self.lacks:
            request["seed"] = (self._seed + prompt.ordinal) % 2**31
        if prompt.schema:
            self._ask_for_json(request, prompt.schema, turns)
        try:
            return to_json(request)
        except PydanticSerializationError:
            return to_json(_sound(request))

    def _ask_for_json(self, request: dict[str, Any], schema: str, turns: list[dict[str, str]]) -> None:
        form = self._form(schema)
        if form == "json_schema":
            wanted = {"name": "reply", "strict": True, "schema": from_json(schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": wanted}
            return
        if form == "json_object":
            request["response_format"] = {"type": "json_object"}
        place = next((at for at, turn in enumerate(turns) if turn["role"] == "system"), _last_user(turns))
        told = f"Answer with JSON and nothing else, by this JSON schema: {schema}"
        turns[place] = {**turns[place], "content": f"{turns[place]['content']}\n\n{told}"}

    def _form(self, schema: str) -> str:
        """How this schema is asked for: by itself, as any JSON object, or in words alone."""
        of_object = _of_object(schema)
        if "json_schema" not in self.lacks and (of_object or "bare_schema" not in self.lacks):
            return "json_schema"
        return "json_object" if of_object and "json_object" not in self.lacks else "words"

    def learn(self, prompt: Prompt, used: frozenset[str], complaint: str) -> bool:
        """Take note of what the server says it does not know; whether asking again can help.

        `used` is what `lacks` was when the request was made: it may have grown since by another's complaint.
        """
        if self.lacks == used and (lack := self._lack(prompt, complaint)):
            self.lacks |= {lack}
            self._fixed.pop(lack, None)
        return self.lacks != used

    def _lack(self, prompt: Prompt, complaint: str) -> str:
        unsupported = _UNSUPPORTED.search(complaint) is not None
        sent = {*self._fixed} | (set() if self._seed is None else {"seed"})
        for name in ("temperature", "top_p", "seed"):
            if unsupported and name in sent - self.lacks and re.search(rf"\b{name}\b", complaint):
                return name
        if not self._own_limit and "max_tokens" not in self.lacks and _wants_other_limit(complaint, unsupported):
            return "max_tokens"
        if prompt.schema and self._learns_format and _FORMAT.search(complaint):
            form = self._form(prompt.schema)
            return (
                "bare_schema" if form == "json_schema" and not _of_object(prompt.schema) else form.replace("words", "")
            )
        return ""


def remedy(complaint: str) -> str:
    """What to set in a recipe so that a server has no cause to say this; empty when it is about something else."""
    unsupported = _UNSUPPORTED.search(complaint) is not None
    for name in ("temperature", "top_p", "seed"):
        if unsupported and re.search(rf"\b{name}\b", complaint):
            return f"set `{name}: null`"
    if _wants_other_limit(complaint, unsupported):
        return "set `extra: {max_completion_tokens: 4000}`"
    return "set `json_replies: object`, or `none`" if _FORMAT.search(complaint) else ""


def _wants_other_limit(complaint: str, unsupported: bool) -> bool:
    return "max_completion_tokens" in complaint or (unsupported and re.search(r"\bmax_tokens\b", complaint) is not None)


def _of_object(schema: str) -> bool:
    shape = from_json(schema)
    return isinstance(shape, dict) and (shape.get("type") == "object" or "properties" in shape)


def _last_user(turns: list[dict[str, str]]) -> int:
    users = [place for place, turn in enumerate(turns) if turn["role"] == "user"]
    return users[-1] if users else len(turns) - 1


def _sound(value: Any) -> Any:
    """The value with lone surrogates, which no UTF-8 can carry, as replacement characters."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_sound(key): _sound(inner) for key, inner in value.items()}
    return [_sound(inner) for inner in value] if isinstance(value, list) else value
