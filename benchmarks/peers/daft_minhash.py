"""daft's own normalising and MinHash expressions over a file of texts; bands and components by numpy; ids kept."""

import importlib.metadata
import json
import os
import sys
from pathlib import Path

os.environ |= {"DAFT_PROGRESS_BAR": "0", "DO_NOT_TRACK": "true", "DAFT_ANALYTICS_ENABLED": "0"}

import daft
import numpy as np
from _components import HASHES, WORDS, kept
from daft.functions import minhash, normalize


def main() -> None:
    plain = normalize(daft.col("text"), remove_punct=True, lowercase=True, white_space=True)
    signature = minhash(plain, num_hashes=HASHES, ngram_size=WORDS, hash_function="xxhash")
    table = daft.read_json(sys.argv[1]).select(daft.col("id"), signature.alias("signature")).to_arrow()
    ids = table.column("id").to_pylist()
    flat = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in table.column("signature").chunks]
    stays = {ids[row] for row in kept(np.concatenate(flat).reshape(-1, HASHES))}
    Path(sys.argv[2]).write_text("\n".join(one for one in ids if one not in stays), "utf-8")
    print(json.dumps({"version": importlib.metadata.version("daft")}))


if __name__ == "__main__":
    main()
