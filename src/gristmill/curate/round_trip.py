"""Rejects a pair whose question leads a second model, the reader, to another answer."""

import json
import re
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import AskingCheck, Task
from gristmill.curate._wording import is_unanswerable
from gristmill.records import Example, Message, OriginKind, Outcome, Prompt, Reply, Verdict, canonical
from gristmill.text import STOPWORDS, sentences, squad_f1, squad_normal, without_chat_markers, words

_ASK = "{context}\n\nQuestion: {question}\nAnswer in as few words as possible, copied from the text above."
_REFUSAL = ' If the text does not answer, say "unanswerable".'
_COPY = "Copy the sentence of the text that answers the question."
_CHOOSE = "Text: {context}\nQuestion: {question}"
# Worked turns, the same in every prompt.
_SHOWN = (
    (
        "Six books may be borrowed. Readers leave them in the box at the door. The library closes at eight.",
        "When does the library close?",
        "The library closes at eight.",
    ),
    (
        "Lake Baikal lies in Siberia. It is 1,642 m deep, which makes it the deepest lake. Its water is clear.",
        "How deep is Lake Baikal?",
        "It is 1,642 m deep, which makes it the deepest lake.",
    ),
)
_LONGEST_SENTENCE = 400
_MOST_SENTENCES = 30
_ABSTAINS = re.compile(
    r"\bunanswerable\b|\b(?:cannot|can['’]?t|can not) be (?:answered|determined)\b|\bi (?:do not|don['’]t) know\b"
    r"|\b(?:text|passage|it) (?:does not|doesn['’]t) (?:say|state|mention|tell|specify|provide|answer)\b"
    r"|^\W*(?:no answer|not (?:mentioned|stated|specified|given)|n/a|unknown)\W*$",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\W*(?:the )?answer(?: is)?\s*:\s*", re.IGNORECASE)
_SPARE_TOKENS = 48
_TOKENS_PER_WORD = 4


class RoundTrip(AskingCheck):
    """Checks that a reader, given passage and question, comes back to the answer.

    What it rejects: a pair whose answer the reader does not give, by SQuAD's F1, or that the reader
    calls unanswerable. For an answer of at least `sentence_from` words the reader must choose one
    sentence of the passage; for a shorter one it answers in its own words, where words of the question
    and what follows its first sentence do not count. A row that says it is unanswerable passes when
    the reader abstains or says something else than the row's answer. Rows whose origin is not in
    `origins` are not asked about and get a note. The method is that of Alberti et al. 2019, "Synthetic
    QA Corpora Generation with Roundtrip Consistency". It favours easy questions, and a weak reader
    rejects good pairs.

    Why it matters: a question that does not lead to its answer teaches guessing.

    Kept: "Who led the Norse?" - "Rollo", where the reader says "their leader Rollo".

    Rejected: "Who led the Norse?" - "Rollo", where the reader says "King Charles III".
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "context")
    seat: ClassVar[str] = "reader"
    least_f1: float = Field(0.5, gt=0, le=1, description="SQuAD's F1 from which the reader and the row agree")
    sentence_from: int = Field(
        8, ge=1, description="Words from which an answer is looked for as a whole sentence of the passage"
    )
    origins: tuple[OriginKind, ...] = Field(
        ("synthetic", "derived"),
        min_length=1,
        description="whose rows the reader is asked about: synthetic, derived, edited, human",
    )

    def prompt(self, example: Example, task: Task) -> Prompt | Verdict:
        """The passage, the question and an instruction; a note for a row of another origin."""
        kind = example.origin.kind
        if kind not in self.origins:
            reason = f"A {kind} row; the reader is asked about {' and '.join(self.origins)} rows only."
            return Verdict(example_id=example.id, outcome="note", code="not_asked", reason=reason)
        if choices := self._sentences(example, task):
            return _choosing(choices, task.text(example, "question"))
        passage = without_chat_markers(task.text(example, "context"))
        asked = _ASK.format(context=passage, question=task.text(example, "question"))
        longest = max((len(words(gold)) for gold in _golds(example, task)), default=0)
        return Prompt(
            messages=(Message(role="user", content=asked + _REFUSAL * is_unanswerable(example)),),
            max_tokens=_SPARE_TOKENS + _TOKENS_PER_WORD * longest,
        )

    def judge(self, example: Example, task: Task, reply: Reply) -> Verdict:
        """`score` is the best F1 over the row's answers; an empty or cut reply that agrees with none is `unknown`."""
        chosen = bool(self._sentences(example, task))
        said = _LABEL.sub("", _copied(reply.text) if chosen else reply.text).strip()
        abstains = _ABSTAINS.search(said) is not None
        golds = _golds(example, task)
        question = task.text(example, "question")
        score = max(
            (squad_f1(gold, said) if chosen else agreement(question, gold, said) for gold in golds), default=0.0
        )
        outcome, code, reason = self._compare(said, score, abstains, is_unanswerable(example))
        if outcome == "reject" and not abstains and reply.finish == "length" and not is_unanswerable(example):
            outcome, code, reason = (
                "unknown",
                "cut_reply",
                f"The reader's reply was cut after {len(words(said))} words.",
            )
        return Verdict(
            example_id=example.id,
            outcome=outcome,
            code=code,
            reason=reason,
            score=score,
            evidence={"said": said, "answers": golds},
        )

    def _sentences(self, example: Example, task: Task) -> list[str]:
        """The sentences of the passage to choose from; none when the answer is short or there is no choice."""
        longest = max((len(words(gold)) for gold in _golds(example, task)), default=0)
        if longest < self.sentence_from or is_unanswerable(example):
            return []
        found = dict.fromkeys(
            " ".join(sentence.split())
            for sentence in sentences(task.text(example, "context"))
            if words(sentence) and len(sentence) <= _LONGEST_SENTENCE
        )
        return list(found)[:_MOST_SENTENCES] if len(found) > 1 else []

    def _compare(self, said: str, score: float, abstains: bool, impossible: bool) -> tuple[Outcome, str, str]:
        """Outcome, code and sentence."""
        if not words(said):
            return "unknown", "empty_reply", "The reader said nothing that can be read."
        heard = f'The reader said "{said[:80]}"'
        if abstains:
            verb = "as the row does" if impossible else "but the row has an answer"
            return ("pass" if impossible else "reject"), "abstained", f"{heard}, {verb}."
        agrees = score >= self.least_f1
        measured = f"{heard}: F1 {score:.2f} with the row's answer, {self.least_f1:.2f} wanted to agree."
        if impossible:
            return ("reject" if agrees else "pass"), ("answerable" if agrees else "other_answer"), measured
        return ("pass" if agrees else "reject"), ("agrees" if agrees else "other_answer"), measured


def agreement(question: str, gold: str, said: str) -> float:
    """SQuAD's F1 of a reply with an answer, without the question's words and function words, 0 to 1.

    Small models answer in sentences that repeat the question: those words prove no agreement. The
    reply counts whole or by its first sentence. An answer of such words alone counts with them.
    """
    skipped = STOPWORDS | set(squad_normal(question).split())
    readings = [said, *sentences(said)[:1]]
    bare = [" ".join(w for w in squad_normal(text).split() if w not in skipped) for text in (gold, *readings)]
    if bare[0]:
        return max(squad_f1(bare[0], reading) for reading in bare[1:])
    return max(squad_f1(gold, reading) for reading in readings)


def _choosing(choices: Sequence[str], question: str) -> Prompt:
    turns = [Message(role="system", content=_COPY)]
    for text, asked, answer in _SHOWN:
        turns.append(Message(role="user", content=_CHOOSE.format(context=text, question=asked)))
        turns.append(Message(role="assistant", content=canonical(answer)))
    turns.append(
        Message(role="user", content=_CHOOSE.format(context=without_chat_markers(" ".join(choices)), question=question))
    )
    return Prompt(messages=tuple(turns), schema=canonical({"enum": list(choices)}), max_tokens=_LONGEST_SENTENCE)


def _copied(text: str) -> str:
    """The sentence in a reply that is a JSON string; the reply itself when it is not."""
    try:
        said = json.loads(text)
    except ValueError:
        return text
    return said if isinstance(said, str) else text


def _golds(example: Example, task: Task) -> list[str]:
    """Every answer that the row gives, where its task keeps several; none for a row without."""
    held = example.fields.get(task.answers)
    found = [str(item) for item in held] if isinstance(held, list | tuple) else [task.text(example, "answer")]
    return [gold for gold in found if gold.strip()]
