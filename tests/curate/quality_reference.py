"""The rules of Gopher, C4 and FineWeb once more, slow and plain, over words that regular expressions cut."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from gristmill.curate._quality_words import _BACK, _FRONT, _NO_WORD, _QUOTES, _SIGNS, _UNITS, _divided

# Characters of which the random texts are made, by kind; the compiled tables know all of Unicode.
LOWER, UPPER, UNCASED, ICONS, MONEY = "abdeimnsktlvz", "ABTSKU", "北ก", "°©", "$€"
_LOW, _UP, _ALL = f"a-z{UNCASED}", f"A-Z{UNCASED}", f"a-zA-Z{UNCASED}"
_CUT = re.escape(_SIGNS + _QUOTES)
_QUOTE = re.escape(_QUOTES)
_PREFIX = re.compile(rf"\.\.+|\+(?![0-9])|US\$|[AC]\$|[{_CUT}{_FRONT}{ICONS}{MONEY}]")
_SUFFIX = re.compile(
    rf"(?:\.\.+|['’][sS]|[{_CUT}{_BACK}{ICONS}]|(?<=[0-9])(?:[+{MONEY}]|{'|'.join(map(re.escape, _UNITS.split()))})"
    rf"|(?<=[0-9{_LOW}%²+|{_CUT}-])\.|(?<=[{_UP}][{_UP}])\.)$"
)
_INFIX = re.compile(
    rf"\.\.+|[…{ICONS}]|(?<=[0-9])[-+*^](?=[0-9-])|(?<=[{_LOW}{_QUOTE}])\.(?=[{_UP}{_QUOTE}])|(?<=[{_ALL}]),(?=[{_ALL}])"
    rf"|(?<=[{_ALL}0-9])(?:-{{1,3}}|–|——?|~|[:<>=/])(?=[{_ALL}])"
)
_LABEL = "[A-Za-z0-9\u00a1-\uffff]"
_ADDRESS = re.compile(
    rf"(?:[\w+.-]{{2,}}://)?(?:\S+@)?(?:{_LABEL}(?:(?:{_LABEL}|[_-]){{0,62}}{_LABEL})?\.)+[{_LOW}]{{2,63}}"
    r"(?::[0-9]{2,5})?(?:[/?#]\S*)?"
)
_SPECIAL = _divided()
_END = "!.?。"
_PUNCTUATION = re.compile(r"[^\w\s$+<=>^`|~°©€´²_-]|[_-]")


def words(text: str) -> list[str]:
    return [word for stretch in text.split() for word in _stretch(stretch)]


def _pieces(word: str) -> list[str]:
    bits = _SPECIAL.get(word, 1)
    cuts = [at for at in range(len(word)) if bits >> at & 1] + [len(word)]
    return [word[begin:end] for begin, end in pairwise(cuts)]


def _stretch(stretch: str) -> list[str]:
    front: list[str] = []
    back: list[str] = []
    while stretch and stretch not in _SPECIAL:
        before = stretch
        if head := _PREFIX.match(stretch):
            front.append(head[0])
            stretch = stretch[len(head[0]) :]
            if stretch in _SPECIAL:
                break
        # The sign behind is sought in what is left, but tried against words with what was cut off before it.
        if tail := _SUFFIX.search(stretch):
            rest = stretch[: tail.start()]
            if (head[0] if head else "") + rest in _SPECIAL:
                front = front[:-1] if head else front
                rest = (head[0] if head else "") + rest
            back.insert(0, tail[0])
            stretch = rest
        if stretch == before:
            break
    middle = _pieces(stretch) if stretch in _SPECIAL or _ADDRESS.fullmatch(stretch) else _inside(stretch)
    return [*front, *middle, *back]


def _inside(stretch: str) -> list[str]:
    found, begin = [], 0
    for match in _INFIX.finditer(stretch, 1 if stretch else 0):
        found += _pieces(stretch[begin : match.start()]) if match.start() > begin else []
        found.append(match[0])
        begin = match.end()
    return found + (_pieces(stretch[begin:]) if begin < len(stretch) else [])


def gopher_quality(text: str) -> Mapping[str, float]:
    every = words(text)
    plain = [word for word in every if any(sign not in _NO_WORD for sign in word)]
    if not every:
        return {"few_words": 0}
    lines = text.splitlines()
    found = {
        "few_words": len(plain),
        "hashes": text.count("#") / len(every),
        "ellipses": (text.count("...") + text.count("…")) / len(every),
        "bullets": sum(line.strip().startswith(("•", "-")) for line in lines) / len(lines),
        "ellipsis_lines": sum(line.strip().endswith(("...", "…")) for line in lines) / len(lines),
        "few_letters": sum(any(map(str.isalpha, word)) for word in every) / len(every),
        "few_stop_words": len({"the", "be", "to", "of", "and", "that", "have", "with"} & set(every)),
    }
    return found | ({"short_words": sum(map(len, plain)) / len(plain)} if plain else {})


def _again(pieces: Sequence[str]) -> tuple[float, int]:
    later = [piece for at, piece in enumerate(pieces) if piece in pieces[:at]]
    return len(later) / len(pieces), sum(map(len, later))


def gopher_repetition(text: str) -> Mapping[str, float]:
    if not text:
        return {}
    share, characters = _again(re.split(r"\n{2,}", text.strip()))
    line_share, line_characters = _again(re.split(r"\n+", text))
    found = {"paragraphs": share, "paragraph_characters": characters / len(text)}
    found |= {"lines": line_share, "line_characters": line_characters / len(text)}
    every = words(text)
    for length in (2, 3, 4):
        runs = Counter(tuple(every[at : at + length]) for at in range(len(every) - length + 1))
        top, count = runs.most_common(1)[0] if runs else ((), 0)
        found[f"top_{length}_words"] = len(" ".join(top)) * count / len(text)
    for length in range(5, 11):
        seen, total, at = set(), 0, 0
        while at <= len(every) - length:
            run = tuple(every[at : at + length])
            total += len("".join(run)) if run in seen else 0
            at += length if run in seen else 1
            seen.add(run)
        found[f"repeated_{length}_words"] = total / len(text)
    return found


def fineweb_quality(text: str) -> Mapping[str, float]:
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return {}
    return {
        "line_ends": sum(line[-1] in _END for line in lines) / len(lines),
        "short_lines": sum(len(line) <= 30 for line in lines) / len(lines),
        "repeated_lines": _again(lines)[1] / len(text.replace("\n", "")),
        "line_breaks": text.count("\n") / len(words(text)),
    }


def c4_sentences(text: str) -> int:
    """Sentences in the lines that stay, whatever their ends, of a text without phrases and brackets."""
    total = 0
    for line in text.splitlines():
        kept = re.sub(r"\[(?:\d*|edit|citation needed)\]", "", line.strip())
        if len(line.split()) < 3 or any(len(word) > 1000 for word in line.split()):
            continue
        total += 1
        ended = False
        # White space of two characters or more holds a word of white space, which is no sign.
        for word in (word for stretch in re.split(r"(\s+)", kept) for word in _or_blank(stretch)):
            if word in _END:
                ended = True
            elif ended and not all(map(_PUNCTUATION.fullmatch, word)):
                total, ended = total + 1, False
    return total


def _or_blank(stretch: str) -> list[str]:
    if stretch.isspace():
        return ["\t"] if len(stretch) > 1 or stretch != " " else []
    return _stretch(stretch) if stretch else []
