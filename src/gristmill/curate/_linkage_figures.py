"""What record linkage did, in figures: pairs that the blocks left, what was learnt, how right it was."""

from collections.abc import Mapping, Sequence
from typing import Any

from gristmill.curate._agreement_weights import Agreement
from gristmill.curate._linkage import Crowd
from gristmill.lazy import lazy

np = lazy("numpy")

_SHOWN = 5


def figures(rows: int, candidates: int, crowds: Sequence[Crowd]) -> dict[str, Any]:
    """How many pairs there are, and what the blocks left of them."""
    full = rows * (rows - 1) // 2
    found: dict[str, Any] = {
        "pairs": full,
        "candidates": candidates,
        "reduction_ratio": round(1 - candidates / full, 6),
    }
    if crowds:
        shown = [{"column": one.column, "value": one.value[:80], "records": one.size} for one in crowds[:_SHOWN]]
        found |= {"crowded_blocks": len(crowds), "crowds": shown}
    return found


def sentences(told: Mapping[str, Any]) -> list[str]:
    """The figures as people read them."""
    ratio = f"{told['reduction_ratio']:.4f}"
    found = [f"{told['candidates']:,} of {told['pairs']:,} pairs were compared (reduction ratio {ratio})."]
    if "crowds" in told:
        first = told["crowds"][0]
        found.append(
            f"{told['crowded_blocks']:,} blocks were too large to compare all with all, as {first['column']} "
            f'"{first["value"]}" with {first["records"]:,} records: there only neighbours were compared.'
        )
    if told.get("pairs_completeness") is not None:
        shares = (f"{name} {told[name]}" for name in ("precision", "recall", "f1") if told[name] is not None)
        found.append(f"Of {told['true_pairs']:,} true pairs {told['pairs_completeness']:.1%} met; {', '.join(shares)}.")
    return found


def weights(names: Sequence[str], agreement: Agreement) -> dict[str, Any]:
    """The weights in bits by column, and the share of all pairs that are one record."""
    bits = zip(names, *agreement.weights(), strict=True)
    found = {name: {"agrees": round(float(yes), 3), "differs": round(float(no), 3)} for name, yes, no in bits}
    return {"weights": found, "share": round(agreement.share, 6)}


def quality(truth: Sequence[str], sizes: Any, candidates: tuple[Any, Any, Any], hits: Any) -> dict[str, Any]:
    """Pairs completeness of the blocks, and precision, recall and F1 of the pairs taken for one record."""
    lefts, rights, counts = candidates
    numbers: dict[str, int] = {}
    known = np.array([numbers.setdefault(name, len(numbers)) if name else -1 for name in truth])
    same = (known[lefts] == known[rights]) & (known[lefts] >= 0)
    rows = np.bincount(known[known >= 0], weights=sizes[known >= 0])
    true, met = float((rows * (rows - 1) / 2).sum()), float(counts[same].sum())
    taken, right = float(counts[hits].sum()), float(counts[hits][same[hits]].sum())
    shares = {
        "pairs_completeness": _share(met, true),
        "precision": _share(right, taken),
        "recall": _share(right, true),
        "f1": _share(2 * right, taken + true),
    }
    return {"true_pairs": int(true), "matched_pairs": int(taken), **shares}


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
