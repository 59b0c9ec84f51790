"""Rejects a pair whose answer is not of the kind that the question asks for."""

import re
from collections.abc import Callable
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import RowCheck, Task
from gristmill.curate._wording import is_unanswerable, stems
from gristmill.records import Example, OriginKind, Verdict
from gristmill.text import sentences, words

_ELSEWHERE = re.compile(
    r"^\W*(?:here (?:is|are)|below (?:is|are)|in this (?:section|guide|page|document|chapter|tutorial|recipe)"
    r"|see (?:also|the)|(?:the )?following)\b"
    r"|\b(?:previous|next|following|above|preceding)"
    r" (?:section|example|figure|table|step|command|code|chapter|line)s?\b"
    r"|\b(?:as|shown|mentioned|described|noted|listed|given|see) (?:above|below|here)\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"^\W*(?:then|also|additionally|however|but|and|so|therefore|thus|next|finally|similarly|moreover|furthermore|instead"
    r"|otherwise|second|third|another)\b|^\W*(?:this|these|those|it|they|he|she|we|our|its|their|such|you are)\b",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(r"^what(?: exactly)? (?P<verb>is|are|was|were) (?P<rest>.+?)\W*$", re.I)
_WHAT_MEANS = re.compile(r"^what (?:does|do|did) (?P<rest>.+?) (?:mean|stand for)\W*$", re.I)
_ARTICLE = re.compile(r"^(?:the|an?|meta's|our)\s+", re.I)
_ATTRIBUTE = re.compile(r"^the (?P<noun>[a-z][a-z -]*?)(?: (?:of|for|in|to|between|behind|that|which|used|when)\b.*)?$")
# After the subject: a verb of the question's own number that says what something is, or a colon.
_ONE = r"(?:is|was)"
_SEVERAL = r"(?:are|were)"
_DEFINES = (
    r"[^.;]{{0,40}}?\b(?:{be}(?: (?:also|called|simply|basically|essentially|usually|often|either))*"
    r" (?:an?|the|one|any|another|how|what|when|where|who|short for|part of)\b|means?\b|refers? to\b|stands? for\b"
    r"|describes?\b|denotes?\b|represents?\b)|\s*(?:[:–—]|-\s)"
)
_SAYS = (
    r"[^.;]{0,60}?\b(?:(?:is|are|was|were)\b(?! (?:able|not|asked|used|also)\b)"
    r"|(?:includes?|consists?|comprises?|contains?|means?)\b)"
)
_PURPOSE_NOUN = re.compile(r"^(?:purpose|goal|aim|role|use|point|benefit|function|difference)s?$")
_PURPOSE = re.compile(
    r"\bto [a-z]{2,}|\b(?:used|useful|intended|designed|meant|needed|responsible) (?:to|for|as)\b|\bso that\b"
    r"|\b(?:allow|enable|help|let|ensure|prevent|provide|make)s?\b",
    re.I,
)
_CONTRAST = re.compile(
    r"\b(?:while|whereas|but|unlike|instead|than|rather|however|differ\w*|in contrast|on the other hand|both)\b",
    re.I,
)
_REASON = re.compile(
    r"\b(?:because|since|so that|so|as|due to|in order|to [a-z]{2,}|for|reason|thus|therefore|otherwise|else|without"
    r"|means|makes?|allows?|enables?|helps?|prevents?|causes?|leads?|gives?|avoids?|contributes?|cannot|can['’]t)\b",
    re.I,
)
_MEANS = re.compile(
    r"\b(?:by|using|use|uses|used|via|through|with|when|you (?:can|need|must|should|have|may)|run|call|set|add|pass"
    r"|install|create|first|then|follow|open|choose|select|write|specify|define|import|enable|disable|download|try|make|start"
    r"|replace|copy|put|click|type|enter|visit|go to)\b",
    re.I,
)
_MANY = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|no|none|several|many)\b", re.I
)
_WHEN = re.compile(
    r"\d|\b(?:when|after|before|during|until|while|once|as soon as|whenever|if|century|today|now)\b", re.I
)
_NAMED = re.compile(
    r"\b[A-Z][\w.-]+|\b(?:team|people|users?|developers?|community|authors?|companies|anyone|everyone)\b"
)
_OPEN = re.compile(r"^(?:what|why|how|when|where|who|whose|which|in (?:what|which))\b", re.I)
_YES_NO = re.compile(r"^\W*(?:yes|no|yep|nope|sure)\b(?!\s+(?:one|longer|matter)\b)", re.I)
_WORDS = re.compile(r"[^\W\d_]{2,}")
_NEEDS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (r"^how (?:many|much)\b", _MANY, "a number"),
    (r"^(?:when|in (?:what|which) (?:year|month|decade|century))\b", _WHEN, "a time"),
    (r"^(?:who|whose|whom)\b", _NAMED, "a name"),
    (r"^why\b", _REASON, "a reason"),
    (r"^how (?:to|do|does|did|can|could|should|would|is|are|was|were)\b", _MEANS, "a way of doing it"),
    (r"^what (?:is|are|was|were) the (?:purpose|goal|aim|role|use|point|benefit|function)s?\b", _PURPOSE, "a purpose"),
    (r"^what (?:is|are) the differences?\b", _CONTRAST, "a contrast"),
    (r"^what (?:is|are|was|were) (?!.*\b(?:number|year|date|age|size|price|rate|share|total|sum)\b)", _WORDS, "words"),
)


class AnswerKind(RowCheck):
    """Checks that an answer is of the kind that its question asks for, by the words of English.

    What it rejects: "What is X?" without a sentence that says what X is; how many without a number,
    when without a time, why without a reason, how without a way, the difference without a contrast;
    a yes or no to an open question; two questions in one; an answer that points elsewhere ("Here is
    an example …"), opens with a word that leans on something unsaid ("This …", "Then …"), or says the
    question over again. Rows whose origin is not in `origins` get a note, for what people wrote is
    freer than these rules. Questions in other languages pass.

    Why it matters: a small model copies a true sentence and puts the wrong question to it. Each of
    the two is grounded; together they teach nonsense.

    Kept: "What is a spool?" - "A spool is a queue of pages that wait for the printer."

    Rejected: "What is a spool?" - "The spool was emptied after the last page had been printed."
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer")
    sentence_from: int = Field(
        6, ge=1, description="Words from which an answer is a sentence, which must define or not dangle"
    )
    least_new: float = Field(
        0.2, ge=0, le=1, description="share of the answer's words that the question must not have said already"
    )
    origins: tuple[OriginKind, ...] = Field(
        ("synthetic", "derived"), min_length=1, description="whose rows are judged: synthetic, derived, edited, human"
    )

    def judge(self, example: Example, task: Task) -> Verdict:
        """`reject` with what the question asks for and the answer lacks."""
        if example.origin.kind not in self.origins:
            reason = f"A {example.origin.kind} row; only {' and '.join(self.origins)} rows are judged."
            return Verdict(example_id=example.id, outcome="note", code="not_judged", reason=reason)
        if is_unanswerable(example):
            reason = "There is no answer whose kind could be wrong."
            return Verdict(example_id=example.id, outcome="note", code="no_answer", reason=reason)
        question = " ".join(task.text(example, "question").split())
        answer = task.text(example, "answer").strip()
        for code, find in self._rules(len(words(answer)) >= self.sentence_from):
            if wrong := find(question, answer):
                return Verdict(example_id=example.id, outcome="reject", code=code, reason=wrong)
        return Verdict(
            example_id=example.id, outcome="pass", code="fits", reason="The answer is of the kind asked for."
        )

    def _rules(self, sentence: bool) -> list[tuple[str, Callable[[str, str], str]]]:
        rules: list[tuple[str, Callable[[str, str], str]]] = [("two_questions", _twofold), ("lacks", _lacking)]
        if sentence:
            rules = [
                ("elsewhere", _elsewhere),
                ("dangling", _dangling),
                *rules,
                ("undefined", _undefined),
                ("circular", self._circular),
            ]
        return rules

    def _circular(self, question: str, answer: str) -> str:
        asked, said = stems(question), stems(answer)
        new = len(said - asked) / len(said) if said else 1.0
        if new >= self.least_new:
            return ""
        return f"{new:.0%} of the answer's words are not the question's; {self.least_new:.0%} are wanted."


def _elsewhere(_question: str, answer: str) -> str:
    found = _ELSEWHERE.search(answer)
    return f'The answer points elsewhere: "{found.group().strip()} …".' if found else ""


def _dangling(_question: str, answer: str) -> str:
    found = _DANGLING.search(answer)
    return f'The answer opens with "{found.group().strip()}", which stands for something unsaid.' if found else ""


def _twofold(question: str, _answer: str) -> str:
    return "It asks two things at once." if question.rstrip(" ?？؟").count("?") else ""


def _lacking(question: str, answer: str) -> str:
    if _OPEN.search(question) and (said := _YES_NO.search(answer)):
        return f'The question is no yes-or-no question, and the answer begins "{said.group().strip()}".'
    for asks, needs, what in _NEEDS:
        if re.search(asks, question, re.I) and not needs.search(answer):
            return f"The question asks for {what}, and the answer holds none."
    return ""


def _undefined(question: str, answer: str) -> str:
    """What is X? wants a sentence about X that defines it; what is the A of X? one with A in it."""
    found = _WHAT_IS.search(question) or _WHAT_MEANS.search(question)
    if not found:
        return ""
    asked, first = found.group("rest"), next(iter(sentences(answer)), "")
    attribute = _ATTRIBUTE.search(asked)
    if attribute:
        noun = attribute.group("noun")
        told = _PURPOSE_NOUN.search(noun) or re.search(rf"\b{_spaced(noun)}{_SAYS}", answer, re.I)
        return "" if told else f"The question asks for the {noun}, and the answer does not say what it is."
    several = found.groupdict().get("verb", "is").lower() in ("are", "were")
    defines = _DEFINES.format(be=_SEVERAL if several else _ONE)
    if re.search(rf"^\W*(?:the |an? )?\W*{_spaced(_ARTICLE.sub('', asked))}(?:e?s)?\W?(?:{defines})", first, re.I):
        return ""
    return f'No sentence of the answer opens by saying what "{asked}" is.'


def _spaced(words_of: str) -> str:
    """A pattern for these words with any white space between them."""
    return r"\s+".join(re.escape(word) for word in words_of.split())
