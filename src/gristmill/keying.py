"""Keys by which different spellings of one value are known to be one.

Method: the fingerprint and n-gram fingerprint of OpenRefine. What they do not see: punctuation, case, marks of Latin
letters, order and repetition of words. So "C++" and "C" have one key, and so have "A/B" and "AB", "1.5" and "15".
"""

import re
import unicodedata

# Letters that Unicode does not take apart.
_PLAIN = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "oe",
        "þ": "th",
        "ð": "d",
        "đ": "d",
        "ħ": "h",
        "ı": "i",
        "ł": "l",
        "ŋ": "n",
        "ŧ": "t",
        "ſ": "s",
        "ƒ": "f",
        "©": "c",
        "®": "r",
    }
)
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]")


def fingerprint_key(text: str) -> str:
    """The words of a value in plain lower-case letters without punctuation, each once, in order.

    "" for a value without letters and digits.
    """
    return " ".join(sorted(set(_plain(text).split())))


def ngram_key(text: str, n: int = 2) -> str:
    """The runs of n characters of a value, as for `fingerprint_key` but without spaces; "" for a shorter one."""
    whole = "".join(_plain(text).split())
    return "".join(sorted({whole[at : at + n] for at in range(len(whole) - n + 1)}))


def _plain(text: str) -> str:
    """Lower case, without marks of Latin letters, punctuation and control characters."""
    lowered = _MARKS.sub("", unicodedata.normalize("NFKD", text.strip().lower().translate(_PLAIN)))
    composed = unicodedata.normalize("NFC", lowered)
    return "".join(
        one for one in composed if one.isspace() or not (unicodedata.category(one)[0] in "PC" or one in _SIGNS)
    )


# Signs of ASCII that count as punctuation, though Unicode calls them symbols.
_SIGNS = "$+<=>^`|~"
