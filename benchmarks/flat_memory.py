"""Between request 10,000 and request 100,000 of one asking, memory grows by at most a tenth and 20 MB."""

import json
import time
from pathlib import Path
from typing import Any

from _measure import GRISTMILL, Command, Double, options, peer_words, place, project, running

CONCURRENCY = 64


def watched(words: list[str], folder: Path, double: Double, rows: int) -> dict[str, Any]:
    """The peak of memory while so many of the requests were under way: up to a tenth of them, and up to the last."""
    double.reset()
    command = Command(words, folder).start()
    at = {"first": 0.0, "tenth": 0.0, "last": 0.0}
    while command.running() and not at["last"]:
        asked = double.stats()["requests"]
        for name, count in (("first", 1), ("tenth", rows // 10), ("last", rows)):
            if asked >= count and not at[name]:
                at[name] = time.monotonic()
        time.sleep(0.2)
    command.end()
    if command.status != 0 or not at["last"]:
        raise SystemExit(f"{words[0]} ended with {command.status} after {double.stats()['requests']} requests")
    asking = [(when, held) for when, held in command.samples if at["first"] <= when <= at["last"]]
    early = max(held for when, held in asking if when <= at["tenth"])
    late = max(held for _, held in asking)
    growth = {"tenth_mb": round(early, 1), "last_mb": round(late, 1), "growth_mb": round(late - early, 1)}
    whole = {name: round(value, 1) for name, value in command.figures().items()}
    return {**growth, "asking_s": round(at["last"] - at["first"], 1), **whole}


def main() -> None:
    chosen = options(rows=100_000, runs=1)
    with place() as here, running(latency=0.005) as double:
        bodies = here / "bodies.jsonl"
        double.configure(bodies=str(bodies))
        folder = project(here / "ours", double.url, chosen.rows, concurrency=CONCURRENCY)
        mine = watched([GRISTMILL, "generate", str(folder)], folder, double, chosen.rows)
        double.configure(bodies="")
        (here / "bare").mkdir()
        words = peer_words("bare aiohttp", here / "bare", double.url, bodies, CONCURRENCY)
        bare = watched(words, here / "bare", double, chosen.rows)
    bar = round(0.1 * mine["tenth_mb"] + 20, 1)
    line = {
        "name": "flat_memory",
        "unit": "MB of growth while asking",
        "ours": mine,
        "peer": {"bare aiohttp": bare},
        "ratio": round(mine["last_mb"] / bare["last_mb"], 2),
        "bar": bar,
        "holds": mine["growth_mb"] <= bar,
        "rows": chosen.rows,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
