"""recordlinkage over records, blocked by one column, compared by Jaro-Winkler: the pairs it links, as JSON."""

import importlib.metadata
import json
import sys
from pathlib import Path

import pandas
import recordlinkage


def main() -> None:
    records, block, threshold, columns = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
    with Path(records).open(encoding="utf-8") as lines:
        frame = pandas.DataFrame([json.loads(line) for line in lines]).set_index("id")
    index = recordlinkage.Index()
    index.block(block)
    candidates = index.index(frame)
    compare = recordlinkage.Compare()
    for column in columns:
        compare.string(column, column, method="jarowinkler", label=column)
    means = compare.compute(candidates, frame).mean(axis=1)
    pairs = [[str(one), str(other)] for one, other in means[means >= threshold].index]
    said = {"version": importlib.metadata.version("recordlinkage"), "candidates": len(candidates), "pairs": pairs}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
