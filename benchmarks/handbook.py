"""A handbook of 820,000 characters, audited, read and kept, takes under 3 CPU seconds; beside it markitdown."""

import json
from pathlib import Path
from typing import Any

from _measure import GRISTMILL, HERE, Command, interleaved, medians, options, peer_python, place, ran

BAR = 3.0
HANDBOOK = HERE / "data" / "trustee_handbook_long.docx"


def ours(here: Path) -> dict[str, Any]:
    """The whole command in a new project: start, audit, reading in its own process, storing, printing."""
    folder = here / "ours"
    folder.mkdir()
    command = ran([GRISTMILL, "ingest", str(HANDBOOK), "--json"], folder)
    (document,) = json.loads(command.said())
    found = {"characters": document["characters"], **command.figures()}
    (here / "ours").rename(here / f"done{len(list(here.iterdir()))}")
    return found


def peer(here: Path) -> dict[str, Any]:
    """markitdown's own process: start, imports, the same file."""
    command: Command = ran([peer_python("markitdown"), str(HERE / "peers/markitdown_package.py"), str(HANDBOOK)], here)
    return {**json.loads(command.said().splitlines()[-1]), **command.figures()}


def main() -> None:
    chosen = options(rows=1)
    with place() as here:
        found = interleaved({"ours": lambda: ours(here), "markitdown": lambda: peer(here)}, chosen.runs)
    mine, other = medians(found["ours"]), medians(found["markitdown"])
    line = {
        "name": "handbook",
        "unit": "CPU s",
        "ours": mine,
        "peer": {"markitdown": other},
        "ratio": round(mine["cpu_s"] / other["cpu_s"], 2),
        "bar": BAR,
        "holds": mine["cpu_s"] < BAR,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
