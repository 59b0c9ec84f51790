"""Finds questions that are headings, bold lines or list items; the text below answers."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from gristmill.contracts import Harvester
from gristmill.harvest._outlined import Outlined, Stretch, answers
from gristmill.harvest._questions import asks_first, question_of
from gristmill.outline import plain
from gristmill.records import Document, Pair

_BOLD = re.compile(r"(?:\*\*|__)(?!\s)(.+?)(?:\*\*|__):?")
_ITEM = re.compile(r"(?:\d+[.)]|[-*+])\s+(.+)")
_LABELLED = re.compile(r"\**(?:A|Answer|Antwort|Ans|R|Respuesta|Réponse|答|回答)\s*+\d*+\s*+[:：]", re.IGNORECASE)
_BOLD_LEVEL, _INSIDE = 7, 8


class _Mark(NamedTuple):
    """A line that asks or ends an answer: a heading has its level, a bold line 7, an item or a term 8."""

    line: int
    level: int
    indent: int
    question: str


class FaqHeadings(Harvester):
    """Questions in frequently-asked-questions pages, with the text up to the next heading as answer.

    A heading is a question when it ends in a question mark or begins as questions do ("How do …",
    "Was ist …"); bold lines, list items and terms of definition lists must end in one. Left out:
    empty sections, bare links, quizzes, long answers, and answers labelled `A:` (the part `turns`).
    """

    max_answer_words: int = Field(300, ge=1, description="a question with a longer answer is left out")
    max_context_words: int = Field(400, ge=1, description="longest text around the answer kept as its context")

    def harvest(self, document: Document) -> Iterator[Pair]:
        """Yield each question with its answer; the context is the section that holds the answer."""
        page = Outlined(document)
        marks = list(_marks(page))
        for number, mark in enumerate(marks):
            if not mark.question:
                continue
            answer = _answer(page, mark, _stop(marks, number))
            text = document.text[slice(*answer)]
            if answers(text, self.max_answer_words) and not _LABELLED.match(text):
                yield page.pair(mark.question, answer, self.max_context_words)


def _marks(page: Outlined) -> Iterator[_Mark]:
    for number, line in enumerate(page.lines):
        body = page.body(line)
        if line.kind == "heading":
            yield _Mark(number, line.level, line.indent, question_of(line.title))
        if line.kind != "text":
            continue
        after = page.lines[number + 1] if number + 1 < len(page.lines) else None
        if after and after.kind == "text" and page.body(after).startswith(": "):
            yield _Mark(number, _INSIDE, line.indent, question_of(body, marked=True))
        elif item := _ITEM.fullmatch(body):
            more = body[0].isdigit() and asks_first(item[1])
            asked = question_of(item[1], marked=True) or (plain(item[1]) if more else "")
            if asked and _holds_more(page, number):
                yield _Mark(number, _INSIDE, line.indent, asked)
        elif bold := _BOLD.fullmatch(body):
            yield _Mark(number, _BOLD_LEVEL, line.indent, question_of(bold[1], marked=True))


def _holds_more(page: Outlined, number: int) -> bool:
    """Whether text stands deeper below an item; a list of further items does not answer it."""
    below = next((line for line in page.lines[number + 1 : number + 4] if line.kind != "blank"), None)
    deeper = below is not None and below.indent > page.lines[number].indent and below.kind in ("text", "code", "table")
    return below is not None and deeper and not _ITEM.fullmatch(page.body(below))


def _stop(marks: list[_Mark], number: int) -> int | None:
    """The line of the next mark that ends this one's answer: another question, or no lower a heading."""
    later = (marks[n] for n in range(number + 1, len(marks)))
    return next((mark.line for mark in later if mark.question or mark.level <= marks[number].level), None)


def _answer(page: Outlined, mark: _Mark, stop: int | None) -> Stretch:
    first = mark.line + 1
    if mark.level == _INSIDE and page.body(page.lines[first]).startswith(": "):
        start, end = page.stretch(first, _dedent(page, first + 1, page.lines[first].indent + 1))
        return page.trimmed(start + 1, end)
    if mark.level == _INSIDE:
        return page.stretch(first, _dedent(page, first, mark.indent + 1))
    return page.stretch(first, _dedent(page, first, mark.indent, stop))


def _dedent(page: Outlined, first: int, indent: int, stop: int | None = None) -> int:
    """The first line from `first` on that has text and stands less deep than `indent`, or the line `stop`."""
    after = len(page.lines) if stop is None else stop
    for number in range(first, after):
        if page.lines[number].kind not in ("blank", "code") and page.lines[number].indent < indent:
            return number
    return after
