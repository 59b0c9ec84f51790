"""Leaks of held-out texts are found in 20,000 documents a CPU second, none missed; beside it lm-eval's Janitor."""

import argparse
import itertools
import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from _measure import GRISTMILL, HERE, PEERS, interleaved, medians, place, ran

BAR = 20_000
PRECISION = 0.999
PIN = "lm-eval==0.4.13"
WORDS = 13


def truth(corpus: Path, rows: int | None = None) -> tuple[int, set[str]]:
    """How many rows there are, and the ids of those with 13 words in a row of a held-out text."""
    count, leaks = 0, set()
    with corpus.open(encoding="utf-8") as lines:
        # One row at a time: what this process holds counts as the peak of those that it starts.
        for row in map(json.loads, itertools.islice(lines, rows)):
            count += 1
            leaks |= {row["id"]} if row["contam"] >= 0 else set()
    return count, leaks


def scored(found: Collection[str], leaks: Collection[str]) -> Mapping[str, float]:
    """Recall and precision of the ids found."""
    both = len(set(found) & set(leaks))
    return {"recall": both / max(1, len(leaks)), "precision": both / max(1, len(found))}


def ours(here: Path, corpus: Path, held_out: Path, cold: bool = False) -> dict[str, Any]:
    """The whole command: start, reading, finding, writing the kept, the rejected and all verdicts."""
    check = json.dumps({"contaminated": {"against": [str(held_out)], "ngram": WORDS, "coverage": 0}})
    out = here / f"ours{len(list(here.iterdir()))}"
    start = ["env", f"NUMBA_CACHE_DIR={here / 'compiled'}"] if cold else []
    command = ran([*start, GRISTMILL, "curate", str(corpus), "--out", str(out), "--check", check, "--json"], here)
    with (out / "rejected.jsonl").open(encoding="utf-8") as lines:
        found = [json.loads(line)["id"] for line in lines]
    return {**command.figures(), "found": found}


def janitor() -> str:
    """The Python that has lm-eval's own files: its Janitor imports none of what the rest needs."""
    folder = PEERS / "lm-eval"
    python, pinned = folder / "bin" / "python", folder / "pinned.txt"
    if not pinned.exists() or pinned.read_text() != PIN:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", PIN]
            subprocess.run(install, check=True, capture_output=True, timeout=600)
        except (subprocess.SubprocessError, OSError) as error:
            raise SystemExit(f"lm-eval needs `pip install --no-deps {PIN}` in {folder}: {error}") from None
        pinned.write_text(PIN)
    return str(python)


def peer(here: Path, corpus: Path, held_out: Path, rows: int) -> dict[str, Any]:
    """The Janitor's own process over the first rows: start, the same file, no writing."""
    command = ran([janitor(), str(HERE / "peers/lm_eval_janitor.py"), str(corpus), str(held_out), str(rows)], here)
    told = json.loads(command.said().splitlines()[-1])
    return {**command.figures(), "found": told["changed"]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--slice", type=int, default=5000, help="rows that the peer is given")
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    corpus, held_out = chosen.corpus.resolve(), chosen.held_out.resolve()
    rows, leaks = truth(corpus)
    few, few_leaks = truth(corpus, chosen.slice)
    drivers = {
        "ours": lambda: ours(here, corpus, held_out),
        "peer": lambda: peer(here, corpus, held_out, chosen.slice),
    }
    with place() as here:
        cold = ours(here, corpus, held_out, cold=True)
        found = interleaved(drivers, chosen.runs)
    mine, other = medians(found["ours"]), medians(found["peer"])
    mine |= {"docs_per_cpu_s": round(rows / mine["cpu_s"]), **scored(found["ours"][0]["found"], leaks)}
    other |= {"docs_per_cpu_s": round(few / other["cpu_s"]), **scored(found["peer"][0]["found"], few_leaks)}
    line = {
        "name": "contaminated",
        "unit": "documents per CPU s",
        "rows": rows,
        "ours": {**mine, "cold_cpu_s": round(cold["cpu_s"], 2)},
        "peer": {"lm-eval Janitor": {**other, "rows": few}},
        "ratio": round(mine["docs_per_cpu_s"] / other["docs_per_cpu_s"], 1),
        "bar": BAR,
        "holds": mine["docs_per_cpu_s"] >= BAR and mine["recall"] == 1 and mine["precision"] >= PRECISION,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
