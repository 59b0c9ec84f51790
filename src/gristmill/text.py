"""Text measures that several parts share: words, sentences, n-grams, SQuAD's normal form."""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from gristmill.errors import UserError, nearest

# Scripts written without spaces count character by character, so that a length or an overlap in
# Chinese, Japanese, Thai, Lao, Khmer or Burmese means something.
_SPACELESS = r"\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF"
# Marks that belong to the letter before them (Latin, Cyrillic, Hebrew, Arabic, Indic scripts), which Python's
# own classes do not count as parts of a word.
_MARKS = (
    r"\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF-\u05C7\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06ED"
    r"\u0900-\u0963\u0966-\u096F\u0971-\u0DF3"
)
_LETTER = rf"(?![{_SPACELESS}])[^\W_]"
_RUN = rf"{_LETTER}(?:{_LETTER}|[{_MARKS}])*"
_WORD = re.compile(rf"[{_SPACELESS}]|{_RUN}(?:['’.,:_-]{_RUN})*")
# The same for plain ASCII, three times as fast.
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:['.,:_-][a-z0-9]+)*")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_END = re.compile(
    r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[」』”’]*|\n\s*\n|(?<=[:;])\n|(?<=[>|])\n(?=[<|])|(?<![।॥؟۔])[।॥؟۔]+(?=\s)"
)
_SIGN = re.compile(r"[.!?…。！？\n।॥؟۔]")
_LONGEST_ABBREVIATION = 9
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|Mr|Mrs|Ms|Dr|Prof|St|Nr|No|Fig|Figs|Eq|Sec|Vol|approx|Inc|Ltd|Co|U\.S)|\b[A-Z])\.$"
)
_CHAT_MARKER = re.compile(
    r"<[|｜][^\s<>|｜]{1,40}[|｜]>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<(?:bos|eos)>|\[/?[A-Z]+_(?:PROMPT|TOOLS|CALLS|RESULTS)\]"
)
_SLOT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
STOPWORDS = frozenset(
    (
        "a about after all also an and any are as at be because been before being but by can could did do "
        "does for from had has have he her here him his how i if in into is it its itself just may me might "
        "more most must my no nor not of off on once only or other our out over own same shall she should so "
        "some such than that the their them then there these they this those to too under until up us very "
        "was we were what when where which while who whom whose why will with would you your yours"
    ).split()
)


def words(text: str) -> list[str]:
    """Case-folded words of any script; `don't`, `3.5` and `real-time` are one word each."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def has_words(text: str, least: int) -> bool:
    """Whether a text has at least so many words; it is read no further than they reach."""
    found = _ASCII_WORD.finditer(text.lower()) if text.isascii() else iter(words(text))
    return next(islice(found, least - 1, None), None) is not None


def content_words(text: str) -> list[str]:
    """The words that carry meaning: all but English function words."""
    return [word for word in words(text) if word not in STOPWORDS]


def ngrams(items: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All runs of n neighbours, in order; none when there are fewer than n."""
    return [tuple(items[i : i + n]) for i in range(len(items) - n + 1)]


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans of sentences that rebuild the text: each begins where the last one ended."""
    start = 0
    for match in _ends(text):
        head = text[start : match.end()].rstrip()
        if match.group().startswith(".") and _ABBREVIATION.search(head, max(0, len(head) - _LONGEST_ABBREVIATION)):
            continue
        end = match.end()
        while end < len(text) and text[end].isspace():
            end += 1
        if text[start:end].strip():
            yield start, end
            start = end
    if start < len(text):
        yield start, len(text)


def _ends(text: str) -> Iterator[re.Match[str]]:
    """The matches of `_END`, tried only at the signs that one can begin with: four times as fast."""
    after = 0
    for sign in _SIGN.finditer(text):
        if sign.start() >= after and (match := _END.match(text, sign.start())):
            after = match.end()
            yield match


def sentences(text: str) -> list[str]:
    """The sentences of a text, stripped, without empty ones."""
    return [text[start:end].strip() for start, end in sentence_spans(text) if text[start:end].strip()]


def squad_normal(text: str) -> str:
    """SQuAD's normal form: lower, ASCII punctuation deleted, articles to spaces, spaces squeezed.

    Source: evaluate-v2.0.py of SQuAD. Curly quotes and dashes stay, as they do there.
    """
    lowered = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", lowered).split())


def squad_exact(gold: str, answer: str) -> float:
    """1.0 when both have the same normal form, else 0.0."""
    return float(squad_normal(gold) == squad_normal(answer))


def squad_f1(gold: str, answer: str) -> float:
    """Overlap of normalised tokens as F1; when either side is empty, 1.0 only if both are."""
    left, right = squad_normal(gold).split(), squad_normal(answer).split()
    if not left or not right:
        return float(left == right)
    # Twice the product over the sum of precision and recall, in one division: a half stays just a half.
    return 2 * sum((Counter(left) & Counter(right)).values()) / (len(left) + len(right))


def slots(template: str) -> set[str]:
    """The names between double braces in a prompt template."""
    return set(_SLOT.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with each `{{ name }}` replaced, in one pass: text inside a value is left alone.

    Raises UserError for a name that has no value, with the nearest that has.
    """
    for name in slots(template) - set(values):
        raise UserError(f'the prompt asks for "{{{{ {name} }}}}": {nearest(name, values)}')
    return _SLOT.sub(lambda match: values[match.group(1)], template)


def chat_marker(text: str) -> str:
    """The first token in a text by which a chat template begins or ends turns; "" when there is none.

    A trainer or a server may read such a token in data as a new turn. Known are the forms of ChatML,
    Llama 2 to 4, Mistral, Gemma, Phi, Command, Granite, Qwen and DeepSeek.
    """
    match = _CHAT_MARKER.search(text)
    return match.group() if match else ""


def without_chat_markers(text: str) -> str:
    """The text with each such token parted by a space after its first character, so that it is plain text."""
    return _CHAT_MARKER.sub(lambda match: f"{match.group()[0]} {match.group()[1:]}", text)
