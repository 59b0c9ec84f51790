"""rensa's signatures of word runs; bands and components by numpy; the ids that go are written."""

import importlib.metadata
import json
import re
import sys
from pathlib import Path

import numpy as np
import rensa
from _components import HASHES, WORDS, kept, rows

WORD = re.compile(r"\w+")


def runs(text: str) -> list[str]:
    found = WORD.findall(text.lower())
    return [" ".join(found[at : at + WORDS]) for at in range(max(1, len(found) - WORDS + 1))]


def main() -> None:
    ids, texts = rows(Path(sys.argv[1]))
    signatures = np.empty((len(texts), HASHES), np.uint32)
    for row, text in enumerate(texts):
        one = rensa.RMinHash(num_perm=HASHES, seed=42)
        one.update(runs(text))
        signatures[row] = one.digest()
    stays = set(kept(signatures))
    Path(sys.argv[2]).write_text("\n".join(one for row, one in enumerate(ids) if row not in stays), "utf-8")
    print(json.dumps({"version": importlib.metadata.version("rensa")}))


if __name__ == "__main__":
    main()
