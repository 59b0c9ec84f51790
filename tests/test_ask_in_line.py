"""Asking with several teachers: whatever each of them does, nothing is paid twice, lost, or counted wrong."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from asked import Scripted, ask, mumbled, prompt
from gristmill.answering import Price
from gristmill.ask import Asking
from gristmill.budget import dearest
from gristmill.database import Database
from gristmill.desk import Desk, Request
from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Prompt, Reply
from gristmill.seat import Seat


class Warm(Scripted):
    """The same model at another temperature."""

    warmth: float = 0.0

    def identity(self) -> dict[str, object]:
        return {"model": self.model, "warmth": self.warmth}


class LateToOpen(Scripted):
    """Takes a while to open."""

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Scripted, None]:
        await asyncio.sleep(0.05)
        async with super().open() as opened:
            yield opened


class MumblesThenFails(Scripted):
    """Its first answer cannot be read, and it has no other."""

    async def answer(self, prompt: Prompt) -> Reply:
        if self._asked:
            raise TeacherFailed("timeout", "too long")
        self._asked.append(prompt.messages[-1].content)
        return Reply(text="hm", tokens_in=3, tokens_out=2)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "store.db")
    yield opened
    opened.close()


def spare(**fields: float) -> Scripted:
    return Scripted(model="spare", weight=0, **fields)


def test_teachers_that_are_called_alike_are_all_counted(database: Database) -> None:
    asked = ask([Warm(), Warm(warmth=1)], map(str, range(20)), database)
    assert asked.facts["asked"] == asked.facts["teachers"]["script"]["asked"] == 20
    assert sum(row["requests"] for row in database.spent()) == 20


def test_teachers_of_one_identity_share_by_weight(database: Database) -> None:
    one, two = Scripted(), Scripted()
    ask([one, two], map(str, range(60)), database)
    assert (len(one._asked) + len(two._asked), min(len(one._asked), len(two._asked)) > 10) == (60, True)


def test_a_reply_of_who_stood_in_for_a_later_attempt_is_not_paid_again(database: Database) -> None:
    first = [MumblesThenFails(again=1), spare()]
    assert ask(first, "a", database).by == ["spare"]
    second = [MumblesThenFails(again=1), spare()]
    assert ask(second, "a", database, run=2).by == ["spare"]
    assert [one._asked for one in second] == [[], []]


def test_an_equal_prompt_that_fails_later_finds_the_reply_of_who_stood_in(database: Database) -> None:
    stands_in = spare()
    seat = Seat("generator", [Scripted(fails=("a",), slow=0.03, concurrency=2), stands_in])
    asking = Asking(seat, Desk(database=database, run=1), [Request(prompt(one), one) for one in "ab"], 3)
    texts = []
    for answer in asking:
        if not texts:
            asking.add(Request(prompt("a"), "a again"))
        texts.append(getattr(answer.reply, "text", "failed"))
    assert (sorted(texts), stands_in._asked) == (["A", "A", "B"], ["a"])


def test_a_prompt_may_fall_to_who_stands_in_while_another_teacher_opens(database: Database) -> None:
    names = [str(number) for number in range(100)]
    plain = Seat("generator", [spare(), Scripted(), LateToOpen(model="late")])
    mine = [name for name in names if plain.order(prompt(name).digest)[0] == 1][:8]
    late = [name for name in names if plain.order(prompt(name).digest)[0] == 2][:2]
    fails = Scripted(fails=tuple(mine[1:]), slow=0.02)
    seat = Seat("generator", [spare(), fails, LateToOpen(model="late")])
    asking = Asking(seat, Desk(database=database, run=1), [Request(prompt(one), one) for one in mine], 10)
    heard = []
    for answer in asking:
        for one in [] if heard else late:
            asking.add(Request(prompt(one), one))
        heard.append(answer.request.item)
    assert sorted(heard) == sorted(mine + late)


def test_who_stands_in_does_not_make_the_source_be_read_ahead(database: Database) -> None:
    taken = []

    def source() -> Iterator[Request]:
        for number in range(1000):
            taken.append(number)
            yield Request(prompt(str(number)), number)

    seat = Seat("generator", [Scripted(), spare()])
    with closing(iter(Asking(seat, Desk(database=database, run=1), source(), 1000))) as answers:
        next(answers)
    assert len(taken) <= 64


def test_a_request_that_was_answered_by_who_stands_in_is_not_unanswered(database: Database) -> None:
    assert ask([Scripted(fails=("a",)), spare()], "ab", database).facts["unanswered"] == 0
    assert ask(Scripted(model="other", fails=("a",)), "aab", database).facts["unanswered"] == 2


def test_ctrl_c_while_the_last_answer_is_at_work_ends_the_work(database: Database) -> None:
    before = signal.getsignal(signal.SIGINT)
    heard = []
    with pytest.raises(KeyboardInterrupt):
        for answer in Asking(
            Seat("generator", [Scripted()]), Desk(database=database, run=1), [Request(prompt("a"))], 1
        ):
            heard.append(answer)
            os.kill(os.getpid(), signal.SIGINT)
    assert (len(heard), signal.getsignal(signal.SIGINT)) == (1, before)


def test_teachers_are_closed_even_when_the_last_write_fails(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = Scripted()
    asking = Asking(Seat("generator", [teacher]), Desk(database=database, run=1), [Request(prompt("a"), 0, mumbled)], 1)
    answers = iter(asking)
    next(answers)

    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(asking._writes, "flush", full)
    with pytest.raises(OSError, match="No space"):
        next(answers)
    assert teacher._opened == [1, 1]


def test_what_was_billed_before_a_teacher_refuses_to_work_is_counted(database: Database) -> None:
    class Refuses(Scripted):
        async def answer(self, prompt: Prompt) -> Reply:
            error = UserError("no credit")
            error.tries, error.wasted = (3, (14, 6)) if prompt.messages[-1].content == "a" else (1, (0, 0))
            raise error

    with pytest.raises(UserError, match="no credit"):
        ask(Refuses(costs=1e6, concurrency=2), "ab", database)
    assert [(row["requests"], row["failed"], row["cost"]) for row in database.spent()] == [(3, 1, 20.0)]
    assert database.in_flight() == []


def test_a_teacher_is_opened_and_closed_in_one_task(database: Database) -> None:
    class Scoped(Scripted):
        """As one whose client has a scope of its own, which no other task may leave."""

        @asynccontextmanager
        async def open(self) -> AsyncGenerator[Scripted, None]:
            began = asyncio.current_task()
            yield self
            assert asyncio.current_task() is began

    assert ask(Scoped(), "ab", database).said == ["A", "B"]


def test_a_teacher_that_breaks_off_loses_no_prompt_in_silence(database: Database) -> None:
    class Cancelled(Scripted):
        async def answer(self, prompt: Prompt) -> Reply:
            raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="script broke off in the middle of an answer"):
        ask(Cancelled(), "ab", database)
    assert len(database.in_flight()) == 1


def test_a_kill_at_the_beginning_of_a_run_counts_what_was_lost_once(database: Database) -> None:
    run = database.begin_run("recipe")
    database.mark_asked("key", run, "generator", "script", 5.0)
    real = database._db

    class Dies:
        in_transaction = False

        def execute(self, text: str, *given: object) -> object:
            if text.startswith("UPDATE asked"):
                raise KeyboardInterrupt
            return real.execute(text, *given)

    database._db = Dies()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        database.begin_run("recipe")
    database._db = real
    database.begin_run("recipe")
    assert [(row["lost"], row["cost"]) for row in database.spent()] == [(1, 5.0)]


def test_a_character_may_be_as_many_tokens_as_it_has_bytes() -> None:
    assert dearest(Price(1e6, 0), prompt("ab"), 8) == 2 + 8
    assert dearest(Price(1e6, 0), prompt("\U0001f9ff\u1205"), 8) == 4 + 3 + 8
    assert dearest(Price(0, 1e6), prompt("ab"), 4000) == 4000
