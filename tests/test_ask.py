"""Asking: kept replies first, each new one kept at once, no asking paid twice."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import PrivateAttr

from gristmill.ask import ask
from gristmill.contracts import Teacher
from gristmill.database import Database, reply_key
from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Failure, Message, Prompt, Reply


class Scripted(Teacher):
    """Answers in capitals, counts, and fails or breaks where told."""

    model: str = "script"
    fails: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    shut: bool = False
    _asked: list[str] = PrivateAttr(default_factory=list)
    _at_once: list[int] = PrivateAttr(default_factory=lambda: [0, 0])
    _opened: list[int] = PrivateAttr(default_factory=lambda: [0, 0])

    def identity(self) -> Mapping[str, Any]:
        return {"model": self.model}

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
        await asyncio.sleep(0.001)
        self._at_once[0] -= 1
        if text in self.fails:
            raise TeacherFailed("timeout", f"{text} took too long")
        if text in self.breaks:
            raise RuntimeError(f"{text} broke")
        return Reply(text=text.upper(), tokens_in=3, tokens_out=2, seconds=0.5)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "store.db")
    yield opened
    opened.close()


def prompt(text: str, ordinal: int = 0) -> Prompt:
    return Prompt(messages=(Message(role="user", content=text),), ordinal=ordinal)


def prompts(*texts: str) -> list[Prompt]:
    return [prompt(text) for text in texts]


def quiet(_done: int, _of: int) -> None:
    pass


def said(replies: list[Reply | Failure]) -> list[str]:
    return [one.state if isinstance(one, Failure) else one.text for one in replies]


def test_replies_come_in_the_order_of_the_prompts(database: Database) -> None:
    teacher = Scripted(concurrency=3)
    asked = ask(teacher, prompts("a", "b", "c", "d"), database, 1, quiet)
    assert said(asked.replies) == ["A", "B", "C", "D"]
    assert teacher._at_once == [0, 3]


def test_a_reply_is_kept_and_never_asked_again(database: Database) -> None:
    first, second = Scripted(), Scripted()
    ask(first, prompts("a", "b"), database, 1, quiet)
    asked = ask(second, prompts("b", "a", "c"), database, 2, quiet)
    assert (first._asked, second._asked) == (["a", "b"], ["c"])
    assert said(asked.replies) == ["B", "A", "C"]
    assert (asked.reused, asked.asked, asked.failed) == (2, 1, 0)
    assert (asked.tokens_in, asked.tokens_out, asked.seconds) == (3, 2, 0.5)


def test_a_teacher_is_not_even_opened_when_all_is_kept(database: Database) -> None:
    ask(Scripted(), prompts("a"), database, 1, quiet)
    assert said(ask(Scripted(shut=True), prompts("a"), database, 2, quiet).replies) == ["A"]


def test_another_model_is_asked_anew(database: Database) -> None:
    ask(Scripted(), prompts("a"), database, 1, quiet)
    other = Scripted(model="other")
    ask(other, prompts("a"), database, 2, quiet)
    assert other._asked == ["a"]


def test_equal_prompts_are_asked_once_and_other_ordinals_apart(database: Database) -> None:
    teacher = Scripted()
    asked = ask(teacher, [prompt("a"), prompt("a"), prompt("a", 1)], database, 1, quiet)
    assert teacher._asked == ["a", "a"]
    assert (said(asked.replies), asked.asked, asked.reused) == (["A", "A", "A"], 2, 0)


def test_no_prompts_ask_nobody(database: Database) -> None:
    asked = ask(Scripted(shut=True), [], database, 1, quiet)
    assert (asked.replies, asked.asked) == ([], 0)


def test_a_failure_is_told_and_not_kept(database: Database) -> None:
    asked = ask(Scripted(fails=("b",)), prompts("a", "b"), database, 1, quiet)
    assert said(asked.replies) == ["A", "failed:timeout"]
    assert asked.replies[1] == Failure(state="failed:timeout", reason="b took too long")
    assert (asked.failed, asked.asked) == (1, 2)
    assert database.in_flight() == []
    mended = Scripted()
    assert said(ask(mended, prompts("a", "b"), database, 2, quiet).replies) == ["A", "B"]
    assert mended._asked == ["b"]


def test_what_was_on_its_way_at_a_break_is_known_and_asked_again(database: Database) -> None:
    teacher = Scripted(breaks=("b",))
    with pytest.raises(RuntimeError, match="b broke"):
        ask(teacher, prompts("a", "b", "c"), database, 1, quiet)
    assert database.in_flight() == [reply_key(teacher.identity(), prompt("b"))]
    assert teacher._opened == [1, 1]
    again = Scripted()
    assert said(ask(again, prompts("a", "b", "c"), database, 2, quiet).replies) == ["A", "B", "C"]
    assert again._asked == ["b", "c"]
    assert database.in_flight() == []


def test_a_reply_that_came_before_a_break_is_kept(database: Database) -> None:
    with pytest.raises(RuntimeError):
        ask(Scripted(breaks=("b",)), prompts("a", "b"), database, 1, quiet)
    kept = database.reply(reply_key(Scripted().identity(), prompt("a")))
    assert kept is not None
    assert kept.text == "A"


def test_a_teacher_that_cannot_be_had_is_a_sentence(database: Database) -> None:
    with pytest.raises(UserError, match="cannot be had"):
        ask(Scripted(shut=True), prompts("a"), database, 1, quiet)
    assert database.in_flight() == []


def test_progress_is_told_to_the_end(database: Database) -> None:
    told: list[tuple[int, int]] = []
    ask(Scripted(concurrency=2, fails=("b",)), prompts("a", "b", "c"), database, 1, lambda *now: told.append(now))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_facts_are_of_this_asking(database: Database) -> None:
    teacher = Scripted()
    ask(teacher, prompts("a"), database, 1, quiet)
    facts = ask(teacher, prompts("a", "b"), database, 2, quiet).facts(teacher)
    assert facts == {
        "model": "script", "reused": 1, "asked": 1, "failed": 0, "tokens_in": 3, "tokens_out": 2, "seconds": 0.5,
    }  # fmt: skip


def test_kept_replies_are_found_by_prompt_with_who_gave_them(database: Database) -> None:
    ask(Scripted(), prompts("a"), database, 1, quiet)
    ((asked, reply),) = database.replies_to(prompt("a").digest)
    assert asked["model"] == "script"
    assert asked["prompt"]["messages"] == [["user", "a"]]
    assert reply.text == "A"


def test_kept_replies_can_be_recorded(database: Database) -> None:
    ask(Scripted(), prompts("a", "b"), database, 1, quiet)
    rows = list(database.all_replies())
    assert [row["text"] for row in rows] == ["A", "B"]
    assert {row["prompt_digest"] for row in rows} == {prompt("a").digest, prompt("b").digest}
    assert {row["model"] for row in rows} == {"script"}
