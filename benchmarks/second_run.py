"""A second run of the example re-uses everything: wall and CPU seconds beside those of the first."""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BAR = 20.0
EXAMPLE = Path(__file__).parents[1] / "examples" / "first_flour"


def measured(folder: Path) -> dict[str, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    for recipe in ("recipe.yaml", "spans.yaml"):
        command = [str(Path(sys.executable).with_name("gristmill")), "run", str(folder / recipe)]
        subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = time.monotonic() - started
    return {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(after.ru_maxrss / 1024)}


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "example"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".gristmill", "out"))
        first, second = measured(folder), measured(folder)
    line = {
        "name": "second_run",
        "ours": second,
        "peer": {"first run": first},
        "ratio": round(second["wall_s"] / first["wall_s"], 3),
        "bar": BAR,
        "holds": second["wall_s"] < BAR,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
