"""Asking against a plain reference, by random scripts: sums add up, and nothing that is kept is asked again."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import PrivateAttr

from asked import mumbled, prompt
from gristmill.answering import Price, Teacher
from gristmill.ask import Asking
from gristmill.budget import Budget, CapReached
from gristmill.database import Database
from gristmill.desk import Answer, Desk, Request
from gristmill.errors import TeacherFailed
from gristmill.records import Failure, Prompt, Reply
from gristmill.seat import Seat

TEXTS = "abcdef"


class Wild(Teacher):
    """Answers, mumbles and fails by a script for each prompt, one by one or by the batch."""

    model: str
    script: dict[str, tuple[str, ...]]
    again: int
    slow: float
    opens: float
    batched: int
    pause: float = 0.001
    _tries: Counter[str] = PrivateAttr(default_factory=Counter)
    _batches: dict[str, Mapping[str, Prompt]] = PrivateAttr(default_factory=dict)

    def identity(self) -> Mapping[str, Any]:
        return {"model": self.model}

    def repeats(self) -> int:
        return self.again

    def price(self) -> Price:
        return Price(1e5, 1e5)

    def batch(self) -> int:
        return self.batched

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Any, None]:
        await asyncio.sleep(self.opens)
        yield self

    def outcome(self, asked: Prompt) -> Reply | TeacherFailed:
        text = asked.messages[-1].content
        script = self.script.get(text, ("good",))
        how = script[min(self._tries[text], len(script) - 1)]
        self._tries[text] += 1
        if how == "fail":
            return TeacherFailed("broken", "it broke", tries=2, wasted=(2, 1))
        return Reply(text="hm" if how == "hm" else f"{text} {self.model}", tokens_in=2, tokens_out=1)

    async def answer(self, asked: Prompt) -> Reply:
        await asyncio.sleep(self.slow)
        came = self.outcome(asked)
        if isinstance(came, Reply):
            return came
        raise came

    async def submit(self, prompts: Mapping[str, Prompt], token: str) -> str:
        await asyncio.sleep(self.slow)
        self._batches[token] = dict(prompts)
        return token

    async def find(self, token: str) -> str:
        return token if token in self._batches else ""

    async def collect(self, batch: str) -> Mapping[str, Reply | TeacherFailed]:
        await asyncio.sleep(self.slow)
        return {key: self.outcome(one) for key, one in self._batches[batch].items()}


def asked_for(
    teachers: Sequence[Teacher], texts: Sequence[str], added: Sequence[str], database: Database, desk: Desk
) -> tuple[dict[str, Any], list[Answer]]:
    """The facts, and each text's answers; none of them when a cap ended it."""
    requests = [Request(prompt(text), place, mumbled) for place, text in enumerate(texts)]
    asking = Asking(Seat("generator", teachers), desk, iter(requests), len(requests))
    later = [Request(prompt(text), len(texts) + place, mumbled) for place, text in enumerate(added)]
    heard = []
    try:
        with closing(iter(asking)) as answers:
            for answer in answers:
                heard.append(answer)
                if later:
                    asking.add(later.pop(0))
    except CapReached:
        return asking.facts(), []
    assert sorted(answer.request.item for answer in heard) == list(range(len(texts) + len(added) - len(later)))
    return asking.facts(), heard


HOW = st.lists(st.sampled_from(["good", "good", "hm", "fail"]), min_size=1, max_size=4).map(tuple)
TEACHERS = st.lists(
    st.fixed_dictionaries(
        {
            "model": st.sampled_from("pqrs"),
            "script": st.dictionaries(st.sampled_from(TEXTS), HOW),
            "again": st.integers(0, 2),
            "slow": st.sampled_from([0, 0.001, 0.005]),
            "opens": st.sampled_from([0, 0, 0.01]),
            "weight": st.sampled_from([0, 1, 3]),
            "concurrency": st.integers(1, 4),
            "batched": st.sampled_from([0, 0, 0, 1, 3]),
        }
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=30, deadline=None)
@given(
    TEACHERS,
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=12),
    st.lists(st.sampled_from(TEXTS), max_size=3),
    st.sampled_from([None, None, 0, 1.5, 6.0]),
)
def test_sums_add_up_and_nothing_kept_is_asked_again(
    scripts: Sequence[Mapping[str, Any]], texts: Sequence[str], added: Sequence[str], cap: float | None
) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(Database(Path(folder) / "store.db")) as database:
        desk = Desk(database=database, run=database.begin_run("one"), budget=Budget(run_cap=cap))
        teachers = [Wild(**script) for script in scripts]
        facts, heard = asked_for(teachers, texts, added, database, desk)
        ledger = Counter[str]()
        for row in database.spent():
            ledger.update({name: row[name] for name in ("requests", "replies", "failed", "cost")})
        assert (ledger["requests"], ledger["failed"]) == (facts["asked"], facts["failed"])
        assert ledger["replies"] + ledger["failed"] == sum(one._tries.total() for one in teachers)
        assert ledger["replies"] == len(list(database.all_replies()))
        assert abs(ledger["cost"] - facts["cost"]) + abs(desk.budget.held) < 1e-9
        assert database.in_flight() == []
        failed = {one.request.prompt.messages[-1].content for one in heard if isinstance(one.reply, Failure)}
        again = [Wild(**script) for script in scripts]
        if heard:
            asked_for(again, texts, added, database, Desk(database=database, run=database.begin_run("two")))
            assert {text for one in again for text in one._tries} <= failed
