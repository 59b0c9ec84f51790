"""Rejects a question that nobody can understand without the passage beside it."""

import re
import unicodedata
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import RowCheck, Task
from gristmill.curate._wording import INSTRUCTION, content, is_english
from gristmill.records import Example, Verdict
from gristmill.text import words

_TEXT = (
    r"(?:text|passage|paragraph|article|document|excerpt|extract|snippet|section|chapter|context|sentence|story"
    r"|page|author|writer|narrator|speaker|conversation|dialogue|table|figure|list|code|example|information)s?"
)
_AUXILIARY = r"(?:is|are|was|were|am|do|does|did|can|could|will|would|shall|should|may|might|must|has|have|had)"
_ENDS = (
    r"(?=\W*$|\s*[,.?:;!)]|\s+(?:provided|given|above|below|shown|is|are|was|do|does|did|says?|means?|describes?|explains?"
    r"|mentions?|discuss(?:es)?|suggests?|argues?|claims?|tells?|gives?|states?|uses?|refers?|tr(?:y|ies|ying)|wants?"
    r"|thinks?|believes?|and|or|what|who|which|how|when|where|why|please|give|list|identify|tell|me)\b)"
)
_POINTING = re.compile(
    rf"\b(?:this|these|the (?:above|given|provided|following|preceding|previous|attached)) (?:\w+ )?{_TEXT}\b"
    rf"|\b(?:in|from|to|by|does|did|is|with|of|per|at|using|on|under|about|within|do) the"
    r" (?:text|passage|paragraph|excerpt|snippet|context|given information|author|document|article|section)s?\b"
    rf"{_ENDS}"
    r"|^\W*the (?:text|passage|paragraph|excerpt|author|document|article) (?!of\b)[a-z]+s\b"
    r"|\b(?:mentioned|described|listed|shown|given|provided|discussed|stated) (?:above|below|here|earlier)\b"
    r"|\b(?:according to|based on) (?:the )?(?:above|below|following)\b"
    r"|\bthe (?:above|above-?mentioned|aforementioned)\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    rf"^\W*(?:and |but |so |then )?(?:(?:what|which|who|whom|where|when|why|how)\b(?: [a-z]+){{0,2}}? )?"
    rf"{_AUXILIARY} (?:it|he|she|they"
    r"|(?:this|that|these|those)(?=\W*$|\s+(?:mean|do|work|happen|refer|used|called)\b))(?=\W)"
    r"(?! (?:\w+ ){0,3}(?:to|that|when|if|for|like|because|rain|snow)\b)",
    re.IGNORECASE,
)
_OPTIONS = re.compile(
    r"\b(?:which(?: \w+)? of (?:the following|these|those)|(?:choose|select|pick) (?:the|one|all)|true or false)\b",
    re.IGNORECASE,
)
_OFFERED = re.compile(r"[:\n;(]\s*\S|,.*,|\bor\b(?! false)|\s[-–—]\s", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?<![\w`\]])\[[A-Za-z][a-z]+(?:[ _][A-Za-z]+){0,4}\](?![(\w])|_{3,}|\bX{1,3}\b(?![-'’])|\{\{.*?\}\}"
    r"|<(?:your|insert|name|topic|question|answer|entity|text)\b[^>]*>|\blorem ipsum\b"
)
_CHAT = re.compile(
    r"^\W*(?:sure\b|hello\b|thank|here(?:['’]s| is| are) (?:a|an|the|one|some)\b|as an ai\b"
    r"|i(?:['’]m| am|['’]d be) (?:ready|sorry|not|a|an|here|just|happy|glad)\b"
    r"|you(?:['’]re| are) (?:a|an|asked|right)\b)"
    r"|\b(?:how|what) (?:can|may) I (?:help|assist|do for) you\b"
    r"|\bquestion (?:about|that|for|to ask|is answered)\b|\byour (?:question|answer)\b",
    re.IGNORECASE,
)
_ENGLISH_ASKING = re.compile(
    rf"(?:[.:!?]\s|(?:^|\n)\W*(?:\d+\W+)?)\W*"
    rf"(?:{_AUXILIARY}\b|(?:in |to |for |at |of |on |by |from )?(?:which|who(?:se)?|what|how)\b"
    rf"|(?:what|who|why|how|where|when)['’]s\b|(?:whom|why|where|when)\b(?: [\w'’-]+){{0,4}}? {_AUXILIARY}\b)"
    rf"|,\W*(?:and )?(?:what|who|why|how|where|when)\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"[?？؟;⁇]\W*$|[?？؟]")
_HANGING = frozenset(("a", "an", "the", "and", "or", "but"))
# Words that ask about something without naming it: "What is the purpose?"
_EMPTY = re.compile(
    r"(?:advantage|aim|answer|benefit|cause|date|difference|effect|example|function|goal|happen|idea|kind|location|place"
    r"|point|problem|purpose|question|reason|result|role|size|solution|step|theme|time|topic|type|work|year)s?"
    r"|called|disadvantages?|first|following|happened|importance|important|last|main|many|mean|meaning|means|much|name"
    r"|new|next|number|original|outcome|significance|text|title|use|used|value"
)
# Things that are named only by more words than "the": "the model", "this function".
_THING = re.compile(
    r"(?:app|application|article|book|case|character|city|class|code|command|company|country|dataset|event|feature"
    r"|field|file|film|function|game|input|library|method|model|movie|object|option|output|parameter|person|process"
    r"|product|program|project|script|service|song|system|team|tool|user)s?|data|man|software|woman"
)
_DEFINITE = re.compile(r"\b(?:the|this|that|these|those|a given|your|our|their|its|his|her) ([a-z]+)", re.IGNORECASE)
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))


class StandsAlone(RowCheck):
    """Checks that the question can be understood on its own.

    What it rejects: a question that points at "this passage", "the author" or "the following"; whose
    subject is a pronoun without a noun ("What does it do?"); that has no subject at all ("What is
    the purpose?"); that asks nothing; that offers no options to choose from; with a placeholder, a
    bracket left open, or its end cut off. Rules about English words touch only English questions.

    Why it matters: a model is asked such questions without the passage, and learns to guess.

    Kept: "Why must 'self' be used explicitly in method definitions and calls?"

    Rejected: "According to the text, what is the main purpose?"
    """

    reads: ClassVar[tuple[str, ...]] = ("question",)
    passage_shown: bool = Field(
        False, description='allow "the passage" and "this text": the rows are trained with the passage in view'
    )

    def judge(self, example: Example, task: Task) -> Verdict:
        """Rejects by the first fault found; `evidence` has the span in the question and the words there."""
        question, context = task.text(example, "question").strip(), task.text(example, "context")
        for code, reason, start, end in self._faults(question, context):
            evidence = {"span": [start, end], "seen": question[start:end]}
            return Verdict(example_id=example.id, outcome="reject", code=code, reason=reason, evidence=evidence)
        return Verdict(
            example_id=example.id, outcome="pass", code="stands_alone", reason="The question needs nothing beside it."
        )

    def _faults(self, question: str, context: str) -> Iterator[tuple[str, str, int, int]]:
        whole = (0, len(question))
        for code, reason, found in _broken(question, context):
            yield code, reason, *found
        if not is_english(question, context):
            return
        for code, pattern, reason in _PATTERNS:
            match = pattern.search(question)
            if match and not (code == "points_at_text" and self.passage_shown):
                yield code, reason.format(match.group().strip()), *match.span()
        options = _OPTIONS.search(question)
        if options and not _OFFERED.search(question[options.end() :]):
            yield "no_options", f'"{options.group()}" is asked, but nothing is offered to choose from.', *options.span()
        if not (_MARK.search(question) or _ENGLISH_ASKING.search(question) or INSTRUCTION.search(question)):
            yield "not_a_question", "It has no question mark, no question word and no order.", *whole
        if not _has_subject(question):
            said = ", ".join(content(question)) or "function words"
            yield "no_subject", f"It names nothing to ask about: its words are {said}.", *whole


_PATTERNS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("points_at_text", _POINTING, 'It points at a text that the reader cannot see: "{}".'),
    ("dangling_pronoun", _DANGLING, 'Its subject is a pronoun that stands for nothing named: "{}".'),
    ("chatter", _CHAT, 'It is talk about asking, not a question: "{}".'),
)


def _broken(question: str, context: str) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Faults of any language: too little text, placeholders, open brackets, a cut end."""
    whole = (0, len(question))
    said = words(question)
    if len(said) < 2:
        yield "no_subject", f"It has {len(said)} word{'s' * (len(said) != 1)}.", whole
    for match in _PLACEHOLDER.finditer(question):
        if match.group() not in context:
            yield "placeholder", f'A placeholder was left in it: "{match.group()}".', match.span()
    for opening, closing in _PAIRS:
        if question.count(opening) != question.count(closing) and not re.search(r"[:;8][-']?[()]", question):
            yield (
                "unbalanced",
                f'It has {question.count(opening)} "{opening}" and {question.count(closing)} "{closing}".',
                whole,
            )
    letters = sum(unicodedata.category(c)[0] in "LM" for c in question)
    visible = sum(not c.isspace() for c in question)
    if "\ufffd" in question or 2 * letters < visible:
        yield "garbage", f"Only {letters} of its {visible} characters are letters.", whole
    if question.endswith((",", "-", "(", "…", "...")) or (said and said[-1] in _HANGING and question[-1].isalnum()):
        yield "cut_off", f'It breaks off at "{question[-20:]}".', (max(0, len(question) - 20), len(question))


def _has_subject(question: str) -> bool:
    """A name, code or number, or a word that tells more than "the purpose" or "the model" do."""
    pointed = {word.casefold() for word in _DEFINITE.findall(question)}
    if any(
        not _EMPTY.fullmatch(word) and not (word in pointed and _THING.fullmatch(word)) for word in content(question)
    ):
        return True
    return any(c.isdigit() or c.isupper() for c in question[1:]) or bool(re.search(r"[`'\"“]\w", question))
