"""Finds terms that a document defines: glossaries, definition lists, "X means …"."""

import re
from collections.abc import Iterator

from pydantic import Field, field_validator

from gristmill.contracts import Harvester
from gristmill.harvest._outlined import Outlined, Stretch, answers
from gristmill.outline import TextLine, plain
from gristmill.records import Document, Pair
from gristmill.text import fill, slots, words

_Term = tuple[str, Stretch]

_GLOSSARY = re.compile(
    r"glossar|terminolog|term(?:s|en|es|os|i) and definitions|(?:key|defined|important) terms|words used|begriffs"
    r"|fachbegriffe|woordenlijst|begrippen|глоссарий|термин|术语|術語|用語|용어",
    re.IGNORECASE,
)
_DEFINITIONS = re.compile(
    r"[\d.\s]*(?:definitions?|abbreviations?|acronyms?|definitionen|abkürzungen|définitions|definiciones|definizioni|definições"
    r"|определения|定义|定義)(?:(?: and|,| &| und| et| y| e)+ \w+)*",
    re.IGNORECASE,
)
_TERM_COLUMN = re.compile(
    r"term|word|acronym|abbreviation|concept|begriff|abkürzung|terme|término|termine", re.IGNORECASE
)
_MEANING_COLUMN = re.compile(
    r"definition|meaning|stands for|explanation|bedeutung|erklärung|définition|significado", re.IGNORECASE
)
_BOLD_TERM = re.compile(r"(?:[-*+]\s+|\d+[.)]\s+)?\*\*(?P<term>[^*]+?)(?::\*\*|\*\*\s*(?::|-|–|—|：))\s*(?P<said>\S.*)")
_MEANS = re.compile(
    r"(?:[-*+]\s+|\(?\w{1,4}[.)]\s+)?(?:\*\*)?[\"“„«「](?P<term>[^\"”“»」]{2,60})[\"”“»」](?:\*\*)?"
    r"(?:,? (?:or|and) [\"“„«][^\"”“»]+[\"”“»])*\s*(?:means?|shall mean|refers? to|is defined as"
    r"|bedeutet|bezeichnet|désigne|significa)\b"
)
_ITEM = re.compile(r"[-*+] |\d+[.)] |\(?\w{1,3}\) ")
_NO_TERM = re.compile(
    r"(?:note|warning|caution|important|tip|hint|see|see also|examples?|returns?|raises"
    r"|(?:new|changed|added|deprecated) in .*)",
    re.IGNORECASE,
)
_CODE = re.compile(r"[`_=<>{}\[\]\\@$%]|\w\(|\)\.|::|\w\.\w|^\W*-|/")


class Definitions(Harvester):
    """Terms with the definition that follows them; only the question around the term is composed.

    Found are definition lists, `**term**: …` and tables of terms under a heading (or in a document)
    named "Glossary", "Definitions" or the like, tables headed "Term" and "Definition", and paragraphs
    of the form `"Term" means …`, of which the whole paragraph is the answer. Left out: code, options,
    mere references to another term, and definitions that are very short or long. Definition lists
    elsewhere are left out, because most describe parameters and fields.
    """

    question: str = Field('What does "{{ term }}" mean?', description="how to ask for a term; put {{ term }} in it")
    min_answer_words: int = Field(4, ge=1, description="a shorter definition is left out")
    max_answer_words: int = Field(300, ge=1, description="a longer definition is left out")
    max_context_words: int = Field(400, ge=1, description="longest text around the answer kept as its context")

    @field_validator("question")
    @classmethod
    def _asks_for_the_term(cls, question: str) -> str:
        if slots(question) != {"term"}:
            raise ValueError("write {{ term }} where the term goes, and no other {{ … }}")
        return question

    def harvest(self, document: Document) -> Iterator[Pair]:
        """Yield a question for each term; the context is the section that holds the definition."""
        page = Outlined(document)
        for term, answer in _terms(page):
            said = document.text[slice(*answer)]
            enough = len(words(said)) >= self.min_answer_words and answers(said, self.max_answer_words)
            if enough:
                yield page.pair(fill(self.question, {"term": term}), answer, self.max_context_words)


def _terms(page: Outlined) -> Iterator[_Term]:
    header: list[str] = []
    for number, line in enumerate(page.lines):
        if line.kind == "table":
            cells = _cells(page, line)
            if not header:
                header = [page.document.text[slice(*cell)] for cell in cells]
            elif len(cells) > 1 and _defines(page, line, header):
                yield from _named(page, cells[0], cells[1])
            continue
        header = []
        if line.kind == "text":
            if _in_glossary(page, line):
                yield from _listed(page, number)
            yield from _written(page, number)


def _listed(page: Outlined, number: int) -> Iterator[_Term]:
    """A term alone on its line, its definition behind `: ` below."""
    lines = page.lines
    below = next((n for n in range(number + 1, min(number + 3, len(lines))) if lines[n].kind != "blank"), 0)
    above = lines[number - 1] if number else None
    alone = above is None or above.kind != "text" or above.indent > lines[number].indent or page.body(above)[:2] == ": "
    if not below or not alone or page.body(lines[below])[:2] != ": " or page.body(lines[number])[:2] == ": ":
        return
    after = below + 1
    while after < len(lines) and (lines[after].kind == "blank" or lines[after].indent > lines[below].indent):
        after += 1
    start, end = page.stretch(below, after)
    term = page.trimmed(lines[number].start, lines[number].end)
    yield from _named(page, term, page.trimmed(start + 1, end))


def _written(page: Outlined, number: int) -> Iterator[_Term]:
    """`**Term**: definition` in a glossary, or `"Term" means …` anywhere."""
    line = page.lines[number]
    start = page.trimmed(line.start, line.end)[0]
    body = page.body(line)
    means, bold = _MEANS.match(body), _BOLD_TERM.match(body)
    if not means and not (bold and _in_glossary(page, line)):
        return
    end = page.stretch(number, _paragraph_end(page, number))[1]
    if means:
        first = start + (means.start("term") - 1 if _ITEM.match(body) else 0)
        yield from _named(page, (start + means.start("term"), start + means.end("term")), (first, end))
    elif bold:
        yield from _named(
            page, (start + bold.start("term"), start + bold.end("term")), (start + bold.start("said"), end)
        )


def _paragraph_end(page: Outlined, number: int) -> int:
    after = number + 1
    while after < len(page.lines) and page.lines[after].kind == "text" and not _starts(page.body(page.lines[after])):
        after += 1
    return after


def _starts(body: str) -> bool:
    return bool(_ITEM.match(body) or _BOLD_TERM.match(body) or _MEANS.match(body))


def _defines(page: Outlined, line: TextLine, header: list[str]) -> bool:
    named = bool(_TERM_COLUMN.search(header[0])) and len(header) > 1
    return named and (bool(_MEANING_COLUMN.search(header[1])) or _in_glossary(page, line))


def _cells(page: Outlined, line: TextLine) -> list[Stretch]:
    text = page.document.text[line.start : line.end].rstrip().removesuffix("|")
    bars = [match.start() for match in re.finditer(r"(?<!\\)\|", text)]
    ends = [*bars[1:], len(text)]
    return [page.trimmed(line.start + left + 1, line.start + right) for left, right in zip(bars, ends, strict=False)]


def _in_glossary(page: Outlined, line: TextLine) -> bool:
    names = (page.document.title, *page.section_at(line.start).path)
    return any(_GLOSSARY.search(name) or _DEFINITIONS.fullmatch(name) for name in names)


def _named(page: Outlined, term: Stretch, answer: Stretch) -> Iterator[_Term]:
    """The term and its definition, if it is a term in words and not code, an option or a field."""
    name = plain(page.document.text[slice(*term)]).rstrip(":").strip()
    wordy = any(letter.isalpha() for letter in name) and 0 < len(words(name)) <= 6
    if wordy and not _CODE.search(name) and not _NO_TERM.fullmatch(name) and name[-1] not in ".?!？؟;,":
        yield name, answer
