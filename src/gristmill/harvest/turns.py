"""Finds questions and answers written as turns: `Q:` and `A:`, customer and agent."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from pydantic import Field

from gristmill.contracts import Harvester
from gristmill.harvest._outlined import Outlined, Stretch, answers
from gristmill.outline import plain
from gristmill.records import Document, Pair
from gristmill.text import words

_ASK = re.compile(r"q|question|frage|pregunta|domanda|pergunta|vraag|вопрос|问|問|质问|質問|سؤال")
_ANSWER = re.compile(r"a|answer|ans|antwort|respuesta|réponse|risposta|resposta|antwoord|ответ|答|回答|جواب")
_ASKERS = re.compile(r"customer|client|user|caller|visitor|student|patient|kunde|kundin|cliente")
_HELPERS = re.compile(r"agent|support|representative|advisor|operator|assistant|staff|helpdesk|help desk|expert")
_LONGEST_QUESTION = 100
_SPEAKER = re.compile(
    r"(?:#{1,6}\s+|[-*+>]\s+|\d+[.)]\s+)?\**(?P<label>[^\W\d_][\w.-]*?(?: [\w.-]+){0,2}?)\**\s*\d{0,3}"
    r"(?:\s*\([^)\n]{1,30}\))?\s*(?P<mark>[:：]|(?<=[QA\d])[.)])\**(?:\s+|(?<=：)|$)"
)
_PROSE_LABEL = re.compile(
    r"(?:note|warning|tip|hint|important|caution|example|step|update|edit|ps|p\.s\.|source|see)\b", re.IGNORECASE
)
_LEANS_BACK = re.compile(
    r"(?:and|but|so|ok|okay|then|also|yes|no|thanks|thank you|that|this|it|what about|how about)\b", re.IGNORECASE
)


class _Turn(NamedTuple):
    label: str
    stretch: Stretch


class Turns(Harvester):
    """Each labelled question with the answer that directly follows it.

    A turn runs to the next label or heading; the last of a run ends with its paragraph. Customers,
    users and callers must ask with a question mark and not lean on an earlier turn; a question back
    is no answer. Labels are known in several languages; add your own with `askers` and `repliers`.
    """

    askers: tuple[str, ...] = Field((), description="more labels of people who ask, as written before the colon")
    repliers: tuple[str, ...] = Field((), description="more labels of people who answer")
    max_answer_words: int = Field(300, ge=1, description="a question with a longer answer is left out")
    max_context_words: int = Field(400, ge=1, description="longest text around the answer kept as its context")

    def harvest(self, document: Document) -> Iterator[Pair]:
        """Yield each question turn with its answer; the context is the section around them."""
        page = Outlined(document)
        turns = list(self._turns(page))
        for asked, answered in pairwise(turns):
            question = " ".join(plain(document.text[slice(*asked.stretch)]).split())
            told = document.text[slice(*answered.stretch)]
            paired = self._belong(asked.label, answered.label) and _stands_alone(asked.label, question)
            if paired and answers(told, self.max_answer_words) and not told.endswith(("?", "？", "؟")):
                yield page.pair(question, answered.stretch, self.max_context_words)

    def _belong(self, asked: str, answered: str) -> bool:
        if _ASK.fullmatch(asked):
            return bool(_ANSWER.fullmatch(answered))
        asks = _ASKERS.fullmatch(asked) or asked in _folded(self.askers)
        return bool(asks and (_HELPERS.fullmatch(answered) or answered in _folded(self.repliers)))

    def _turns(self, page: Outlined) -> Iterator[_Turn]:
        """Turns in order, also of unknown speakers; a heading without a label is a turn of nobody's."""
        own = _folded(self.askers + self.repliers)
        starts = [(n, label, at) for n in range(len(page.lines)) for label, at in _label(page, n, own)]
        for (number, label, at), (after, follower, _) in pairwise([*starts, (len(page.lines), "", 0)]):
            if label:
                end = after if follower else _paragraph_end(page, number)
                yield _Turn(label, page.trimmed(at, max(at, page.stretch(number, min(after, end))[1])))
            else:
                yield _Turn("", (0, 0))


def _label(page: Outlined, number: int, own: frozenset[str]) -> Iterator[tuple[str, int]]:
    """The label that a line begins with and where its words begin; "" for a heading without one."""
    line = page.lines[number]
    if line.kind not in ("text", "heading"):
        return
    said = _SPEAKER.match(page.body(line))
    label = said["label"] if said else ""
    folded = label.casefold()
    known = folded in own or any(kind.fullmatch(folded) for kind in (_ASK, _ANSWER, _ASKERS, _HELPERS))
    named = all(word[0].isupper() for word in label.split()) and not _PROSE_LABEL.match(label)
    if said and (known or (named and said["mark"] in ":：")):
        yield folded, page.trimmed(line.start, line.end)[0] + said.end()
    elif line.kind == "heading":
        yield "", line.start


def _paragraph_end(page: Outlined, number: int) -> int:
    """The line after the paragraph that begins at line `number`, or below it when the label stands alone."""
    after = number + 1
    if page.body(page.lines[number]).rstrip("*").endswith((":", "：")):
        while after < len(page.lines) and page.lines[after].kind == "blank":
            after += 1
    while after < len(page.lines) and page.lines[after].kind != "blank":
        after += 1
    return after


def _folded(labels: tuple[str, ...]) -> frozenset[str]:
    return frozenset(label.casefold() for label in labels)


def _stands_alone(label: str, question: str) -> bool:
    length = len(words(question))
    if _ASK.fullmatch(label):
        return 3 <= length <= _LONGEST_QUESTION
    asks = "?" in question or "？" in question or "؟" in question
    return asks and 4 <= length <= _LONGEST_QUESTION and not _LEANS_BACK.match(question)
