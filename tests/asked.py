"""A scripted teacher, and an asking from its first prompt to its last answer."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import PrivateAttr

from gristmill.answering import Price, Teacher
from gristmill.ask import Asking
from gristmill.budget import Budget
from gristmill.database import Database
from gristmill.desk import Desk, Request
from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Failure, Message, Prompt, Reply
from gristmill.seat import Seat


class Scripted(Teacher):
    """Answers in capitals, counts, and fails, breaks or mumbles where told."""

    model: str = "script"
    fails: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    mumbles: int = 0
    again: int = 0
    shut: bool = False
    costs: float = 0.0
    slow: float = 0.001
    _asked: list[str] = PrivateAttr(default_factory=list)
    _at_once: list[int] = PrivateAttr(default_factory=lambda: [0, 0])
    _opened: list[int] = PrivateAttr(default_factory=lambda: [0, 0])

    def identity(self) -> Mapping[str, Any]:
        return {"model": self.model}

    def repeats(self) -> int:
        return self.again

    def price(self) -> Price:
        return Price(self.costs, self.costs)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Scripted", None]:
        if self.shut:
            raise UserError("the model cannot be had")
        self._opened[0] += 1
        try:
            yield self
        finally:
            self._opened[1] += 1

    async def answer(self, prompt: Prompt) -> Reply:
        text = prompt.messages[-1].content
        self._asked.append(text)
        self._at_once[0] += 1
        self._at_once[1] = max(self._at_once)
        await asyncio.sleep(self.slow)
        self._at_once[0] -= 1
        if text in self.fails:
            raise TeacherFailed("timeout", f"{text} took too long", tries=3, wasted=(6, 1))
        if text in self.breaks:
            raise RuntimeError(f"{text} broke")
        said = "hm" if self._asked.count(text) <= self.mumbles else text.upper()
        return Reply(text=said, tokens_in=3, tokens_out=2, seconds=0.5)


@dataclass(frozen=True)
class Asked:
    """The answers in the order of the prompts, and what the ledger says."""

    answers: list[Any]
    facts: dict[str, Any]

    @property
    def said(self) -> list[str]:
        return [one.reply.state if isinstance(one.reply, Failure) else one.reply.text for one in self.answers]

    @property
    def by(self) -> list[str]:
        return [one.teacher["model"] for one in self.answers]


def prompt(text: str, ordinal: int = 0) -> Prompt:
    return Prompt(messages=(Message(role="user", content=text),), max_tokens=8, ordinal=ordinal)


def mumbled(reply: Reply) -> str:
    return "it mumbles" if reply.text == "hm" else ""


def ask(
    teachers: Teacher | Iterable[Teacher],
    wanted: Iterable[str | Prompt],
    database: Database,
    run: int = 1,
    budget: Budget | None = None,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Asked:
    """Ask all, in one go."""
    seated = [teachers] if isinstance(teachers, Teacher) else list(teachers)
    prompts = [prompt(one) if isinstance(one, str) else one for one in wanted]
    requests = [Request(one, place, mumbled) for place, one in enumerate(prompts)]
    desk = Desk(database=database, run=run, budget=budget or Budget(), tell=tell)
    asking = Asking(Seat("generator", seated), desk, requests, len(requests))
    answers = sorted(asking, key=lambda answer: answer.request.item)
    return Asked(answers, asking.facts())
