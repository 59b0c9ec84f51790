"""The packaged classifier of hate and abuse: its list of words, its weights, its judgement."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gristmill.lazy import lazy
from gristmill.texts import raw

np = lazy("numpy")
toxicity = lazy("gristmill.compiled.toxicity")

WORDS = Path(__file__).with_name("toxicity_words.txt")
WEIGHTS = Path(__file__).with_name("toxicity_weights.npz")
# The heads of the classifier, in the order of its weights.
KINDS = ("hateful", "abusive")
_TABLE = 1 << 13
_SIGN, _WHOLE = 1 << 63, 1 << 64


@dataclass(frozen=True, slots=True)
class Judged:
    """What the classifier says of each text.

    chances  numpy float64, rows x kinds: how likely the worst window of the text is of that kind
    spans    numpy int64, rows x kinds x 2: that window, in bytes from the first byte of the column
    starts   numpy int64: where each text begins in these bytes
    letters  numpy int64, rows x 2: letters that are Latin, and that are not
    """

    chances: Any
    spans: Any
    starts: Any
    letters: Any


def judged(array: Any) -> Judged:
    """Judge an Arrow array of strings, each by its worst window of sentences."""
    texts = raw(array)
    scores, spans, letters = toxicity.judge(texts, word_table(), weighted())
    return Judged(1 / (1 + np.exp(-scores)), spans, texts[1], letters)


@lru_cache(maxsize=1)
def weighted() -> tuple[Any, Any]:
    """The weights as they are shipped: int8 by kind and sign, and by kind the factors of three groups and a bias."""
    with np.load(WEIGHTS) as held:
        return held["weights"], held["scales"]


@lru_cache(maxsize=1)
def word_table() -> tuple[Any, Any]:
    """The list of words as an open table: keys as the compiled loops make them, and the number of each word's class."""
    keys, classes = np.zeros(_TABLE, np.int64), np.zeros(_TABLE, np.int64)
    for number, words in enumerate(word_classes().values(), start=1):
        for word in words:
            key = _key(word)
            at = key & (_TABLE - 1)
            while keys[at] not in (0, key):
                at = (at + 1) & (_TABLE - 1)
            keys[at], classes[at] = key, number
    return keys, classes


def word_classes() -> dict[str, list[str]]:
    """The words of each class, in the order of the list."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in WORDS.read_text("utf-8").splitlines():
        if line.endswith(":"):
            name = line[:-1]
        elif line and not line.startswith("#"):
            found.setdefault(name, []).extend(line.split())
    return found


def _key(word: str) -> int:
    """FNV-1a of a word's bytes, as a signed number of 64 bits."""
    key = int(toxicity.SEED)
    for byte in word.encode():
        key = (key ^ byte) * toxicity.PRIME % _WHOLE
    return key - _WHOLE if key >= _SIGN else key
