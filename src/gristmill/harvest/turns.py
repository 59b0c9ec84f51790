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
from gristmill.text import sentences, words

_ASK = re.compile(r"q|question|frage|pregunta|domanda|pergunta|vraag|вопрос|问|問|质问|質問|سؤال")
_ANSWER = re.compile(r"a|answer|ans|antwort|respuesta|réponse|risposta|resposta|antwoord|ответ|答|回答|جواب")
_ASKERS = re.compile(r"customer|client|user|caller|visitor|student|patient|kunde|kundin|cliente|message|reply")
_HOSTS = re.compile(
    r"interviewer|host|moderator|presenter|reporter|journalist|intervieweur|entrevistador|intervistatore"
)
_HELPERS = re.compile(r"agent|support|representative|advisor|operator|assistant|staff|helpdesk|help desk|expert|reply")
_SPEAKER = re.compile(
    r"(?:#{1,6}\s+|[-*+>]\s+|\d+[.)]\s+)?\**(?P<label>[^\W\d_][\w.-]*?(?: [\w.-]+){0,2}?)\**\s*+\d{0,3}"
    r"(?:\s*+\((?P<who>[^)\n]{1,60})\))?\s*+(?P<mark>[:：]|(?<=[QA\d])[.)])\**(?:\s+|(?<=：)|$)"
)
_PROSE_LABEL = re.compile(
    r"(?:note|warning|tip|hint|important|caution|example|step|update|edit|ps|p\.s\.|source|see)\b", re.IGNORECASE
)
_LEANS_BACK = re.compile(
    r"(?:and|but|so|ok|okay|then|also|yes|no|thanks|thank you|that|this|it|what about|how about)\b", re.IGNORECASE
)
_MARK = re.compile(r"[?？؟]")


class _Turn(NamedTuple):
    label: str
    stretch: Stretch


class _Start(NamedTuple):
    """Where a turn begins: its line, its label ("" for a heading without one), its words, whether it names who."""

    line: int
    label: str
    at: int
    who: bool


class Turns(Harvester):
    """Each labelled question with the answer that directly follows it.

    A turn runs to the next label or heading; the last of a run ends with its paragraph. Customers,
    users, callers and interviewers must ask with a question mark and not lean on an earlier turn; a
    question back is no answer. Whoever speaks after an interviewer answers. Labels are known in several
    languages; add your own with `askers` and `repliers`. In a document that begins with a label and a
    name in brackets, as in `Message (Anna): …`, only such labels begin turns, and the last turn runs to
    the end: so are threads of mail, forums and tickets read.
    """

    askers: tuple[str, ...] = Field((), description="more labels of people who ask, as written before the colon")
    repliers: tuple[str, ...] = Field((), description="more labels of people who answer")
    max_question_words: int = Field(100, ge=3, description="a longer question is left out")
    max_answer_words: int = Field(300, ge=1, description="a question with a longer answer is left out")
    max_context_words: int = Field(400, ge=1, description="longest text around the answer kept as its context")

    def harvest(self, document: Document) -> Iterator[Pair]:
        """Yield each question turn with its answer; the context is the section around them."""
        page = Outlined(document)
        turns = list(self._turns(page))
        for asked, answered in pairwise(turns):
            question = " ".join(plain(document.text[slice(*asked.stretch)]).split())
            if not _ASK.fullmatch(asked.label):
                question = _from_its_question(question)
            told = document.text[slice(*answered.stretch)]
            paired = self._belong(asked.label, answered.label) and self._stands_alone(asked.label, question)
            if paired and answers(told, self.max_answer_words) and not told.endswith(("?", "？", "؟")):
                yield page.pair(question, answered.stretch, self.max_context_words)

    def _belong(self, asked: str, answered: str) -> bool:
        if _ASK.fullmatch(asked):
            return bool(_ANSWER.fullmatch(answered))
        if _HOSTS.fullmatch(asked):
            return bool(answered) and not _HOSTS.fullmatch(answered)
        asks = _ASKERS.fullmatch(asked) or asked in _folded(self.askers)
        return bool(asks and (_HELPERS.fullmatch(answered) or answered in _folded(self.repliers)))

    def _turns(self, page: Outlined) -> Iterator[_Turn]:
        """Turns in order, also of unknown speakers; a heading without a label is a turn of nobody's."""
        own = _folded(self.askers + self.repliers)
        starts = [start for n in range(len(page.lines)) for start in _label(page, n, own)]
        first = next((n for n, line in enumerate(page.lines) if line.kind != "blank"), 0)
        named = bool(starts) and starts[0].who and starts[0].line == first
        if named:
            starts = [start for start in starts if start.who]
        for start, after in pairwise([*starts, _Start(len(page.lines), "", 0, False)]):
            if start.label:
                end = after.line if after.label or named else min(after.line, _paragraph_end(page, start.line))
                yield _Turn(start.label, page.trimmed(start.at, max(start.at, page.stretch(start.line, end)[1])))
            else:
                yield _Turn("", (0, 0))

    def _stands_alone(self, label: str, question: str) -> bool:
        length = len(words(question))
        if _ASK.fullmatch(label):
            return 3 <= length <= self.max_question_words
        return (
            bool(_MARK.search(question)) and 4 <= length <= self.max_question_words and not _LEANS_BACK.match(question)
        )


def _from_its_question(said: str) -> str:
    """A turn without the sentences before its question that lean on an earlier turn ("Thank you, it works. …")."""
    parts = sentences(said)
    leaning = 0
    while leaning < len(parts) - 1 and _LEANS_BACK.match(parts[leaning]) and not _MARK.search(parts[leaning]):
        leaning += 1
    return " ".join(parts[leaning:]) if leaning else said


def _label(page: Outlined, number: int, own: frozenset[str]) -> Iterator[_Start]:
    """The label that a line begins with; "" for a heading without one."""
    line = page.lines[number]
    if line.kind not in ("text", "heading"):
        return
    said = _SPEAKER.match(page.body(line))
    label = said["label"] if said else ""
    folded = label.casefold()
    known = folded in own or any(kind.fullmatch(folded) for kind in (_ASK, _ANSWER, _ASKERS, _HELPERS, _HOSTS))
    named = all(word[0].isupper() for word in label.split()) and not _PROSE_LABEL.match(label)
    if said and (known or (named and said["mark"] in ":：")):
        start = page.trimmed(line.start, line.end)[0]
        yield _Start(number, folded, start + said.end(), known and bool(said["who"]))
    elif line.kind == "heading":
        yield _Start(number, "", line.start, False)


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
