"""Records written twice are linked as well as recordlinkage links them with the same blocks and Jaro-Winkler means."""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet
from _measure import GRISTMILL, HERE, PEERS, interleaved, medians, place, ran

PIN = "recordlinkage==0.16"
BLOCK, THRESHOLD, COLUMNS = "city", 0.85, ("name", "address")
SAME = {
    "columns": dict.fromkeys(COLUMNS, "jaro_winkler"),
    "block": [BLOCK],
    "threshold": THRESHOLD,
    "largest_block": 5000,
}
# With what the check can do beside: words in any order, and blocks that survive other spellings.
OTHERS = {
    "mean": {
        "columns": {"name": "token_set", "address": "token_sort", "city": "jaro_winkler"},
        "block": {"name": "grams", "address": "grams"},
        "threshold": 0.8,
    },
    "fellegi_sunter": {
        "columns": {"name": "token_set", "address": "token_set", "city": "jaro_winkler"},
        "block": {"name": "grams", "address": "grams"},
        "classify": "fellegi_sunter",
        "agrees": 0.8,
    },
}


def ours(here: Path, records: Path, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The whole command: start, reading, linking, writing the kept, the rejected and all verdicts."""
    out = here / f"ours{len(list(here.iterdir()))}"
    check = json.dumps({"fuzzy_duplicates": {**fields, "truth": "cluster"}})
    # Any column is the text of a record here; the check compares those that it names.
    words = [GRISTMILL, "curate", str(records), "--out", str(out), "--format", "text: {column: cuisine}"]
    command = ran([*words, "--check", check, "--json"], here)
    return {**command.figures(), **figures(out)}


def figures(out: Path) -> dict[str, Any]:
    """What the first row's evidence tells of the whole."""
    for text in pyarrow.parquet.read_table(out / "verdicts.parquet").column("evidence").to_pylist():
        told: dict[str, Any] = json.loads(text or "{}")
        if "figures" in told:
            return told["figures"]  # type: ignore[no-any-return]
    raise SystemExit(f"no figures in {out}")


def python() -> str:
    """The Python that has recordlinkage."""
    folder = PEERS / "recordlinkage"
    own, pinned = folder / "bin" / "python", folder / "pinned.txt"
    if not pinned.exists() or pinned.read_text() != PIN:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            subprocess.run([str(own), "-m", "pip", "install", "--quiet", PIN], check=True, capture_output=True)
        except (subprocess.SubprocessError, OSError) as error:
            raise SystemExit(f"recordlinkage needs `pip install {PIN}` in {folder}: {error}") from None
        pinned.write_text(PIN)
    return str(own)


def peer(here: Path, records: Path) -> dict[str, Any]:
    """recordlinkage's own process: start, the same file, nothing written."""
    driver = str(HERE / "peers/record_linkage_package.py")
    command = ran([python(), driver, str(records), BLOCK, str(THRESHOLD), *COLUMNS], here)
    told = json.loads(command.said().splitlines()[-1])
    return {**command.figures(), "candidates": told["candidates"], **scored(records, told["pairs"])}


def scored(records: Path, pairs: list[list[str]]) -> Mapping[str, float]:
    """Precision, recall and F1 of pairs of ids."""
    with records.open(encoding="utf-8") as lines:
        cluster = {str(row["id"]): row["cluster"] for row in map(json.loads, lines)}
    true = sum(count * (count - 1) // 2 for count in Counter(cluster.values()).values())
    right = sum(cluster[one] == cluster[other] for one, other in pairs)
    shares = (right / max(1, len(pairs)), right / max(1, true), 2 * right / max(1, len(pairs) + true))
    return dict(zip(("precision", "recall", "f1"), (round(share, 4) for share in shares), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    records = chosen.records.resolve()
    with place() as here:
        ours(here, records, SAME)
        drivers = {"ours": lambda: ours(here, records, SAME), "peer": lambda: peer(here, records)}
        found = {name: medians(runs) for name, runs in interleaved(drivers, chosen.runs).items()}
        others = {name: medians([ours(here, records, fields)]) for name, fields in OTHERS.items()}
    mine, theirs = found["ours"], found["peer"]
    line = {
        "name": "fuzzy_duplicates",
        "unit": "F1 of pairs",
        "ours": mine,
        "peer": {"recordlinkage": theirs},
        "ratio": round(mine["f1"] / theirs["f1"], 3),
        "cpu_ratio": round(theirs["cpu_s"] / mine["cpu_s"], 2),
        "ours_otherwise": others,
        "bar": theirs["f1"],
        "holds": mine["f1"] >= theirs["f1"],
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
