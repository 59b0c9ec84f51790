"""The check of secrets: rows with a credential go, rows that only show how one looks stay, none is shown whole."""

import json
import random
import string
import zlib
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gristmill.curate.secrets import Secrets
from gristmill.texts import Texts

DRAWN = random.Random(7)


def drawn(size: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(DRAWN.choice(letters) for _ in range(size))


# Made at random when the tests run, so that no file holds the form of a credential.
SECRETS = {
    "AWS access key id": "AKIA" + drawn(16, string.ascii_uppercase + "234567"),
    "GitHub token": "ghp_" + drawn(36),
    "Hugging Face token": "hf_" + drawn(34, string.ascii_letters),
    "Google API key": "AIza" + drawn(35),
    "password in an address": "postgres://report:t4Xw9qLmZ2@db.intern.net",
    "value of a key": f'API_KEY = "{drawn(12)}7{drawn(12)}3{drawn(14)}"',
    "private key": "-----BEGIN PRIVATE KEY-----\n" + drawn(64) + "\n" + drawn(64) + "\n-----END PRIVATE KEY-----",
}
SAMPLES = (
    "Set api_key = 'your-api-key-goes-here', or use https://user:password@host.",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "x" * 36,
    "The task-force met a risk-taker; sk-short.",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "https://example.org:8080/a@b",
)


def judged(**roles: list[str]) -> dict[int, dict[str, Any]]:
    size = len(next(iter(roles.values())))
    columns = {name: pa.chunked_array([pa.array(column, pa.string())]) for name, column in roles.items()}
    ids = pa.chunked_array([pa.array([f"row{number}" for number in range(size)])])
    given = Texts(roles=columns, ids=ids, precedence=np.zeros(size, np.int8), family=np.full(size, -1, np.int32))
    return {line["row"]: line for line in Secrets().judge_texts(given).to_pylist()}


def test_the_examples_of_its_help() -> None:
    found = judged(
        question=["How do I sign in?", "How do I reach the database?"],
        answer=[SAMPLES[0], "Use postgres://report:t4Xw9qLmZ2@db.intern.net/sales for that."],
    )
    assert {row: line["outcome"] for row, line in found.items()} == {1: "reject"}


@pytest.mark.parametrize("what", SECRETS)
def test_each_form_is_rejected_and_never_shown(what: str) -> None:
    value = SECRETS[what]
    text = f"Größe 👩: {value} is it."
    line = judged(text=["Nothing.", text])[1]
    (found,) = json.loads(line["evidence"])["found"]
    assert line["outcome"] == "reject" and found["what"] == what and what in line["reason"]
    assert set(text[found["start"] : found["end"]]) <= set(value)
    told = line["reason"] + line["evidence"]
    assert not any(value[at : at + 12] in told.replace(what, "") for at in range(len(value) - 12) if value[at] != "-")


@pytest.mark.parametrize("text", SAMPLES)
def test_what_stands_for_a_secret_stays(text: str) -> None:
    assert judged(text=[text]) == {}


def test_a_token_whose_checksum_holds_is_told_apart() -> None:
    base62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
    body = drawn(30)
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = base62[digit] + digits
    line = judged(text=[f"token ghp_{body}{digits.rjust(6, '0')} here"])[0]
    assert line["code"] == "live_secret" and "whole by its own check" in line["reason"]
    assert judged(text=[SECRETS["GitHub token"]])[0]["code"] == "secret"


def test_all_roles_but_the_label_are_read() -> None:
    value = SECRETS["Hugging Face token"]
    found = judged(question=[value, "x"], answer=["x", "x"], label=["x", value])
    assert list(found) == [0]
    assert json.loads(found[0]["evidence"])["found"][0]["role"] == "question"
