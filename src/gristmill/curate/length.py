"""Rejects questions and answers that are too short, far too long, cut off or looping."""

import re
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from gristmill.contracts import RowCheck, Task
from gristmill.curate._wording import is_unanswerable, stem
from gristmill.records import Example, Outcome, Verdict
from gristmill.text import ngrams, words

_FINISHED = re.compile(r"[^\w\s,;:(\[{-]\W*$")
_HANGING = frozenset(
    ("a", "an", "the", "and", "or", "but", "of", "with", "to", "for", "by", "from", "is", "are", "which")
)
_LONGEST_LOOP = 12
_SHORTEST_LOOPING = 20


class Length(RowCheck):
    """Checks how many words a question and its answer have, and that they end.

    What it rejects: a question or an answer outside its bounds; an answer that breaks off inside a
    sentence or a word; one that says the same words over and over. An answer over
    `max_answer_words` is only a note: a complete answer may need the room.

    Why it matters: a model learns lengths and endings before it learns facts.

    Kept: "In what country is Normandy located?" - "France"

    Rejected: "What is it?" - "It is a model and a model and a model and a model"
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")
    min_question_words: int = Field(3, ge=0, description="fewest words of a question")
    max_question_words: int = Field(100, ge=1, description="most words of a question")
    min_answer_words: int = Field(1, ge=0, description="fewest words of an answer (0 allows rows without an answer)")
    max_answer_words: int = Field(100, ge=1, description="words of an answer from which it is noted as long")
    hard_max_answer_words: int = Field(1000, ge=1, description="most words of an answer")
    most_repeated: float = Field(
        0.25, gt=0, le=1, description="share of an answer's runs of three words that may be repeats of earlier ones"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_question_words > self.max_question_words:
            raise ValueError(
                f"min_question_words {self.min_question_words} is over max_question_words {self.max_question_words}"
            )
        if not self.min_answer_words <= self.max_answer_words <= self.hard_max_answer_words:
            raise ValueError("min_answer_words, max_answer_words and hard_max_answer_words must not fall in this order")
        return self

    def judge(self, example: Example, task: Task) -> Verdict:
        """`score` is the answer's number of words; `evidence` has both counts and the words looped."""
        question, answer = (task.text(example, role) for role in self.reads)
        asked, said = words(question), words(answer)
        least = 0 if is_unanswerable(example) else self.min_answer_words
        code, reason, seen = self._fault(asked, said, least) or _unfinished(said, answer, task.text(example, "context"))
        outcome: Outcome = "reject" if code else "pass"
        if not code and len(said) > self.max_answer_words:
            outcome, code = "note", "long_answer"
            reason = f"The answer has {len(said)} words; up to {self.max_answer_words} are usual."
        evidence: dict[str, Any] = {"question_words": len(asked), "answer_words": len(said), "seen": seen}
        reason = reason or f"The question has {len(asked)} words and the answer {len(said)}."
        return Verdict(
            example_id=example.id,
            outcome=outcome,
            code=code or "fits",
            reason=reason,
            score=float(len(said)),
            evidence=evidence,
        )

    def _fault(self, asked: list[str], said: list[str], least_said: int) -> tuple[str, str, str] | None:
        """Code, reason and words of the first fault in the numbers of words or their repeats."""
        bounds = (
            ("question", asked, self.min_question_words, self.max_question_words),
            ("answer", said, least_said, self.hard_max_answer_words),
        )
        for field, found, least, most in bounds:
            if not least <= len(found) <= most:
                code = f"{field}_short" if len(found) < least else f"{field}_long"
                return code, f"The {field} has {len(found)} words; {least} to {most} are allowed.", ""
            phrase = loop(found)
            if phrase:
                return "loop", f'The {field} repeats "{phrase}" again and again.', phrase
        share = _repeated(said)
        if share > self.most_repeated:
            return "repeats", f"{share:.0%} of the answer's runs of three words are repeats of earlier ones.", ""
        return None


def _unfinished(said: list[str], answer: str, context: str) -> tuple[str, str, str]:
    cut = _cut_off(said, answer, context)
    return ("cut_off", f'The answer breaks off at "{cut}".', cut) if cut else ("", "", "")


def loop(said: list[str]) -> str:
    """The phrase that a text repeats back to back, four times for one word and three for more; else ""."""
    for size in range(1, _LONGEST_LOOP + 1):
        times = 4 if size == 1 else 3
        for start in range(len(said) - size * times + 1):
            phrase = said[start : start + size]
            if phrase * times == said[start : start + size * times] and not all(w.isdigit() for w in phrase):
                return " ".join(phrase)
    return ""


def _repeated(said: list[str]) -> float:
    """The share of runs of three words that occurred before; 0.0 for fewer than twenty words."""
    runs = ngrams(said, 3)
    return (len(runs) - len(set(runs))) / len(runs) if len(said) >= _SHORTEST_LOOPING else 0.0


def _cut_off(said: list[str], answer: str, context: str) -> str:
    """The last words of an unfinished answer of six words or more: a hanging word, or half of one of the passage's."""
    if len(said) < 6 or _FINISHED.search(answer):
        return ""
    last, there = said[-1], set(words(context))
    half = last not in there and any(
        len(w) > len(last) + 1 and w.startswith(last) and stem(w) != stem(last) for w in there
    )
    hangs = last in _HANGING or answer.rstrip().endswith((",", "(", "-", "[", "{"))
    return " ".join(said[-3:]) if hangs or half else ""
