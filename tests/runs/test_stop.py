"""Ctrl-C and a plain kill in the middle of an asking: it ends soon, what came is kept, the next run asks the rest.

`pytest tests/runs/test_stop.py -m ci -s` prints the seconds from the signal to the end.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import call, finish, select, start
from endpoint_double import Double
from served_project import write_documents, write_recipe

pytestmark = pytest.mark.ci
PAIRS = 400
SOON = 5.0
STOPPED = "gristmill: stopped. All that was made is kept: the same command goes on from here."


@pytest.fixture
def project(double: Double, tmp_path: Path) -> Path:
    """A project at concurrency 64 whose endpoint takes 200 ms for each answer."""
    double.configure(latency=0.2, faults=[], share=1.0)
    double.reset()
    write_documents(tmp_path, PAIRS // 2)
    write_recipe(tmp_path, double.url, "concurrency: 64")
    return tmp_path


def awaited(process: "subprocess.Popen[str]", double: Double, count: str, least: int) -> None:
    """Wait until the double counts so many."""
    ends = time.monotonic() + 60
    while double.stats()[count] < least:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < ends
        time.sleep(0.01)


def ended(process: "subprocess.Popen[str]", *signals: signal.Signals) -> tuple[int, str, float]:
    """Status, what it said, and the seconds that it took to end by these signals."""
    began = time.monotonic()
    for one in signals:
        process.send_signal(one)
        time.sleep(0.1 if len(signals) > 1 else 0)
    status, said = finish(process)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{[one.name for one in signals]}: {seconds:.2f} s, status {status}\n")
    return status, said, seconds


def kept(folder: Path) -> int:
    return int(select(folder, "SELECT count(*) FROM replies")[0][0])


def states(folder: Path) -> list[str]:
    return [state for (state,) in select(folder, "SELECT state FROM runs ORDER BY id")]


def test_ctrl_c_keeps_every_reply_and_the_next_run_asks_the_rest(double: Double, project: Path) -> None:
    process = start("run", project)
    awaited(process, double, "ok", 100)
    status, said, seconds = ended(process, signal.SIGINT)
    assert (status, said.strip().splitlines()[-1]) == (130, STOPPED)
    assert "Traceback" not in said
    assert seconds < SOON
    seen = double.stats()
    assert 100 <= seen["ok"] < PAIRS
    assert kept(project) == seen["ok"] == seen["requests"]
    assert select(project, "SELECT count(*) FROM asked") == [(0,)]
    assert call("run", project)[0] == 0
    assert double.stats()["requests"] == double.stats()["distinct"] == PAIRS
    assert states(project) == ["stopped", "done"]


def test_ctrl_c_lets_go_of_requests_that_hang(double: Double, project: Path) -> None:
    double.configure(faults=["hang"], hang=120.0)
    process = start("run", project)
    awaited(process, double, "inflight", 64)
    status, said, seconds = ended(process, signal.SIGINT)
    assert (status, said.strip().splitlines()[-1]) == (130, STOPPED)
    assert seconds < SOON
    assert kept(project) == 0
    double.configure(faults=[])
    assert call("run", project)[0] == 0
    assert kept(project) == PAIRS
    assert select(project, "SELECT sum(requests), sum(lost) FROM spent") == [(PAIRS + 64, 64)]


def test_ctrl_c_pressed_again_and_again_ends_without_a_traceback(double: Double, project: Path) -> None:
    process = start("run", project)
    awaited(process, double, "ok", 100)
    status, said, seconds = ended(process, *[signal.SIGINT] * 4)
    assert status in (130, -signal.SIGINT)  # the second when the process was all but over; a shell calls both 130
    assert "Traceback" not in said
    assert seconds < SOON
    assert kept(project) == double.stats()["ok"]


def test_a_plain_kill_loses_no_more_than_what_was_under_way(double: Double, project: Path) -> None:
    process = start("run", project)
    awaited(process, double, "ok", 100)
    status, said, seconds = ended(process, signal.SIGTERM)
    assert (status, said) == (-signal.SIGTERM, "")
    assert seconds < SOON
    lost = double.stats()["requests"] - kept(project)
    assert kept(project) >= 100 - 64
    assert 0 <= lost <= 64
    assert call("run", project)[0] == 0
    assert kept(project) == PAIRS
    assert double.stats()["requests"] == PAIRS + lost
    assert states(project) == ["killed", "done"]
    # Marked before it is sent: what the kill kept from leaving counts as lost too.
    requests, told = select(project, "SELECT sum(requests), sum(lost) FROM spent")[0]
    assert lost <= told <= 64
    assert requests == PAIRS + told
