"""Ask a seat many prompts: kept replies first, each new one kept at once, none paid for twice."""

import asyncio
import contextlib
import itertools
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

from gristmill.answering import Answering, Batching, Teacher
from gristmill.batches import BatchLine
from gristmill.desk import Answer, Ask, Desk, Request, Tally, Writes
from gristmill.errors import TeacherFailed
from gristmill.kept import reply_key
from gristmill.line import Line
from gristmill.records import Failure, Reply
from gristmill.seat import Seat
from gristmill.store import FAILED

# Requests that are made and looked up in one go: more would keep replies waiting that come meanwhile.
_AHEAD = 32
_WAITING = 512
# Seconds in which answers gather before they are handed on, while teachers have more to do.
_GATHER = 0.02
# Seconds that replies under way get when the asking ends early.
_GRACE = 1.0


class Asking:
    """The answers to requests, as they come: iterate over it once, and close it when you leave early.

    Of each teacher as many prompts are under way as its `concurrency` says. A prompt leaves only when the
    one before it in its place is kept, so a kill never costs more replies than are under way. Raises
    UserError when a teacher cannot be had, and CapReached when the budget has no room.
    """

    def __init__(self, seat: Seat, desk: Desk, requests: Iterable[Request], of: int) -> None:
        self.ended = False
        self._seat = seat
        self._desk = desk
        self._source = iter(requests)
        self._added: deque[Request] = deque()
        self._writes = Writes(desk.database, desk.run)
        self._lines = [self._line(place) for place in range(len(seat.teachers))]
        self._keepers: list[asyncio.Task[None]] = []
        self._over = asyncio.Event()
        self._equal: dict[str, list[Ask]] = {}
        self._done: list[Answer] = []
        self._moved = asyncio.Event()
        self._error: BaseException | None = None
        self._told, self._of, self._unanswered = 0, of, 0

    def _line(self, place: int) -> Line:
        kind = BatchLine if self._seat.teachers[place].batch() else Line
        return kind(self, self._desk, self._writes, self._seat, place)

    def add(self, request: Request) -> None:
        """One more request, to be asked before those that still wait."""
        self._added.append(request)
        self._of += 1

    def facts(self) -> dict[str, Any]:
        """What the record of a step says of the teachers that it asked: sums, and each one's tally."""
        each: dict[str, Counter[str]] = {line.label: Counter() for line in self._lines}
        for line in self._lines:
            each[line.label].update(line.tally.plain)
        sums = {name: sum(tally[name] for tally in each.values()) for name in Tally().plain}
        told = {"answers": self._told, "unanswered": self._unanswered}
        teachers = {label: dict(tally) for label, tally in each.items()}
        return {"seat": self._seat.name, "model": ", ".join(each), **told, **sums, "teachers": teachers}

    def __iter__(self) -> Generator[Answer]:
        # Not asyncio.run: for each batch it would set the signal's action anew, which costs more than the batch.
        loop = asyncio.new_event_loop()
        try:
            with _interrupts(loop, self.stop):
                try:
                    while batch := loop.run_until_complete(self._next()):
                        self._told += len(batch)
                        self.tell()
                        yield from batch
                finally:
                    loop.run_until_complete(self._close())
        finally:
            loop.close()

    async def _next(self) -> list[Answer]:
        """What is done by now; waits until something is. Nothing is left when it gives nothing."""
        while not self._done and self._error is None:
            self._moved.clear()
            self._read_ahead()
            await self._open_lines()
            if self._done:
                break
            if not [line for line in self._lines if line.start()]:
                break
            await self._moved.wait()
            if self._error is None and any(line.waiting and line.tasks for line in self._lines):
                await asyncio.sleep(_GATHER)
        done, self._done = self._done, []
        if done:
            return done
        if self._error is not None:
            for note in filter(None, (line.note() for line in self._lines)):
                self._error.add_note(note)
            raise self._error
        self._check_money()
        return []

    async def _open_lines(self) -> None:
        """Open each teacher that is first asked now; while one opens, prompts may come to wait for another."""
        while line := next((line for line in self._lines if line.waiting and line.open is None), None):
            self._desk.ready()
            opened: asyncio.Future[Answering | Batching] = asyncio.get_running_loop().create_future()
            self._keepers.append(asyncio.create_task(self._keep(line.teacher, opened)))
            line.open = await opened

    async def _keep(self, teacher: Teacher, opened: "asyncio.Future[Answering | Batching]") -> None:
        """Open a teacher and close it at the end, in one task: what it opens may belong to that."""
        try:
            async with teacher.open() as ready:
                opened.set_result(ready)
                await self._over.wait()
        except BaseException as error:
            if opened.done():
                raise
            opened.set_exception(error)

    def _read_ahead(self) -> None:
        """Take requests from the source while a teacher has room, and answer those whose reply is kept."""
        first = [self._lines[place] for place in self._seat.first]
        while len(self._done) < _WAITING and any(line.has_room() for line in first):
            asks = [self._ask(request) for request in self._some()]
            if not asks:
                return
            kept = self._desk.database.replies([ask.key for ask in asks])
            for ask in asks:
                self._find(ask, kept.get(ask.key))

    def _some(self) -> list[Request]:
        """The next requests, added ones first."""
        some = [self._added.popleft() for _ in range(min(len(self._added), _AHEAD))]
        return some + list(itertools.islice(self._source, _AHEAD - len(some)))

    def _ask(self, request: Request) -> Ask:
        digest = request.prompt.digest
        return self._turned(Ask(request, digest, self._seat.order(digest)))

    def _turned(self, ask: Ask, attempt: int = 0) -> Ask:
        """The asking with the key of the teacher whose turn it is."""
        ask.attempt = attempt
        ask.key = reply_key(self._seat.identities[ask.places[0]], ask.digest, attempt)
        return ask

    def _find(self, ask: Ask, kept: Reply | None) -> None:
        """Answer from what is kept, of this teacher or of one that stood in for it; else it waits for the teacher."""
        places, attempt = ask.places, ask.attempt
        while kept is None and len(ask.places) > 1:
            ask.places = ask.places[1:]
            kept = self._desk.database.reply(self._turned(ask).key)
        if kept is None:
            ask.places = places
            self._queue(self._turned(ask, attempt))
        else:
            self._lines[ask.places[0]].tally.reused += 1
            self.heard(ask, kept)

    def _queue(self, ask: Ask) -> None:
        """Let it wait for its teacher, or for the reply of an equal one that is on its way already."""
        if ask.key in self._equal:
            self._equal[ask.key].append(ask)
        else:
            self._equal[ask.key] = []
            self._lines[ask.places[0]].waiting.append(ask)

    def heard(self, ask: Ask, reply: Reply) -> None:
        """A reply is there and kept: hand it on, or ask again when it cannot be read."""
        for one in (ask, *self._equal.pop(ask.key, ())):
            place = one.places[0]
            if one.attempt < self._seat.teachers[place].repeats() and one.request.unread(reply):
                self._turned(one, one.attempt + 1)
                self._find(one, self._desk.database.reply(one.key))
            else:
                self._done.append(Answer(one.request, reply, self._seat.identities[place]))

    def failed(self, ask: Ask, error: TeacherFailed) -> None:
        """A teacher failed: the next one stands in, or the request ends as failed."""
        for one in (ask, *self._equal.pop(ask.key, ())):
            place = one.places[0]
            if len(one.places) > 1:
                one.places = one.places[1:]
                self._find(one, self._desk.database.reply(self._turned(one).key))
            else:
                self._unanswered += 1
                failure = Failure(state=FAILED + error.state, reason=error.reason)
                self._done.append(Answer(one.request, failure, self._seat.identities[place]))

    def move(self) -> None:
        """Something changed: look again."""
        self._moved.set()

    def quick(self) -> bool:
        """Whether prompts are under way that take seconds, and may leave more to be asked."""
        return any(line.tasks for line in self._lines if not line.teacher.batch())

    def tell(self) -> None:
        """Say how far it is, with what is known to be answered elsewhere."""
        self._desk.tell(self._told + sum(line.ahead for line in self._lines), self._of)

    def stop(self, error: BaseException) -> None:
        """Something went wrong that ends the whole asking."""
        self._error = self._error or error
        self._moved.set()

    def _check_money(self) -> None:
        for line in self._lines:
            if line.waiting:
                raise self._desk.budget.reached(line.dearest(line.waiting[0]), len(line.waiting))

    async def _close(self) -> None:
        """Keep what arrives within a moment, let go of the rest, stop the teachers."""
        self.ended = True
        tasks = [task for line in self._lines for task in line.tasks]
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            self._writes.flush()
        finally:
            self._over.set()
            await asyncio.gather(*self._keepers)
        await asyncio.get_running_loop().shutdown_default_executor()


@contextlib.contextmanager
def _interrupts(loop: asyncio.AbstractEventLoop, stop: Callable[[BaseException], None]) -> Iterator[None]:
    """Let Ctrl-C end the asking between two steps, never within a write; only the main thread hears it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []

    def hear(number: int, _frame: object) -> None:
        heard.append(number)
        loop.call_soon_threadsafe(stop, KeyboardInterrupt())

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        # It came while the last answers were at work elsewhere, and no step of the asking was left to end.
        raise KeyboardInterrupt
