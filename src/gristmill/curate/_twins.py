"""What two rows have in common: normal forms of their text, kinship, and which of them stays."""

import re
import unicodedata
from typing import Any

from gristmill.lazy import lazy
from gristmill.records import Example, canonical
from gristmill.text import words
from gristmill.texts import Texts

# Signs that tell two rows apart (3 + 4 and 3 * 4, C# and C++, 5 and -5); all other signs are layout.
_SIGN = re.compile(
    r"[-−+=<>^%×÷±≤≥≠√*/#](?:(?<=[+=<>^%×÷±≤≥≠√])"
    r"|(?<=\d[*/])(?=\s?\d)|(?<=\d\s[*/])(?=\s?\d)|(?<=\w#)(?!\w)|(?<=[-−])(?<!\w.)(?=\d))"
)
np = lazy("numpy")
pa = lazy("pyarrow")
pc = lazy("pyarrow.compute")


def squeezed(text: str) -> str:
    """The text in Unicode NFC with every run of white space as one space; case and signs kept."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def terms(text: str) -> list[str]:
    """Case-folded words, with signs of arithmetic as words of their own; layout and quotes are gone.

    A text without any word (an emoji, a row of dots) is left as it is.
    """
    spelled = _SIGN.sub(lambda match: f" sign{ord(match.group())} ", unicodedata.normalize("NFKC", text))
    return words(spelled) or squeezed(text).split()


def kin(one: Example, other: Example) -> bool:
    """Whether both are of one family: variations of each other, made on purpose."""
    return one.family != "" and one.family == other.family


def ranked(texts: Texts) -> Any:
    """The numbers of the rows with that first which stays: human before synthetic, then the longest, then by id."""
    shown = [role for role in ("text", "question", "answer", "context") if role in texts.roles]
    lengths = np.zeros(len(texts), np.int64)
    for role in shown:
        lengths += pc.utf8_length(texts.roles[role]).to_numpy()
    by_id = pc.sort_indices(texts.ids).to_numpy().astype(np.int64)
    return by_id[np.lexsort((-lengths[by_id], texts.precedence[by_id]))]


def quoted(ids: Any) -> Any:
    """Names as JSON texts, quotes around them."""
    if pc.any(pc.match_substring_regex(ids, r'["\\\x00-\x1f]')).as_py():
        return pa.array([canonical(one) for one in ids.to_pylist()], pa.string())
    return joined('"', ids.cast(pa.string()), '"')


def joined(*pieces: Any) -> Any:
    """One text per row of these pieces, each a column or one text for all rows."""
    return pc.binary_join_element_wise(*pieces, "")
