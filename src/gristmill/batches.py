"""One teacher that takes prompts by the batch: handed in once, collected by whichever run comes after."""

import asyncio
from typing import cast

from gristmill.answering import Batching
from gristmill.database import Asked, prompt_text
from gristmill.desk import Ask
from gristmill.errors import TeacherFailed
from gristmill.line import Line
from gristmill.records import Reply, digest


class BatchLine(Line):
    """The prompts that wait for a batching teacher. Batches of an earlier run are collected before new ones."""

    _collected = False

    def has_room(self) -> bool:
        """Whether another batch could be filled."""
        return len(self.waiting) < self.teacher.batch()

    def start(self) -> bool:
        """Collect what is out, then hand in what waits; whether any batch is under way."""
        if not self.waiting or (self.tasks and not self._collected):
            return bool(self.tasks)
        if not self._collected:
            self._spawn(self._collect_earlier())
        while self._collected and len(self.tasks) < self.teacher.concurrency and (asks := self._take_batch()):
            self._spawn(self._batch(asks))
        return bool(self.tasks)

    async def _collect_earlier(self) -> None:
        """Keep the replies of batches that an earlier run handed in, then look again at what waits."""
        for row in self._desk.database.batches(self._identity):
            name = row["name"] or await self._batching.find(row["token"])
            if name:
                for key, came in (await self._collected_batch(name)).items():
                    if isinstance(came, Reply) and key in row["prompts"]:
                        self._keep_earlier(key, row["prompts"][key], came)
            self._desk.database.drop_batch(row["token"])
        waiting = list(self.waiting)
        self.waiting.clear()
        for ask in waiting:
            kept = self._desk.database.reply(ask.key)
            if kept is None:
                self.waiting.append(ask)
            else:
                self.tally.reused += 1
                self._asker.heard(ask, kept)
        self._collected = True

    def _keep_earlier(self, key: str, prompt: list[str], reply: Reply) -> None:
        self._count(reply)
        self._desk.database.keep_reply(key, Asked(self._seat, self._identity, *prompt), reply)
        self._writes.flush()

    def _take_batch(self) -> list[Ask]:
        asks: list[Ask] = []
        while len(asks) < self.teacher.batch() and (ask := self._take()):
            asks.append(ask)
        return asks

    async def _batch(self, asks: list[Ask]) -> None:
        """Hand in a batch and wait for its end. What the store knows before and after makes it safe to be killed."""
        database = self._desk.database
        self._writes.flush()
        token = digest("batch", self._desk.run, [ask.key for ask in asks])
        prompts = {ask.key: (ask.digest, prompt_text(ask.request.prompt)) for ask in asks}
        database.add_batch(token, self._identity, prompts, self._desk.run)
        name = await self._batching.submit({ask.key: ask.request.prompt for ask in asks}, token)
        database.name_batch(token, name)
        came = await self._collected_batch(name)
        for ask in asks:
            self._settle(ask, came.get(ask.key) or TeacherFailed("missing", f"batch {name} ended without this reply"))
        database.drop_batch(token)
        self._writes.flush()
        for ask in asks:
            self._tell(ask, came.get(ask.key) or TeacherFailed("missing", f"batch {name} ended without this reply"))

    async def _collected_batch(self, name: str) -> dict[str, Reply | TeacherFailed]:
        """The replies of a batch, however long it takes."""
        while isinstance(found := await self._batching.collect(name), tuple):
            done, of = found
            self._desk.tell(done, of)
            await asyncio.sleep(self._batching.pause)
        return dict(found)

    @property
    def _batching(self) -> Batching:
        return cast(Batching, self.open)
