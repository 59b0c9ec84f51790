"""With a tenth of all requests spoiled, in seven ways, every row is made or ends in a named state: none is lost."""

import json
import tempfile
from pathlib import Path
from typing import Any

from _measure import Double, generate, options, peer, place, project, recorded, running, shown

CONCURRENCY = 64
KINDS = ("429", "500", "drop", "hang", "truncated", "badjson", "empty")


def mine(here: Path, double: Double, rows: int) -> dict[str, Any]:
    """Our run: rows made, failed by state, and those that are neither."""
    double.reset()
    with tempfile.TemporaryDirectory(dir=here) as folder:
        project(Path(folder), double.url, rows, concurrency=CONCURRENCY, timeout=1)
        command = generate(Path(folder), fine=range(5))
        told = shown(Path(folder))
    pairs = next(stage for stage in told["stages"] if stage["station"] == "generate" and stage["kind"] == "pair")
    failed = {count["state"]: count["items"] for count in pairs["counts"]}
    made = failed.pop("made", 0)
    lost = rows - made - sum(failed.values())
    asked, figures = double.stats()["requests"], {name: round(value, 2) for name, value in command.figures().items()}
    return {"made": made, "failed": failed, "lost": lost, "status": command.status, "requests": asked, **figures}


def theirs(here: Path, double: Double, bodies: Path) -> dict[str, Any]:
    """The peer's run: rows with an answer that can be read, errors by name, and those without either."""
    run = peer("openai", here, double, bodies, CONCURRENCY)
    made = sum(_readable(line) for line in run.pop("answers"))
    lost = len(bodies.read_text("utf-8").splitlines()) - made - sum(run["failed"].values())
    figures = {name: round(run[name], 2) for name in ("wall_s", "cpu_s", "peak_mb")}
    asked = double.stats()["requests"]
    return {"made": made, "failed": run["failed"], "lost": lost, "requests": asked, **figures}


def _readable(line: str) -> bool:
    try:
        return {"answer", "question"} <= set(json.loads(json.loads(line)["text"]))
    except (ValueError, TypeError):
        return False


def main() -> None:
    chosen = options(rows=2_000)
    few = max(1, chosen.rows * 3 // 20)
    with place() as here, running(latency=0.05, jitter=0.02, share=0.1, hang=2.0) as double:
        bodies = recorded(here, double, chosen.rows, CONCURRENCY)
        some = here / "some.jsonl"
        some.write_text("".join(bodies.read_text("utf-8").splitlines(keepends=True)[:few]), "utf-8")
        ours, others = {}, {}
        for kind in KINDS:
            double.configure(faults=[kind])
            ours[kind], others[kind] = mine(here, double, few), theirs(here, double, some)
        double.configure(faults=list(KINDS))
        ours["all"], others["all"] = mine(here, double, chosen.rows), theirs(here, double, bodies)
    lost = sum(run["lost"] for run in ours.values())
    asked = few * len(KINDS) + chosen.rows
    without = [asked - sum(run["made"] for run in found.values()) for found in (ours, others)]
    line = {
        "name": "faults",
        "unit": "rows lost, in no named state",
        "ours": {"lost": lost, "without_answer": without[0], "by_kind": ours},
        "peer": {"openai": {"without_answer": without[1], "by_kind": others}},
        "ratio": round(without[0] / max(without[1], 1), 4),
        "bar": 0,
        "holds": lost == 0,
        "rows": {"each kind": few, "all kinds": chosen.rows},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
