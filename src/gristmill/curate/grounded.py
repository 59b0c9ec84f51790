"""Rejects an answer that its passage does not support: invented words, numbers or names."""

import re
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import RowCheck, Task
from gristmill.curate._wording import (
    INSTRUCTION,
    best_sentence,
    content,
    is_english,
    is_unanswerable,
    names,
    number_forms,
    numbers,
    run_at,
    stem,
    stems,
    surroundings,
    unknown_names,
)
from gristmill.records import Example, Outcome, Verdict
from gristmill.text import STOPWORDS, sentences, words

_NEGATION = re.compile(r"\b(?:not|no|never|none|neither|nor|cannot|without)\b|n['’]t\b", re.IGNORECASE)
_CHOICE = re.compile(r"\b(?:or|whether|which|between)\b", re.IGNORECASE)
_YES_NO = re.compile(r"\W*(?:yes|no)\b", re.IGNORECASE)


# A question with three quarters of its words in the passage is about it, whatever name it misspells.
_TELLING = 0.75
# The share of a sentence's words from which its best match says the same thing, or the opposite.
_ALIKE = 0.6


class Grounded(RowCheck):
    """Checks that the passage supports the answer.

    What it rejects: an answer with a number or a name that the passage lacks, or with too few of
    the passage's words; an answer that only repeats its question; a question about names, numbers
    or words that the passage and its headings mostly lack. A negation on one side only is a note.

    Why it matters: a model trained on invented answers learns to invent.

    Kept: "Who led the Norse?" - "Their leader was Rollo." where the passage says "led by Rollo".

    Rejected: "When was it signed?" - "In 1987." where the passage has no 1987.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "context")
    least_share: float = Field(
        0.65, ge=0, le=1, description="share of the answer's own words (not the question's) that the passage must have"
    )
    least_question_share: float = Field(
        0.25, ge=0, le=1, description="share of an English question's words that the passage or its headings must have"
    )
    least_model_question_share: float = Field(
        0.6,
        ge=0,
        le=1,
        description="the same for questions that a model wrote: small models stray, 0.25 suits large ones",
    )

    def judge(self, example: Example, task: Task) -> Verdict:
        """`score` is the share of the answer's own words, those that the question lacks, found in the passage."""
        question, answer, context = (task.text(example, role) for role in self.reads)
        if not answer.strip():
            outcome: Outcome = "note" if is_unanswerable(example) else "reject"
            return Verdict(
                example_id=example.id,
                outcome=outcome,
                code="no_answer",
                reason="There is no answer to look up in the passage.",
            )
        if not context.strip():
            reason = "The row has no passage to look in: nobody can say whether its answer is grounded."
            return Verdict(example_id=example.id, outcome="note", code="no_passage", reason=reason)
        seen = f"{context}\n{surroundings(example)}"
        return self._question(example, question, seen) or self._answer(example, question, answer, context, seen)

    def _question(self, example: Example, question: str, seen: str) -> Verdict | None:
        """A rejection when the question is not about this passage, else None."""
        known = stems(seen)
        lacking = [*unknown_names(question, seen), *_new_numbers(question, seen)]
        marks = len(names(question)) + len(numbers(question))
        asked = content(question)
        missing = [word for word in asked if stem(word) not in known]
        share = (len(asked) - len(missing)) / len(asked) if asked else 1.0
        model = example.origin.kind in ("synthetic", "derived")
        least = self.least_model_question_share if model else self.least_question_share
        foreign = 2 * len(lacking) > marks and share < _TELLING
        weighed = is_english(question, seen) and not INSTRUCTION.search(question)
        if not foreign and not (weighed and share < least):
            return None
        return Verdict(
            example_id=example.id,
            outcome="reject",
            code="question_off_passage",
            reason=f"The passage has {share:.0%} of the question's words; it lacks {_listed(lacking or missing)}.",
            score=share,
            evidence={"missing": lacking or missing},
        )

    def _answer(self, example: Example, question: str, answer: str, context: str, seen: str) -> Verdict:
        asked, there = stems(question), stems(context) | number_forms(context)
        own = [word for word in content(answer) if stem(word) not in asked and not _YES_NO.fullmatch(word)]
        unsupported = [word for word in own if stem(word) not in there]
        share = (len(own) - len(unsupported)) / len(own) if own else 1.0
        invented = [*unknown_names(answer, f"{seen}\n{question}"), *_new_numbers(answer, f"{seen}\n{question}")]
        span, denied = _support(answer, context)
        found = f"{len(own) - len(unsupported)} of the answer's {len(own)} own words are in the passage ({share:.0%})"

        def verdict(outcome: Outcome, code: str, reason: str) -> Verdict:
            evidence = {"span": span, "seen": context[slice(*span)], "unsupported": unsupported, "invented": invented}
            return Verdict(
                example_id=example.id, outcome=outcome, code=code, reason=reason, score=share, evidence=evidence
            )

        if _echoes(question, answer):
            return verdict("reject", "echo", "The answer has no word of its own: the question has them all.")
        if run_at(words(answer), words(context)) is not None:
            return verdict("pass", "verbatim", "The answer stands word for word in the passage.")
        if invented:
            return verdict("reject", "invented", f"The passage has no {_listed(invented)}.")
        if share < self.least_share:
            return verdict("reject", "unsupported", f"Only {found}; {self.least_share:.0%} are wanted.")
        if not own and not set(names(answer)) - set(names(question)):
            return verdict("note", "no_own_words", "A bare choice or yes and no cannot be looked up in the passage.")
        if denied:
            return verdict("note", "negation", f"{found}, but only one of the two denies: {_listed([denied])}.")
        return verdict("pass", "supported", f"{found}.")


def _echoes(question: str, answer: str) -> bool:
    """Whether an answer to an open question has nothing but the question's words."""
    if _CHOICE.search(question) or _YES_NO.match(answer) or set(names(answer)) - set(names(question)):
        return False
    asked, said = set(words(question)), set(words(answer))
    new = said - asked
    return not new or (
        len(said) > 1 and all(w in STOPWORDS or (len(w) > 1 and stem(w) in stems(question)) for w in new)
    )


def _support(answer: str, context: str) -> tuple[list[int], str]:
    """The span that best supports the answer, and the answer's first sentence that its best match contradicts."""
    place = context.find(answer.strip())
    if place >= 0:
        return [place, place + len(answer.strip())], ""
    best = best_sentence(context, stems(answer))
    for sentence in sentences(answer):
        match = best_sentence(context, stems(sentence))
        if match.share >= _ALIKE and _denies(sentence) != _denies(context[match.start : match.end]):
            return [best.start, best.end], sentence
    return [best.start, best.end], ""


def _new_numbers(text: str, seen: str) -> list[str]:
    known = number_forms(seen)
    return [number for number in numbers(text) if number not in known]


def _denies(text: str) -> bool:
    return _NEGATION.search(text) is not None


def _listed(items: Sequence[str], most: int = 5) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(f'"{item}"' for item in items[:most]) + more
