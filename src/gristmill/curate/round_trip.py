"""Rejects a pair whose question leads a second model, the reader, to another answer."""

import re
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import AskingCheck, Task
from gristmill.curate._wording import is_unanswerable
from gristmill.records import Example, Message, OriginKind, Outcome, Prompt, Reply, Verdict
from gristmill.text import STOPWORDS, sentences, squad_f1, squad_normal, words

_ASK = "{context}\n\nQuestion: {question}\nAnswer in as few words as possible, copied from the text above."
_REFUSAL = ' If the text does not answer, say "unanswerable".'
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
    calls unanswerable. Words of the question and what the reader adds after its first sentence do
    not count. A row that says it is unanswerable passes when the reader abstains or says
    something else than the row's answer. Rows whose origin is not in `origins` are not asked about
    and get a note. The method is that of Alberti et al. 2019, "Synthetic QA Corpora Generation with
    Roundtrip Consistency". It favours easy questions, and a weak reader rejects good pairs.

    Why it matters: a question that does not lead to its answer teaches guessing.

    Kept: "Who led the Norse?" - "Rollo", where the reader says "their leader Rollo".

    Rejected: "Who led the Norse?" - "Rollo", where the reader says "King Charles III".
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "context")
    seat: ClassVar[str] = "reader"
    least_f1: float = Field(0.5, gt=0, le=1, description="SQuAD's F1 from which the reader and the row agree")
    origins: tuple[OriginKind, ...] = Field(
        ("synthetic", "derived"),
        min_length=1,
        description="whose rows the reader is asked about: synthetic, derived, edited, human",
    )

    def prompt(self, example: Example, task: Task) -> Prompt | Verdict:
        """The passage, the question and one line of instruction; a note for a row of another origin."""
        kind = example.origin.kind
        if kind not in self.origins:
            reason = f"A {kind} row; the reader is asked about {' and '.join(self.origins)} rows only."
            return Verdict(example_id=example.id, outcome="note", code="not_asked", reason=reason)
        asked = _ASK.format(context=task.text(example, "context"), question=task.text(example, "question"))
        longest = max((len(words(gold)) for gold in _golds(example, task)), default=0)
        return Prompt(
            messages=(Message(role="user", content=asked + _REFUSAL * is_unanswerable(example)),),
            max_tokens=_SPARE_TOKENS + _TOKENS_PER_WORD * longest,
        )

    def judge(self, example: Example, task: Task, reply: Reply) -> Verdict:
        """`score` is the best F1 over the row's answers; an empty or cut reply that agrees with none is `unknown`."""
        said = _LABEL.sub("", reply.text).strip()
        abstains = _ABSTAINS.search(said) is not None
        golds = _golds(example, task)
        question = task.text(example, "question")
        score = max((agreement(question, gold, said) for gold in golds), default=0.0)
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


def _golds(example: Example, task: Task) -> list[str]:
    """Every answer that the row gives, where its task keeps several; none for a row without."""
    held = example.fields.get(task.answers)
    found = [str(item) for item in held] if isinstance(held, list | tuple) else [task.text(example, "answer")]
    return [gold for gold in found if gold.strip()]
