"""datatrove's chain of web filters over rows: as a chain that stops at the first drop, or why each filter drops a row.

Its language filter is left out: it fetches its model from the network.
"""

import importlib.metadata
import itertools
import json
import sys
import time
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)


def main() -> None:
    corpus, rows, each = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "each"
    started = time.process_time()
    filters = {
        "gopher_quality": GopherQualityFilter(),
        "gopher_repetition": GopherRepetitionFilter(),
        "c4_quality": C4QualityFilter(),
        "fineweb_quality": FineWebQualityFilter(),
    }
    dropped = {}
    with corpus.open(encoding="utf-8") as lines:
        for row in map(json.loads, itertools.islice(lines, rows)):
            document, reasons = Document(text=row["text"], id=row["id"]), {}
            for name, one in filters.items():
                # C4's filter edits the text that it lets pass: each filter gets the whole one.
                kept = one.filter(Document(text=row["text"], id=row["id"]) if each else document)
                if kept is not True:
                    reasons[name] = kept[1]
                    if not each:
                        break
            dropped[row["id"]] = reasons
    told = {"version": importlib.metadata.version("datatrove"), "seconds": time.process_time() - started}
    print(json.dumps({**told, "dropped": dropped if each else len([1 for one in dropped.values() if one])}))


if __name__ == "__main__":
    main()
