"""Reading 1,000 mixed files takes no more memory than reading 100 of them, but for a tenth and 20 MB."""

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

from _measure import GRISTMILL, HERE, Command, options, place

FILES = sorted(path for path in (HERE.parent / "tests/data/ingest").iterdir() if path.name != "README.md")


def mixed(folder: Path, count: int) -> Path:
    """So many files below a folder: the real ones of the tests, each again and again under another name."""
    docs = folder / "docs"
    docs.mkdir(parents=True)
    for number, path in zip(range(count), itertools.cycle(FILES), strict=False):
        shutil.copyfile(path, docs / f"{number:05d}_{path.name}")
    (folder / "recipe.yaml").write_text("task: question_answer\ningest: docs/\n", "utf-8")
    return folder


def measured(folder: Path) -> dict[str, Any]:
    """The peak of the command and the processes that read for it, in the same moment."""
    command = Command([GRISTMILL, "ingest"], folder).start()
    command.end()
    if command.status != 0:
        raise SystemExit(f"gristmill ingest ended with {command.status}")
    return {name: round(value, 1) for name, value in command.figures().items()}


def main() -> None:
    chosen = options(rows=1_000, runs=1)
    with place() as here:
        few = measured(mixed(here / "few", chosen.rows // 10))
        many = measured(mixed(here / "many", chosen.rows))
    bar = round(1.1 * few["peak_mb"] + 20, 1)
    line = {
        "name": "flat_ingest",
        "unit": "MB at the peak",
        "ours": many,
        "peer": {"a tenth of the files": few},
        "ratio": round(many["peak_mb"] / few["peak_mb"], 2),
        "bar": bar,
        "holds": many["peak_mb"] <= bar,
        "files": chosen.rows,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
