"""lm-eval's Janitor over rows, against held-out texts: those it changes (it drops short clean ones too), as JSON."""

import importlib.metadata
import importlib.util
import itertools
import json
import sys
import time
from pathlib import Path

WORDS = 13


def main() -> None:
    corpus, held_out, rows = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    # Its file alone: the package around it imports torch.
    found = importlib.util.find_spec("lm_eval")
    spec = importlib.util.spec_from_file_location(
        "janitor", Path(found.origin).parent / "decontamination" / "janitor.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    started = time.process_time()
    janitor = module.Janitor(ngram_n=WORDS)
    with held_out.open(encoding="utf-8") as lines:
        for line in lines:
            janitor.register_contaminant_python(json.loads(line)["text"])
    changed = []
    with corpus.open(encoding="utf-8") as lines:
        for line in itertools.islice(lines, rows):
            row = json.loads(line)
            if janitor.clean_python(row["text"]) != [row["text"]]:
                changed.append(row["id"])
    said = {"seconds": time.process_time() - started, "version": importlib.metadata.version("lm-eval")}
    print(json.dumps({**said, "changed": changed}))


if __name__ == "__main__":
    main()
