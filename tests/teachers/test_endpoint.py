"""The endpoint as the user writes it, and what it sends and reads when nothing goes wrong."""

import asyncio
import inspect
import json
import re

import pytest
from endpoint_server import ask, asking, said, serving
from ruamel.yaml import YAML

from gristmill.answering import Price
from gristmill.errors import UserError
from gristmill.find import build, fingerprint
from gristmill.records import Message, Prompt
from gristmill.teachers import endpoint as module
from gristmill.teachers.endpoint import Endpoint

HERE = "http://127.0.0.1:8000/v1"


def endpoint(**fields):
    return Endpoint(**{"base_url": HERE, "model": "small", **fields})


def refused(**fields) -> str:
    with pytest.raises(UserError) as error:
        build("teachers", "endpoint", {"base_url": HERE, "model": "small", **fields})
    return str(error.value)


@pytest.mark.parametrize(
    "written", [HERE, HERE + "/", HERE + "/chat/completions", HERE + "/chat/completions/", f"  {HERE} "]
)
def test_an_address_may_be_written_in_several_ways(written):
    assert endpoint(base_url=written).base_url == HERE
    assert fingerprint(endpoint(base_url=written)) == fingerprint(endpoint())


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("127.0.0.1:8000/v1", "begins with http"),
        ("ftp://host/v1", "begins with http"),
        ("http:///v1", "names a host"),
        ("http://ho st/v1", "names a host"),
        ("http://host:99999/v1", "ort"),
        ("https://host/v1?api-version=1", "belongs in `query`"),
    ],
)
def test_an_address_that_is_none_is_refused(url, told):
    assert told in refused(base_url=url)


@pytest.mark.parametrize(
    "fields",
    [
        {"base_url": "https://me:hush-hush-word@host/v1"},
        {"key": "sk-hush-hush-word"},
        {"key": "hush-hush-word"},
        {"key": ["hush-hush-word"]},
        {"query": {"api-key": "hush-hush-word"}},
        {"query": {"sig": "hush-hush-word"}},
        {"query": {"api-version": ["hush-hush-word"]}},
        {"extra": {"api_key": "hush-hush-word"}},
    ],
)
def test_a_secret_in_a_recipe_is_refused_and_never_shown(fields):
    told = refused(**fields)
    assert "hush" not in told
    assert next(iter(fields)) in told
    with pytest.raises(ValueError) as error:
        endpoint(**fields)
    assert "hush" not in f"{error.value} {error.value!r}"


def test_a_pasted_key_is_told_what_to_do():
    assert "NAME of an environment variable, such as OPENAI_API_KEY" in refused(key="sk-proj-12345678")


@pytest.mark.parametrize("name", ["model", "messages", "stream", "temperature", "seed", "response_format"])
def test_extra_fields_do_not_replace_our_own(name):
    assert f'"{name}" does not go here' in refused(extra={name: 1})


def test_extra_fields_are_json():
    assert "JSON does not know" in refused(extra={"x": float("nan")})


@pytest.mark.parametrize("fields", [{"price_in": 1.0}, {"price_out": 1.0}])
def test_prices_come_in_pairs(fields):
    assert "give both" in refused(**fields)


def test_the_price_is_what_the_recipe_says():
    assert endpoint(base_url="https://models.example/v1").price() is None
    assert endpoint().price() == Price()
    assert endpoint(price_in=0.5, price_out=2.0).price() == Price(0.5, 2.0)


def test_a_reply_is_as_long_as_the_recipe_lets_it_be():
    prompt = asking(max_tokens=50)
    assert endpoint().longest(prompt) == 50
    assert endpoint(extra={"max_completion_tokens": 4000}).longest(prompt) == 4000


@pytest.mark.parametrize("extra", [{"api-key": "x"}, {"options": {"access_token": "x"}}, {"a": [{"password": "x"}]}])
def test_a_secret_does_not_go_into_extra_however_deep(extra):
    with pytest.raises(ValueError, match="sounds secret"):
        endpoint(extra=extra)


def test_a_price_without_end_is_no_price():
    with pytest.raises(ValueError, match="price_in"):
        endpoint(price_in=float("inf"), price_out=1)


def test_a_count_of_tokens_beyond_belief_is_no_count():
    reply, _ = ask([said("So.", usage=(10**20, 3))], asking("Why? " * 8))
    assert (reply.tokens_in, reply.tokens_out) == (12, 0)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8000/v1", ""),
        ("http://127.9.9.9/v1", ""),
        ("http://[::1]:8000/v1", ""),
        ("http://localhost:11434/v1", ""),
        ("https://api.openai.com/v1", "api.openai.com"),
        ("http://10.0.0.7:8000/v1", "10.0.0.7:8000"),
        ("http://localhost.example/v1", "localhost.example"),
        ("http://name.localhost/v1", "name.localhost"),
        ("http://0.0.0.0:8000/v1", "0.0.0.0:8000"),
    ],
)
def test_prompts_leave_the_machine_for_any_other_host(url, host):
    assert endpoint(base_url=url).destination() == host


@pytest.mark.parametrize("recipe", re.findall(r"(?ms)\{endpoint: (\{.*?\})\}(?: *#.*?)?$", inspect.getdoc(module)))
def test_the_recipes_that_it_tells_of_can_be_built(recipe):
    built = build("teachers", "endpoint", YAML(typ="safe", pure=True).load(recipe))
    assert built.model


def test_it_tells_of_six_recipes():
    assert len(re.findall(r"\{endpoint: ", inspect.getdoc(module))) == 6


def test_its_identity_is_of_model_server_and_settings():
    own = endpoint(key="OPENAI_API_KEY", extra={"reasoning_effort": "low"}, seed=3)
    assert own.identity()["endpoint"] == "127.0.0.1:8000/v1"
    assert own.identity() == endpoint(extra={"reasoning_effort": "low"}, seed=3, timeout=9, concurrency=2).identity()
    others = [
        endpoint(base_url="http://127.0.0.1:8000/v2"),
        endpoint(model="large"),
        endpoint(temperature=0.1),
        endpoint(extra={"reasoning_effort": "high"}),
    ]
    assert len({json.dumps(dict(one.identity())) for one in [own, endpoint(), *others]}) == 6


def test_what_is_lacking_is_told(monkeypatch, tmp_path):
    monkeypatch.delenv("SOME_KEY", raising=False)
    assert endpoint().lacks() == ""
    assert "set SOME_KEY" in endpoint(key="SOME_KEY").lacks()
    assert "cannot be read" in endpoint(ca=str(tmp_path / "none.pem")).lacks()
    monkeypatch.setenv("SOME_KEY", "  ")
    assert "set SOME_KEY" in endpoint(key="SOME_KEY").lacks()
    monkeypatch.setenv("SOME_KEY", "k")
    assert endpoint(key="SOME_KEY").lacks() == ""


def test_it_does_not_open_while_something_is_lacking(monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(UserError, match="set SOME_KEY"):
        ask(key="SOME_KEY")


@pytest.mark.parametrize("value", ["a\nb", "ключ"])
def test_a_key_that_no_header_can_hold_is_refused_unseen(monkeypatch, value):
    monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(UserError, match="SOME_KEY is no key") as error:
        ask(key="SOME_KEY")
    assert value not in str(error.value)


def test_one_prompt_is_one_small_request():
    reply, served = ask([said("So.")], asking(max_tokens=50))
    assert (reply.text, reply.finish, reply.tokens_in, reply.tokens_out) == ("So.", "stop", 7, 3)
    assert (reply.tries, reply.wasted) == (1, (0, 0))
    assert reply.seconds > 0
    assert served.seen[0].target == "/v1/chat/completions"
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    assert served.bodies == [{"model": "small", "messages": turns, "max_tokens": 50, "temperature": 0.0}]
    assert "authorization" not in served.seen[0].headers


def test_settings_are_sent_when_they_are_set():
    fields = {"temperature": None, "top_p": 0.9, "seed": 40, "extra": {"reasoning_effort": "low"}}
    _, served = ask(prompt=asking(ordinal=2), **fields)
    body = served.bodies[0]
    assert (body["top_p"], body["seed"], body["reasoning_effort"]) == (0.9, 42, "low")
    assert "temperature" not in body


def test_a_limit_of_the_recipe_takes_the_place_of_the_prompts():
    _, served = ask(extra={"max_completion_tokens": 4000})
    assert served.bodies[0]["max_completion_tokens"] == 4000
    assert "max_tokens" not in served.bodies[0]


@pytest.mark.parametrize(
    ("header", "sent"), [("Authorization", "Bearer some-key-value"), ("api-key", "some-key-value")]
)
def test_the_key_goes_into_its_header(monkeypatch, header, sent):
    monkeypatch.setenv("SOME_KEY", "some-key-value\n")
    _, served = ask(key="SOME_KEY", key_header=header)
    assert served.seen[0].headers[header.lower()] == sent


def test_query_parameters_are_sent():
    _, served = ask(query={"api-version": "2024-10-21"})
    assert served.seen[0].target == "/v1/chat/completions?api-version=2024-10-21"


@pytest.mark.parametrize("finish", ["stop", "length", "tool_calls", "eos", None])
def test_only_a_reply_cut_short_finishes_by_length(finish):
    reply, _ = ask([said("So.", finish)])
    assert reply.finish == ("length" if finish == "length" else "stop")


def test_content_may_come_in_parts():
    parts = [
        {"type": "text", "text": "So "},
        {"type": "reasoning", "summary": "hm"},
        {"type": "text", "text": "be it."},
    ]
    assert ask([said(parts)])[0].text == "So be it."


def test_reasoning_beside_the_content_is_passed_over():
    assert ask([said("So.", reasoning_content="Let me see")])[0].text == "So."


@pytest.mark.parametrize("usage", [None, ("many", None), (-1, 2)])
def test_tokens_are_guessed_when_the_server_does_not_count(usage):
    step = said("x" * 40, usage=None)
    if usage:
        step.body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    reply, _ = ask([step], asking("y" * 191))
    assert (reply.tokens_in, reply.tokens_out) == (50, 10)


def test_lone_surrogates_go_out_and_come_in_as_replacements():
    prompt = Prompt(messages=(Message(role="user", content="a\ud800b"),))
    step = said()
    step.body = b'{"choices": [{"message": {"content": "c\\ud800d"}, "finish_reason": "stop"}]}'
    reply, served = ask([step], prompt)
    assert served.bodies[0]["messages"][0]["content"] == "a\ufffdb"
    assert reply.text == "c\ufffdd"


def test_connections_are_kept_and_no_more_are_opened_than_asked():
    async def many() -> tuple[int, int]:
        most = 0

        def script(seen):
            nonlocal most
            most = max(most, served.open)
            return said(seen.body["messages"][-1]["content"])

        async with serving(script) as served, served.endpoint(concurrency=4).open() as answering:
            replies = await asyncio.gather(*(answering.answer(asking(str(number))) for number in range(40)))
            assert [reply.text for reply in replies] == [str(number) for number in range(40)]
        await asyncio.sleep(0.05)
        return most, served.open

    assert asyncio.run(many()) == (4, 0)
