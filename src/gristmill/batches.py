"""One teacher that takes prompts by the batch: handed in once, collected by whichever run comes after."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from gristmill.answering import Batching
from gristmill.desk import Ask, Asker, Desk, Writes
from gristmill.errors import TeacherFailed
from gristmill.kept import Asked
from gristmill.line import Line
from gristmill.records import Reply, digest
from gristmill.seat import Seat

Came = Mapping[str, Reply | TeacherFailed]


@dataclass(slots=True, kw_only=True, eq=False)
class Batch:
    """A batch under way: its prompts (key -> digest and JSON), what is held for it, and who here waits for it.

    `earlier` is one that another run handed in.
    """

    token: str
    prompts: Mapping[str, Sequence[str]]
    held: float
    name: str = ""
    asks: dict[str, Ask] = field(default_factory=dict)
    earlier: bool = False
    done: int = 0


class BatchLine(Line):
    """The prompts that wait for a batching teacher, and its batches.

    The store knows a batch's prompts and token before it is handed in, and its name after; its replies, its
    cost and its end are written as one. So a kill at any moment leaves either a batch that the next run
    collects, or prompts that nobody was asked.
    """

    def __init__(self, asker: Asker, desk: Desk, writes: Writes, seat: Seat, place: int) -> None:
        super().__init__(asker, desk, writes, seat, place)
        self._batches: list[Batch] = []
        self._failed: dict[str, TeacherFailed] = {}
        self._resumed = False

    def has_room(self) -> bool:
        """Whether the next batch could be fuller."""
        return len(self.waiting) < self.teacher.batch()

    def start(self) -> bool:
        """Look after batches of earlier runs and hand in new ones; whether there is anything to wait for."""
        if self.waiting and not self._resumed:
            self._resume()
        # What was set aside made room for more: a batch of the rest would be smaller than it need be.
        moved = self._set_aside()
        while not moved and len(self.tasks) < self.teacher.concurrency and (asks := self._fill()):
            self._hand_in(asks)
            moved = self.has_room()
        if moved:
            self._asker.move()
        return moved or bool(self.tasks and (self.waiting or any(batch.asks for batch in self._batches)))

    def note(self) -> str:
        """Which batches go on at their server when the asking is ended now."""
        out, prompts = len(self._batches), sum(len(batch.prompts) for batch in self._batches)
        if not out:
            return ""
        told, them = ("1 batch", "is under way") if out == 1 else (f"{out} batches", "are under way")
        return f"{told} of {prompts} prompts {them} with {self.label}: the next run collects what was handed in."

    def _resume(self) -> None:
        """Go after the batches that earlier runs handed in, or were about to."""
        self._resumed = True
        for row in self._desk.database.batches():
            if (row["teacher"], row["seat"]) == (self._identity, self._seat):
                known = {"token": row["token"], "prompts": row["prompts"], "held": row["cost"], "name": row["name"]}
                batch = Batch(**known, earlier=True)
                self._batches.append(batch)
                self._spawn(self._find(batch))

    def _fill(self) -> list[Ask]:
        """The prompts of the next batch, as many as there is money for; none while others may add to them soon."""
        asks: list[Ask] = []
        if len(self.waiting) < self.teacher.batch() and self._asker.quick():
            return asks
        while len(asks) < self.teacher.batch() and (ask := self._next()):
            asks.append(ask)
        return asks

    def _set_aside(self) -> bool:
        """Take from those that wait what a batch of an earlier run answers; whether there was any."""
        if not self._failed and not any(batch.earlier for batch in self._batches):
            return False
        waiting = len(self.waiting)
        left = [ask for ask in self.waiting if not self._known(ask)]
        self.waiting.clear()
        self.waiting.extend(left)
        return len(left) < waiting

    def _known(self, ask: Ask) -> bool:
        """Whether a batch of an earlier run has this prompt: its reply is waited for, or its failure told."""
        for batch in self._batches:
            if ask.key in batch.prompts:
                batch.asks[ask.key] = ask
                return True
        if error := self._failed.pop(ask.key, None):
            self._asker.failed(ask, error)
            return True
        return False

    def _hand_in(self, asks: Sequence[Ask]) -> None:
        """Begin a batch. Its token is like no other's, of this or any other project."""
        batch = Batch(
            token=digest("batch", time.time_ns(), [ask.key for ask in asks]),
            prompts={ask.key: (ask.digest, self._desk.database.prompt_text(ask.request.prompt)) for ask in asks},
            held=sum(ask.held for ask in asks),
            asks={ask.key: ask for ask in asks},
        )
        self._batches.append(batch)
        self._spawn(self._submit(batch))

    async def _submit(self, batch: Batch) -> None:
        """Hand in a batch and wait for its end."""
        database = self._desk.database
        database.add_batch(batch.token, self._seat, self._identity, batch.prompts, batch.held, self._desk.run)
        prompts = {key: ask.request.prompt for key, ask in batch.asks.items()}
        batch.name = await self._batching.submit(prompts, batch.token)
        database.name_batch(batch.token, batch.name)
        await self._wait_for(batch)

    async def _find(self, batch: Batch) -> None:
        """Wait for the end of an earlier run's batch; one that never arrived leaves its prompts to be asked."""
        if not batch.name:
            batch.name = await self._batching.find(batch.token)
            if not batch.name:
                self._desk.budget.settle(batch.held, 0.0)
                await self._drop(batch)
                self.waiting.extend(batch.asks.values())
                return
            self._desk.database.name_batch(batch.token, batch.name)
        await self._wait_for(batch)

    async def _wait_for(self, batch: Batch) -> None:
        try:
            while isinstance(came := await self._batching.collect(batch.name), tuple):
                batch.done = came[0]
                self.ahead = sum(one.done for one in self._batches)
                self._asker.tell()
                self._asker.move()
                await asyncio.sleep(self._batching.pause)
        except TeacherFailed as error:
            await self._lose(batch, error)
        else:
            await self._end(batch, came)

    async def _end(self, batch: Batch, came: Came) -> None:
        """Keep the replies of a batch, also those that nobody here waits for, and tell who does."""
        rest = came.get("") or TeacherFailed("missing", f"batch {batch.name} ended without a reply to this prompt")
        found = {key: came.get(key, rest) for key in batch.prompts}
        self._desk.budget.settle(batch.held, sum(self._count(one) for one in found.values()))
        for key, one in found.items():
            if isinstance(one, Reply):
                self._keep(key, Asked(self._seat, self._identity, *batch.prompts[key]), one)
        await self._drop(batch)
        for key, one in found.items():
            if ask := batch.asks.get(key):
                self._tell(ask, one)
            elif isinstance(one, TeacherFailed):
                self._failed[key] = one

    def _keep(self, key: str, asked: Asked, reply: Reply) -> None:
        self._writes.put(lambda: self._desk.database.keep_reply(key, asked, reply))

    async def _lose(self, batch: Batch, error: TeacherFailed) -> None:
        """A batch that its server has no more counts as paid and lost; an earlier run's prompts are asked anew."""
        run, count = self._desk.run, len(batch.prompts)
        lost = (run, self._seat, self.label, count, batch.held)
        self._writes.put(lambda: self._desk.database.add_lost(*lost))
        self._desk.budget.settle(batch.held, batch.held)
        self.tally.cost += batch.held
        await self._drop(batch)
        if batch.earlier:
            self.waiting.extend(batch.asks.values())
            return
        self.tally.failed += count
        for ask in batch.asks.values():
            self._tell(ask, error)

    async def _drop(self, batch: Batch) -> None:
        """Write what is known with the end of a batch; then nobody is set to wait for it any more."""
        self._writes.put(lambda: self._desk.database.drop_batch(batch.token))
        await self._writes.done()
        self._set_aside()
        self._batches.remove(batch)
        self.ahead -= batch.done

    @property
    def _batching(self) -> Batching:
        return cast(Batching, self.open)
