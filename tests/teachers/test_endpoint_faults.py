"""Whatever a server does wrong: a prompt is asked again, fails with its reason, or all asking ends with a remedy."""

import asyncio
import random

import pytest
from endpoint_server import Step, ask, asking, said, serving, wrong
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Reply

DROPPED = Step(cut=-1)
TRUNCATED = Step(body=said().body, cut=20)
HALF_JSON = Step(body=b'{"choices": [{"mess')
NO_CHOICE = Step(body={"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 0}})
PAGE = Step(body=b"<html><body>Welcome to the proxy</body></html>", headers={"content-type": "text/html"})
PASSING = {
    "408": wrong(408),
    "409": wrong(409),
    "425": wrong(425),
    "429": wrong(429, headers={"retry-after-ms": "1"}),
    "500": wrong(500),
    "502 page": Step(502, b"<html><style>x</style><b>Bad</b> gateway</html>"),
    "503": wrong(503, headers={"retry-after": "0"}),
    "529": wrong(529, type="overloaded_error"),
    "drop": DROPPED,
    "truncated": TRUNCATED,
    "half JSON": HALF_JSON,
    "page": PAGE,
    "no JSON object": Step(body=[1]),
    "no choices": Step(body={"id": "x"}),
    "empty choices": NO_CHOICE,
    "null choice": Step(body={"choices": [None]}),
    "null message": Step(body={"choices": [{"message": None}]}),
    "null content": said(None),
    "empty content": said(" \n"),
    "odd content": said(7),
    "error inside": Step(body={"error": {"message": "upstream", "code": 502}}),
    "error text inside": Step(body={"error": "upstream"}),
}


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr("gristmill.teachers._waits._FIRST", 0.0005)


def failure(script, prompt=None, **fields) -> TeacherFailed:
    with pytest.raises(TeacherFailed) as failed:
        ask(script, prompt, **fields)
    assert len(failed.value.state.split()) == 1
    assert len(failed.value.reason.split()) > 1
    return failed.value


def ended(script, **fields) -> str:
    with pytest.raises(UserError) as error:
        ask(script, **fields)
    assert "127.0.0.1" in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("fault", PASSING)
def test_what_may_pass_is_asked_again(fault):
    reply, served = ask([PASSING[fault], PASSING[fault]])
    assert (reply.text, reply.tries) == ("So.", 3)
    assert served.bodies[0] == served.bodies[2]


@pytest.mark.parametrize("fault", sorted(set(PASSING) - {"429"}))
def test_what_does_not_pass_fails_after_its_tries(fault):
    def script(seen):
        return said() if "first" in seen.body["messages"][-1]["content"] else PASSING[fault]

    async def two() -> TeacherFailed:
        async with serving(script) as served, served.endpoint(retries=2).open() as answering:
            await answering.answer(asking("first"))
            with pytest.raises(TeacherFailed, match="3 tries failed, the last with: ") as failed:
                await answering.answer(asking())
            return failed.value

    assert asyncio.run(two()).tries == 3


def test_waiting_when_told_to_uses_up_no_tries():
    reply, _ = ask([PASSING["429"]] * 12, retries=0)
    assert reply.tries == 13


def test_a_server_that_is_still_loading_is_waited_for():
    reply, _ = ask([wrong(503, "Loading model", {"retry-after-ms": "1"})] * 5, retries=0)
    assert reply.tries == 6


def test_a_prompt_that_is_always_put_off_fails_when_patience_ends():
    def script(seen):
        good = "good" in seen.body["messages"][-1]["content"]
        return said() if good else wrong(429, "Too fast.", {"retry-after-ms": "5"})

    async def beside() -> TeacherFailed:
        async with serving(script) as served, served.endpoint(patience=0.1).open() as answering:
            bad = asyncio.ensure_future(answering.answer(asking("bad")))
            while not bad.done():
                await answering.answer(asking("good"))
            with pytest.raises(TeacherFailed, match=r"put off for 0\.1 s") as failed:
                await bad
            return failed.value

    assert asyncio.run(beside()).state == "busy"


@pytest.mark.parametrize("fault", ["429", "500", "half JSON", "drop"])
def test_a_server_that_never_answers_ends_the_asking(fault):
    told = ended(lambda _: PASSING[fault], patience=0.05, retries=100)
    assert "does not answer: no reply for 0 s (`patience`)" in told


def test_a_server_that_stops_answering_ends_the_asking():
    async def stopping() -> None:
        async with (
            serving([said()] + [wrong(429, headers={"retry-after-ms": "1"})] * 99999) as served,
            served.endpoint(patience=0.05).open() as answering,
        ):
            await answering.answer(asking())
            await answering.answer(asking())

    with pytest.raises(UserError, match="stopped answering"):
        asyncio.run(stopping())


def test_a_wait_longer_than_patience_is_not_waited_out():
    told = ended([wrong(429, headers={"retry-after": "3600"})] * 3, patience=0.05)
    assert "does not answer" in told


def test_a_pause_between_prompts_costs_no_patience():
    async def paused() -> Reply:
        async with serving([said(), wrong(500)]) as served, served.endpoint(patience=0.1).open() as answering:
            await answering.answer(asking())
            await asyncio.sleep(0.15)
            return await answering.answer(asking())

    assert asyncio.run(paused()).tries == 2


def test_a_slow_answer_is_asked_for_again_when_time_is_up():
    reply, _ = ask([Step(body=said().body, delay=5)], timeout=0.1)
    assert reply.tries == 2
    assert failure(lambda _: Step(body=said().body, delay=5), timeout=0.05, retries=1).state == "timeout"


def test_tokens_of_useless_answers_are_counted_as_wasted():
    reply, _ = ask([NO_CHOICE, said(None), said("", usage=(7, 9)), HALF_JSON, wrong(500)])
    assert (reply.wasted, reply.tries) == ((21, 12), 6)
    failed = failure(lambda _: said(""), retries=3)
    assert (failed.wasted, failed.tries) == ((28, 12), 4)


@pytest.mark.parametrize(
    ("step", "state"),
    [
        (wrong(400, "This model's maximum context length is 8192 tokens.", code="context_length_exceeded"), "too_long"),
        (wrong(400, "the request exceeds the available context size", type="exceed_context_size_error"), "too_long"),
        (wrong(400, "max_tokens must be at least 1, got -186."), "too_long"),
        (wrong(400, "prompt is too long: 208000 tokens > 200000 maximum"), "too_long"),
        (wrong(413), "too_long"),
        (wrong(400, "filtered", code="content_filter"), "filtered"),
        (wrong(400, "x", innererror={"code": "ResponsibleAIPolicyViolation"}), "filtered"),
        (wrong(403, "Your input was flagged by moderation."), "filtered"),
        (said("Half", "content_filter"), "filtered"),
        (said(None, refusal="I cannot help with that."), "refused"),
        (said("", "length"), "cut_off"),
        (said(None, "length", reasoning_content="Hmm"), "cut_off"),
        (wrong(400), "rejected"),
        (wrong(422, "messages: Field required"), "rejected"),
        (wrong(418), "rejected"),
        (wrong(501), "rejected"),
        (Step(body={"error": {"message": "no", "code": 400}}), "rejected"),
    ],
)
def test_what_is_wrong_with_one_prompt_fails_it_at_once(step, state):
    failed = failure([step])
    assert (failed.state, failed.tries) == (state, 1)


def test_a_refusal_is_quoted_and_its_tokens_are_wasted():
    failed = failure([said(None, refusal="I cannot help with that.")])
    assert "I cannot help with that." in failed.reason
    assert failed.wasted == (7, 3)


def test_a_reply_cut_off_by_thoughts_says_what_to_raise():
    assert "max_completion_tokens" in failure([said("", "length")]).reason


@pytest.mark.parametrize(
    ("step", "remedy"),
    [
        (wrong(401, "Incorrect API key provided."), "Name the variable that holds its key"),
        (wrong(403, "Not allowed in your country."), "Not allowed in your country."),
        (wrong(400, "API key not valid. Please pass a valid API key."), "Name the variable"),
        (wrong(402, "Insufficient Balance"), "balance or quota"),
        (wrong(400, "Your credit balance is too low"), "balance or quota"),
        (wrong(429, "You exceeded your current quota", code="insufficient_quota"), "balance or quota"),
        (wrong(404, "The model does not exist"), "Mend `base_url`"),
        (wrong(400, "Model Not Exist"), "Mend `base_url`"),
        (wrong(400, "Bad.", code="model_not_found"), "Mend `base_url`"),
        (Step(405, b""), "no reason given"),
        (Step(302, b"", {"location": "https://me:pw@elsewhere.example/login"}), "on to elsewhere.example: write"),
        (Step(308, b"", {"location": "/v2/chat"}), "on to another path of the same host"),
    ],
)
def test_what_is_wrong_for_every_prompt_ends_the_asking_at_once(step, remedy):
    told = ended([step])
    assert remedy in told
    assert '(model "small") refuses to work' in told
    assert "pw" not in told


def test_a_rate_limit_that_speaks_of_billing_is_waited_for():
    message = "Rate limit reached. Add a payment method at https://platform.openai.com/account/billing."
    reply, _ = ask([wrong(429, message, {"retry-after-ms": "1"}, code="rate_limit_exceeded")])
    assert reply.tries == 2


def test_a_refused_key_names_its_variable(monkeypatch):
    monkeypatch.setenv("SOME_KEY", "some-key-value")
    assert "Put a valid key into the variable SOME_KEY." in ended([wrong(401)], key="SOME_KEY")


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (["small-2", "large"], 'Mend `model`: did you mean "small-2"?'),
        (["small"], "It has this model, so mend `base_url`"),
        (["x", "y"], "choose from: x, y"),
        ([f"zz{number}" for number in range(300)], "it has 300 models, such as zz0"),
    ],
)
def test_an_unknown_model_is_told_the_nearest(models, told):
    async def once() -> str:
        async with serving([wrong(404, "no such model")]) as served, served.endpoint().open() as answering:
            served.models = models
            with pytest.raises(UserError) as error:
                await answering.answer(asking())
            return str(error.value)

    assert told in asyncio.run(once())


def test_what_a_server_says_is_shown_in_part_only():
    told = ended([wrong(401, "word " * 1000)])
    assert told.count("word") == 40


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 999), concurrency=st.sampled_from([1, 3, 16]))
def test_nothing_is_lost_among_mixed_faults(seed, concurrency):
    draw, faults = random.Random(seed), list(PASSING)
    answered: list[str] = []

    def script(seen):
        text = seen.body["messages"][-1]["content"]
        if draw.random() < 0.5:
            return PASSING[draw.choice(faults)]
        answered.append(text)
        return said(f"Re {text}")

    async def all_of_them() -> list[Reply]:
        async with (
            serving(script) as served,
            served.endpoint(concurrency=concurrency, retries=60).open() as answering,
        ):
            replies = await asyncio.gather(*(answering.answer(asking(str(number))) for number in range(40)))
            assert sum(reply.tries for reply in replies) == len(served.seen)
            return replies

    replies = asyncio.run(all_of_them())
    assert [reply.text for reply in replies] == [f"Re {number}" for number in range(40)]
    assert sorted(answered) == sorted(str(number) for number in range(40))


def test_a_strained_server_is_asked_less_at_once():
    async def wave() -> float:
        refusals = [wrong(429, headers={"retry-after-ms": "30"})] * 32
        async with serving(refusals) as served, served.endpoint(concurrency=32).open() as answering:
            await asyncio.gather(*(answering.answer(asking(str(number))) for number in range(32)))
            return answering._limit.allowed

    assert 24 <= asyncio.run(wave()) < 32
