"""How prompts are put to servers that understand more or less of the protocol."""

import asyncio
import json

import pytest
from endpoint_server import Step, ask, asking, said, serving, wrong
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import TeacherFailed
from gristmill.teachers._dialect import Dialect

OBJECT = json.dumps({"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]})
CHOICE = json.dumps({"enum": ["yes", "no"]})
UNSUPPORTED = "Unsupported parameter: '{}' is not supported with this model."
# What servers are known to say, and what it tells.
COMPLAINTS = [
    ("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model", "json_schema"),
    ("Invalid schema for response_format 'reply': In context=(), 'minItems' is not permitted.", "json_schema"),
    ("Grammar error: Unimplemented keys: patternProperties", "json_schema"),
    ("failed to parse grammar", "json_schema"),
    ("Use 'max_completion_tokens' instead of 'max_tokens'.", "max_tokens"),
    ("Unrecognized request argument supplied: max_tokens", "max_tokens"),
    ("'temperature' does not support 0 with this model. Unsupported value", "temperature"),
    ("`temperature` is deprecated for this model", "temperature"),
    ("`temperature` and `top_p` cannot both be specified for this model.", "temperature"),
    ("body.seed Extra inputs are not permitted extra_forbidden", "seed"),
    ("Unsupported parameter: 'top_p'", "top_p"),
]


def dialect(json_replies="auto", **fixed):
    return Dialect({"model": "m", "temperature": 0.0, "top_p": 0.5, **fixed}, 1, json_replies)


def body(of, prompt):
    return json.loads(of.body(prompt))


@pytest.mark.parametrize(("complaint", "lack"), COMPLAINTS)
def test_a_complaint_tells_what_the_server_lacks(complaint, lack):
    own, prompt = dialect(), asking(schema=OBJECT)
    assert own.learn(prompt, own.lacks, complaint)
    assert own.lacks == {lack}
    assert lack not in {*body(own, prompt)} | {body(own, prompt).get("response_format", {}).get("type")}


@pytest.mark.parametrize(
    "complaint",
    [
        "temperature must be between 0 and 1",
        "max_tokens is too large: 9000. This model supports at most 4096 completion tokens",
        "messages: at least one message is required",
        "",
    ],
)
def test_other_complaints_teach_nothing(complaint):
    own = dialect()
    assert not own.learn(asking(schema=OBJECT), own.lacks, complaint)
    assert own.lacks == frozenset()


def test_a_prompt_without_schema_learns_nothing_about_schemas():
    own = dialect()
    assert not own.learn(asking(), own.lacks, "response_format is not supported")


@pytest.mark.parametrize("setting", ["schema", "object", "none"])
def test_a_way_that_the_recipe_fixes_is_kept(setting):
    own, prompt = dialect(setting), asking(schema=OBJECT)
    before = own.body(prompt)
    assert not own.learn(prompt, own.lacks, "response_format is not supported")
    assert own.body(prompt) == before


def test_schemas_go_from_strict_to_any_object_to_words():
    own, prompt = dialect(), asking(schema=OBJECT)
    strict = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": json.loads(OBJECT)}}
    assert body(own, prompt)["response_format"] == strict
    assert own.learn(prompt, own.lacks, "json_schema is not supported")
    assert body(own, prompt)["response_format"] == {"type": "json_object"}
    assert own.learn(prompt, own.lacks, "response_format is not supported")
    assert "response_format" not in body(own, prompt)
    assert not own.learn(prompt, own.lacks, "response_format is not supported")
    system, user = body(own, prompt)["messages"]
    assert system["content"].startswith("Be brief.\n\nAnswer with JSON")
    assert system["content"].endswith(OBJECT)
    assert user["content"] == "Why?"


def test_a_schema_that_is_not_of_an_object_goes_to_words_at_once_and_alone():
    own, prompt = dialect(), asking(schema=CHOICE)
    assert body(own, prompt)["response_format"]["json_schema"]["schema"] == json.loads(CHOICE)
    assert own.learn(prompt, own.lacks, "schema must be of type object")
    assert own.lacks == {"bare_schema"}
    assert "response_format" not in body(own, prompt)
    assert CHOICE in body(own, prompt)["messages"][0]["content"]
    assert body(own, asking(schema=OBJECT))["response_format"]["type"] == "json_schema"


def test_without_a_system_turn_the_schema_is_told_in_the_last_user_turn():
    prompt = asking(schema=OBJECT)
    prompt = type(prompt)(messages=prompt.messages[1:], schema=OBJECT)
    assert OBJECT in body(dialect("none"), prompt)["messages"][-1]["content"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([complaint for complaint, _ in COMPLAINTS]), max_size=30), st.booleans())
def test_learning_ends(complaints, stale):
    own, prompt, steps = dialect(), asking(schema=OBJECT), 0
    for complaint in complaints:
        used = own.lacks
        steps += own.learn(prompt, used, complaint)
        assert own.learn(prompt, frozenset({"stale"}), "other") or not stale
    assert steps <= 6
    assert own.lacks >= frozenset()
    json.loads(own.body(prompt))


def picky(seen) -> Step:
    """A server that complains of one thing after another."""
    sent = seen.body
    if "max_tokens" in sent:
        return wrong(400, UNSUPPORTED.format("max_tokens") + " Use 'max_completion_tokens' instead.")
    for name in ("temperature", "top_p", "seed"):
        if name in sent:
            return wrong(422, UNSUPPORTED.format(name))
    if kind := sent.get("response_format", {}).get("type"):
        return wrong(501 if kind == "json_object" else 400, f"response_format {kind} is not supported")
    return said('{"answer": "So."}')


def test_a_server_that_understands_little_is_spoken_to_plainly():
    reply, served = ask(picky, asking(schema=OBJECT, max_tokens=9), top_p=0.5, seed=1, retries=0)
    assert reply.text == '{"answer": "So."}'
    assert reply.tries == 7
    assert {*served.bodies[-1]} == {"model", "messages", "max_completion_tokens"}


def test_many_askings_learn_together_and_only_once():
    async def both() -> tuple[int, int]:
        async with serving(picky) as served, served.endpoint(retries=0).open() as answering:
            first = [answering.answer(asking(str(number), schema=OBJECT)) for number in range(20)]
            assert len(await asyncio.gather(*first)) == 20
            learnt = len(served.seen)
            for number in range(5):
                await answering.answer(asking(f"later {number}", schema=OBJECT))
            return learnt, len(served.seen) - learnt

    learnt, later = asyncio.run(both())
    assert learnt <= 20 * 5
    assert later == 5


def test_a_request_that_stays_wrong_is_rejected():
    with pytest.raises(TeacherFailed) as failed:
        ask(lambda _: wrong(400, "response_format is not supported"), asking(schema=OBJECT))
    assert failed.value.state == "rejected"
    assert failed.value.tries == 3


@pytest.mark.parametrize(
    "shape",
    [
        {"error": {"message": "m", "param": "response_format"}},
        {"error": "response_format must be text"},
        {"object": "error", "message": "response_format?", "code": 400},
        {"detail": [{"loc": ["body", "response_format"], "msg": "Extra inputs are not permitted"}]},
        {"detail": "response_format is unknown"},
        [{"error": {"message": "response_format is unknown"}}],
        b"response_format is unknown",
    ],
)
def test_complaints_are_read_in_every_shape(shape):
    reply, served = ask([Step(400, shape)], asking(schema=OBJECT))
    assert reply.text == "So."
    assert served.bodies[1]["response_format"] == {"type": "json_object"}
