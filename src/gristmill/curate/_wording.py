"""Word matching that the text checks share: light stems, numbers, names and where they are."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from gristmill.records import Example
from gristmill.text import STOPWORDS, sentence_spans, words

_NUMBER = re.compile(r"(?<![\d.])\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_LIST_NUMBER = re.compile(r"(?m)(?:^|(?<=[,;.:]\s))\s*\(?\d{1,2}[.)](?=\s)")
# A letter or digit of a script that is written with spaces: a name ends where Chinese or Thai begins.
_LETTER = r"(?![\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u9FFF\uF900-\uFAFF])[^\W_]"
_TOKEN = re.compile(rf"(?:{_LETTER})+(?:['’.&-](?:{_LETTER})+)*")
_OPENING = re.compile(r"(?:^|[.!?:;…\n\"“‘(\[*•|-])[\s\"“‘(\[*#>•-]*$")
# Orders about a text speak of what to do with it, not of what it says.
INSTRUCTION = re.compile(
    r"^\W*(?:please\b\W*|(?:can|could|would|will) you (?:please )?)?"
    r"(?:add|analy[sz]e|answer|arrange|brainstorm|calculate|categori[sz]e|change|choose|classify|compare|complete"
    r"|compose|compute|convert|correct|count|create|decide|define|describe|design|determine|discuss|draft|edit"
    r"|elaborate|enumerate|estimate|evaluate|explain|extract|fill|find|fix|generate|give|group|guess|identify"
    r"|illustrate|list|make|mention|name|order|outline|paraphrase|pick|point|predict|prove|provide|rank|recommend"
    r"|rephrase|replace|rewrite|say|select|separate|show|solve|sort|specify|split|state|suggest|summari[sz]e|tell"
    r"|think|translate|turn|use|using|write)\b"
    r"|\b(?:tell me|give me|provide me|show me|(?:bulleted|numbered) list)\b",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s$")
_JOINTS = re.compile(r"['’.,:_-]")
_ENDING = re.compile(r"(?:ing|edly|ed|ies|es|ly|s|e|y)$")
_DIGITS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20",
    "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "thousand": "1000", "once": "1", "twice": "2",
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "i": "1", "ii": "2", "iii": "3", "iv": "4",
}  # fmt: skip


def stem(word: str) -> str:
    """A word without accents and its common English ending, cut to seven letters, so that inflections meet.

    Words with digits and words of up to three letters stay whole.
    """
    word = "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f")
    if len(word) <= 3 or any(letter.isdigit() for letter in word):
        return word
    bare = _ENDING.sub("", word, count=1)
    if len(bare) < 3:
        return word
    if len(bare) > 3 and bare[-1] == bare[-2]:
        bare = bare[:-1]
    return bare[:7]


def content(text: str) -> list[str]:
    """The words that carry meaning, in order and once each; joined words (`real-time`) come apart."""
    found: dict[str, None] = {}
    for word in words(text):
        head = _JOINTS.split(word)[0]
        if word in STOPWORDS or word.endswith(("n't", "n’t")) or ("'" in word.replace("’", "'") and head in STOPWORDS):
            continue
        for piece in _JOINTS.split(word):
            if piece not in STOPWORDS and (len(piece) > 1 or not piece.isascii()):
                found[piece] = None
    return list(found)


def stems(text: str) -> frozenset[str]:
    """The stems of a text's content words, with spelled numbers (`three`) also as digits."""
    found = content(text)
    return frozenset(stem(word) for word in found) | {_DIGITS[word] for word in found if word in _DIGITS}


def numbers(text: str) -> list[str]:
    """The numbers written in digits, `1,000` as `1000` and `2.0` as `2`; list numbering left out."""
    plain = unicodedata.normalize("NFKC", _LIST_NUMBER.sub(" ", text))
    return list(dict.fromkeys(_plain_number(number) for number in _NUMBER.findall(plain)))


def number_forms(text: str) -> frozenset[str]:
    """Every number of a text, also spelled ones and the parts of joined ones (`2.1` gives 2 and 1)."""
    found = set(numbers(text)) | {_plain_number(number) for number in _NUMBER.findall(text)}
    found |= {part for number in found for part in number.split(".")}
    return frozenset(found | {_DIGITS[word] for word in words(text) if word in _DIGITS})


def names(text: str) -> list[str]:
    """Words that look like names: capitalised inside a sentence, or capitals past the first letter.

    Title case (most function words capitalised too) says nothing, so such a text has no names.
    """
    inner = [(m.group(), _OPENING.search(text[: m.start()]) is None) for m in _TOKEN.finditer(text)]
    small = [word for word, inside in inner if inside and word.casefold() in STOPWORDS and word != "I"]
    if small and sum(word[0].isupper() for word in small) * 2 > len(small):
        return []
    found = [_POSSESSIVE.sub("", word) for word, inside in inner if _name_like(word, inside)]
    return list(dict.fromkeys(found))


def unknown_names(text: str, seen: str) -> list[str]:
    """The names in `text` that `seen` has neither as words, as kin (`China`, `Chinese`) nor as initials."""
    there = {stem(word) for word in content(seen)}
    letters = initials(seen)
    return [
        name
        for name in names(text)
        if not (name.isupper() and name.casefold() in letters)
        and not all(any(_kin(stem(word), known) for known in there) for word in content(name))
    ]


def initials(text: str) -> str:
    """First letters of the capitalised words, in order: `United States` gives `us`."""
    tokens = (match.group() for match in _TOKEN.finditer(text))
    return "".join(t[0].casefold() for t in tokens if t[0].isupper() and t.casefold() not in STOPWORDS)


def surroundings(example: Example) -> str:
    """The headings that a reader sees above the context, where the task keeps them."""
    kept = [example.fields.get(column) for column in ("title", "heading", "heading_path")]
    return "\n".join(
        " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "") for value in kept
    )


def is_english(text: str, around: str) -> bool:
    """English function words in a text, or plain letters beside an English text around it."""
    said, near = words(text), words(around)
    functional = sum(word in STOPWORDS for word in said)
    if functional * 4 >= max(1, len(said)):
        return True
    return text.isascii() and (functional > 0 or sum(word in STOPWORDS for word in near) * 4 > len(near))


def is_unanswerable(example: Example) -> bool:
    """Whether the row says that its passage has no answer, as SQuAD 2.0's `is_impossible` does."""
    return bool(example.fields.get("is_impossible"))


@dataclass(frozen=True, slots=True)
class Support:
    """The sentence of a text that shares most stems with another text: its span and the share, 0 to 1."""

    start: int
    end: int
    share: float


def best_sentence(text: str, wanted: Iterable[str]) -> Support:
    """The earliest of the sentences that hold the most of the wanted stems."""
    sought = frozenset(wanted)
    best = Support(0, 0, 0.0)
    for start, end in sentence_spans(text):
        share = len(sought & stems(text[start:end])) / max(1, len(sought))
        if share > best.share:
            best = Support(start, start + len(text[start:end].rstrip()), share)
    return best


def run_at(sought: list[str], among: list[str]) -> int | None:
    """Where a run of words begins among others; None when it is not there whole."""
    size = len(sought)
    places = (i for i in range(len(among) - size + 1) if among[i : i + size] == sought)
    return next(places, None) if sought else None


def _plain_number(number: str) -> str:
    if _THOUSANDS.fullmatch(number):
        number = number.replace(",", "")
    number = number.replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else number


def _kin(word: str, known: str) -> bool:
    """Equal, or one the beginning of the other but for the last letter, and four letters at least."""
    size = max(4, min(len(word), len(known)) - 1)
    return word == known or (len(word) >= size <= len(known) and word[:size] == known[:size])


def _name_like(word: str, inside: bool) -> bool:
    if len(word) < 2 or (word.casefold() in STOPWORDS and not word.isupper()):
        return False
    return any(letter.isupper() for letter in (word if inside else word[1:]))
