import asyncio
import os
import threading
import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gristmill import weights
from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Message, Prompt, Reply
from gristmill.teachers import embedded
from gristmill.teachers.embedded import Embedded


class Runtime:
    """Stands for xllamacpp: plays the chunks of a script and notes what it was asked."""

    def __init__(self) -> None:
        self.chunks = [*said("Hel", "lo"), finished("stop"), used(12, 2)]
        self.requests: list[dict] = []
        self.params: list[SimpleNamespace] = []
        self.at_once = self.most_at_once = self.played = 0
        self.pause = 0.0
        self.lock = threading.Lock()

    def CommonParams(self):  # noqa: N802
        return SimpleNamespace(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())

    def Server(self, params):  # noqa: N802
        self.params.append(params)
        return self

    def handle_chat_completions(self, request, heard=lambda chunk: False):
        with self.lock:
            self.requests.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        for chunk in self.chunks:
            time.sleep(self.pause)
            self.played += 1
            if heard(chunk):
                break
        with self.lock:
            self.at_once -= 1


def said(*pieces: str) -> list[dict]:
    return [{"choices": [{"delta": {"content": piece}, "finish_reason": None}]} for piece in (None, *pieces)]


def finished(reason: str) -> dict:
    return {"choices": [{"delta": {}, "finish_reason": reason}]}


def used(tokens_in: int, tokens_out: int) -> dict:
    return {"choices": [], "usage": {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}}


def asking(text: str = "Why?", **fields) -> Prompt:
    return Prompt(messages=(Message(role="user", content=text),), **fields)


@pytest.fixture
def runtime(monkeypatch) -> Runtime:
    fake = Runtime()
    monkeypatch.setattr(embedded, "xllamacpp", fake)
    return fake


@pytest.fixture
def file(tmp_path) -> str:
    path = tmp_path / "my-model.gguf"
    path.write_bytes(b"GGUF")
    return str(path)


def answers(teacher: Embedded, *prompts: Prompt) -> list[Reply]:
    async def all_of_them() -> list[Reply]:
        async with teacher.open() as answering:
            return await asyncio.gather(*(answering.answer(prompt) for prompt in prompts))

    return asyncio.run(all_of_them())


def test_identity_needs_no_weights_and_no_load(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "packaged", lambda folder: pytest.fail("fetched"))
    identity = Embedded(cache=str(tmp_path / "none")).identity()
    assert identity["model"] == "SmolLM2-135M-Instruct.Q4_1"
    assert identity["sha256"] == weights.SHA256


def test_identity_of_a_file_is_by_its_bytes(tmp_path, file):
    before = Embedded(model=file).identity()
    (tmp_path / "my-model.gguf").write_bytes(b"GGUF changed")
    after = Embedded(model=file).identity()
    assert before["model"] == after["model"] == "my-model"
    assert before["sha256"] != after["sha256"]


def test_a_model_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UserError, match=r"gone\.gguf is not there"):
        Embedded(model=str(tmp_path / "gone.gguf")).identity()


def test_identity_of_a_hub_model_is_its_commit():
    teacher = Embedded(hub="owner/name/model.gguf", revision="a" * 40)
    assert teacher.identity()["model"] == "owner/name/model.gguf"
    assert teacher.identity()["revision"] == "a" * 40


@pytest.mark.parametrize(
    "fields",
    [
        {"hub": "owner/name/model.gguf"},
        {"revision": "a" * 40},
        {"hub": "owner/model.gguf", "revision": "a" * 40},
        {"hub": "owner/name/model.gguf", "revision": "main"},
        {"hub": "owner/name/model.gguf", "revision": "a" * 40, "model": "mine.gguf"},
    ],
)
def test_a_hub_model_needs_a_whole_name_and_a_commit(fields):
    with pytest.raises(ValidationError):
        Embedded(**fields)


CHANGES = {"temperature": 0.5, "top_p": 0.9, "seed": 1, "context": 512, "threads": 2}
KEEPS = {"concurrency": 7, "timeout": 1.0, "cache": "elsewhere"}


@pytest.mark.parametrize("name", [*CHANGES, *KEEPS])
def test_identity_changes_with_what_changes_answers_and_nothing_else(name):
    changed = Embedded(**{name: {**CHANGES, **KEEPS}[name]}).identity() != Embedded().identity()
    assert changed == (name in CHANGES)
    assert (name in Embedded.unkeyed) == (name in KEEPS)


def test_a_reply_has_its_text_finish_and_tokens(runtime, file):
    (reply,) = answers(Embedded(model=file), asking())
    assert (reply.text, reply.finish, reply.tokens_in, reply.tokens_out) == ("Hello", "stop", 12, 2)


def test_a_reply_that_ran_out_of_tokens_says_so(runtime, file):
    runtime.chunks[-2] = finished("length")
    assert answers(Embedded(model=file), asking())[0].finish == "length"


def test_the_request_carries_schema_limits_and_settings(runtime, file):
    answers(Embedded(model=file, seed=5), asking(schema='{"type":"object"}', max_tokens=9, ordinal=2))
    (request,) = runtime.requests
    assert request["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert (request["max_tokens"], request["seed"], request["temperature"]) == (9, 7, 0.0)
    assert request["cache_prompt"] is False


def test_each_worker_is_one_slot_behind_its_own_socket(runtime, file):
    answers(Embedded(model=file, concurrency=3, threads=2), asking())
    assert [params.n_parallel for params in runtime.params] == [1, 1, 1]
    assert {params.cpuparams.n_threads for params in runtime.params} == {2}
    assert len({params.hostnames[0] for params in runtime.params}) == 3
    assert all(params.hostnames[0].endswith(".sock") for params in runtime.params)


def test_no_more_run_at_once_than_there_are_workers(runtime, file):
    runtime.pause = 0.002
    replies = answers(Embedded(model=file, concurrency=2), *(asking(str(n)) for n in range(9)))
    assert len(replies) == 9
    assert runtime.most_at_once == 2


def failure(teacher: Embedded, prompt: Prompt) -> TeacherFailed:
    with pytest.raises(TeacherFailed) as failed:
        answers(teacher, prompt)
    return failed.value


def test_a_prompt_longer_than_the_context_fails_with_both_numbers(runtime, file):
    runtime.chunks = [{"error": {"type": "exceed_context_size_error", "n_prompt_tokens": 631, "n_ctx": 512}}]
    failed = failure(Embedded(model=file), asking())
    assert failed.state == "too_long"
    assert "631" in failed.reason
    assert "512" in failed.reason


def test_another_error_of_the_runtime_is_passed_on(runtime, file):
    runtime.chunks = [{"error": {"type": "server_error", "message": "no memory"}}]
    failed = failure(Embedded(model=file), asking())
    assert (failed.state, "no memory" in failed.reason) == ("refused", True)


def test_a_prompt_that_the_runtime_cannot_take_is_refused(runtime, file, monkeypatch):
    def raises(request, heard):
        raise ValueError("unrecognized type bogus")

    monkeypatch.setattr(runtime, "handle_chat_completions", raises)
    failed = failure(Embedded(model=file), asking())
    assert (failed.state, "unrecognized type bogus" in failed.reason) == ("refused", True)


def test_a_reply_cut_off_without_a_finish_is_no_reply(runtime, file):
    runtime.chunks = said("Hal")
    assert failure(Embedded(model=file), asking()).state == "refused"


def test_an_answer_that_takes_too_long_is_stopped(runtime, file):
    runtime.chunks = [*said(*"a" * 5000), finished("stop")]
    runtime.pause = 0.001
    failed = failure(Embedded(model=file, timeout=0.02), asking())
    assert failed.state == "timeout"
    assert runtime.played < 5000


def test_cancelling_stops_the_model(runtime, file):
    runtime.chunks = [*said(*"a" * 5000), finished("stop")]
    runtime.pause = 0.001

    async def cancel() -> None:
        async with Embedded(model=file).open() as answering:
            task = asyncio.create_task(answering.answer(asking()))
            while not runtime.played:
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancel())
    assert 0 < runtime.played < 5000


def test_a_file_that_is_no_model_is_said(runtime, file, monkeypatch):
    def broken(params):
        raise RuntimeError("Failed to init server")

    monkeypatch.setattr(runtime, "Server", broken)
    with pytest.raises(UserError, match=r"my-model\.gguf \(4 bytes\) cannot be loaded"):
        answers(Embedded(model=file), asking())


@given(st.text(st.characters()))
def test_any_text_can_be_sent_and_sound_text_stays_as_it_is(text):
    sent = embedded._sound(text)
    assert sent.encode("utf-8").decode("utf-8") == sent
    assert sent == "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def test_turns_before_the_last_are_read_from_nothing_once_and_then_kept(runtime, file):
    def two_turns(question):
        return Prompt(messages=(Message(role="system", content="rules"), Message(role="user", content=question)))

    answers(Embedded(model=file, concurrency=1), two_turns("a"), two_turns("b"))
    opened = [
        (request["max_tokens"], request["cache_prompt"], len(request["messages"])) for request in runtime.requests
    ]
    assert opened == [(0, False, 1), (0, True, 1), (256, True, 2), (0, True, 1), (256, True, 2)]


def test_a_prompt_of_one_turn_starts_from_nothing(runtime, file):
    answers(Embedded(model=file, concurrency=1), Prompt(messages=(Message(role="user", content="a"),)))
    assert [request["cache_prompt"] for request in runtime.requests] == [False]


def test_doors_of_killed_processes_are_removed_and_of_living_ones_kept(tmp_path):
    dead, own, other = (tmp_path / f"gristmill-door-{name}" for name in ("999999999-x", f"{os.getpid()}-y", "mine-z"))
    for folder in (dead, own, other):
        folder.mkdir()
    embedded._sweep(tmp_path)
    assert [folder.exists() for folder in (dead, own, other)] == [False, True, True]
