"""A second run of 10,000 rows with every reply kept sends no request and takes 20,000 rows a second.

Timed is the whole station, from passages to examples. Two second runs are: the same recipe (its tables are kept too),
which the claim is about, and one whose task differs in what is trained on, not in what is asked, so that every row is
made again from the kept replies.
"""

import json
import sys
from pathlib import Path
from typing import Any

from _measure import (
    Double,
    generate,
    interleaved,
    medians,
    options,
    peer_words,
    place,
    project,
    ran,
    recorded,
    running,
)

BAR = 20_000
STATION = Path(__file__).with_name("_station.py")
CONCURRENCY = 64


def second(folder: Path, double: Double, rows: int, system: str) -> dict[str, Any]:
    """One more run, with this system turn for the training rows; "" leaves the recipe as it was."""
    recipe = json.loads((folder / "recipe.yaml").read_text("utf-8"))
    if system:
        (folder / "recipe.yaml").write_text(json.dumps(recipe | {"task": {"question_answer": {"system": system}}}))
    double.reset()
    command = ran([sys.executable, str(STATION), str(folder)], folder)
    told = json.loads(command.said().splitlines()[-1])
    (folder / "recipe.yaml").write_text(json.dumps(recipe))
    assert told["rows"] == rows
    figures = {"station_s": told["seconds"], "rows_per_s": rows / told["seconds"]}
    return {**figures, **command.figures(), "requests": double.stats()["requests"]}


def curator(folder: Path, double: Double, bodies: Path) -> dict[str, Any]:
    """The peer's second run, its cache full."""
    double.reset()
    command = ran(peer_words("bespoke-curator", folder, double.url, bodies, CONCURRENCY), folder)
    seconds = json.loads(command.said().splitlines()[-1])["seconds"]
    rows = len((folder / "out.jsonl").read_text("utf-8").splitlines())
    figures = {"station_s": seconds, "rows_per_s": rows / seconds, "requests": double.stats()["requests"]}
    return {**figures, **command.figures()}


def main() -> None:
    chosen = options(rows=10_000)
    with place() as here, running() as double:
        bodies = recorded(here, double, chosen.rows, CONCURRENCY)
        folder = project(here / "ours", double.url, chosen.rows, concurrency=CONCURRENCY)
        (here / "curator").mkdir()
        generate(folder)
        curator(here / "curator", double, bodies)
        systems = (f"Answer briefly, in at most {number} words." for number in range(9, 999))
        drivers = {
            "same": lambda: second(folder, double, chosen.rows, ""),
            "anew": lambda: second(folder, double, chosen.rows, next(systems)),
            "curator": lambda: curator(here / "curator", double, bodies),
        }
        found = {name: medians(runs) for name, runs in interleaved(drivers, chosen.runs).items()}
    same, anew, theirs = found["same"], found["anew"], found["curator"]
    sent = same["requests"] + anew["requests"]
    line = {
        "name": "second_asking",
        "unit": "rows a second of the asking station",
        "ours": same,
        "anew": anew,
        "peer": {"bespoke-curator": theirs},
        "ratio": round(same["rows_per_s"] / theirs["rows_per_s"], 2),
        "whole_ratio": round(theirs["wall_s"] / same["wall_s"], 2),
        "bar": BAR,
        "holds": same["rows_per_s"] >= BAR and sent == 0,
        "rows": chosen.rows,
        "runs": chosen.runs,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
