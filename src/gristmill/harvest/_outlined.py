"""A document with its lines and sections, and the pairs that are cut out of it."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from gristmill.outline import Section, TextLine, markdown_lines, sections
from gristmill.records import Document, Pair, Span
from gristmill.text import words

Stretch = tuple[int, int]

_LINK = re.compile(r"!?\[[^\]\[]*\]\([^()\s]*\)|<?https?://\S+")
_CHOICES = re.compile(r"\s*(?:[-*] )?(?:\(?[aA]\)|[aA]\.)\s")
_ELSEWHERE = re.compile(
    r"\W*(?:please )?(?:see|refer to|read|consult|check out|same as|synonym (?:of|for)|siehe|voir|véase|cf\.?)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"\W*(?:tbd|tba|todo|n/?a|coming soon|work in progress|under construction)\W*$", re.IGNORECASE)
_TRAILING = re.compile(
    r"\s*+(?:(?:[-*_=]\s*){3,}|</?\w+[^>]*>|\W*back to (?:the )?top\W*(?:\(\S*\))?|\[?↑.*)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Outlined:
    """A document as its lines and sections."""

    document: Document

    @cached_property
    def lines(self) -> Sequence[TextLine]:
        """The lines, in order."""
        return markdown_lines(self.document.text)

    @cached_property
    def sections(self) -> Sequence[Section]:
        """The sections, in order."""
        return sections(self.document.text)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [line.start for line in self.lines]

    @cached_property
    def _section_starts(self) -> list[int]:
        return [section.start for section in self.sections]

    @cached_property
    def _lengths(self) -> list[int]:
        return [len(words(self.document.text[line.start : line.end])) for line in self.lines]

    @cached_property
    def _document_id(self) -> str:
        return self.document.id

    def body(self, line: TextLine) -> str:
        """A line's text without the space around it."""
        return self.document.text[line.start : line.end].strip()

    def section_at(self, offset: int) -> Section:
        """The innermost section that holds the code point at `offset`."""
        return self.sections[bisect_right(self._section_starts, offset) - 1]

    def stretch(self, first: int, after: int) -> Stretch:
        """Where lines `first` up to `after` have text: without blank lines, rules and tags at their end."""
        while first < after and self.lines[first].kind in ("blank", "underline", "opener"):
            first += 1
        while first < after and self._ends_nothing(self.lines[after - 1]):
            after -= 1
        if first >= after:
            return (0, 0)
        return self.trimmed(self.lines[first].start, self.lines[after - 1].end)

    def trimmed(self, start: int, end: int) -> Stretch:
        """The stretch without the space around it."""
        text = self.document.text[start:end]
        return end - len(text.lstrip()), start + len(text.rstrip())

    def pair(self, question: str, answer: Stretch, max_context_words: int) -> Pair:
        """The pair, with the section around the answer as its context, line by line up to the limit."""
        text = self.document.text
        start, end = self._context(answer, max_context_words)
        return Pair(
            question=question,
            answer=text[answer[0] : answer[1]],
            answer_span=Span(document_id=self._document_id, start=answer[0], end=answer[1]),
            context_span=Span(document_id=self._document_id, start=start, end=end),
            context=text[start:end],
        )

    def _context(self, answer: Stretch, limit: int) -> Stretch:
        section = self.section_at(answer[0])
        starts = self._line_starts
        first, last = bisect_right(starts, answer[0]) - 1, bisect_right(starts, answer[1] - 1) - 1
        room = limit - sum(self._lengths[first : last + 1])
        ways = [-1, 1]
        while ways:
            for way in list(ways):
                near = first - 1 if way < 0 else last + 1
                inside = 0 <= near < len(starts) and section.start <= starts[near] < max(section.end, answer[1])
                more = self._lengths[near] if inside else 0
                if not inside or more > room:
                    ways.remove(way)
                    continue
                room -= more
                first, last = (near, last) if way < 0 else (first, near)
        return self.trimmed(starts[first], self.lines[last].end)

    def _ends_nothing(self, line: TextLine) -> bool:
        return line.kind in ("blank", "opener") or (line.kind == "text" and bool(_TRAILING.match(self.body(line))))


def answers(text: str, max_words: int) -> bool:
    """Whether a text can be an answer: it says something itself.

    Bare references and links, choices of a quiz, a text that breaks off at a colon, stubs and questions
    do not.
    """
    said = _LINK.sub("", text)
    if _LINK.search(text) and len(words(said)) < 4:
        return False
    if _ELSEWHERE.match(said) and len(words(said)) < 12:
        return False
    if text.endswith((":", "：")) or _CHOICES.match(text) or _EMPTY.match(text):
        return False
    return len(words(said)) > 0 and len(words(text)) <= max_words and not asks_only(text)


def asks_only(text: str) -> bool:
    """Whether a text is itself one question."""
    return bool(re.fullmatch(r"[^.!?。！？؟]*[?？؟]\W*", text))
