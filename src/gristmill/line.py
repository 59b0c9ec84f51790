"""One teacher at work: the prompts that wait for it, those under way, and what it took."""

import asyncio
from collections import deque
from typing import cast

from gristmill.answering import Answering, Batching, Price
from gristmill.budget import dearest
from gristmill.desk import Ask, Asker, Desk, Tally, Writes
from gristmill.errors import TeacherFailed, UserError
from gristmill.kept import Asked
from gristmill.records import Reply, canonical
from gristmill.seat import Seat


class Line:
    """The prompts that wait for one teacher of a seat, and the places in which it is asked.

    `ahead` is how many of its prompts are known to be answered although their replies are not here yet.
    """

    def __init__(self, asker: Asker, desk: Desk, writes: Writes, seat: Seat, place: int) -> None:
        self.teacher = seat.teachers[place]
        self.label = seat.labels[place]
        self.waiting: deque[Ask] = deque()
        self.tasks: set[asyncio.Task[None]] = set()
        self.tally = Tally()
        self.ahead = 0
        self.open: Answering | Batching | None = None
        self._asker = asker
        self._desk = desk
        self._writes = writes
        self._seat = seat.name
        self._identity = canonical(dict(seat.identities[place]))
        self._price = self.teacher.price()

    def has_room(self) -> bool:
        """Whether more prompts should be read ahead for it."""
        return len(self.waiting) < self.teacher.concurrency

    def start(self) -> bool:
        """Put waiting prompts under way while there are places and money; whether any is under way."""
        while len(self.tasks) < self.teacher.concurrency and (ask := self._take()):
            self._spawn(self._work(ask))
        return bool(self.tasks)

    def note(self) -> str:
        """What goes on elsewhere when the asking is ended now; empty when nothing does."""
        return ""

    def _spawn(self, work: object) -> None:
        task = asyncio.ensure_future(cast("asyncio.Future[None]", work))
        self.tasks.add(cast("asyncio.Task[None]", task))
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Future[None]") -> None:
        self.tasks.discard(cast("asyncio.Task[None]", task))
        if not task.cancelled() and (error := task.exception()):
            self._asker.stop(error)
        elif task.cancelled() and not self._asker.ended:
            # A cancelling that did not come from us: without an error its prompt would be lost in silence.
            self._asker.stop(RuntimeError(f"{self.label} broke off in the middle of an answer"))
        self._asker.move()

    async def _work(self, ask: Ask | None) -> None:
        """One place: prompts after one another, each sent when what came before it is kept."""
        await self._writes.done()
        while ask:
            if self._asker.ended:
                self._give_back(ask)
                return
            came = await self._answer(ask)
            self._settle(ask, came)
            following = self._take()
            await self._writes.done()
            self._tell(ask, came)
            ask = following

    async def _answer(self, ask: Ask) -> Reply | TeacherFailed:
        try:
            return await cast(Answering, self.open).answer(ask.request.prompt)
        except TeacherFailed as error:
            return error
        except UserError as error:
            if any(error.wasted):
                self._settle(ask, TeacherFailed("ended", str(error), error.tries, error.wasted))
            else:
                self._give_back(ask)
            raise

    def _give_back(self, ask: Ask) -> None:
        """It was not asked after all, and costs nothing."""
        self._desk.budget.settle(ask.held, 0.0)
        self._writes.put(lambda: self._desk.database.drop_asked(ask.key))

    def _take(self) -> Ask | None:
        """The next prompt, marked as asked and its dearest cost held; None when none may be sent now."""
        if ask := self._next():
            run, cost = self._desk.run, ask.held
            self._writes.put(lambda: self._desk.database.mark_asked(ask.key, run, self._seat, self.label, cost))
        return ask

    def _next(self) -> Ask | None:
        """The next prompt, with its dearest cost held; None when there is none, or no money for it."""
        if not self.waiting or self._asker.ended:
            return None
        ask = self.waiting[0]
        cost = self.dearest(ask)
        if not self._desk.budget.hold(cost):
            return None
        self.waiting.popleft()
        ask.held = cost
        return ask

    def dearest(self, ask: Ask) -> float:
        """What it may cost at most to ask this."""
        prompt = ask.request.prompt
        return dearest(self._price, prompt, self.teacher.longest(prompt))

    def _settle(self, ask: Ask, came: Reply | TeacherFailed) -> None:
        """Count what came and have it written: a reply is kept for ever, a failure is struck from the askings."""
        self._desk.budget.settle(ask.held, self._count(came))
        database = self._desk.database
        if isinstance(came, Reply):
            asked = Asked(self._seat, self._identity, ask.digest, database.prompt_text(ask.request.prompt))
            self._writes.put(lambda: database.keep_reply(ask.key, asked, came))
        else:
            self._writes.put(lambda: database.drop_asked(ask.key))

    def _count(self, came: Reply | TeacherFailed) -> float:
        """Add what came to the tally and the ledger; what it cost, useless answers and all."""
        tokens_in, tokens_out = came.wasted
        good = isinstance(came, Reply)
        if isinstance(came, Reply):
            tokens_in, tokens_out = tokens_in + came.tokens_in, tokens_out + came.tokens_out
            self.tally.seconds += came.seconds
        cost = (self._price or Price()).of(tokens_in, tokens_out)
        self.tally.asked += came.tries
        self.tally.failed += not good
        self.tally.tokens_in += tokens_in
        self.tally.tokens_out += tokens_out
        self.tally.cost += cost
        self._writes.spend(self._seat, self.label, came.tries, good, not good, tokens_in, tokens_out, cost)
        return cost

    def _tell(self, ask: Ask, came: Reply | TeacherFailed) -> None:
        if isinstance(came, Reply):
            self._asker.heard(ask, came)
        else:
            self._asker.failed(ask, came)
        self._asker.move()
