"""Pick short facts of a passage that a question can ask for: years, counted things, makers.

Answer first, then question, is the order of Alberti et al. 2019 (arXiv 1906.05416). It lets a very
small teacher write only the question, and the answer is a span of the passage by construction.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from gristmill.text import STOPWORDS, sentence_spans

# Each pattern has the answer as its group `it`; a count's group `of` names what is counted.
_ENGLISH = (
    (re.compile(r"(?<![\w.,$€£#/–-])(?P<it>1\d\d\d|20\d\d)(?![\w/–-]|[.,]\d| [a-z]+s\b)"), "In what year"),
    (
        re.compile(
            r"(?<![\w.,$€£#–-])(?!(?:1\d|20)\d\d\b)(?P<it>\d{1,3}(?:,\d{3})*|\d+)"
            r"(?= (?P<of>(?:[a-z]+ )?[a-z]{2,}s)\b)"
        ),
        "How many",
    ),
    (re.compile(r"\bby (?P<it>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)+)"), "Who"),
)
_ANY = (re.compile(r"(?<![\dA-Za-z_.,])(?P<it>\d{2,})(?![.,]?\d|[A-Za-z_])"), "")


class Candidate(NamedTuple):
    """An answer as it stands in the text, its sentence, and how an English question for it begins."""

    answer: str
    sentence: str
    opening: str


def candidates(text: str) -> list[Candidate]:
    """The candidates of a text in order, each answer once; outside English, its numbers only."""
    found: dict[str, Candidate] = {}
    for start, end in sentence_spans(text):
        sentence = text[start:end].strip()
        for _, candidate in sorted(_in_sentence(sentence)):
            found.setdefault(candidate.answer, candidate)
    return list(found.values())


def _in_sentence(sentence: str) -> Iterator[tuple[int, Candidate]]:
    english = len(STOPWORDS & set(sentence.casefold().split())) > 1
    for pattern, opening in _ENGLISH if english else (_ANY,):
        for match in pattern.finditer(sentence):
            counted = match.groupdict().get("of") or ""
            if not STOPWORDS & set(counted.split()):
                begins = f"{opening} {counted}".strip()
                yield match.start("it"), Candidate(match["it"], sentence, begins)
