"""An asking killed at 20 moments and run on repeats no prompt whose reply was kept, and ends with every row.

A kill is SIGKILL to the whole process group a little after the double has answered so many prompts, both drawn by a
seed, and always while it is being asked. What may be asked twice is what was on its way
at a kill: asked, and its reply not yet in the store.
"""

import contextlib
import json
import random
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from _measure import (
    GRISTMILL,
    Command,
    Double,
    options,
    peer_words,
    place,
    project,
    ran,
    recorded,
    running,
    shown,
    station,
)

CONCURRENCY = 64
KILLS = 20
_MARK = re.compile(r"\b[0-9a-f]{16}\b")


def moments(rows: int) -> list[tuple[int, float]]:
    """For each kill: how many prompts must have been answered, and how many seconds after that."""
    drawn = random.Random(17)
    return [
        (answers, drawn.uniform(0.0, 0.2)) for answers in sorted(drawn.randrange(rows * 9 // 10) for _ in range(KILLS))
    ]


def kept_replies(folder: Path) -> set[str]:
    """The digests of the prompts whose replies the project's store holds."""
    with contextlib.closing(sqlite3.connect(folder / ".gristmill" / "store.db")) as store:
        texts = store.execute("SELECT text FROM replies").fetchall()
    return {mark for (text,) in texts for mark in _MARK.findall(text)[:1]}


def kept_lines(folder: Path) -> set[str]:
    """The digests in the peer's cache of replies."""
    lines = [line for file in sorted(folder.rglob("responses_*.jsonl")) for line in file.read_text().splitlines()]
    return {mark for line in lines for mark in re.findall(r"chatcmpl-([0-9a-f]{16})", line)[:1]}


def killed(words: Sequence[str], folder: Path, double: Double, moment: tuple[int, float]) -> bool:
    """Start the command and kill it at that moment; False when it had ended before."""
    before = double.stats()["requests"]
    command = Command(words, folder).start()
    seen = double.stats()
    while command.running() and (seen["requests"] == before or seen["answered"] < moment[0]):
        time.sleep(0.02)
        seen = double.stats()
    time.sleep(moment[1])
    alive = command.running()
    command.kill()
    while double.stats()["inflight"]:
        time.sleep(0.01)
    return alive


def trial(
    words: Sequence[str], folder: Path, double: Double, rows: int, kept: Callable[[Path], set[str]]
) -> dict[str, Any]:
    """Kill and run on, again and again, then to the end; what the log of the double and the kept replies say."""
    double.reset()
    states: list[tuple[int, set[str]]] = []
    kills = 0
    for moment in moments(rows):
        kills += killed(words, folder, double, moment)
        states.append((double.stats()["requests"], kept(folder)))
    last = ran(words, folder)
    seen = double.stats(log=True)
    starts = [0, *(at for at, _ in states)]
    lost = [len(set(seen["log"][start:at]) - have) for start, (at, have) in zip(starts, states, strict=False)]
    return {
        "kills": kills,
        "requests": seen["requests"],
        "repeated": seen["requests"] - seen["distinct"],
        "repeated_though_kept": sum(len(have.intersection(seen["log"][at:])) for at, have in states),
        "on_their_way": sum(lost),
        "most_on_their_way": max(lost),
        "abandoned": seen["abandoned"],
        "prompts": seen["distinct"],
        "last_run_s": round(last.wall_s, 2),
    }


def main() -> None:
    chosen = options(rows=2_000, runs=1)
    with place() as here, running(latency=0.2, jitter=0.05) as double:
        bodies = recorded(here, double, chosen.rows, CONCURRENCY)
        folder = project(here / "ours", double.url, chosen.rows, concurrency=CONCURRENCY)
        mine = trial([GRISTMILL, "generate", str(folder)], folder, double, chosen.rows, kept_replies)
        mine["rows"] = station(shown(folder), "generate")["made"]
        theirs_at = here / "curator"
        theirs_at.mkdir()
        words = peer_words("bespoke-curator", theirs_at, double.url, bodies, CONCURRENCY)
        theirs = trial(words, theirs_at, double, chosen.rows, kept_lines)
        theirs["rows"] = len((theirs_at / "out.jsonl").read_text("utf-8").splitlines())
    line = {
        "name": "killed",
        "unit": "requests repeated",
        "ours": mine,
        "peer": {"bespoke-curator": theirs},
        "ratio": round(mine["repeated"] / max(theirs["repeated"], 1), 3),
        "bar": "0 repeated though kept, at most the concurrency on their way at a kill, every row there",
        "holds": mine["repeated_though_kept"] == 0
        and mine["repeated"] <= mine["on_their_way"]
        and mine["most_on_their_way"] <= CONCURRENCY
        and mine["rows"] == chosen.rows,
        "rows": chosen.rows,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
