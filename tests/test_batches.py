"""Batches: handed in once, collected by whichever run comes after, whenever the one before was killed."""

import copy
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import PrivateAttr

from asked import Scripted, ask, mumbled, prompt
from gristmill.answering import Price, Teacher
from gristmill.ask import Asking
from gristmill.batches import Batch
from gristmill.budget import Budget, CapReached
from gristmill.database import Database
from gristmill.desk import Desk, Request
from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Prompt, Reply
from gristmill.seat import Seat


def quiet(_moment: str) -> None:
    """Let it pass."""


@dataclass
class Server:
    """What a server knows: its batches, and how often each prompt was handed in.

    A batch ends at the look of number `looks`, each one look later than the one before. `fails` and `mumbles`
    are texts of prompts; `breaks` names the moment at which the client is broken off; `at` is told each moment.
    """

    looks: int = 1
    fails: tuple[str, ...] = ()
    mumbles: tuple[str, ...] = ()
    breaks: str = ""
    at: Callable[[str], Any] = quiet
    batches: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    looked: Counter[str] = field(default_factory=Counter)
    handed: Counter[str] = field(default_factory=Counter)

    @property
    def sizes(self) -> list[int]:
        return [len(prompts) for _, prompts in self.batches.values()]


class Batched(Teacher):
    """Answers in capitals, by the batch."""

    model: str = "batched"
    size: int = 3
    again: int = 0
    costs: float = 0.0
    concurrency: int = 4
    _server: Server = PrivateAttr(default_factory=Server)

    def identity(self) -> Mapping[str, Any]:
        return {"model": self.model}

    def batch(self) -> int:
        return self.size

    def repeats(self) -> int:
        return self.again

    def price(self) -> Price:
        return Price(self.costs, self.costs)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Opened", None]:
        yield Opened(self._server)


class Opened:
    pause = 0.0

    def __init__(self, server: Server) -> None:
        self.server = server

    def moment(self, name: str) -> None:
        self.server.at(name)
        if self.server.breaks == name:
            self.server.breaks = ""
            raise RuntimeError(f"broken {name}")

    async def submit(self, prompts: Mapping[str, Prompt], token: str) -> str:
        self.moment("before submit")
        name = f"b{len(self.server.batches)}"
        self.server.batches[name] = (token, {key: one.messages[-1].content for key, one in prompts.items()})
        self.server.handed.update(list(prompts))
        self.moment("before name")
        return name

    async def find(self, token: str) -> str:
        return next((name for name, (carried, _) in self.server.batches.items() if carried == token), "")

    async def collect(self, batch: str) -> Mapping[str, Reply | TeacherFailed] | tuple[int, int]:
        self.moment("look")
        server = self.server
        if batch not in server.batches:
            raise TeacherFailed("gone", f"{batch} was deleted")
        server.looked[batch] += 1
        prompts = server.batches[batch][1]
        if server.looked[batch] < server.looks + int(batch[1:]):
            return 1, len(prompts)
        return {key: self.reply(key, text) for key, text in prompts.items()}

    def reply(self, key: str, text: str) -> Reply | TeacherFailed:
        if text in self.server.fails:
            return TeacherFailed("refused", f"{text} is refused", wasted=(3, 0))
        mumbles = text in self.server.mumbles and self.attempt(key, text) == 0
        return Reply(text="hm" if mumbles else text.upper(), tokens_in=3, tokens_out=2)

    def attempt(self, key: str, text: str) -> int:
        keys = [k for _, prompts in self.server.batches.values() for k, said in prompts.items() if said == text]
        return keys.index(key)


def batched(server: Server, **fields: Any) -> Batched:
    teacher = Batched(**fields)
    teacher._server = server
    return teacher


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "store.db")
    yield opened
    opened.close()


def test_prompts_are_handed_in_by_the_batch_and_all_at_once(database: Database) -> None:
    server, out = Server(looks=3), []
    teacher = batched(server)
    server.at = lambda moment: out.append(len(server.batches)) if moment == "look" else None
    assert ask(teacher, "abcdefgh", database).said == list("ABCDEFGH")
    assert server.sizes == [3, 3, 2]
    assert max(out) == 3
    assert min(server.looked.values()) > 1
    assert database.batches() == []
    assert database.in_flight() == []


def test_no_more_batches_are_out_than_the_teacher_bears(database: Database) -> None:
    server, out = Server(looks=3), []
    teacher = batched(server, concurrency=2, size=1)
    server.at = lambda moment: out.append(len(server.batches) - len(server.looked))
    ask(teacher, "abcdef", database)
    assert len(server.sizes) == 6
    assert max(out) <= 2


def test_what_is_kept_is_not_handed_in_again(database: Database) -> None:
    server = Server()
    ask(batched(server), "ab", database)
    asked = ask(batched(server), "abc", database, run=2)
    assert asked.said == ["A", "B", "C"]
    assert (server.sizes, asked.facts["reused"], asked.facts["asked"]) == ([2, 1], 2, 1)


def test_a_reply_that_cannot_be_read_goes_to_another_batch(database: Database) -> None:
    server = Server(mumbles=("b",))
    assert ask(batched(server, again=1), "abc", database).said == ["A", "B", "C"]
    assert server.sizes == [3, 1]
    assert set(server.handed.values()) == {1}


def test_failures_fall_to_who_stands_in(database: Database) -> None:
    spare = Scripted(model="spare", weight=0)
    asked = ask([batched(Server(fails=("b",)), costs=1e6), spare], "abc", database)
    assert (asked.said, asked.by) == (["A", "B", "C"], ["batched", "spare", "batched"])
    ledger = {row["teacher"]: row for row in database.spent(1)}
    assert (ledger["batched"]["failed"], ledger["batched"]["cost"]) == (1, 13.0)


def test_who_stands_in_by_the_batch_waits_until_a_batch_is_worth_it(database: Database) -> None:
    server = Server()
    first = Scripted(model="first", fails=tuple("abcd"), concurrency=1)
    asked = ask([first, batched(server, size=10, weight=0)], "abcdef", database)
    assert asked.said == list("ABCDEF")
    assert server.sizes == [4]


def test_a_batch_that_ends_without_a_reply_is_a_failure_with_a_name(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def collect(self: Opened, batch: str) -> Mapping[str, Reply | TeacherFailed]:
        return {"": TeacherFailed("expired", "a day is over")} if self.server.looks else {}

    monkeypatch.setattr(Opened, "collect", collect)
    assert ask(batched(Server()), "ab", database).said == ["failed:expired"] * 2
    assert ask(batched(Server(looks=0)), "cd", database).said == ["failed:missing"] * 2


def test_progress_counts_what_is_done_at_the_server(database: Database) -> None:
    told: list[tuple[int, int]] = []
    ask(batched(Server(looks=3)), "abc", database, tell=lambda *now: told.append(now))
    assert (1, 3) in told
    assert told[-1] == (3, 3)
    assert told == sorted(told)


# kills


class Snapshots:
    """Copies of the store and of the server, as a kill at each moment would leave them."""

    def __init__(self, folder: Path, database: Database, server: Server) -> None:
        self.folder, self.server = folder, server
        self.kept: list[tuple[Path, Server]] = []
        database._db.set_trace_callback(self.take)

    def take(self, moment: str) -> None:
        if moment.startswith("SELECT"):
            return
        path = self.folder / f"killed {len(self.kept)}.db"
        with closing(sqlite3.connect(self.folder / "store.db")) as here, closing(sqlite3.connect(path)) as there:
            here.backup(there)
        self.kept.append((path, copy.deepcopy(replace(self.server, at=quiet))))


def test_a_kill_at_any_moment_hands_nothing_in_twice_and_loses_nothing(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "store.db")) as database:
        server = Server(looks=2, mumbles=("b",))
        teacher = batched(server, again=1, size=2)
        run = database.begin_run("{}")
        snapshots = Snapshots(tmp_path, database, server)
        server.at = snapshots.take
        calm = ask(teacher, "abc", database, run=run)
        snapshots.take("end")
    assert len(snapshots.kept) > 20
    for path, left in snapshots.kept:
        with closing(Database(path)) as store:
            again = ask(batched(left, again=1, size=2), "abc", store, run=store.begin_run("{}"))
            assert again.said == calm.said
            assert left.handed == server.handed
            assert set(left.handed.values()) == {1}
            assert (store.batches(), store.in_flight()) == ([], [])
            ledger = store.spent()
            assert [(row["requests"], row["replies"], row["lost"]) for row in ledger] == [(4, 4, 0)]


@pytest.mark.parametrize("places", [1, 4])
@pytest.mark.parametrize("moment", ["before submit", "before name", "look"])
def test_a_break_at_each_moment_is_mended_by_the_next_run(database: Database, moment: str, places: int) -> None:
    server = Server(breaks=moment, looks=2)
    with pytest.raises(RuntimeError, match=moment):
        ask(batched(server), "abcdefg", database, run=database.begin_run("{}"))
    again = batched(server, concurrency=places)
    assert ask(again, "gfedcba", database, run=database.begin_run("{}")).said == list("GFEDCBA")
    assert set(server.handed.values()) == {1}
    assert database.batches() == []


def test_other_prompts_do_not_wait_for_the_batch_of_a_killed_run(database: Database) -> None:
    server = Server(breaks="look")
    with pytest.raises(RuntimeError):
        ask(batched(server), "abc", database)
    server.looks = 10**9
    server.at = lambda moment: setattr(server, "looks", 1) if moment == "before submit" else None
    assert ask(batched(server), "abcdef", database, run=2).said == list("ABCDEF")
    assert server.sizes == [3, 3]
    assert server.looks == 1


def test_a_batch_that_nobody_wants_any_more_is_paid_for_but_not_waited_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gristmill.ask._GRACE", 0.01)
    server = Server(breaks="look")
    with pytest.raises(RuntimeError):
        ask(batched(server, costs=1e6), "abc", database)
    server.looks = 10**9
    assert ask(batched(server, size=1, concurrency=1), "", database, run=2).said == []
    server.looked["b1"] = 2 * 10**9
    assert ask(batched(server), "z", database, run=2).said == ["Z"]
    assert [row["name"] for row in database.batches()] == ["b0"]
    server.looks = 1
    assert ask(batched(server, costs=1e6), "y", database, run=3).said == ["Y"]
    assert database.batches() == []
    assert [row["cost"] for row in database.spent(3)] == [20.0]


def test_a_failure_within_the_batch_of_a_killed_run_is_told_once(database: Database) -> None:
    server = Server(breaks="look", fails=("b",))
    with pytest.raises(RuntimeError):
        ask(batched(server), "abc", database)
    spare = Scripted(model="spare", weight=0)
    assert ask([batched(server), spare], "abc", database, run=2).by == ["batched", "spare", "batched"]
    assert set(server.handed.values()) == {1}


def test_a_failure_within_the_batch_of_a_killed_run_is_told_when_it_is_asked_for_later(database: Database) -> None:
    server = Server(breaks="look", fails=("b",))
    with pytest.raises(RuntimeError):
        ask(batched(server), "ab", database)
    texts = [f"{number}" for number in range(40)]
    asked = ask(batched(server, size=10), ["a", *texts, "b"], database, run=2)
    assert asked.said == ["A", *texts, "failed:refused"]
    assert set(server.handed.values()) == {1}


def test_the_prompts_of_a_killed_run_make_no_batch_smaller(database: Database) -> None:
    server = Server(breaks="look")
    texts = [f"{number}" for number in range(200)]
    with pytest.raises(RuntimeError):
        ask(batched(server, size=50), texts[:50], database)
    ask(batched(server, size=50), texts, database, run=2)
    assert server.sizes == [50] * 4


def test_a_batch_that_was_deleted_is_asked_anew_and_counts_as_lost(database: Database) -> None:
    server = Server(breaks="look")
    with pytest.raises(RuntimeError):
        ask(batched(server, costs=1e6), "abc", database)
    server.batches.clear()
    assert ask(batched(server, costs=1e6), "abc", database, run=2).said == ["A", "B", "C"]
    (row,) = database.spent(2)
    assert (row["lost"], row["requests"], row["replies"]) == (3, 6, 3)
    assert row["cost"] == 3 * 17.0 + 15.0


def test_a_batch_that_is_deleted_while_it_is_waited_for_fails(database: Database) -> None:
    server = Server(looks=9)
    teacher = batched(server)
    server.at = lambda moment: server.batches.clear() if server.looked["b0"] == 2 else None
    asked = ask(teacher, "ab", database)
    assert (asked.said, asked.facts["failed"]) == (["failed:gone"] * 2, 2)
    assert database.spent(1)[0]["lost"] == 2


def test_another_seats_batches_are_left_alone(database: Database) -> None:
    server = Server()
    database.add_batch("token", "judge", '{"model":"batched"}', {"key": ["digest", "{}"]}, 1.0, 1)
    ask(batched(server), "a", database)
    assert [row["token"] for row in database.batches()] == ["token"]


def test_the_end_by_the_user_says_what_goes_on(database: Database) -> None:
    server = Server(looks=9)
    teacher = batched(server)
    server.at = lambda moment: signal.raise_signal(signal.SIGINT) if moment == "look" else None
    with pytest.raises(KeyboardInterrupt) as caught:
        ask(teacher, "abc", database)
    told = "1 batch of 3 prompts is under way with batched: the next run collects what was handed in."
    assert caught.value.__notes__ == [told]


def test_a_write_that_fails_ends_the_asking_and_nothing_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(database, "drop_batch", full)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            ask(batched(server), "abc", database)
    assert (len(database.batches()), database.spent(1)) == (1, [])
    assert ask(batched(server), "abc", database, run=2).said == ["A", "B", "C"]
    assert server.sizes == [3]


# money


def test_a_batch_takes_what_there_is_money_for(database: Database) -> None:
    # A prompt may cost 17 and costs 5: two fit, then one, then one.
    server = Server()
    with pytest.raises(CapReached, match=r"run_cap of 40 is reached: 25\.0+ is spent, and"):
        ask(batched(server, costs=1e6), "abcdefg", database, budget=Budget(run_cap=40))
    assert server.sizes == [2, 1, 1, 1]


def test_what_an_earlier_batch_may_cost_is_set_aside(database: Database) -> None:
    server = Server(breaks="look")
    with pytest.raises(RuntimeError):
        ask(batched(server, costs=1e6), "ab", database)
    (row,) = database.batches()
    assert row["cost"] == 34.0
    server.looks = 10**9
    budget = Budget(run_cap=40, held=row["cost"])
    with pytest.raises(CapReached, match=r"0\.0000 is spent, 34\.0000 is set aside for batches under way"):
        ask(Scripted(costs=1e6), "z", database, run=2, budget=budget)
    server.looks = 1
    assert ask(batched(server, costs=1e6), "abc", database, run=2, budget=budget).said == ["A", "B", "C"]
    assert (budget.held, budget.run_spent) == (0.0, 15.0)


# the rest


def test_a_server_that_refuses_ends_the_asking(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def submit(self: Opened, prompts: Mapping[str, Prompt], token: str) -> str:
        raise UserError("it takes no batches")

    server = Server()
    with monkeypatch.context() as refusing:
        refusing.setattr(Opened, "submit", submit)
        with pytest.raises(UserError, match="takes no batches"):
            ask(batched(server), "a", database)
    assert ask(batched(server), "a", database, run=2).said == ["A"]


def test_equal_prompts_are_handed_in_once(database: Database) -> None:
    server = Server()
    assert ask(batched(server), ["a", "a", prompt("a", 1), "a"], database).said == ["A"] * 4
    assert server.sizes == [2]


def test_requests_that_are_added_later_make_another_batch(database: Database) -> None:
    server = Server()
    desk = Desk(database=database, run=1)
    asking = Asking(Seat("generator", [batched(server)]), desk, [Request(prompt(one), one, mumbled) for one in "ab"], 2)
    heard = []
    for answer in asking:
        heard.append(answer.request.item)
        if len(heard) < 3:
            asking.add(Request(prompt("x" * len(heard)), "x"))
    assert sorted(heard) == ["a", "b", "x", "x"]
    assert server.sizes == [2, 2]


def test_batches_are_told_apart_even_when_they_are_alike() -> None:
    one, other = (Batch(token="t", prompts={}, held=0.0) for _ in range(2))
    assert one != other
