"""Run a recipe up to generate, and print the seconds of that station whole: from passages to examples."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import gristmill.run
from gristmill.validate import load


def main() -> None:
    path = Path(sys.argv[1]) / "recipe.yaml"
    station, seconds = gristmill.run.generate, []

    def timed(*given: Any) -> Any:
        began = time.monotonic()
        examples = station(*given)
        seconds.append(time.monotonic() - began)
        return examples

    gristmill.run.generate = timed
    made = gristmill.run.run(load(path), path.parent, until="generate")
    print(json.dumps({"seconds": seconds[0], "rows": len(made.examples)}))


if __name__ == "__main__":
    main()
