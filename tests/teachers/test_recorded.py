import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Message, Prompt, Reply
from gristmill.teachers.recorded import Recorded


def asking(text: str, ordinal: int = 0) -> Prompt:
    return Prompt(messages=(Message(role="user", content=text),), ordinal=ordinal)


def record(path: Path, *lines: dict[str, object]) -> Recorded:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return Recorded(path=str(path))


def answer(teacher: Recorded, prompt: Prompt) -> Reply:
    async def once() -> Reply:
        async with teacher.open() as answering:
            return await answering.answer(prompt)

    return asyncio.run(once())


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["stop", "length"]), st.integers(0, 9999))
def test_a_recorded_reply_comes_back_as_it_was(tmp_path_factory, text, finish, tokens):
    line = {"prompt_digest": asking("Why?").digest, "text": text, "finish": finish, "tokens_out": tokens}
    teacher = record(tmp_path_factory.mktemp("recording") / "r.jsonl", line)
    assert answer(teacher, asking("Why?")) == Reply(text=text, finish=finish, tokens_out=tokens)


def test_a_prompt_without_a_recording_fails_and_says_which_and_what_to_do(tmp_path):
    teacher = record(tmp_path / "r.jsonl", {"prompt_digest": asking("Why?").digest, "text": "So."})
    with pytest.raises(TeacherFailed) as failed:
        answer(teacher, asking("Why?", ordinal=1))
    assert failed.value.state == "not_recorded"
    assert asking("Why?", ordinal=1).digest in failed.value.reason
    assert "gristmill log --replies" in failed.value.reason


def test_the_last_of_two_lines_for_one_prompt_holds(tmp_path):
    key = asking("Why?").digest
    teacher = record(tmp_path / "r.jsonl", {"prompt_digest": key, "text": "a"}, {"prompt_digest": key, "text": "b"})
    assert answer(teacher, asking("Why?")).text == "b"


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b"[]",
        b'{"text": "no digest"}',
        b'{"prompt_digest": "abc", "text": "short digest"}',
        b'{"prompt_digest": "%s", "text": 7}' % (b"0" * 32),
        b'{"prompt_digest": "%s", "text": "x", "finish": "error"}' % (b"0" * 32),
        b'{"prompt_digest": "%s", "text": "x", "tokens_in": -1}' % (b"0" * 32),
        b'{"prompt_digest": "%s", "text": "x", "tekst": "x"}' % (b"0" * 32),
        b'{"prompt_digest": "%s", "text": "\xff"}' % (b"0" * 32),
    ],
)
def test_a_malformed_line_is_named_by_file_and_line(tmp_path, bad):
    path = tmp_path / "r.jsonl"
    path.write_bytes(json.dumps({"prompt_digest": "0" * 32, "text": "fine"}).encode() + b"\n\n" + bad + b"\n")
    with pytest.raises(UserError, match=r"r\.jsonl:3 is not a recorded reply"):
        answer(Recorded(path=str(path)), asking("Why?"))


def test_a_missing_or_empty_recording_is_refused(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        Recorded(path=str(tmp_path / "none.jsonl")).identity()
    with pytest.raises(UserError, match="holds no reply"):
        record(tmp_path / "empty.jsonl").identity()


def test_identity_names_the_recorded_models_and_the_bytes(tmp_path):
    lines = [{"prompt_digest": f"{number:032x}", "text": "x", "model": model} for number, model in enumerate("bab")]
    first = record(tmp_path / "r.jsonl", *lines)
    assert first.identity()["model"] == "a, b"
    assert first.files() == (str(tmp_path / "r.jsonl"),)
    assert record(tmp_path / "other.jsonl", *lines).identity() == first.identity()
    assert record(tmp_path / "less.jsonl", *lines[:2]).identity() != first.identity()
