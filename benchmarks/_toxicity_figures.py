"""Figures of a judgement of texts: macro-F1, the best threshold, a plain word list to compare with."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gristmill.curate._toxic_model import word_classes

# What a fair word list holds: every slur, profanity and insult, and the plain words of contempt and contemptuous nouns.
LISTED = ("slur", "reclaimed", "profanity", "insult", "dehumanising", "violence", "contempt", "bad_trait")


def macro_f1(wanted: Any, said: Any) -> float:
    """The mean of F1 of both labels."""
    found = [2 * ((said == one) & (wanted == one)).sum() / max(1, (said == one).sum() + (wanted == one).sum())
             for one in (0, 1)]  # fmt: skip
    return float(sum(found) / 2)


def best(wanted: Any, scores: Any) -> float:
    """Macro-F1 at the threshold that suits these very rows best."""
    return max(macro_f1(wanted, scores >= limit) for limit in np.unique(np.quantile(scores, np.linspace(0, 1, 200))))


def word_list(texts: Sequence[str]) -> dict[str, Any]:
    """How many words of each text are on a list, for the narrow list of rude words and for the wide one."""
    classes = word_classes()
    lists = {"narrow": LISTED[:5], "wide": LISTED}
    found = {}
    for name, names in lists.items():
        listed = {word for one in names for word in classes[one]}
        words = [re.findall("[a-z*]+", text.lower()) for text in texts]
        found[name] = np.array(
            [sum(word in listed or word.removesuffix("s") in listed for word in one) for one in words]
        )
    return found


def told(rows: Sequence[Sequence[Any]], chances: Any, wanted: Any) -> Iterator[dict[str, Any]]:
    """Figures of each set: macro-F1 at one half beside the word list at its best; what is flagged of neutral rows."""
    sets = np.array([row[4] for row in rows])
    ways = np.array([row[5] for row in rows])
    for name in dict.fromkeys(row[4] for row in rows):
        here = (sets == name) & (wanted >= 0)
        if not wanted[here].any():
            flagged = {str(limit): float(f"{(chances[here] >= limit).mean():.3g}") for limit in (0.5, 0.7, 0.9)}
            yield {"set": name, "rows": int(here.sum()), "flagged": flagged}
            continue
        listed = word_list([rows[at][0] for at in np.flatnonzero(here)])
        yield {
            "set": name,
            "rows": int(here.sum()),
            "macro_f1": round(macro_f1(wanted[here], chances[here] >= 0.5), 3),
            "best_macro_f1": round(best(wanted[here], chances[here]), 3),
            "word_list_best": {key: round(best(wanted[here], count), 3) for key, count in listed.items()},
            "at": {str(limit): rates(wanted[here], chances[here] >= limit) for limit in (0.5, 0.7, 0.9)},
        }
        for way in sorted(set(ways[here]) - {""}):
            these = here & (ways == way)
            right = ((chances[these] >= 0.5) == wanted[these]).mean()
            yield {"set": name, "part": str(way), "rows": int(these.sum()), "right": round(float(right), 2)}


def rates(wanted: Any, said: Any) -> dict[str, float]:
    """The share that is found of what is wanted, and the share that is flagged of what is not."""
    return {"found": round(float(said[wanted == 1].mean()), 3), "false": round(float(said[wanted == 0].mean()), 3)}
