"""kill -9 at drawn moments: no reply is lost or paid again, and the data set is as if undisturbed.

`pytest tests/runs/test_kills.py -m long -s` prints where each kill fell.
"""

import random
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from commands import finish, newest_digest, select, start, write_recipe

from gristmill.recipe import Recipe
from gristmill.run import STATIONS
from gristmill.store import Store

EXAMPLES = Path(__file__).parents[2] / "examples" / "first_flour" / "docs"
SOURCES = ("llama_recipes/faq.md", "python/tutorial_appetite.html")
CONCURRENCY = 2
REPLIES = "SELECT key, text, at FROM replies ORDER BY key"
STEPS = """
SELECT station, part, seconds, coalesce(json_extract(facts, '$.asked'), 0) FROM steps
 WHERE run = (SELECT max(id) FROM runs) ORDER BY ordinal
"""
# Every asking leaves a trace that the house knows nothing of, so that one too many is seen.
TRACE = """
CREATE TABLE trace (key TEXT, run INTEGER, at REAL);
CREATE TRIGGER traced AFTER INSERT ON asked BEGIN INSERT INTO trace VALUES (new.key, new.run, new.at); END;
"""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When to kill: while this step of a run is at work, with so many replies there, and seconds after that."""

    ordinal: int
    replies: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Kill:
    """Where a kill fell, and what the store held after it."""

    after: float
    done: int
    replies: list[tuple[Any, ...]]
    in_flight: set[str]


def project(folder: Path, pairs: int) -> Path:
    (folder / "docs").mkdir(parents=True)
    for name in SOURCES:
        shutil.copy(EXAMPLES / name, folder / "docs")
    teacher = {"embedded": {"concurrency": CONCURRENCY}}
    plain = {
        "task": {"question_answer": {"context": "none"}},
        "ingest": "docs",
        "teachers": {"generator": teacher, "reader": teacher},
        "generate": {"pairs": pairs},
        "export": ["chat", "jsonl", "parquet"],
    }
    write_recipe(folder, Recipe.model_validate(plain))
    Store(folder / ".gristmill").close()
    with closing(sqlite3.connect(folder / ".gristmill" / "store.db")) as opened:
        opened.executescript(TRACE)
    return folder


def drawn(steps: list[tuple[Any, ...]], stations: tuple[str, ...], more: int, seed: int) -> list[Moment]:
    """A moment in each of these stations, and `more` over the whole time, in the order of the work."""
    draw = random.Random(seed)
    chosen = []
    for station in stations:
        mine = [number for number, step in enumerate(steps) if step[0] == station]
        chosen += draw.choices(mine, [steps[number][2] for number in mine])
    chosen += draw.choices(range(len(steps)), [step[2] for step in steps], k=more)
    return sorted((moment_in(steps, number, draw) for number in chosen), key=lambda one: (one.ordinal, one.replies))


def moment_in(steps: list[tuple[Any, ...]], number: int, draw: random.Random) -> Moment:
    """Somewhere in a step; where a teacher is asked it is told by replies, which do not depend on other work."""
    before = sum(step[3] for step in steps[:number])
    asked = steps[number][3]
    replies = before + draw.randrange(asked) if asked else 0
    return Moment(ordinal=number, replies=replies, seconds=draw.uniform(0, 0.3 if asked else 0.7 * steps[number][2]))


def kill_at(folder: Path, moment: Moment) -> Kill | None:
    """Run until that moment and kill; None when the run was done before."""
    began = time.monotonic()
    with closing(sqlite3.connect(folder / ".gristmill" / "store.db", timeout=30)) as watched:
        before = watched.execute("SELECT count(*) FROM runs").fetchall()
        process = start("run", folder)
        while process.poll() is None and not reached(watched, before, moment):
            time.sleep(0.0005)
    wait(process, moment.seconds)
    process.kill()
    process.communicate()
    after = time.monotonic() - began
    newest = "run = (SELECT max(id) FROM runs)"
    return None if process.returncode == 0 else Kill(
        after=after,
        done=select(folder, f"SELECT count(*) FROM steps WHERE {newest}")[0][0],
        replies=select(folder, REPLIES),
        in_flight={key for (key,) in select(folder, f"SELECT key FROM asked WHERE {newest}")},
    )  # fmt: skip


def reached(watched: sqlite3.Connection, before: list[tuple[Any, ...]], moment: Moment) -> bool:
    begun = watched.execute("SELECT count(*) FROM runs").fetchall() != before
    if not begun or len(watched.execute(STEPS).fetchall()) < moment.ordinal:
        return False
    ((replies,),) = watched.execute("SELECT count(*) FROM replies").fetchall()
    return int(replies) >= moment.replies


def wait(process: "Popen[str]", seconds: float) -> None:
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)


def check(earlier: list[Kill], kill: Kill) -> None:
    """A reply that was there stays as it was; no more than the teacher's askings at once are in the air."""
    if earlier:
        assert set(earlier[-1].replies) <= set(kill.replies)
    assert len(kill.in_flight) <= CONCURRENCY
    assert kill.in_flight.isdisjoint(key for key, _, _ in kill.replies)


def report(steps: list[tuple[Any, ...]], kills: list[Kill], whole: float, repeats: int) -> None:
    lines = [f"undisturbed: {whole:.1f} s, {len(steps)} steps; {len(kills)} kills:"]
    for number, kill in enumerate(kills, start=1):
        station, part = steps[kill.done][:2] if kill.done < len(steps) else ("export", "after it")
        lines.append(
            f"  {number}: {kill.after:.2f} s after its start, {kill.done} steps done, in {station} {part}; "
            f"{len(kill.replies)} replies kept, {len(kill.in_flight)} in flight"
        )
    lines.append(f"  askings repeated: {repeats}, all of them in flight at a kill")
    sys.stdout.write("\n" + "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("pairs", "stations", "more", "seed"),
    [
        pytest.param(3, ("generate", "curate", "export"), 0, 1, marks=pytest.mark.ci),
        pytest.param(8, STATIONS, 3, 20, marks=pytest.mark.long),
    ],
)
def test_kills_lose_no_reply_and_change_no_data(
    tmp_path: Path, pairs: int, stations: tuple[str, ...], more: int, seed: int
) -> None:
    calm, killed = project(tmp_path / "calm", pairs), project(tmp_path / "killed", pairs)
    began = time.monotonic()
    assert finish(start("run", calm))[0] == 0
    whole = time.monotonic() - began
    steps = select(calm, STEPS)
    kills: list[Kill] = []
    for moment in drawn(steps, stations, more, seed):
        kill = kill_at(killed, moment)
        if kill:
            check(kills, kill)
            kills.append(kill)
    assert finish(start("run", killed))[0] == 0
    replies = select(killed, REPLIES)
    assert set(kills[-1].replies) <= set(replies)
    assert [row[:2] for row in replies] == [row[:2] for row in select(calm, REPLIES)]
    assert newest_digest(killed) == newest_digest(calm)
    asked = select(killed, "SELECT key FROM trace")
    repeats = len(asked) - len(replies)
    report(steps, kills, whole, repeats)
    assert len(select(calm, "SELECT key FROM trace")) == len(replies)
    assert repeats == sum(len(kill.in_flight) for kill in kills)
    assert select(killed, "SELECT * FROM trace JOIN replies USING (key) WHERE trace.at > replies.at") == []
    assert select(killed, "SELECT * FROM asked") == []
    assert len(kills) >= len(stations) + more - 1
    assert [path for path in (killed / ".gristmill").glob("*/**/.*") if path.is_dir()] == []
    assert [path.name for path in (killed / "out").iterdir()] == ["v1"]
