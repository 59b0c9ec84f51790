"""Near duplicates of 40,000 documents a CPU second at recall .985 and precision .999; beside it daft and rensa."""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from _measure import GRISTMILL, HERE, PEERS, interleaved, medians, place, ran

BAR, RECALL, PRECISION = 40_000, 0.985, 0.999
PEER_PINS = {"daft": "daft==0.7.26", "rensa": "rensa==0.5.0"}
DRIVERS = {"daft": "daft_minhash.py", "rensa": "rensa_package.py"}
ALIKE = 0.8


def truth(corpus: Path) -> list[tuple[str, str, str, float]]:
    """Of each row the id, the cluster (the id of its base), the kind of copy, and the similarity to the base."""
    with corpus.open(encoding="utf-8") as lines:
        return [(row["id"], row["cluster"], row["kind"], row["jac"]) for row in map(json.loads, lines)]


def scored(rows: Sequence[tuple[str, str, str, float]], gone: Collection[str]) -> Mapping[str, float]:
    """Recall of edited copies that are alike, precision of what went, and clusters of which nothing stayed.

    A copy is caught when it and its base did not both stay; only clusters of two count, where that is no accident.
    """
    lost, size = set(gone), Counter(cluster for _, cluster, _, _ in rows)
    staying = Counter(cluster for name, cluster, _, _ in rows if name not in lost)
    names = {name for name, _, _, _ in rows}
    copies = [
        name in lost or cluster in lost
        for name, cluster, kind, alike in rows
        if kind not in ("base", "exact") and alike >= ALIKE and size[cluster] == 2 and cluster in names
    ]
    planted = sum(size[cluster] > 1 for name, cluster, _, _ in rows if name in lost)
    return {
        "recall": round(sum(copies) / max(1, len(copies)), 4),
        "precision": round(planted / max(1, len(lost)), 5),
        "lost_clusters": sum(count > 1 and not staying[cluster] for cluster, count in size.items()),
    }


def ours(here: Path, corpus: Path, cold: bool = False) -> dict[str, Any]:
    """The whole command: start, reading, comparing, writing the kept, the rejected and all verdicts."""
    out = here / f"ours{len(list(here.iterdir()))}"
    start = ["env", f"NUMBA_CACHE_DIR={here / 'compiled'}"] if cold else []
    check = [GRISTMILL, "curate", str(corpus), "--out", str(out), "--check", "near_duplicates", "--json"]
    command = ran([*start, *check], here)
    with (out / "rejected.jsonl").open(encoding="utf-8") as lines:
        gone = [json.loads(line)["id"] for line in lines]
    return {**command.figures(), "gone": gone}


def python(name: str) -> str:
    """The peer's own Python. Raises SystemExit that says what is needed."""
    folder = PEERS / name
    own, pinned = folder / "bin" / "python", folder / "pinned.txt"
    pins = [PEER_PINS[name], "numpy", "pyarrow"]
    if not pinned.exists() or pinned.read_text() != PEER_PINS[name]:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            subprocess.run([str(own), "-m", "pip", "install", "--quiet", *pins], check=True, capture_output=True)
        except (subprocess.SubprocessError, OSError) as error:
            raise SystemExit(f"{name} needs `pip install {' '.join(pins)}` in {folder}: {error}") from None
        pinned.write_text(PEER_PINS[name])
    return str(own)


def peer(name: str, here: Path, corpus: Path) -> dict[str, Any]:
    """A peer's own process: start, the same file, its signatures, and the ids that go; it writes no texts."""
    gone = here / f"{name}.txt"
    command = ran([python(name), str(HERE / "peers" / DRIVERS[name]), str(corpus), str(gone)], here)
    return {**command.figures(), "gone": gone.read_text("utf-8").split()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", nargs="*", choices=sorted(DRIVERS), default=sorted(DRIVERS))
    chosen = parser.parse_args()
    corpus = chosen.corpus.resolve()
    for name in chosen.peers:
        python(name)
    drivers = {"ours": lambda: ours(here, corpus)}
    drivers |= {name: lambda name=name: peer(name, here, corpus) for name in chosen.peers}
    with place() as here:
        cold = ours(here, corpus, cold=True)
        found = interleaved(drivers, chosen.runs)
    rows, told = truth(corpus), {}
    for name, runs in found.items():
        figures = medians(runs)
        told[name] = {**figures, "docs_per_cpu_s": round(len(rows) / figures["cpu_s"]), **scored(rows, runs[0]["gone"])}
    mine = told.pop("ours")
    good = mine["recall"] >= RECALL and mine["precision"] >= PRECISION and not mine["lost_clusters"]
    line = {
        "name": "near_duplicates",
        "unit": "documents per CPU s",
        "rows": len(rows),
        "ours": {**mine, "cold_cpu_s": round(cold["cpu_s"], 2)},
        "peer": told,
        "ratio": {name: round(mine["docs_per_cpu_s"] / one["docs_per_cpu_s"], 1) for name, one in told.items()},
        "bar": BAR,
        "holds": good and mine["docs_per_cpu_s"] >= BAR,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
