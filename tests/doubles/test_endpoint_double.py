"""The double answers by its script, spoils what it is told to, and counts what it saw."""

import http.client
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from endpoint_double import Double, running  # the doubles lie beside this file

PAIR = {"type": "object", "properties": {"answer": {"type": "string"}, "question": {"type": "string"}}}
BOTH = {"type": "object", "properties": {"pairs": {"type": "array", "items": PAIR, "minItems": 2}}}
GRADES = {
    "type": "object",
    "properties": {"grade": {"enum": ["good", "bad"]}, "score": {"type": "integer", "minimum": 0, "maximum": 5}},
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Double]:
    with running() as double:
        yield double


@pytest.fixture
def double(shared: Double) -> Double:
    shared.configure(latency=0.0, jitter=0.0, faults=[], share=1.0, sequence=[], content="qa", key="", batch_faults=[])
    shared.reset()
    return shared


def asked(
    double: Double, text: str = "Hello", schema: Any = None, path: str = "/v1/chat/completions"
) -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection(double.host, timeout=5)
    body: dict[str, Any] = {"model": "double", "messages": [{"role": "user", "content": text}]}
    if schema:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "it", "schema": schema}}
    try:
        connection.request("POST", path, json.dumps(body))
        response = connection.getresponse()
        return response.status, response.headers, json.loads(response.read())
    finally:
        connection.close()


def content(answer: tuple[int, Any, Any]) -> Any:
    return json.loads(answer[2]["choices"][0]["message"]["content"])


def test_the_schema_asked_for_is_filled_and_bears_the_prompt(double: Double) -> None:
    first, second = content(asked(double, "one", PAIR)), content(asked(double, "two", PAIR))
    assert set(first) == {"answer", "question"} and first != second
    pairs = content(asked(double, "one", BOTH))["pairs"]
    assert len({pair["question"] for pair in pairs}) == 2
    assert content(asked(double, "one", GRADES)) == {"grade": "good", "score": 5}


def test_a_prompt_answered_well_and_asked_again_is_a_repeat(double: Double) -> None:
    double.configure(sequence=["500"])
    statuses = [asked(double, "one")[0] for _ in range(3)]
    told = double.stats(log=True)
    assert statuses == [500, 200, 200]
    assert (told["requests"], told["ok"], told["repeats"], told["distinct"], told["per_prompt_max"]) == (3, 2, 1, 1, 3)
    assert len(told["log"]) == 3 and told["failed"] == {"500": 1} and told["inflight"] == 0


@pytest.mark.parametrize(("kind", "said"), [("429", "1"), ("429-date", "GMT"), ("429-bare", ""), ("503", "1")])
def test_a_wait_is_told_in_each_form(double: Double, kind: str, said: str) -> None:
    double.configure(faults=[kind])
    status, headers, _ = asked(double)
    assert status == int(kind[:3]) and headers.get("Retry-After", "").endswith(said)
    assert ("Retry-After" in headers) == bool(said)


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("drop", http.client.RemoteDisconnected),
        ("truncated", ValueError),
        ("truncated-long", http.client.IncompleteRead),
        ("malformed", ValueError),
    ],
)
def test_a_spoiled_answer_cannot_be_read(double: Double, kind: str, raised: type[Exception]) -> None:
    double.configure(faults=[kind])
    with pytest.raises(raised):
        asked(double)


def test_answers_that_are_json_and_yet_no_good(double: Double) -> None:
    double.configure(sequence=["empty", "null", "badjson"])
    bodies = [asked(double)[2]["choices"] for _ in range(3)]
    assert bodies[0] == [] and bodies[1][0]["message"]["content"] is None
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(bodies[2][0]["message"]["content"])


@pytest.mark.parametrize("kind", ["hang", "slow"])
def test_a_late_answer_is_a_good_one(double: Double, kind: str) -> None:
    double.configure(faults=[kind], hang=0.2, slow=0.2)
    started = time.monotonic()
    assert asked(double)[0] == 200 and time.monotonic() - started > 0.15
    assert double.stats()["ok"] == 1


def test_faults_are_drawn_by_prompt_and_attempt(double: Double) -> None:
    double.configure(faults=["500"], share=0.5)
    statuses = [[asked(double, str(at))[0] for at in range(40)] for _ in range(2)]
    assert 8 < statuses[0].count(500) < 32 and statuses[0] != statuses[1]
    double.reset()
    assert [asked(double, str(at))[0] for at in range(40)] == statuses[0]


def test_a_key_is_asked_for_and_the_last_request_shown(double: Double) -> None:
    asked(double, "seen")
    assert double.last()["body"]["messages"][0]["content"] == "seen"
    double.configure(key="secret")
    assert asked(double)[0] == 401


def test_bodies_are_recorded_when_asked(double: Double, tmp_path: Path) -> None:
    double.configure(bodies=str(tmp_path / "bodies.jsonl"))
    asked(double, "one")
    double.configure(bodies="")
    asked(double, "two")
    [line] = (tmp_path / "bodies.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["messages"][0]["content"] == "one"


def test_a_misspelt_setting_is_refused(double: Double) -> None:
    with pytest.raises(ValueError, match="latenzy"):
        double.configure(latenzy=1)
