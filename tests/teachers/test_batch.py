"""Batches of an endpoint: the few calls they take, the lines that come back, and what goes wrong with each."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from endpoint_server import asking

from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Prompt, Reply
from gristmill.teachers._asking import Secret, Terms
from gristmill.teachers._batch import Batches
from gristmill.teachers._batch_file import line, read
from gristmill.teachers._dialect import Dialect
from gristmill.teachers._exchange import Heard, Unheard
from gristmill.teachers.endpoint import Endpoint

sys.path.insert(0, str(Path(__file__).parents[1] / "doubles"))

from endpoint_double import Double, running  # the doubles import one another by their bare names

SCHEMA = '{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"]}'
DROPPED = Unheard("dropped", "the connection broke")
LISTED = {"data": [], "has_more": False}


@pytest.fixture(scope="module")
def shared() -> Iterator[Double]:
    with running() as double:
        yield double


@pytest.fixture
def double(shared: Double) -> Double:
    shared.configure(faults=[], share=0.1, batch_delay=0.0, batch_faults=[], content="qa", key="")
    shared.reset()
    return shared


def prompts(count: int, schema: str = "") -> dict[str, Prompt]:
    return {f"k{at}": asking(f"What is {at}?", schema=schema, max_tokens=9) for at in range(count)}


def endpoint(double: Double, **fields: Any) -> Endpoint:
    return Endpoint(**{"base_url": double.url, "model": "small", "batch_size": 50, "batch_pause": 0.01, **fields})


async def collected(opened: Any, name: str) -> Any:
    while isinstance(came := await opened.collect(name), tuple):
        await asyncio.sleep(opened.pause)
    return came


def by_batch(double: Double, asked: dict[str, Prompt], **fields: Any) -> dict[str, Reply | TeacherFailed]:
    async def whole() -> Any:
        async with endpoint(double, **fields).open() as opened:
            return await collected(opened, await opened.submit(asked, "token1"))

    return asyncio.run(whole())


class Calls:
    """An exchange that answers by a script, and what it was called."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.called: list[str] = []
        self.bodies: list[bytes] = []

    async def call(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Heard | Unheard:
        self.called.append(f"{method} {path.partition('?')[0]}")
        self.bodies.append(body)
        answer = self.answers.pop(0)
        if isinstance(answer, Unheard):
            return answer
        status, said = answer if isinstance(answer, tuple) else (200, answer)
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        return Heard(status, {"retry-after": "0"}, data)

    async def models(self) -> list[str]:
        return []


def batches(calls: Calls, patience: float = 5.0, key: str = "sk-secret-key") -> Batches:
    terms = Terms(url="http://x/v1", model="small", variable="KEY", retries=2, patience=patience, concurrency=1)
    return Batches(terms, calls, Dialect({"model": "small"}, None, "auto"), Secret(key), 0.0)  # type: ignore[arg-type]


def wrong(message: str = "No.") -> dict[str, Any]:
    return {"error": {"message": message, "type": "x"}}


# the whole way


def test_a_batch_says_what_single_requests_say(double: Double) -> None:
    asked = prompts(5, SCHEMA)

    async def singly() -> dict[str, Reply]:
        async with endpoint(double, batch_size=0).open() as opened:
            return {key: await opened.answer(one) for key, one in asked.items()}

    single = asyncio.run(singly())
    came = by_batch(double, asked)
    assert {key: (one.text, one.finish, one.tokens_in, one.tokens_out) for key, one in single.items()} == {
        key: (came[key].text, came[key].finish, came[key].tokens_in, came[key].tokens_out) for key in asked
    }
    assert double.stats()["batch_lines"] == 5


def test_the_body_of_a_line_is_that_of_a_single_request() -> None:
    teacher = Endpoint(base_url="http://x/v1", model="small", seed=3, batch_size=9)
    body = teacher._dialect().body(asking(schema=SCHEMA))
    said = json.loads(line('a"key', body))
    assert said == {"custom_id": 'a"key', "method": "POST", "url": "/v1/chat/completions", "body": json.loads(body)}
    assert said["body"]["response_format"]["type"] == "json_schema"


def test_a_schema_of_no_object_is_asked_for_in_words() -> None:
    schema = '{"enum":["a","b"]}'
    body = {
        size: json.loads(
            Endpoint(base_url="http://x/v1", model="m", batch_size=size)._dialect().body(asking(schema=schema))
        )
        for size in (0, 9)
    }
    assert "response_format" in body[0]
    assert "response_format" not in body[9]
    assert schema in body[9]["messages"][0]["content"]


def test_how_it_is_asked_does_not_key_a_reply() -> None:
    one = Endpoint(base_url="http://x/v1", model="m")
    assert Endpoint(base_url="http://x/v1", model="m", batch_size=5, batch_pause=1).identity() == one.identity()
    assert (one.batch(), Endpoint(base_url="http://x/v1", model="m", batch_size=5).batch()) == (0, 5)


@pytest.mark.parametrize("fault", ["unordered", "lost"])
def test_lines_in_any_order_and_a_lost_answer_change_nothing(double: Double, fault: str) -> None:
    double.configure(batch_faults=[fault], content="echo")
    came = by_batch(double, prompts(12))
    assert {key: came[key].text for key in prompts(12)} == {f"k{at}": f"What is {at}?" for at in range(12)}
    assert double.stats()["batch_lines"] == 12


@pytest.mark.parametrize(
    ("fault", "failed", "state"), [("expired", 6, "expired"), ("invalid", 12, "rejected"), ("missing", 2, "missing")]
)
def test_each_prompt_without_a_reply_has_a_state(double: Double, fault: str, failed: int, state: str) -> None:
    double.configure(batch_faults=[fault])
    came = by_batch(double, prompts(12))
    states = [one.state for key in prompts(12) if isinstance(one := came.get(key, came[""]), TeacherFailed)]
    assert states == [state] * failed


def test_progress_is_how_many_are_done(double: Double) -> None:
    double.configure(batch_delay=0.3)

    async def looks() -> list[Any]:
        seen = []
        async with endpoint(double).open() as opened:
            name = await opened.submit(prompts(8), "token2")
            while isinstance(came := await opened.collect(name), tuple):
                seen.append(came)
                await asyncio.sleep(0.02)
        return seen

    seen = asyncio.run(looks())
    assert seen == sorted(seen)
    assert {of for _, of in seen} == {8}


def test_a_key_is_sent_with_each_call(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    double.configure(key="s3cr3t-value")
    monkeypatch.setenv("SOME_KEY", "s3cr3t-value")
    assert isinstance(by_batch(double, prompts(1), key="SOME_KEY")["k0"], Reply)
    monkeypatch.setenv("SOME_KEY", "another-value")
    with pytest.raises(UserError, match="Put a valid key into the variable SOME_KEY"):
        by_batch(double, prompts(1), key="SOME_KEY")


# handing in


def test_a_batch_whose_answer_was_lost_is_looked_for_before_it_is_handed_in_again() -> None:
    listed = {"data": [{"id": "b7", "metadata": {"gristmill": "token"}}]}
    calls = Calls({"id": "f1"}, DROPPED, listed)
    assert asyncio.run(batches(calls).submit(prompts(1), "token")) == "b7"
    calls = Calls({"id": "f1"}, (503, wrong()), LISTED, {"id": "b8"})
    assert asyncio.run(batches(calls).submit(prompts(1), "token")) == "b8"
    assert calls.called == ["POST files", "POST batches", "GET batches", "POST batches"]
    assert json.loads(calls.bodies[1]) == {
        "input_file_id": "f1",
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "metadata": {"gristmill": "token"},
    }


def test_passing_faults_are_waited_out() -> None:
    calls = Calls((429, wrong()), (500, wrong()), {"id": "f1"}, {"id": "b1"})
    assert asyncio.run(batches(calls).submit(prompts(1), "token")) == "b1"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, wrong("Not here.")), r"it takes none \(404: \"Not here\.\"\)\. Leave out `batch_size`"),
        ((405, b"<html>No</html>"), "it takes none"),
        ((200, b"<html>Log in</html>"), "it takes none"),
        ((200, wrong("Broken.")), "it takes none"),
        ((200, {}), "names neither file nor batch"),
        ((400, wrong("The purpose sk-secret-key is unknown.")), r'400: "The purpose \[key\] is unknown'),
        ((413, wrong("Too large.")), "Set a smaller `batch_size`"),
        ((401, wrong("Bad key.")), "Put a valid key into the variable KEY"),
        ((429, {"error": {"message": "Pay.", "code": "insufficient_quota"}}), "Mend the account's balance"),
    ],
)
def test_a_server_that_takes_no_batch_is_a_sentence(answer: Any, said: str) -> None:
    for calls in (Calls(answer), Calls({"id": "f1"}, answer)):
        with pytest.raises(UserError, match=said) as caught:
            asyncio.run(batches(calls).submit(prompts(1), "token"))
        assert "sk-secret-key" not in str(caught.value)


@pytest.mark.parametrize("answers", [[(503, wrong())] * 99, [{"id": "f1"}, *[(503, wrong()), LISTED] * 50]])
def test_a_server_that_stays_ill_is_left_when_patience_ends(answers: list[Any]) -> None:
    with pytest.raises(UserError, match=r"no reply for|503"):
        asyncio.run(batches(Calls(*answers), patience=0.3).submit(prompts(1), "token"))


def test_a_batch_that_is_too_big_says_how_many_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gristmill.teachers._batch._MOST_BYTES", 5_000)
    with pytest.raises(UserError, match=r"99 prompts are more than 0 MB.* Set `batch_size: (\d+)`") as caught:
        asyncio.run(batches(Calls()).submit(prompts(99), "token"))
    fits = int(str(caught.value).split("batch_size: ")[1].split("`")[0])
    calls = Calls({"id": "f1"}, {"id": "b1"})
    assert asyncio.run(batches(calls).submit(prompts(fits), "token")) == "b1"
    assert calls.bodies[0].count(b"custom_id") == fits > 9
    with pytest.raises(ValueError, match="batch_size"):
        Endpoint(base_url="http://x/v1", model="m", batch_size=50_001)


def test_a_batch_is_found_on_a_later_page_and_odd_entries_pass() -> None:
    odd = {"data": [{"id": "b1", "metadata": None}, None, {"id": "b2", "metadata": "x"}], "has_more": True}
    found = {"data": [{"id": "b3", "metadata": {"gristmill": "token"}}], "has_more": True}
    assert asyncio.run(batches(Calls(odd, found)).find("token")) == "b3"
    assert asyncio.run(batches(Calls(odd, LISTED)).find("token")) == ""
    assert asyncio.run(batches(Calls({"data": None})).find("token")) == ""


# collecting


def ended(status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"id": "b1", "status": status, "output_file_id": "out", **more}


def answered(key: str, status: int = 200, body: Any = None) -> bytes:
    message = {"role": "assistant", "content": f"Said {key}."}
    whole = {
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2},
    }
    response = {"status_code": status, "body": whole if body is None else body}
    return json.dumps({"custom_id": key, "response": response, "error": None}).encode() + b"\n"


def of_file(file: bytes) -> dict[str, Any]:
    return asyncio.run(batches(Calls(ended(), file)).collect("b1"))  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("status", ["validating", "in_progress", "finalizing", "cancelling", None])
def test_a_batch_under_way_tells_how_far_it_is(status: str | None) -> None:
    counts = {"total": 9, "completed": 4, "failed": 1}
    for told, said in ((counts, (5, 9)), (None, (0, 0)), ({"total": "?"}, (0, 0))):
        assert asyncio.run(batches(Calls({"status": status, "request_counts": told})).collect("b1")) == said


def test_the_error_file_is_read_too_and_the_first_line_holds() -> None:
    calls = Calls(
        ended(error_file_id="bad"), answered("a") + answered("a", 500), answered("b", 500) + answered("a", 500)
    )
    came = asyncio.run(batches(calls).collect("b1"))
    assert calls.called[1:] == ["GET files/out/content", "GET files/bad/content"]
    assert (came["a"].text, came["b"].state) == ("Said a.", "server_error")  # type: ignore[index, union-attr, call-overload]


@pytest.mark.parametrize(
    ("body", "state", "said", "wasted"),
    [
        ({"choices": [{"message": {"content": None, "refusal": "I won't"}}]}, "refused", "I won't", (0, 0)),
        ({"choices": [{"message": {}, "finish_reason": "content_filter"}]}, "filtered", "content filter", (0, 0)),
        ({"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 1}}, "useless", "no message", (4, 1)),
        ("text", "useless", "not the JSON", (0, 0)),
        ([], "useless", "not the JSON", (0, 0)),
    ],
)
def test_a_useless_answer_is_named_as_a_single_one_is(body: Any, state: str, said: str, wasted: Any) -> None:
    failed = of_file(answered("a", 200, body))["a"]
    assert (failed.state, failed.wasted, said in failed.reason) == (state, wasted, True)


@pytest.mark.parametrize(
    ("message", "mend"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.", "{max_completion_tokens: 4000}"),
        ("Unsupported value: 'temperature' does not support 0.", "`temperature: null`"),
        ("Unsupported parameter: 'seed'.", "`seed: null`"),
        ("Invalid schema for response_format 'reply'.", "`json_replies: object`, or `none`"),
        ("Something else.", ""),
    ],
)
def test_a_line_that_the_server_disputes_says_what_to_set(message: str, mend: str) -> None:
    failed = of_file(answered("a", 400, wrong(message)))["a"]
    assert failed.state == "rejected"
    assert mend in failed.reason
    assert ("To mend it" in failed.reason) == bool(mend)


def test_the_key_is_in_nothing_that_comes_back() -> None:
    said = {"choices": [{"message": {"content": "Use sk-secret-key."}, "finish_reason": "stop"}]}
    late = {"custom_id": "c", "response": None, "error": {"code": "x", "message": "sk-secret-key"}}
    came = of_file(answered("a", 200, said) + answered("b", 400, wrong("sk-secret-key")) + json.dumps(late).encode())
    assert came["a"].text == "Use [key]."
    assert "sk-secret-key" not in came["b"].reason + came["c"].reason


def test_damaged_lines_are_failures_with_a_name() -> None:
    halves = (
        b'{"custom_id": "b", "response": {"sta\n' + b'{"custom_id": "c", "response": 5}\n' + b"\xff\xfe\n[1]\nnull\n\n"
    )
    came = of_file(answered("a") + halves)
    assert isinstance(came["a"], Reply)
    assert [came[key].state for key in ("b", "c", "")] == ["damaged"] * 3
    assert came[""].reason.startswith("3 lines of batch b1 cannot be read")


@pytest.mark.parametrize(
    ("state", "rest", "said"),
    [
        (ended(), "missing", "without a line"),
        (ended("expired", output_file_id=None), "expired", "Run again"),
        (ended("cancelled"), "cancelled", "cancelled"),
        (
            ended("failed", errors={"data": [{"code": "c", "message": "sk-secret-key!", "line": 2}] * 5}),
            "rejected",
            "key",
        ),
        (ended("failed", errors={"data": [{"code": "token_limit_exceeded"}]}), "rejected", "smaller `batch_size`"),
        (ended("failed", errors=None), "rejected", "no reason"),
    ],
)
def test_what_no_line_is_about_has_the_batchs_own_end(state: Any, rest: str, said: str) -> None:
    came = asyncio.run(batches(Calls(state, b"")).collect("b1"))
    assert (came[""].state, said in came[""].reason) == (rest, True)  # type: ignore[index, union-attr, call-overload]
    assert "sk-secret-key" not in came[""].reason  # type: ignore[index, union-attr, call-overload]


def test_a_batch_is_gone_only_when_the_server_says_so_twice_and_has_others() -> None:
    missing = (404, wrong("No such batch."))
    assert "" in asyncio.run(batches(Calls(missing, ended(output_file_id=""))).collect("b1"))
    with pytest.raises(TeacherFailed) as gone:
        asyncio.run(batches(Calls(missing, missing, LISTED)).collect("b1"))
    assert (gone.value.state, "b1" in gone.value.reason) == ("gone", True)
    with pytest.raises(UserError, match="it takes none"):
        asyncio.run(batches(Calls(missing, missing, missing)).collect("b1"))
    with pytest.raises(TeacherFailed, match="replies of batch b1"):
        asyncio.run(batches(Calls(ended(), missing, missing)).collect("b1"))


def test_a_reply_without_counted_tokens_is_guessed() -> None:
    said = {"choices": [{"message": {"content": "x" * 40}, "finish_reason": "length"}]}
    ((key, reply),) = read(answered("a", 200, said), Secret(""))
    assert isinstance(reply, Reply)
    assert (key, reply.finish, reply.tokens_out) == ("a", "length", 10)
