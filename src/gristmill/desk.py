"""What lies between who asks and who answers: requests, answers, tallies, and writes that go together."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from gristmill.budget import Budget
from gristmill.database import Database
from gristmill.errors import TeacherFailed
from gristmill.records import Failure, Prompt, Reply

# Seconds in which writes gather to one transaction: little beside what the fastest endpoints take to answer.
_GATHER = 0.006


def readable(_reply: Reply) -> str:
    """Every reply is of use."""
    return ""


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt, what the asker knows it by, and why a reply to it is of no use ("" when it can be read)."""

    prompt: Prompt
    item: Any = None
    unread: Callable[[Reply], str] = readable


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply or a failure, and the identity of the teacher that gave it."""

    request: Request
    reply: Reply | Failure
    teacher: Mapping[str, Any]


@dataclass(slots=True)
class Ask:
    """A request on its way: whose turn it is (places in the seat), the how-manieth attempt, its key."""

    request: Request
    digest: str
    places: list[int]
    attempt: int = 0
    key: str = ""
    held: float = 0.0


@dataclass(slots=True)
class Tally:
    """What a teacher did in one step. Tokens, cost and seconds are of new replies, and of useless ones too."""

    asked: int = 0
    reused: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cost: float = 0.0

    @property
    def plain(self) -> dict[str, Any]:
        """The tally as plain data."""
        return asdict(self)


class Asker(Protocol):
    """Who is told what came of a prompt."""

    ended: bool

    def heard(self, ask: Ask, reply: Reply) -> None:
        """A reply is there, and kept."""

    def failed(self, ask: Ask, error: TeacherFailed) -> None:
        """The teacher failed on this prompt."""

    def move(self) -> None:
        """Something changed."""

    def quick(self) -> bool:
        """Whether prompts are under way that take seconds, and may leave more to be asked."""

    def tell(self) -> None:
        """More is known of how far the asking is."""

    def stop(self, error: BaseException) -> None:
        """Something went wrong that ends the whole asking."""


class Writes:
    """Writes to the store that go together: what gathers within a moment is one transaction."""

    def __init__(self, database: Database, run: int) -> None:
        self._database = database
        self._run = run
        self._waiting: list[Callable[[], None]] = []
        self._spent: dict[tuple[str, str], list[float]] = {}
        self._written: asyncio.Future[None] | None = None

    def put(self, write: Callable[[], None]) -> None:
        """Write this with the next transaction."""
        self._waiting.append(write)

    def spend(self, seat: str, teacher: str, *numbers: float) -> None:
        """Add to the ledger: requests, replies, failed, tokens in, tokens out, cost."""
        sums = self._spent.setdefault((seat, teacher), [0, 0, 0, 0, 0, 0.0])
        for place, number in enumerate(numbers):
            sums[place] += number

    async def done(self) -> None:
        """Wait until all that was put is written."""
        if self._written is None:
            loop = asyncio.get_running_loop()
            self._written = loop.create_future()
            loop.call_later(_GATHER, self.flush)
        await self._written

    def flush(self) -> None:
        """Write all that waits, as one transaction."""
        waiting, self._waiting = self._waiting, []
        spent, self._spent = self._spent, {}
        written, self._written = self._written, None
        try:
            with self._database.together():
                for write in waiting:
                    write()
                for (seat, teacher), sums in spent.items():
                    self._database.add_spent(self._run, seat, teacher, sums)
        except BaseException as error:
            if written is None or written.done():
                raise
            written.set_exception(error)
        else:
            if written is not None and not written.done():
                written.set_result(None)


@dataclass(slots=True)
class Desk:
    """What every asking of a run shares: the store, the run's number, the money, whom to tell how far it is.

    `ready` is called before a first teacher is opened; it raises UserError when any seat lacks something.
    """

    database: Database
    run: int = 0
    budget: Budget = field(default_factory=Budget)
    tell: Callable[[int, int], None] = lambda _done, _of: None
    ready: Callable[[], None] = lambda: None
