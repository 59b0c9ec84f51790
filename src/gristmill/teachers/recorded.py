"""Replies that were recorded before: the same bytes on any machine, without a model.

A recording is a JSON Lines file with one reply on each line:

    {"prompt_digest": "…", "text": "…", "finish": "stop", "tokens_in": 310, "tokens_out": 42, "model": "…"}

`finish` is `stop` or `length`; of several lines for one prompt the last holds. To make a recording, run
the recipe with a live teacher, then `gristmill log --replies recording.jsonl` writes every reply that
the project keeps.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gristmill.answering import Answering, Teacher
from gristmill.errors import TeacherFailed, UserError
from gristmill.find import file_sha256
from gristmill.records import Prompt, Reply


class RecordedReply(BaseModel):
    """One line of a recording."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    prompt_digest: str = Field(pattern=r"^[0-9a-f]{32}$")
    text: str
    finish: Literal["stop", "length"] = "stop"
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    model: str = ""


class Recorded(Teacher):
    """Answers each prompt with the reply that a recording holds for its digest."""

    unkeyed: ClassVar[frozenset[str]] = frozenset({"concurrency"})

    path: str = Field(description="A JSON Lines file of replies, as `gristmill log --replies` writes it.")

    def files(self) -> tuple[str, ...]:
        """The recording: another one makes other data."""
        return (self.path,)

    def identity(self) -> Mapping[str, Any]:
        """The models that were recorded, and the digest of the recording.

        Raises UserError when the recording cannot be read.
        """
        models = sorted({reply.model for reply in self._replies().values()})
        return {"model": ", ".join(filter(None, models)) or "recorded", "recording": file_sha256(Path(self.path))}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Answering, None]:
        """Read the recording. Raises UserError with file and line for the first malformed one."""
        yield _Opened(self.path, self._replies())

    def _replies(self) -> dict[str, RecordedReply]:
        replies: dict[str, RecordedReply] = {}
        for number, line in enumerate(_lines(Path(self.path)), 1):
            if not line.strip():
                continue
            reply = _parse(line, f"{self.path}:{number}")
            replies[reply.prompt_digest] = reply
        if not replies:
            raise UserError(f"{self.path} holds no reply. `gristmill log --replies {self.path}` writes a recording.")
        return replies


class _Opened:
    """The opened recording."""

    def __init__(self, path: str, replies: Mapping[str, RecordedReply]) -> None:
        self.path = path
        self.replies = replies

    async def answer(self, prompt: Prompt) -> Reply:
        """The recorded reply. Raises TeacherFailed `not_recorded` for a prompt without one."""
        found = self.replies.get(prompt.digest)
        if found is None:
            raise TeacherFailed(
                "not_recorded",
                f"{self.path} has {len(self.replies)} replies and none to prompt {prompt.digest}: the document, the "
                "task or its settings changed since. Run once with a live teacher and record again with "
                f"`gristmill log --replies {self.path}`",
            )
        return Reply(
            text=found.text, finish=found.finish, tokens_in=found.tokens_in, tokens_out=found.tokens_out, seconds=0.0
        )


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().split(b"\n")
    except OSError as error:
        raise UserError(f"the recording {path} cannot be read: {error.strerror}. Mend the path.") from None


def _parse(line: bytes, where: str) -> RecordedReply:
    try:
        return RecordedReply.model_validate_json(line)
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(step) for step in problem["loc"])
        told = f"{key}: {problem['msg']}" if key else problem["msg"]
        raise UserError(
            f"{where} is not a recorded reply ({told}). A line is "
            '{"prompt_digest", "text", "finish", "tokens_in", "tokens_out", "model"} as JSON.'
        ) from None
