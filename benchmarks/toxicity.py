"""The check `toxicity` beats a word list by 10 points of macro-F1 on HateCheck templates it was not made with."""

import json
import resource
from typing import Any

import numpy as np
import pyarrow as pa
from _measure import HERE
from _toxicity_figures import best, macro_f1, rates, word_list

from gristmill.curate._toxic_model import judged
from gristmill.curate.toxicity import Toxicity

BAR = 0.10
HELD_OUT = HERE.parent / "tests" / "data" / "curate" / "hatecheck_held_out.jsonl"
TIMED = 5_000


def speed(texts: list[str]) -> dict[str, float]:
    """Texts per CPU second of about 1.2 KB, made of the cases; the compiled loops are warm."""
    whole = " ".join(texts)
    pieces = [whole[at : at + 1200] for at in range(0, len(whole) - 1200, 1200)]
    many = pa.array((pieces * (TIMED // len(pieces) + 1))[:TIMED])
    began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    judged(many)
    return {"texts_per_cpu_s": round(len(many) / (resource.getrusage(resource.RUSAGE_SELF).ru_utime - began))}


def main() -> None:
    cases: list[dict[str, Any]] = [json.loads(line) for line in HELD_OUT.read_text("utf-8").splitlines()]
    texts = [case["text"] for case in cases]
    wanted = np.array([int(case["label"] == "hateful") for case in cases])
    chances = judged(pa.array(texts)).chances[:, 0]
    check = Toxicity()
    ours = macro_f1(wanted, chances >= check.threshold)
    lists = {name: best(wanted, counts) for name, counts in word_list(texts).items()}
    peer = max(lists.values())
    line = {
        "name": "toxicity",
        "unit": "macro-F1",
        "rows": len(cases),
        "templates": len({case["template"] for case in cases}),
        "ours": round(ours, 3),
        "at": {str(limit): rates(wanted, chances >= limit) for limit in (check.threshold, check.reject_above)},
        "peer": {f"{name} word list": round(value, 3) for name, value in lists.items()},
        "ratio": round(ours / peer, 2),
        "bar": BAR,
        "holds": ours >= peer + BAR,
        **speed(texts),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
