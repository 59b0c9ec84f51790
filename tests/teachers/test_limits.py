"""Limits that many askings share: places under way, and so many a minute."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.teachers._limits import Limit, Pace


def test_all_places_are_there_from_the_start():
    async def taken() -> int:
        limit = Limit(32)
        for _ in range(32):
            await asyncio.wait_for(limit.take(), 1)
        return limit.busy

    assert asyncio.run(taken()) == 32


def test_who_waits_gets_a_place_in_turn():
    async def order() -> list[int]:
        limit, served = Limit(1), []

        async def work(number: int) -> None:
            await limit.take()
            served.append(number)
            await asyncio.sleep(0)
            limit.give_back()

        await asyncio.gather(*(work(number) for number in range(5)))
        assert limit.busy == 0
        return served

    assert asyncio.run(order()) == [0, 1, 2, 3, 4]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from("tgcse"), max_size=60), st.integers(1, 5))
def test_no_place_is_lost_or_made_whatever_happens(steps, most):
    """t take, g give back, c cancel who waits longest, s strained, e eased."""

    async def play() -> None:
        limit, held, waiting, now = Limit(most), 0, [], 0.0
        for step in steps:
            now += 1.0
            if step == "t":
                waiting.append(asyncio.ensure_future(limit.take()))
            elif step == "g" and held:
                held -= 1
                limit.give_back()
            elif step == "c" and waiting:
                waiting[0].cancel()
            elif step == "s":
                limit.strained(now, now)
            elif step == "e":
                limit.eased(0.1)
            if step != "c":
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            held += sum(one.done() and not one.cancelled() for one in waiting)
            waiting = [one for one in waiting if not one.done()]
            assert 1 <= limit.allowed <= most
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        held += sum(one.done() and not one.cancelled() for one in waiting)
        waiting = [one for one in waiting if not one.done()]
        assert limit.busy == held <= most
        assert not waiting or held >= int(limit.allowed)
        for one in waiting:
            one.cancel()

    asyncio.run(play())


def test_a_wave_of_refusals_counts_once():
    limit = Limit(32)
    for number in range(32):
        limit.strained(sent=0.0, now=0.1 + number / 100)
    assert limit.allowed == 24


def test_refusals_of_later_requests_count_again():
    limit = Limit(32)
    limit.strained(sent=0.0, now=0.1)
    limit.strained(sent=5.0, now=5.1)
    limit.strained(sent=9.0, now=9.1)
    assert limit.allowed == pytest.approx(32 * 0.75**3)


def test_a_rare_fault_costs_little():
    limit = Limit(256)
    for round_trip in range(200):
        for number in range(256):
            sent = round_trip * 3.0
            limit.strained(sent, sent + 1) if number % 30 == 0 else limit.eased(1.0)
    assert limit.allowed > 200


def test_an_overloaded_server_is_asked_less_and_less():
    limit, now = Limit(64), 0.0
    for _ in range(40):
        now += 3.0
        for _ in range(int(limit.allowed)):
            limit.strained(now, now + 0.1)
    assert limit.allowed == 1


def test_it_grows_back_by_a_sixteenth_of_the_ceiling_a_round_trip():
    limit = Limit(64)
    limit.strained(0.0, 0.1)
    assert limit.allowed == 48
    for _ in range(48):
        limit.eased(1.0)
    assert 51 < limit.allowed <= 52
    for _ in range(1000):
        limit.eased(1.0)
    assert limit.allowed == 64


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6000), st.lists(st.tuples(st.floats(0, 3), st.integers(1, 5)), min_size=1, max_size=200))
def test_no_minute_has_more_than_its_share(per_minute, askings):
    pace, now, gone = Pace(per_minute), 0.0, []
    for pause, amount in askings:
        now += pause
        gone.append((now + pace.reserve(amount, now), amount))
    for start, _ in gone:
        within = sum(amount for when, amount in gone if start <= when < start + 60)
        assert within <= per_minute * 61 / 60 + 5


def test_what_was_reserved_too_much_is_given_back():
    pace = Pace(60)
    assert pace.reserve(100, 0.0) == 0
    assert pace.reserve(1, 0.0) == pytest.approx(99)
    pace.correct(-90)
    assert pace.reserve(1, 0.0) == pytest.approx(10)
