"""What the endpoint double answers, which requests it spoils, and what it counts."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

PIECES = 1 << 32


@dataclass
class Script:
    """How the double behaves; every field is an option of the command and a key of POST /configure.

    latency, jitter  seconds to an answer, drawn evenly from latency - jitter to latency + jitter
    faults, share    kinds of faults, and which share of the requests gets one of them (drawn by prompt and attempt)
    sticky           a prompt that drew a fault draws it at every attempt
    sequence         what the next requests get, in order: a kind of fault or `ok`; then `share` counts again
    content          `qa` (fills the schema asked for), `echo` (the last turn), or the text to answer with
    hang, slow       seconds until a hanging request is answered; seconds between the halves of a slow answer
    retry_after      seconds that a 429 or 503 tells the client to wait
    key              when given, requests must carry it as bearer token (else 401)
    bodies           file to which each chat request's body is added as a line
    batch_delay      seconds from a batch's creation to its end
    batch_faults     `expired`, `invalid`, `lost` (created, but no answer), `unordered`, `missing` (lines left out)
    """

    latency: float = 0.0
    jitter: float = 0.0
    faults: list[str] = field(default_factory=list)
    share: float = 0.1
    sticky: bool = False
    sequence: list[str] = field(default_factory=list)
    content: str = "qa"
    hang: float = 30.0
    slow: float = 1.0
    retry_after: float = 1.0
    seed: int = 1
    key: str = ""
    bodies: str = ""
    batch_delay: float = 0.0
    batch_faults: list[str] = field(default_factory=list)

    def change(self, values: dict[str, Any]) -> None:
        """Set some fields; raises AttributeError for a name that is none."""
        for name, value in values.items():
            getattr(self, name)
            setattr(self, name, value)

    def draw(self, prompt: str, attempt: int) -> tuple[str, float]:
        """The fault of this request ("" for none) and its seconds, the same for the same prompt and attempt."""
        drawn = hashlib.blake2b(f"{self.seed} {prompt} {0 if self.sticky else attempt}".encode(), digest_size=12)
        by, which, when = (int.from_bytes(drawn.digest()[at : at + 4], "big") for at in (0, 4, 8))
        delay = max(0.0, self.latency + self.jitter * (2 * when / PIECES - 1))
        if self.sequence:
            kind = self.sequence.pop(0)
            return ("" if kind == "ok" else kind), delay
        spoiled = self.faults and by < self.share * PIECES
        return (self.faults[which * len(self.faults) // PIECES] if spoiled else ""), delay


@dataclass
class Seen:
    """What the double counted since its start or the last reset."""

    requests: int = 0
    ok: int = 0
    repeats: int = 0
    inflight: int = 0
    max_inflight: int = 0
    abandoned: int = 0
    connections: int = 0
    kept_alive: int = 0
    batch_lines: int = 0
    first: float = 0.0
    last: float = 0.0
    failed: dict[str, int] = field(default_factory=dict)
    prompts: dict[str, int] = field(default_factory=dict)
    good: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    since: float = field(default_factory=time.process_time)

    def register(self, prompt: str) -> int:
        """Note an asking of this prompt; gives how often it was asked before."""
        attempt = self.prompts.get(prompt, 0)
        self.prompts[prompt] = attempt + 1
        self.log.append(prompt)
        if prompt in self.good:
            self.repeats += 1
        return attempt

    def answered(self, prompt: str) -> None:
        self.ok += 1
        self.good.add(prompt)

    def spoiled(self, kind: str) -> None:
        self.failed[kind] = self.failed.get(kind, 0) + 1

    def told(self, with_log: bool) -> dict[str, Any]:
        hidden = {"prompts", "good", "log", "since"}
        told = {name: value for name, value in vars(self).items() if name not in hidden}
        told["answered"] = len(self.good)
        told["distinct"] = len(self.prompts)
        told["per_prompt_max"] = max(self.prompts.values(), default=0)
        told["span"] = self.last - self.first
        told["cpu"] = time.process_time() - self.since
        return told | ({"log": self.log} if with_log else {})


def digest(request: dict[str, Any]) -> str:
    """Names a prompt: its model, turns and seed. Part of every answer of content `qa`."""
    turns = [(turn.get("role"), turn.get("content")) for turn in request.get("messages") or ()]
    said = repr((request.get("model"), turns, request.get("seed")))
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


def completion(request: dict[str, Any], prompt: str, content: str) -> dict[str, Any]:
    """The body of a good answer."""
    text = _said(request, prompt, content)
    tokens_in = sum(len(str(turn.get("content"))) for turn in request.get("messages") or ()) // 4
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": f"chatcmpl-{prompt}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request.get("model", "double"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": len(text) // 4,
            "total_tokens": tokens_in + len(text) // 4,
        },
    }


def _said(request: dict[str, Any], prompt: str, content: str) -> str:
    if content == "echo":
        return str(request["messages"][-1].get("content"))
    if content != "qa":
        return content
    asked = (request.get("response_format") or {}).get("json_schema") or {}
    schema = asked.get("schema") or {"properties": {"answer": {"type": "string"}, "question": {"type": "string"}}}
    return json.dumps(filled(schema, "text", prompt))


def filled(schema: dict[str, Any], name: str, mark: str) -> Any:
    """A value of the schema: texts bear the mark, enumerations give their first, bounds their maximum."""
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return filled(schema["anyOf"][0], name, mark)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {key: filled(inner, key, mark) for key, inner in schema.get("properties", {}).items()}
    if kind == "array":
        count = max(1, schema.get("minItems", 1))
        return [filled(schema.get("items", {"type": "string"}), name, f"{mark} {at}") for at in range(count)]
    if kind == "string":
        text = f"What is {name} {mark}?" if name == "question" else f"This is {name} {mark}."
        return text[: schema.get("maxLength", len(text))]
    return {"boolean": True, "null": None}.get(kind, schema.get("maximum", schema.get("minimum", 1)))
