"""Semantic duplicates by the same vectors: faster than semhash, and no worse on sentence pairs that people scored.

    python benchmarks/semantic_duplicates.py --corpus corpus.jsonl --pairs pairs.jsonl

`pairs.jsonl` has sentence1, sentence2 and score (0 to 5) of the STS benchmark; 4.5 and more counts as duplicate.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from _measure import HERE, interleaved, medians, peer_python, place, ran

from gristmill.curate import semantic_duplicates
from gristmill.curate.semantic_duplicates import SemanticDuplicates
from gristmill.embed import Embedder, embedder
from gristmill.texts import Texts, column_of

DUPLICATE = 4.5
THRESHOLD = 0.95


class Kept(Embedder):
    """The vectors that were made beforehand, by text. As of the peer, no more is asked of long texts."""

    averages = False
    print = "kept"

    def __init__(self, vectors: Any, texts: list[str]) -> None:
        self.rows = vectors
        self.at = {text: number for number, text in enumerate(texts)}

    def vectors(self, texts: Any) -> Any:
        return self.rows[[self.at[text] for text in texts]]


def columns(texts: list[str]) -> Texts:
    size = len(texts)
    names = column_of([f"{number:09}" for number in range(size)])
    none = np.full(size, -1, np.int32)
    return Texts(roles={"text": column_of(texts)}, ids=names, precedence=np.zeros(size, np.int8), family=none)


def ours(vectors: str, listed: str, threshold: str, out: str) -> None:
    """The same as the peer's driver, by our check: also here pairs with a threshold of 0."""
    texts = json.loads(Path(listed).read_text("utf-8"))
    kept = Kept(np.load(vectors), texts)
    semantic_duplicates.embedder = lambda _: kept
    if float(threshold) > 0:
        rows = SemanticDuplicates(threshold=float(threshold)).judge_texts(columns(texts)).column("row").to_pylist()
        told = {"gone": rows}
    else:
        check = SemanticDuplicates(threshold=0.01)
        told = {"pairs": [alike(check, texts[at : at + 2]) for at in range(0, len(texts), 2)]}
    Path(out).write_text(json.dumps(told))


def alike(check: SemanticDuplicates, texts: list[str]) -> float:
    return max(check.judge_texts(columns(texts)).column("score").to_pylist(), default=-1.0)


def driver(words: list[str], vectors: Path, listed: Path, threshold: float) -> dict[str, Any]:
    out = vectors.with_suffix(".out")
    command = ran([*words, str(vectors), str(listed), str(threshold), str(out)], vectors.parent)
    return {**command.figures(), **json.loads(out.read_text())}


def best(scores: Any, duplicate: Any) -> tuple[float, float]:
    """The threshold of the best F1 on one half of the pairs, and the F1 with it on the other half."""
    half = np.arange(len(scores)) % 2 == 0
    tried = [(f1(scores[half] >= one, duplicate[half]), float(one)) for one in np.arange(0.6, 1, 0.01)]
    threshold = max(tried)[1]
    return threshold, f1(scores[~half] >= threshold, duplicate[~half])


def f1(said: Any, duplicate: Any) -> float:
    return float(2 * (said & duplicate).sum() / max(said.sum() + duplicate.sum(), 1))


def prepared(folder: Path, name: str, texts: list[str]) -> tuple[Path, Path]:
    vectors, listed = folder / f"{name}.npy", folder / f"{name}.json"
    np.save(vectors, embedder().vectors(texts))
    listed.write_text(json.dumps(texts), "utf-8")
    return vectors, listed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with given.corpus.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for _, line in zip(range(given.rows), lines, strict=False)]
    pairs = [json.loads(line) for line in given.pairs.read_text("utf-8").splitlines()]
    duplicate = np.array([pair["score"] >= DUPLICATE for pair in pairs])
    sentences = [pair[side] for pair in pairs for side in ("sentence1", "sentence2")]
    words = {
        "ours": [sys.executable, __file__, "--child"],
        "semhash": [peer_python("semhash"), str(HERE / "peers" / "semhash_package.py")],
    }
    with place() as folder:
        whole, few = prepared(folder, "corpus", texts), prepared(folder, "pairs", sentences)
        found = interleaved(
            {name: lambda line=line: driver(line, *whole, THRESHOLD) for name, line in words.items()}, given.runs
        )
        scored = {name: np.array(driver(line, *few, 0.0)["pairs"]) for name, line in words.items()}
    told = {name: {**medians(runs), "gone": len(runs[0]["gone"])} for name, runs in found.items()}
    for name, scores in scored.items():
        told[name]["threshold"], told[name]["f1"] = best(scores, duplicate)
    ratio = told["semhash"]["cpu_s"] / told["ours"]["cpu_s"]
    line = {"name": "semantic_duplicates", "ours": told["ours"], "peer": told["semhash"], "ratio": ratio, "bar": 1.0}
    print(json.dumps({**line, "holds": ratio > 1 and told["ours"]["f1"] >= told["semhash"]["f1"]}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        ours(*sys.argv[2:])
    else:
        main()
