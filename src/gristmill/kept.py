"""What an asking is kept by: its key, whom it went to, and its prompt as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gristmill.records import Prompt, canonical, digest


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked what: a seat, a teacher's identity as JSON, a prompt's digest and its JSON."""

    seat: str
    teacher: str
    prompt_digest: str
    prompt: str


def reply_key(teacher: Mapping[str, Any], prompt_digest: str, attempt: int = 0) -> str:
    """What a kept reply is found by: the teacher's identity and the prompt, never the code.

    A prompt whose reply could not be read is asked again: each `attempt` after the first has its own key.
    """
    return digest("reply", dict(teacher), prompt_digest, *([attempt] if attempt else []))


def prompt_size(prompt: Prompt) -> int:
    """Characters of a prompt as the store keeps it."""
    turns = canonical([[turn.role, turn.content] for turn in prompt.messages[:-1]])
    return len(turns) + len(last_turn(prompt.digest, prompt))


def last_turn(opening: str, prompt: Prompt) -> str:
    """A prompt as JSON, with the digest of the turns before its last one in their place."""
    last = [[turn.role, turn.content] for turn in prompt.messages[-1:]]
    asked = {"opening": opening, "messages": last, "schema": prompt.schema, "max_tokens": prompt.max_tokens}
    return canonical(asked)
