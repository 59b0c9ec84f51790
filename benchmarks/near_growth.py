"""Near duplicates cost in step with the documents: exponent 1.05 at most, and 2.5 GB of memory for a million."""

import argparse
import json
import math
from pathlib import Path

from _measure import medians, place
from near_duplicates import ours

EXPONENT, MEMORY_MB, MILLION = 1.05, 2500, 1_000_000


def lines_of(corpus: Path) -> int:
    """How many rows a file has."""
    with corpus.open("rb") as lines:
        return sum(1 for _ in lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True, help="the large corpus, of a million rows")
    parser.add_argument("--small", type=Path, required=True, help="the small one, of 50,000 rows")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    small, large = chosen.small.resolve(), chosen.corpus.resolve()
    counts = lines_of(small), lines_of(large)
    with place() as here:
        ours(here, small)
        few = medians([ours(here, small) for _ in range(chosen.runs)])
        many = medians([ours(here, large) for _ in range(chosen.runs)])
    exponent = math.log(many["cpu_s"] / few["cpu_s"]) / math.log(counts[1] / counts[0])
    line = {
        "name": "near_growth",
        "unit": "exponent of CPU s by documents",
        "ours": {"exponent": round(exponent, 3), str(counts[0]): few, str(counts[1]): many},
        "peer": None,
        "ratio": None,
        "bar": {"exponent": EXPONENT, "peak_mb": MEMORY_MB},
        "holds": exponent <= EXPONENT and many["peak_mb"] <= MEMORY_MB * max(1, counts[1] / MILLION),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
