"""A key stays out of everything: errors, reasons, replies, what objects show of themselves."""

import asyncio
import json
import traceback

import pytest
from endpoint_server import Step, ask, said, serving, wrong

from gristmill.errors import TeacherFailed, UserError
from gristmill.teachers._exchange import Address

KEY = "sk-proj/Hush+hush-0123456789"


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("SOME_KEY", KEY)
    monkeypatch.setattr("gristmill.teachers._waits._FIRST", 0.0005)


def echoing(status: int, **fields):
    """A server that tells the key that it got."""

    def script(seen):
        told = f"You sent {seen.headers['authorization']}."
        return said(told, **fields) if status == 200 else wrong(status, told, code=told)

    return script


def shown(error: BaseException) -> str:
    """All that a crash report could show of an error and of those behind it."""
    text, behind = "", error
    while behind is not None:
        text += f"{behind!s} {behind!r} {vars(behind)!r}"
        behind = behind.__cause__ or behind.__context__
    return text + "".join(traceback.TracebackException.from_exception(error).format())


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 418, 422, 429, 500, 503])
def test_a_server_that_tells_the_key_in_its_errors(status):
    with pytest.raises((UserError, TeacherFailed)) as error:
        ask(echoing(status), key="SOME_KEY", retries=1, patience=0.05)
    assert "[key]" in str(error.value)
    assert KEY not in shown(error.value)


@pytest.mark.parametrize("before", [180, 196, 199])
def test_a_key_is_not_told_in_part_where_an_error_is_cut_off(before):
    step = wrong(400, f"{'x' * (before - 1)} {KEY} is wrong")
    with pytest.raises((UserError, TeacherFailed)) as error:
        ask([step], key="SOME_KEY", retries=0)
    assert "xxx" in str(error.value)
    assert KEY[:4] not in shown(error.value)


def test_a_server_that_tells_the_key_in_its_replies():
    reply, _ = ask(echoing(200), key="SOME_KEY")
    assert reply.text == "You sent Bearer [key]."


def test_a_server_that_tells_the_key_in_a_refusal():
    with pytest.raises(TeacherFailed) as error:
        ask([said(None, refusal=f"Not with {KEY}")], key="SOME_KEY")
    assert "Not with [key]" in error.value.reason


def test_a_server_that_sends_the_key_elsewhere():
    with pytest.raises(UserError) as error:
        ask([Step(302, b"", {"location": f"https://{KEY[:7]}.example/?k={KEY}"})], key="SOME_KEY")
    assert KEY not in shown(error.value)


@pytest.mark.parametrize("step", [Step(cut=-1), Step(body=said().body, cut=9), Step(body=said().body, delay=9)])
def test_broken_connections_do_not_tell_the_key(step):
    with pytest.raises(TeacherFailed) as error:
        ask(lambda _: step, key="SOME_KEY", retries=0, timeout=0.05)
    assert KEY not in shown(error.value)


def test_a_key_of_a_few_letters_does_not_spoil_replies(monkeypatch):
    monkeypatch.setenv("SOME_KEY", "EMPTY")
    reply, _ = ask([said("The set is EMPTY.")], key="SOME_KEY")
    assert reply.text == "The set is EMPTY."


def test_nothing_shows_the_key_of_itself():
    async def opened() -> str:
        async with serving() as served, served.endpoint(key="SOME_KEY").open() as answering:
            teacher = served.endpoint(key="SOME_KEY")
            objects = [teacher, answering, *vars(answering).values(), *vars(answering._exchange).values()]
            told = " ".join(f"{one!r} {one!s}" for one in objects)
            return told + json.dumps([teacher.model_dump(), dict(teacher.identity())])

    assert KEY not in asyncio.run(opened())
    assert KEY not in repr(Address(url="http://h", headers={"Authorization": KEY}))
