"""Remove semantic duplicates with semhash, by vectors that are given: `vectors.npy texts.json threshold out.json`.

With a threshold of 0, texts come in pairs, and what is written is the similarity that semhash gives each pair.
"""

import importlib.metadata
import json
import sys
import time
from pathlib import Path

import numpy as np
from semhash import SemHash


class Nothing:
    """Stands for the model, which is not asked when vectors are given."""

    def encode(self, *_given, **_more):
        raise SystemExit("semhash asked for vectors that it was given")


def found(vectors, texts, threshold):
    records = [{"id": number, "text": text} for number, text in enumerate(texts)]
    index = SemHash.from_embeddings(vectors, records, model=Nothing(), columns=["text"])
    return index.self_deduplicate(threshold=threshold)


def pair(vectors, texts):
    gone = found(vectors, texts, 0.0).filtered
    return max((score for one in gone for _, score in one.duplicates), default=-1.0)


def main() -> None:
    place, listed, threshold, out = sys.argv[1:]
    vectors, texts = np.load(place), json.loads(Path(listed).read_text("utf-8"))
    began = time.monotonic()
    if float(threshold) > 0:
        told = {"gone": [int(one.record["id"]) for one in found(vectors, texts, float(threshold)).filtered]}
    else:
        told = {"pairs": [float(pair(vectors[at : at + 2], texts[at : at + 2])) for at in range(0, len(texts), 2)]}
    Path(out).write_text(json.dumps(told))
    print(json.dumps({"seconds": time.monotonic() - began, "version": importlib.metadata.version("semhash")}))


if __name__ == "__main__":
    main()
