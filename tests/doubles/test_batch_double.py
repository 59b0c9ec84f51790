"""The batch half keeps files, moves batches through their states and sorts good lines from bad ones."""

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

MULTIPART = (
    '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    '--b\r\nContent-Disposition: form-data; name="file"; filename="in.jsonl"\r\n'
    "Content-Type: application/jsonl\r\n\r\n{}\r\n--b--\r\n"
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Double]:
    with running() as double:
        yield double


@pytest.fixture
def double(shared: Double) -> Double:
    shared.configure(faults=[], share=0.1, batch_delay=0.0, batch_faults=[])
    shared.reset()
    return shared


def called(double: Double, method: str, path: str, body: str = "", **headers: str) -> Any:
    connection = http.client.HTTPConnection(double.host, timeout=5)
    try:
        connection.request(method, f"/v1{path}", body or None, headers)
        response = connection.getresponse()
        data = response.read().decode()
        return [json.loads(line) for line in data.splitlines()] if path.endswith("/content") else json.loads(data)
    finally:
        connection.close()


def made(double: Double, rows: int = 20) -> Any:
    bodies = [{"model": "double", "messages": [{"role": "user", "content": str(at)}]} for at in range(rows)]
    lines = [{"custom_id": f"k{at}", "method": "POST", "body": body} for at, body in enumerate(bodies)]
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    whole = MULTIPART.replace("{}", "\n".join(map(json.dumps, lines)))
    file = called(double, "POST", "/files", whole, **form)
    asked = {"input_file_id": file["id"], "endpoint": "/v1/chat/completions", "metadata": {"token": "t1"}}
    return called(double, "POST", "/batches", json.dumps(asked))


def lines(double: Double, batch: Any, which: str) -> list[Any]:
    name = batch[which]
    return called(double, "GET", f"/files/{name}/content") if name else []


def test_a_batch_is_answered_line_by_line(double: Double) -> None:
    batch = called(double, "GET", f"/batches/{made(double)['id']}")
    assert batch["status"] == "completed" and batch["metadata"] == {"token": "t1"}
    assert batch["request_counts"] == {"total": 20, "completed": 20, "failed": 0}
    answers = lines(double, batch, "output_file_id")
    assert [answer["custom_id"] for answer in answers] == [f"k{at}" for at in range(20)]
    assert answers[0]["response"]["body"]["choices"][0]["message"]["content"]
    assert double.stats()["batch_lines"] == 20


def test_a_batch_passes_through_its_states(double: Double) -> None:
    double.configure(batch_delay=0.4)
    name = made(double)["id"]
    states = [called(double, "GET", f"/batches/{name}")["status"]]
    while states[-1] != "completed" and len(states) < 60:
        time.sleep(0.02)
        states.append(called(double, "GET", f"/batches/{name}")["status"])
    assert list(dict.fromkeys(states)) == ["validating", "in_progress", "completed"]


def test_failed_lines_go_to_the_error_file(double: Double) -> None:
    double.configure(faults=["500"], share=0.5)
    batch = called(double, "GET", f"/batches/{made(double)['id']}")
    good, bad = lines(double, batch, "output_file_id"), lines(double, batch, "error_file_id")
    assert len(good) + len(bad) == 20 and good and bad
    assert batch["request_counts"] == {"total": 20, "completed": len(good), "failed": len(bad)}
    assert {line["response"]["status_code"] for line in bad} == {500}


@pytest.mark.parametrize(
    ("fault", "status", "good", "bad"),
    [("expired", "expired", 10, 10), ("invalid", "failed", 0, 0), ("missing", "completed", 18, 0)],
)
def test_a_batch_can_end_badly(double: Double, fault: str, status: str, good: int, bad: int) -> None:
    double.configure(batch_faults=[fault])
    batch = called(double, "GET", f"/batches/{made(double)['id']}")
    found = [len(lines(double, batch, which)) for which in ("output_file_id", "error_file_id")]
    assert (batch["status"], found) == (status, [good, bad])


def test_lines_can_come_out_of_order(double: Double) -> None:
    double.configure(batch_faults=["unordered"])
    batch = called(double, "GET", f"/batches/{made(double)['id']}")
    assert lines(double, batch, "output_file_id")[0]["custom_id"] == "k19"


def test_a_batch_whose_answer_was_lost_is_found_in_the_list(double: Double) -> None:
    made(double)
    double.configure(batch_faults=["lost"])
    with pytest.raises(http.client.RemoteDisconnected):
        made(double)
    page = called(double, "GET", "/batches?limit=1")
    older = called(double, "GET", f"/batches?limit=100&after={page['last_id']}")
    assert page["has_more"] and len(page["data"]) == 1 and page["data"][0]["metadata"] == {"token": "t1"}
    assert page["data"][0]["id"] > older["data"][0]["id"]
