"""Asking: kept replies first, each new one kept at once, no asking paid twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asked import Scripted, ask, prompt
from gristmill.ask import Asking
from gristmill.budget import Budget, CapReached
from gristmill.database import Database
from gristmill.desk import Desk, Request
from gristmill.errors import UserError
from gristmill.kept import reply_key
from gristmill.records import Failure
from gristmill.seat import Seat


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "store.db")
    yield opened
    opened.close()


def key(text: str, attempt: int = 0) -> str:
    return reply_key({"model": "script"}, prompt(text).digest, attempt)


def test_as_many_are_under_way_as_the_teacher_says(database: Database) -> None:
    teacher = Scripted(concurrency=3)
    assert ask(teacher, "abcdefg", database).said == list("ABCDEFG")
    assert teacher._at_once == [0, 3]


def test_a_reply_is_kept_and_never_asked_again(database: Database) -> None:
    first, second = Scripted(), Scripted()
    ask(first, "ab", database)
    asked = ask(second, "bac", database, run=2)
    assert (sorted(first._asked), second._asked) == (["a", "b"], ["c"])
    assert asked.said == ["B", "A", "C"]
    facts = asked.facts
    assert (facts["reused"], facts["asked"], facts["failed"], facts["answers"]) == (2, 1, 0, 3)
    assert (facts["tokens_in"], facts["tokens_out"], facts["seconds"]) == (3, 2, 0.5)


def test_a_teacher_is_not_even_opened_when_all_is_kept(database: Database) -> None:
    ask(Scripted(), "a", database)
    assert ask(Scripted(shut=True), "a", database, run=2).said == ["A"]


def test_another_model_is_asked_anew(database: Database) -> None:
    ask(Scripted(), "a", database)
    other = Scripted(model="other")
    ask(other, "a", database, run=2)
    assert other._asked == ["a"]


def test_equal_prompts_are_asked_once_and_other_ordinals_apart(database: Database) -> None:
    teacher = Scripted(concurrency=3)
    asked = ask(teacher, ["a", "a", prompt("a", 1), "a"], database)
    assert teacher._asked == ["a", "a"]
    assert (asked.said, asked.facts["asked"]) == (["A"] * 4, 2)


def test_equal_prompts_fail_together(database: Database) -> None:
    assert ask(Scripted(fails=("a",)), ["a", "a", "b"], database).said == ["failed:timeout", "failed:timeout", "B"]


def test_no_prompts_ask_nobody(database: Database) -> None:
    asked = ask(Scripted(shut=True), [], database)
    assert (asked.answers, asked.facts["asked"]) == ([], 0)


def test_a_failure_is_told_and_not_kept(database: Database) -> None:
    asked = ask(Scripted(fails=("b",)), "ab", database)
    assert asked.said == ["A", "failed:timeout"]
    assert asked.answers[1].reply == Failure(state="failed:timeout", reason="b took too long")
    assert (asked.facts["failed"], asked.facts["asked"]) == (1, 4)
    assert database.in_flight() == []
    mended = Scripted()
    assert ask(mended, "ab", database, run=2).said == ["A", "B"]
    assert mended._asked == ["b"]


def test_a_reply_that_cannot_be_read_is_asked_for_again_and_kept(database: Database) -> None:
    teacher = Scripted(mumbles=2, again=2)
    assert ask(teacher, "a", database).said == ["A"]
    assert teacher._asked == ["a", "a", "a"]
    assert [database.replies([key("a", attempt)])[key("a", attempt)].text for attempt in range(3)] == ["hm", "hm", "A"]
    resumed = Scripted(again=2)
    assert ask(resumed, "a", database, run=2).said == ["A"]
    assert resumed._asked == []


def test_the_last_reply_stands_when_none_can_be_read(database: Database) -> None:
    teacher = Scripted(mumbles=9, again=1)
    asked = ask(teacher, "a", database)
    assert (asked.said, teacher._asked, asked.facts["failed"]) == (["hm"], ["a", "a"], 0)


def test_what_was_on_its_way_at_a_break_is_known_and_asked_again(database: Database) -> None:
    teacher = Scripted(breaks=("b",))
    with pytest.raises(RuntimeError, match="b broke"):
        ask(teacher, "abc", database)
    assert database.in_flight() == [key("b")]
    assert teacher._opened == [1, 1]
    again = Scripted()
    assert ask(again, "abc", database, run=2).said == ["A", "B", "C"]
    assert again._asked == ["b", "c"]
    assert database.in_flight() == []


def test_a_reply_that_came_before_a_break_is_kept(database: Database) -> None:
    with pytest.raises(RuntimeError):
        ask(Scripted(breaks=("b",)), "ab", database)
    kept = database.reply(key("a"))
    assert kept is not None
    assert kept.text == "A"


def test_a_teacher_that_cannot_be_had_is_a_sentence(database: Database) -> None:
    with pytest.raises(UserError, match="cannot be had"):
        ask(Scripted(shut=True), "a", database)
    assert database.in_flight() == []


def test_nobody_is_opened_while_a_seat_lacks_something(database: Database) -> None:
    teacher = Scripted()

    def lacking() -> None:
        raise UserError("set KEY")

    desk = Desk(database=database, ready=lacking)
    with pytest.raises(UserError, match="set KEY"):
        list(Asking(Seat("judge", [teacher]), desk, [Request(prompt("a"))], 1))
    assert teacher._opened == [0, 0]


def test_progress_is_told_to_the_end(database: Database) -> None:
    told: list[tuple[int, int]] = []
    ask(Scripted(concurrency=2, fails=("b",)), "abc", database, tell=lambda *now: told.append(now))
    assert told[-1] == (3, 3)
    assert told == sorted(told)


def test_requests_may_be_added_on_the_way(database: Database) -> None:
    teacher = Scripted()
    asking = Asking(Seat("generator", [teacher]), Desk(database=database), [Request(prompt("a"), 0)], 1)
    heard = []
    for answer in asking:
        heard.append(answer.request.item)
        if answer.request.item < 3:
            asking.add(Request(prompt("a" * (answer.request.item + 2)), answer.request.item + 1))
    assert heard == [0, 1, 2, 3]


# several teachers


def test_teachers_share_prompts_by_weight_and_always_alike(database: Database) -> None:
    texts = [f"prompt {number}" for number in range(400)]
    seats = [Scripted(model="one", weight=3, concurrency=9), Scripted(model="two", weight=1, concurrency=9)]
    asked = ask(seats, texts, database)
    assert 270 <= asked.by.count("one") <= 330
    assert ask(reversed([*seats]), texts, database, run=2).by == asked.by


def test_another_teacher_moves_only_its_share(database: Database) -> None:
    one, two, three = (Scripted(model=name) for name in ("one", "two", "three"))
    before, after = Seat("judge", [one, two]), Seat("judge", [one, two, three])
    digests = [prompt(str(number)).digest for number in range(300)]
    moved = [digest for digest in digests if before.order(digest) != after.order(digest)]
    assert all(after.order(digest) == [2] for digest in moved)
    assert 70 <= len(moved) <= 130


def test_a_teacher_of_no_weight_stands_in_when_the_others_failed(database: Database) -> None:
    first, spare = Scripted(model="one", fails=("b",)), Scripted(model="spare", weight=0)
    asked = ask([first, spare], "abc", database)
    assert (asked.said, asked.by) == (["A", "B", "C"], ["one", "spare", "one"])
    assert spare._asked == ["b"]


def test_a_reply_of_who_stood_in_is_not_paid_again(database: Database) -> None:
    ask([Scripted(model="one", fails=("b",)), Scripted(model="spare", weight=0)], "ab", database)
    mended, spare = Scripted(model="one"), Scripted(model="spare", weight=0)
    asked = ask([mended, spare], "ab", database, run=2)
    assert (asked.by, mended._asked, spare._asked) == (["one", "spare"], [], [])


def test_all_failed_is_failed(database: Database) -> None:
    asked = ask([Scripted(model="one", fails=("a",)), Scripted(model="two", weight=0, fails=("a",))], "a", database)
    assert (asked.said, asked.by) == (["failed:timeout"], ["two"])


# money


def test_the_ledger_counts_what_was_billed_useless_answers_too(database: Database) -> None:
    ask(Scripted(fails=("b",), costs=1e6), "ab", database)
    (row,) = database.spent(1)
    assert (row["requests"], row["replies"], row["failed"]) == (4, 1, 1)
    assert (row["tokens_in"], row["tokens_out"], row["cost"]) == (9, 3, 12.0)


def test_a_cap_is_never_passed_and_the_next_run_goes_on(database: Database) -> None:
    # A request may cost 1 + 8 + 8 tokens at most, and costs 5.
    teacher = Scripted(costs=1e6, concurrency=4)
    budget = Budget(run_cap=40)
    with pytest.raises(CapReached, match=r"run_cap of 40 is reached: 25\.0+ is spent"):
        ask(teacher, "abcdefgh", database, budget=budget)
    assert len(teacher._asked) == 5
    again = Scripted(costs=1e6)
    assert ask(again, "abcdefgh", database, run=2, budget=Budget(run_cap=40)).said == list("ABCDEFGH")
    assert len(again._asked) == 3


def test_a_round_remembers_what_earlier_runs_spent(database: Database) -> None:
    ask(Scripted(costs=1e6), "abcd", database, run=database.begin_run("{}"))
    budget = Budget(round_cap=30, round_spent=database.spent_this_round())
    with pytest.raises(CapReached, match="round_cap"):
        ask(Scripted(costs=1e6), "efg", database, run=database.begin_run("{}"), budget=budget)
    database.add_version("v1", "digest", 2, {})
    assert database.spent_this_round() == 0.0


def test_what_a_killed_run_had_under_way_counts_as_spent_once(database: Database) -> None:
    database.begin_run("{}")
    database.mark_asked("key", 1, "generator", "script", 2.5)
    for _ in range(2):
        database.begin_run("{}")
        assert database.spent_this_round() == 2.5
    assert database.spent(1)[0]["lost"] == 1
    assert database.in_flight() == ["key"]


# the store


def test_kept_replies_are_found_by_prompt_with_who_gave_them(database: Database) -> None:
    ask(Scripted(), "a", database)
    ((asked, reply),) = database.replies_to(prompt("a").digest)
    assert asked["model"] == "script"
    assert asked["prompt"]["messages"] == [["user", "a"]]
    assert reply.text == "A"


def test_kept_replies_can_be_recorded(database: Database) -> None:
    ask(Scripted(), "ab", database)
    rows = list(database.all_replies())
    assert {row["text"] for row in rows} == {"A", "B"}
    assert {row["prompt_digest"] for row in rows} == {prompt("a").digest, prompt("b").digest}
    assert {row["model"] for row in rows} == {"script"}
