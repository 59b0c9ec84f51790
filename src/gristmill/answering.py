"""Who answers: what a teacher can do, what it costs, and whether text leaves this machine."""

from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import Field

from gristmill.contracts import Part
from gristmill.errors import TeacherFailed
from gristmill.records import Prompt, Reply


class Answering(Protocol):
    """An opened teacher: answers prompts, several at once."""

    async def answer(self, prompt: Prompt) -> Reply:
        """Raises TeacherFailed when this one prompt has no answer, UserError when none will have one."""
        ...


class Batching(Protocol):
    """An opened teacher that takes many prompts as one batch and answers within hours, not seconds.

    `pause` is how many seconds to wait between two looks at a batch.
    """

    pause: float

    async def submit(self, prompts: Mapping[str, Prompt], token: str) -> str:
        """Hand in a batch (key -> prompt) marked with `token`; gives the batch's name. Raises UserError."""
        ...

    async def find(self, token: str) -> str:
        """The name of the batch that carries this token, or "" when none arrived."""
        ...

    async def collect(self, batch: str) -> Mapping[str, Reply | TeacherFailed] | tuple[int, int]:
        """The replies by key once the batch has ended; before that, how many of how many are done.

        The key "" holds what became of all prompts that are not named. Raises TeacherFailed when the batch
        or its replies are there no more.
        """
        ...


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, read and written, in the currency of the teacher's bill."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """What so many tokens cost."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6


class Teacher(Part):
    """teachers: who answers. Opened once per station; handed to whoever asks."""

    concurrency: int = Field(default=1, ge=1, description="Prompts that are answered at once.")
    weight: float = Field(
        default=1.0,
        ge=0.0,
        description="Its share of the seat's prompts against that of other teachers; 0: asked when those failed.",
    )

    @abstractmethod
    def identity(self) -> Mapping[str, Any]:
        """Model, revision and sampling settings: what a kept reply is keyed by, beside the prompt."""

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[Answering | Batching]:
        """Start the model or the connection; raises UserError when it cannot be had."""

    def destination(self) -> str:
        """The host that prompts are sent to; empty when they stay on this machine."""
        return ""

    def lacks(self) -> str:
        """What is to be mended before it can be asked, as a sentence; empty when nothing is."""
        return ""

    def price(self) -> Price | None:
        """What its tokens cost; None when the recipe does not say."""
        return Price()

    def longest(self, prompt: Prompt) -> int:
        """Tokens that a reply to a prompt may have at most."""
        return prompt.max_tokens

    def repeats(self) -> int:
        """How often a prompt is asked again when its reply cannot be read."""
        return 0

    def batch(self) -> int:
        """How many prompts make a batch; 0: `open` gives an Answering, else a Batching."""
        return 0
