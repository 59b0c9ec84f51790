"""Client CPU seconds per 1,000 requests, for the whole command with store, ledger and parsing, beside its peers.

`before_asking` is what the same command takes without its asking station: start, reading, cutting into passages.
"""

import json
import tempfile
from pathlib import Path

from _measure import (
    DRIVERS,
    GRISTMILL,
    interleaved,
    medians,
    options,
    ours,
    peer,
    place,
    project,
    ran,
    recorded,
    running,
)

BAR = 1.8
CONCURRENCY = 64


def before_asking(here: Path, rows: int) -> dict[str, float]:
    """The way up to the asking, in a fresh project."""
    with tempfile.TemporaryDirectory(dir=here) as folder:
        project(Path(folder), "http://127.0.0.1:9/v1", rows)
        return ran([GRISTMILL, "chunk", folder], Path(folder)).figures()


def main() -> None:
    chosen = options(rows=2_000)
    versions: dict[str, str] = {}
    with place() as here, running(latency=0.2, jitter=0.05) as double:
        bodies = recorded(here, double, chosen.rows, CONCURRENCY)

        def of(name: str) -> dict[str, float]:
            run = peer(name, here, double, bodies, CONCURRENCY)
            versions[name] = run["version"]
            return run

        drivers = {
            "ours": lambda: ours(here, double, chosen.rows, CONCURRENCY),
            "before": lambda: before_asking(here, chosen.rows),
        }
        found = interleaved(drivers | {name: lambda name=name: of(name) for name in DRIVERS}, chosen.runs)
    each = {name: medians(runs) for name, runs in found.items()}
    for figures in each.values():
        figures["cpu_per_1000"] = round(figures["cpu_s"] / chosen.rows * 1_000, 3)
    mine, before = each.pop("ours"), each.pop("before")
    line = {
        "name": "cpu_per_request",
        "unit": "CPU s per 1,000 requests, the whole process",
        "ours": mine["cpu_per_1000"],
        "peer": {name: figures["cpu_per_1000"] for name, figures in each.items()},
        "ratio": {name: round(mine["cpu_per_1000"] / figures["cpu_per_1000"], 3) for name, figures in each.items()},
        "bar": BAR,
        "holds": mine["cpu_per_1000"] <= BAR,
        "before_asking": before,
        "asking_alone": round(mine["cpu_per_1000"] - before["cpu_per_1000"], 3),
        "figures": {"ours": mine, **each},
        "rows": chosen.rows,
        "runs": chosen.runs,
        "versions": versions,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
