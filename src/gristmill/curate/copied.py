"""Rejects a question or an answer that is copied from the passage, the prompt or each other."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import RowCheck, Task
from gristmill.curate._wording import run_at, surroundings
from gristmill.records import Example, Verdict
from gristmill.text import squad_normal, words

_LABEL = re.compile(
    r"(?:^|\n)\W*(?:q|a|question|answer|passage|context|response|user|assistant|system|instruction)\W{0,3}\d*\s?:(?!:)"
    r"|\"(?:question|answer)\"\s*:|^\W*json\b|<\|\w+\|>|\bJSON (?:format |object )?(?:using|with the key)"
    r"|\b(?:write|here(?:['’]s| is)) (?:a|one|the) (?:short )?(?:question|answer)\b"
    r"|\b(?:the|my|your) answer (?:to (?:the|this|your) question )?is:",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"^\W*(?:(?:i['’]m|i am) (?:ready|sorry|here to)\b|i['’]d say\b|as an ai\b|sure[,!] here\b|that['’]s a great\b"
    r"|you(?:['’]re| are) absolutely\b|please provide\b|your answer\b)"
    r"|\b(?:i['’]m|i am|you['’]re|you are) (?:a|an|just a) (?:\w+ )?(?:ai|chatbot|machine|language model)\b"
    r"|\bthe (?:text|passage|paragraph|author|article|document) (?:says|states|mentions|describes|discusses|explains"
    r"|provides|talks|is about)\b|\bto (?:answer )?(?:this|the|your) question\b"
    r"|\b(?:this|the given|the provided|the above) (?:text|passage|paragraph|question)\b",
    re.IGNORECASE,
)
_Fault = tuple[str, str, dict[str, Any]]
_HEADING = re.compile(r"^\s*(?:#{1,6}\s+(.+?)\s*#*|\*\*(.+?)\*\*:?)\s*$", re.MULTILINE)


class Copied(RowCheck):
    """Checks that question and answer are writing of their own.

    What it rejects: a statement of the passage posing as a question; an answer that is the question
    again, a heading, or most of a long passage; labels and words of the prompt ("Question:",
    "JSON") and talk of the assistant about itself. An answer that is a span of the passage is fine.

    Why it matters: copies teach a model to parrot its prompt in place of answering.

    Kept: "In what country is Normandy located?" - "France", a word of the passage.

    Rejected: "Question: What is Llama?" - "Answer: Llama is a model."
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "context")
    long_context: int = Field(60, ge=1, description="words from which a passage is too long to be an answer whole")
    most_covered: float = Field(0.8, gt=0, le=1, description="share of a long passage that an answer may repeat")
    statement_words: int = Field(
        6, ge=2, description="words in a row, taken from the passage, that make a question a copy"
    )

    def judge(self, example: Example, task: Task) -> Verdict:
        """Rejects by the first copy found; `evidence` names the field, its span there and the words."""
        question, answer, context = (task.text(example, role) for role in self.reads)
        for code, reason, evidence in self._faults(question, answer, context, surroundings(example)):
            return Verdict(example_id=example.id, outcome="reject", code=code, reason=reason, evidence=evidence)
        return Verdict(example_id=example.id, outcome="pass", code="own_words", reason="Nothing in it is a mere copy.")

    def _faults(self, question: str, answer: str, context: str, heading: str) -> Iterator[_Fault]:
        if answer.strip() and squad_normal(answer) == squad_normal(question):
            yield "answer_is_question", "The answer is the question again.", {"seen": answer}
        yield from _prompt_words("question", question, _LABEL, context)
        yield from _prompt_words("answer", answer, _LABEL, context)
        yield from _prompt_words("answer", answer, _CHAT, context)
        if self._is_statement(question, context):
            yield "question_is_statement", "The question is a statement copied from the passage.", {"seen": question}
        share = self._covered(question, words(answer), words(context))
        if share > self.most_covered:
            yield "whole_context", f"The answer repeats {share:.0%} of a long passage word for word.", {"share": share}
        if _is_heading(answer, context, heading):
            yield "heading", f'The answer is only a heading: "{answer.strip()}".', {"seen": answer}

    def _covered(self, question: str, said: list[str], there: list[str]) -> float:
        """The share of a long passage that the answer is; 0.0 where the passage was written as this very pair."""
        if len(there) < self.long_context or run_at(said, there) is None or run_at(words(question), there) is not None:
            return 0.0
        return len(said) / len(there)

    def _is_statement(self, question: str, context: str) -> bool:
        """A run of the passage that neither there nor here ends as a question or is a heading."""
        said = words(question)
        if len(said) < self.statement_words or run_at(said, words(context)) is None or "?" in question[-3:]:
            return False
        line = next((line for line in context.splitlines() if run_at(said, words(line)) is not None), "")
        return not _HEADING.match(line) and "?" not in line


def _prompt_words(field: str, text: str, pattern: re.Pattern[str], context: str) -> Iterator[_Fault]:
    found = pattern.search(text)
    seen = found.group().strip() if found else ""
    if found and seen not in context:
        evidence = {"field": field, "span": [*found.span()], "seen": seen}
        yield "prompt_words", f'The {field} has words of the prompt or the assistant: "{seen}".', evidence


def _is_heading(answer: str, context: str, heading: str) -> bool:
    """Equal to a heading, and nowhere in the text below the headings."""
    said = words(answer)
    found = [words(line) for line in heading.splitlines()]
    found += [words(one or other) for one, other in _HEADING.findall(context)]
    return bool(said) and said in found and run_at(said, words(_HEADING.sub(" ", context))) is None
