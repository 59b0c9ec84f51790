"""Wall time of asking an endpoint, ours beside a bare aiohttp loop that sends the same bodies."""

import importlib.metadata
import json

from _measure import interleaved, medians, options, ours, peer, place, recorded, running


def compare(name: str, rows: int, concurrency: int, bar: float) -> None:
    chosen = options(rows)
    with place() as here, running(latency=0.2, jitter=0.05) as double:
        bodies = recorded(here, double, chosen.rows, concurrency)
        drivers = {
            "ours": lambda: ours(here, double, chosen.rows, concurrency),
            "bare": lambda: peer("bare aiohttp", here, double, bodies, concurrency),
        }
        found = interleaved(drivers, chosen.runs)
    mine, bare = medians(found["ours"]), medians(found["bare"])
    ratio = mine["call_s"] / bare["call_s"]
    line = {
        "name": name,
        "unit": "s in the call: the asking station, the bare loop",
        "ours": mine,
        "peer": {"bare aiohttp": bare},
        "ratio": round(ratio, 3),
        "bar": bar,
        "holds": ratio <= bar,
        "whole_ratio": round(mine["wall_s"] / bare["wall_s"], 3),
        "ideal_s": round(chosen.rows * 0.2 / concurrency, 2),
        "rows": chosen.rows,
        "runs": chosen.runs,
        "versions": {"aiohttp": importlib.metadata.version("aiohttp")},
    }
    print(json.dumps(line))
