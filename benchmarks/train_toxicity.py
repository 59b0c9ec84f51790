"""Makes the weights of the check `toxicity` from open data sets, the same bytes each time; `--report` adds its errors.

    python benchmarks/train_toxicity.py FOLDER [--report]

FOLDER holds hatecheck/cases.jsonl, toxicity_comments/comments.jsonl, offensive_tweets/tweets.jsonl, dolly/dolly.jsonl,
sentence_polarity/sentences.jsonl and squad_train_part/train-v2.0-first10.json. Texts of these sets go into no file of
the package but one: the HateCheck cases that were held out, into tests/data/curate/hatecheck_held_out.jsonl.
"""

import argparse
import difflib
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa
from _toxicity_figures import macro_f1, told
from _toxicity_patterns import sentences

from gristmill.compiled import toxicity as loops
from gristmill.curate._toxic_model import KINDS, WEIGHTS, word_table
from gristmill.texts import raw

HELD_OUT = Path(__file__).parent.parent / "tests" / "data" / "curate" / "hatecheck_held_out.jsonl"
FOLDS, FOLD_HELD_OUT = 4, 0
KEPT = ("text", "label", "functionality", "template")
# How much words, classes and parts of words count; L2; how much a text of each set counts.
FACTORS, L2, ROUNDS = np.array([1.0, 2.0, 0.6]), 0.03, 40
COUNTS = {"hatecheck": 1.0, "comments": 1.0, "tweets": 0.5, "neutral": 0.3, "own": 0.5}
# HateCheck has 1,748 hateful cases and 783 others; the others count so much more.
OTHERS = 2.0
# A person is insulted or threatened, or people for their calling: abuse, though HateCheck says that it is not hate.
ABUSE = {"target_indiv_nh", "target_group_nh"}
GROUPS = re.compile(
    "(?:trans|gay|black|disabled)(?:people|person|wom[ae]n)?|gays|muslims?|immigrants?|wom[ae]n|females?"
)
ROW = tuple[str, int, int, str, str, str]  # text, hateful, abusive (-1: not told), group of a fold, set, functionality


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def fold(name: str, folds: int = FOLDS) -> int:
    return int(hashlib.blake2b(name.encode(), digest_size=4).hexdigest(), 16) % folds


def wording(text: str) -> str:
    """A HateCheck case without its target and its spelling: templates of one wording must not be parted."""
    letters = re.sub("[^a-z]", "", text.lower().translate(str.maketrans("43105@$", "aeiosas")))
    return GROUPS.sub("#", letters)


def alike(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 0.25 * max(len(one), len(other)):
        return False
    match = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return match.real_quick_ratio() > 0.8 and match.quick_ratio() > 0.8 and match.ratio() > 0.8


def clusters(cases: list[dict[str, Any]]) -> dict[int, int]:
    """Template -> the first template of much the same wording."""
    first: dict[int, str] = {}
    for case in cases:
        first.setdefault(case["template"], wording(case["text"]))
    root: dict[int, int] = {}
    for template in sorted(first):
        near = sorted({root[other] for other in root if alike(first[template], first[other])})
        root[template] = near[0] if near else template
        root = {one: root[template] if above in near else above for one, above in root.items()}
    return root


def gathered(folder: Path) -> list[ROW]:
    """All texts with what is known of them."""
    cases = lines(folder / "hatecheck" / "cases.jsonl")
    roots = clusters(cases)
    rows: list[ROW] = []
    for case in cases:
        hateful, way = int(case["label"] == "hateful"), case["functionality"]
        group = f"hc{roots[case['template']]}"
        rows.append((case["text"], hateful, int(hateful or way in ABUSE), group, "hatecheck", way))
    for comment in lines(folder / "toxicity_comments" / "comments.jsonl"):
        toxic = int(comment["label"] == "toxic")
        rows.append((comment["text"], -1 if toxic else 0, toxic, f"tox{comment['id']}", "comments", ""))
    for tweet in lines(folder / "offensive_tweets" / "tweets.jsonl"):
        kinds = int(tweet["label"] == "hate_speech"), int(tweet["label"] != "neither")
        agreed = "agreed" if max(tweet["votes"].values()) == tweet["annotators"] else "split"
        rows.append((tweet["text"], *kinds, f"tw{tweet['id']}", "tweets", agreed))
    rows += [(text, 0, 0, f"n{number}", "neutral", "") for number, text in enumerate(neutral(folder))]
    rows += [(text, bad, bad, f"own{number}", "own", "") for number, (text, bad) in enumerate(sentences())]
    return rows


def neutral(folder: Path) -> list[str]:
    dolly = lines(folder / "dolly" / "dolly.jsonl")
    squad = json.loads((folder / "squad_train_part" / "train-v2.0-first10.json").read_text("utf-8"))["data"]
    pieces = [piece for article in squad for piece in article["paragraphs"]]
    return [
        *(row["instruction"] for row in dolly[::2]),
        *(row["output"] for row in dolly[::4]),
        *(row["text"] for row in lines(folder / "sentence_polarity" / "sentences.jsonl")),
        *[asked["question"] for piece in pieces for asked in piece["qas"]][::6],
        *[piece["context"] for piece in pieces][::4],
    ]


@numba.njit
def _all_signs(texts, table, space, out, windows):
    data, starts = texts
    page, bag = space
    filled, count = 0, 0
    for row in range(len(starts) - 1):
        start = starts[row]
        while start < starts[row + 1]:
            stop = loops.segment_end(data, start, starts[row + 1])
            loops.read_tokens((data, start, stop), page, table)
            size, low = page[2][0], 0
            while low < size:
                high, following = loops.window_end(page[0], size, low)
                ends = loops.signs(page, low, high, bag)
                windows[count] = (row, ends[0], ends[1] - ends[0], ends[2] - ends[1])
                out[filled : filled + ends[2]] = bag[1][: ends[2]]
                filled, count, low = filled + ends[2], count + 1, following
            start = stop
    return out[:filled].copy(), windows[:count].copy()


@numba.njit
def _loss(x, signs, values, starts, wanted, counts):
    slope, loss = L2 * x, L2 / 2 * (x[:-1] ** 2).sum()
    slope[-1] = 0
    for row in range(len(wanted)):
        z = x[-1]
        for at in range(starts[row], starts[row + 1]):
            z += x[signs[at]] * values[at]
        loss += counts[row] * (np.log1p(np.exp(-abs(z))) + max(z, 0.0) - wanted[row] * z)
        error = counts[row] * (1 / (1 + np.exp(-z)) - wanted[row])
        for at in range(starts[row], starts[row + 1]):
            slope[signs[at]] += error * values[at]
        slope[-1] += error
    return loss, slope


def smallest(loss: Callable[[Any], tuple[float, Any]], x: Any) -> Any:
    """Where a smooth function is smallest (L-BFGS, memory 8, backtracking)."""
    pairs: list[tuple[Any, Any]] = []
    value, slope = loss(x)
    for _ in range(ROUNDS):
        way, halves = slope.copy(), []
        for step, turn in reversed(pairs):
            halves.append(step @ way / (step @ turn))
            way -= halves[-1] * turn
        way *= (
            pairs[-1][0] @ pairs[-1][1] / (pairs[-1][1] @ pairs[-1][1]) if pairs else 1 / max(1, slope @ slope) ** 0.5
        )
        for (step, turn), half in zip(pairs, reversed(halves), strict=True):
            way += step * (half - turn @ way / (step @ turn))
        length, downhill = 1.0, slope @ way
        new, steep = loss(x - way)
        while new > value - 1e-4 * length * downhill and length > 1e-8:
            length /= 2
            new, steep = loss(x - length * way)
        pairs = [*pairs, (-length * way, steep - slope)][-8:]
        x, slope, settled, value = x - length * way, steep, value - new < 1e-6 * abs(value), new
        if settled or pairs[-1][0] @ pairs[-1][1] <= 0:
            break
    return x


class Trainer:
    """All windows of all rows with their signs; fits the weights of one head on some of the rows."""

    def __init__(self, rows: list[ROW]) -> None:
        texts = raw(pa.array([row[0] for row in rows], pa.large_string()))
        most = 24 * len(texts[0])
        out, told = np.zeros(most, np.int64), np.zeros((most // 8, 4), np.int64)
        self.signs, windows = _all_signs(texts, word_table(), loops.blank(), out, told)
        self.row, groups = windows[:, 0], windows[:, 1:]
        self.sizes = groups.sum(1)
        self.values = np.repeat((FACTORS / np.sqrt(np.maximum(groups, 1))).ravel(), groups.ravel())
        self.wanted = np.array([row[1:3] for row in rows])
        counts = np.array([COUNTS[row[4]] * (OTHERS if row[4] == "hatecheck" and not row[1] else 1) for row in rows])
        many = np.bincount(self.row, minlength=len(rows))[self.row]
        # Somewhere in a toxic text is what makes it so; in a clean one all windows are clean.
        self.counts = counts[self.row] / np.where(self.wanted.max(1)[self.row] == 1, many, np.sqrt(many))

    def fit(self, head: int, chosen: Any) -> Any:
        there = (chosen & (self.wanted[:, head] >= 0))[self.row]
        within = np.repeat(there, self.sizes)
        starts = np.concatenate([[0], np.cumsum(self.sizes[there])])
        wanted = self.wanted[self.row[there], head].astype(float)
        given = self.signs[within], self.values[within], starts, wanted, self.counts[there]
        return smallest(lambda x: _loss(x, *given), np.zeros(loops.BUCKETS + 1))

    def chances(self, x: Any) -> Any:
        """How likely each row's worst window is of the kind."""
        starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        scores = np.add.reduceat(x[self.signs] * self.values, starts) + x[-1]
        worst = np.full(len(self.wanted), -99.0)
        np.maximum.at(worst, self.row, scores)
        return 1 / (1 + np.exp(-worst))

    def crossed(self, head: int, folds: Any) -> Any:
        """Chances of each row by weights that were fitted without its fold."""
        chances = np.zeros(len(folds))
        for one in np.unique(folds):
            chances[folds == one] = self.chances(self.fit(head, folds != one))[folds == one]
        return chances


def packed(fitted: list[Any]) -> dict[str, Any]:
    """Weights as int8, and factors by which they count again as fitted."""
    steps = [np.abs(x[:-1]).max() / 127 for x in fitted]
    weights = [np.rint(x[:-1] / step).astype(np.int8) for x, step in zip(fitted, steps, strict=True)]
    scales = [[*(FACTORS * step), x[-1]] for x, step in zip(fitted, steps, strict=True)]
    return {"weights": np.array(weights), "scales": np.array(scales)}


def report(trainer: Trainer, rows: list[ROW]) -> None:
    """Errors by cross-validation: by template (of like wording), by functionality; one JSON line each."""
    by_group = np.array([fold(row[3]) for row in rows])
    for head, kind in enumerate(KINDS):
        chances = trainer.crossed(head, by_group)
        for line in told(rows, chances, trainer.wanted[:, head]):
            print(json.dumps({"kind": kind, "split": "template", **line}))
    cases = np.array([row[4] == "hatecheck" for row in rows])
    ways = {
        way: number % 7 for number, way in enumerate(dict.fromkeys(row[5] for row in rows if row[4] == "hatecheck"))
    }
    by_way = np.array([ways.get(row[5], fold(row[3], 7)) for row in rows])
    chances = trainer.crossed(0, by_way)[cases]
    wanted = trainer.wanted[cases, 0]
    line = {"set": "hatecheck", "macro_f1": round(macro_f1(wanted, chances >= 0.5), 3)}
    print(json.dumps({"kind": "hateful", "split": "functionality", **line}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--report", action="store_true")
    chosen = parser.parse_args()
    rows = gathered(chosen.folder)
    trainer = Trainer(rows)
    held_out = np.array([row[4] == "hatecheck" and fold(row[3]) == FOLD_HELD_OUT for row in rows])
    np.savez_compressed(WEIGHTS, **packed([trainer.fit(head, ~held_out) for head in range(len(KINDS))]))
    # The cases of HateCheck are the first rows.
    cases = [
        case for case, out in zip(lines(chosen.folder / "hatecheck" / "cases.jsonl"), held_out, strict=False) if out
    ]
    kept = [{key: case[key] for key in KEPT} for case in cases]
    HELD_OUT.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in kept), "utf-8")
    if chosen.report:
        report(trainer, rows)


if __name__ == "__main__":
    main()
