"""What an endpoint's HTTP answer means: a reply, a miss of this prompt, or a complaint."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic_core import from_json

from gristmill.teachers._exchange import Heard, Unheard

Fatal = Literal["", "key", "money", "unknown", "elsewhere"]

_SHOWN = 200
_READ = 4000
# No request takes more; what a server says beyond it is no count, and would not fit the ledger.
_MOST_TOKENS = 10**9
_TOO_LONG = re.compile(
    r"context[_ ](?:length|window|size)|maximum context|exceed_context|reduce the length|string_above_max_length"
    r"|(?:prompt|input|string|request)\b.{0,40}\btoo (?:long|large)|max_tokens must be at least 1",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content[_ ]filter|content[_ ]management policy|content_policy|ResponsibleAIPolicyViolation"
    r"|\bflagged\b|moderation",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model_not_found|(?:invalid|unknown) model|\bmodel\b.{0,60}\b(?:not found|not exist)", re.IGNORECASE
)
_MONEY = re.compile(r"credit balance|insufficient[_ ](?:balance|credits?|funds|quota)|billing", re.IGNORECASE)
_KEY = re.compile(
    r"(?:invalid|incorrect|missing|valid)\b.{0,30}\bapi[ _-]?key|api[ _-]?key\b.{0,30}\b(?:in)?valid", re.I
)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A useful completion; `tokens` (in, out) are None when the server did not count; `model` is its own word."""

    text: str
    finish: str
    tokens: tuple[int, int] | None
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A request without a useful answer.

    again     whether asking the same again may help
    strained  whether less at once would help
    busy      whether the server only put us off, which does not count as a try
    """

    state: str
    reason: str
    again: bool = True
    strained: bool = False
    busy: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    wasted: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a server says is wrong: its words, and its codes for it."""

    status: int
    words: str
    codes: str
    headers: Mapping[str, str]

    @property
    def brief(self) -> str:
        """Its words for an error message."""
        return self.words[:_SHOWN] or "no reason given"

    @property
    def disputes(self) -> bool:
        """Whether it is about how the request was put, not about what it asks or who asks."""
        return self.status in (400, 422, 501) and not self.fatal and self.miss().state == "rejected"

    @property
    def fatal(self) -> Fatal:
        """Why no prompt at all will be answered; empty when others may be."""
        money = self.status in (400, 403) and _MONEY.search(self.words)
        if self.status == 402 or money or (self.status == 429 and _MONEY.search(self.codes)):
            return "money"
        if self.status == 403 and _FILTERED.search(self.words):
            return ""
        if self.status in (401, 403) or (self.status == 400 and _KEY.search(self.words)):
            return "key"
        if self.status in (404, 405) or (self.status == 400 and _NO_MODEL.search(f"{self.codes} {self.words}")):
            return "unknown"
        return "elsewhere" if 300 <= self.status < 400 else ""

    @property
    def elsewhere(self) -> str:
        """The host that a redirect names."""
        return urlsplit(self.headers.get("location", "")).netloc.rpartition("@")[2] or "another path of the same host"

    def miss(self) -> Miss:
        """What it means for the prompt alone."""
        told = f'{self.status}: "{self.brief}"'
        if self.status == 429:
            return Miss(state="busy", reason=told, strained=True, busy=True, headers=self.headers)
        if self.status in (408, 409, 425) or (self.status >= 500 and self.status != 501):
            strained = self.status in (503, 529)
            return Miss(state="server_error", reason=told, strained=strained, headers=self.headers)
        whole = f"{self.codes} {self.words}"
        if self.status == 413 or _TOO_LONG.search(whole):
            return Miss(state="too_long", reason=f"{told}. Cut shorter passages or raise the context", again=False)
        if _FILTERED.search(whole):
            return Miss(state="filtered", reason=f"the server's content filter stopped it, {told}", again=False)
        return Miss(state="rejected", reason=f"the server rejects the request, {told}", again=False)


def missed(unheard: Unheard) -> Miss:
    """What it means that no whole answer came."""
    away = unheard.kind in ("unreachable", "proxy")
    strained = unheard.kind in ("timeout", "dropped")
    return Miss(state=unheard.kind, reason=unheard.told, strained=strained, busy=away)


def understood(heard: Heard) -> Answer | Miss | Complaint:
    """What an HTTP answer means."""
    said = decoded(heard.body)
    if not 200 <= heard.status < 300:
        return _complaint(heard.status, heard, said)
    if not isinstance(said, dict):
        return Miss(state="useless", reason="the answer is not the JSON of a completion")
    if error := said.get("error"):
        code = error.get("code") if isinstance(error, dict) else None
        return _complaint(code if isinstance(code, int) and 400 <= code < 600 else 500, heard, said)
    return _completion(said)


def _completion(said: Mapping[str, Any]) -> Answer | Miss:
    tokens = _usage(said.get("usage"))
    wasted = tokens or (0, 0)
    choices = said.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return Miss(state="useless", reason="the answer holds no message", wasted=wasted)
    finish, text = choice.get("finish_reason"), _text(message.get("content"))
    if finish == "content_filter":
        return Miss(state="filtered", reason="the server's content filter stopped it", again=False, wasted=wasted)
    if refusal := message.get("refusal"):
        return Miss(state="refused", reason=f'the model refuses: "{str(refusal)[:_SHOWN]}"', again=False, wasted=wasted)
    if text.strip():
        model = said.get("model")
        finished = "length" if finish == "length" else "stop"
        return Answer(text, finished, tokens, model[:_SHOWN] if isinstance(model, str) else "")
    if finish == "length":
        told = "the reply's tokens were spent before an answer began (on thoughts?): raise `max_completion_tokens`"
        return Miss(state="cut_off", reason=f"{told} under `extra`", again=False, wasted=wasted)
    return Miss(state="useless", reason="the answer is empty", wasted=wasted)


def _text(content: Any) -> str:
    """The text of a message, also when it comes in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


def _usage(usage: Any) -> tuple[int, int] | None:
    if not isinstance(usage, dict):
        return None
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    read, written = (count if isinstance(count, int) and 0 <= count <= _MOST_TOKENS else None for count in counts)
    return None if read is None or written is None else (read, written)


def decoded(body: bytes) -> Any:
    """The JSON of a body, with halves of surrogate pairs replaced; None when it is none."""
    try:
        return from_json(body)
    except ValueError:
        pass
    try:
        return _storable(json.loads(body))
    except (ValueError, RecursionError):
        return None


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value


def _complaint(status: int, heard: Heard, said: Any) -> Complaint:
    """The server's words and codes, whichever of the known shapes it uses."""
    said = said[0] if isinstance(said, list) and said else said
    if not isinstance(said, dict):
        text = " ".join(_TAGS.sub(" ", heard.body[: 4 * _READ].decode("utf-8", "replace")).split())
        return Complaint(status, text[:_READ], "", heard.headers)
    error = said.get("error") or said
    if not isinstance(error, dict):
        return Complaint(status, str(error)[:_READ], "", heard.headers)
    inner = error.get("innererror")
    codes = [error.get(name) for name in ("code", "type", "status", "param")]
    codes += [inner.get("code")] if isinstance(inner, dict) else []
    words = error.get("message") or _details(error.get("detail")) or ""
    told = " ".join(str(code) for code in codes if code)
    return Complaint(status, " ".join(str(words).split())[:_READ], told, heard.headers)


def _details(detail: Any) -> str:
    """The findings of a validating server: where and what, without the input that it echoes."""
    if not isinstance(detail, list):
        return str(detail or "")
    found = [one for one in detail if isinstance(one, dict)]
    return "; ".join(f"{'.'.join(str(step) for step in one.get('loc') or ())} {one.get('msg', '')}" for one in found)
