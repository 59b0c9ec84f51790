"""The embedded teacher on its real weights, which pip fetches once."""

import asyncio
import json
import random
import signal
import subprocess
import sys
import time

import pytest

from gristmill.errors import TeacherFailed
from gristmill.records import Message, Prompt, canonical
from gristmill.teachers.embedded import Embedded

pytestmark = pytest.mark.ci

FACTS = [
    "The mill at Saint-Rome was built in 1612 and turned by the river until the flood of 1875.",
    "A stone mill has a fixed bedstone and a turning runner stone, dressed every two weeks.",
    "Rye flour holds less gluten than wheat flour, so that its dough rises less.",
    "The miller kept one sixteenth of the grain as his toll, measured with a wooden dish.",
]
SCHEMA = canonical(
    {
        "type": "object",
        "properties": {name: {"type": "string", "maxLength": 80} for name in ("question", "answer")},
        "required": ["question", "answer"],
        "additionalProperties": False,
    }
)


def asking(number: int) -> Prompt:
    text = f"Passage {number}: {FACTS[number % 4]}\nWrite one question that the passage answers, and its answer."
    shown = (
        Message(role="system", content=f"You write {'short' if number % 4 else 'long'} questions."),
        Message(role="user", content="Passage: Oats are rolled after they are steamed."),
        Message(role="assistant", content="What happens to oats before they are rolled? They are steamed."),
    )
    turns = (*(shown if number % 3 else ()), Message(role="user", content=text))
    return Prompt(messages=turns, schema=SCHEMA if number % 2 else "", max_tokens=32)


PROMPTS = [asking(number) for number in range(12)]


def replies(teacher: Embedded, prompts: list[Prompt]) -> dict[str, str]:
    async def ask_all() -> list[str]:
        async with teacher.open() as answering:
            return [reply.text for reply in await asyncio.gather(*map(answering.answer, prompts))]

    return {prompt.digest: text for prompt, text in zip(prompts, asyncio.run(ask_all()), strict=True)}


@pytest.fixture(scope="module")
def alone() -> dict[str, str]:
    return replies(Embedded(concurrency=1), PROMPTS)


@pytest.mark.parametrize(("concurrency", "order"), [(1, 0), (2, 1), (3, 2)])
def test_a_prompt_has_one_reply_in_any_order_and_company_and_after_a_restart(alone, concurrency, order):
    shuffled = random.Random(order).sample(PROMPTS, len(PROMPTS))
    assert replies(Embedded(concurrency=concurrency), shuffled) == alone
    assert len(set(alone.values())) > 6


def test_half_a_run_gives_the_replies_of_the_whole(alone):
    half = replies(Embedded(concurrency=2), PROMPTS[5:9])
    assert half == {prompt.digest: alone[prompt.digest] for prompt in PROMPTS[5:9]}


def test_a_schema_holds_for_each_whole_reply(alone):
    prompt = Prompt(messages=PROMPTS[1].messages, schema=SCHEMA, max_tokens=120)
    (text,) = replies(Embedded(concurrency=1), [prompt]).values()
    assert set(json.loads(text)) == {"question", "answer"}


def test_a_prompt_longer_than_the_context_fails_with_numbers():
    with pytest.raises(TeacherFailed, match=r"has \d+ tokens, the context holds 256"):
        replies(Embedded(context=256, concurrency=1), [Prompt(messages=(Message(role="user", content="mill " * 400),))])


def test_drawn_replies_are_the_same_for_a_seed_and_differ_between_askings():
    teacher = Embedded(temperature=1.0, concurrency=2)
    prompts = [
        Prompt(messages=(Message(role="user", content="Name an animal."),), max_tokens=12, ordinal=number)
        for number in range(4)
    ]
    first = replies(teacher, prompts)
    assert replies(teacher, prompts[::-1]) == first
    assert len(set(first.values())) > 1


SCRIPT = """
import asyncio
from gristmill.records import Message, Prompt
from gristmill.teachers.embedded import Embedded

async def main():
    async with Embedded(concurrency=1).open() as answering:
        print("open", flush=True)
        prompt = Prompt(messages=(Message(role="user", content="Tell a long story."),), max_tokens=TOKENS)
        print((await answering.answer(prompt)).finish, flush=True)

asyncio.run(main())
"""


def test_the_runtime_writes_nothing_of_its_own():
    script = SCRIPT.replace("TOKENS", "4")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "open\nlength\n", "")


def test_control_c_ends_a_long_answer():
    script = SCRIPT.replace("TOKENS", "3900")
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert out == b""
    assert err.strip().endswith(b"KeyboardInterrupt")
