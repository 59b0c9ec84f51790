"""Make questions that their passage does not answer, out of questions that theirs does.

other_passage   the question with another passage of its document, where no gold answer of it stands
                and a name or number that the question gives is missing
swapped_number  a number of two to nine digits that the question has from its passage becomes one that
                lies outside the range of such numbers there; bounds ("before 1900") are left alone
swapped_entity  a name that the question has from its passage becomes a name of as many words from
                elsewhere in the document; none of its words stands in the passage

Negations and antonyms are not made: a passage often does answer "Who did not win?". Names are told
by their capital letters, so text without case gives number swaps, and other passages that lack a
number of the question.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from gristmill.records import Draft, Example, digest
from gristmill.text import STOPWORDS, content_words, squad_normal

Kind = Literal["other_passage", "swapped_number", "swapped_entity"]
Fields = Mapping[str, Any]

# How many fitting passages are weighed for the one most like the question.
_WEIGHED = 8
_NUMBER = re.compile(r"(?<![\dA-Za-z_.,])\d{2,9}(?![.,]?\d|[A-Za-z_])")
_TOKEN = re.compile(r"\w+(?:[-'’]\w+)*")
_POSSESSIVE = re.compile(r"['’]s?\b")
_LINK = re.compile(r" (?:(?:of|in|for|on|the|de|du|von|van|der|to) )+|\. ")
_GOES_ON = re.compile(r" \d")
_OPENERS = " \t\"'“”‘’«([{"
_ENDS = ".!?:;\n\r"
_BOUNDS = frozenset(
    ("about", "after", "around", "as", "before", "between", "by", "least", "most", "over", "since", "than", "within")
)


class Place(NamedTuple):
    """A context: the example that stands for it, its text, the text in normal form, and its words."""

    row: Example
    text: str
    normal: str
    words: frozenset[str]


@dataclass(frozen=True)
class Room:
    """The examples of one document: the contexts they share and what a question can borrow."""

    examples: Sequence[Example]
    seed: int

    def order(self, *parts: str) -> str:
        """A sorting key from seed and content alone, so that the order of the examples is nothing."""
        return digest("unanswerable", self.seed, *parts)

    def draw(self, source: Example, choices: Sequence[str]) -> str:
        """One of the choices, which come sorted, by the seed and the source."""
        return choices[int(self.order(source.id), 16) % len(choices)]

    @cached_property
    def contexts(self) -> list[Place]:
        """Each context once, in an order that the seed decides."""
        by_text = {row["context"]: row for row in sorted(self.examples, key=lambda row: row.id, reverse=True)}
        texts = sorted(by_text, key=self.order)
        return [Place(by_text[text], text, squad_normal(text), _plain(text)) for text in texts]

    @cached_property
    def words(self) -> dict[str, frozenset[str]]:
        """The words of each context."""
        return {place.text: place.words for place in self.contexts}

    @cached_property
    def names(self) -> dict[int, list[tuple[str, str, frozenset[str]]]]:
        """The names of the document by their length in words, each with a word before it and its own words."""
        found = {
            (before, place.text[start:end]) for place in self.contexts for before, start, end in _names(place.text)
        }
        named: dict[int, list[tuple[str, str, frozenset[str]]]] = {}
        for before, name in sorted(found):
            named.setdefault(len(name.split()), []).append((before, name, _plain(name)))
        return named

    @cached_property
    def numbers(self) -> list[str]:
        """The numbers of the document, each once."""
        return sorted({number for place in self.contexts for number in _NUMBER.findall(place.text)})


def unanswerables(examples: Sequence[Example], kinds: Sequence[Kind], count: int, seed: int) -> list[Draft]:
    """At most `count` drafts, the kinds mixed; no row serves twice before each has had its turn.

    Each names the row it derives from as parent, shares its family, and is a pure function of the
    set of examples and the seed.
    """
    room = Room(examples, seed)
    taken = {(squad_normal(row["question"]), row["context"]) for row in examples}
    drafts: list[Draft] = []
    for kind, source in _turns(room, kinds):
        if len(drafts) >= count:
            break
        fields = _MAKERS[kind](source, room)
        if fields and (key := (squad_normal(fields["question"]), fields["context"])) not in taken:
            taken.add(key)
            drafts.append(_draft(source, kind, fields))
    return drafts


def _turns(room: Room, kinds: Sequence[Kind]) -> list[tuple[Kind, Example]]:
    turns = []
    for source in room.examples:
        if not source["is_impossible"]:
            keys = sorted((room.order(source.id, kind), kind) for kind in kinds)
            turns += [(turn, key, kind, source) for turn, (key, kind) in enumerate(keys)]
    return [(kind, source) for _, _, kind, source in sorted(turns, key=lambda turn: turn[:2])]


def _draft(source: Example, kind: Kind, fields: Fields) -> Draft:
    empty: Fields = {"answers": [], "answer_start": [], "plausible_answers": [], "plausible_start": []}
    own = {**source.fields, **empty, "is_impossible": True, "kind": kind, **fields}
    spans = own.pop("spans", source.spans[-1:])
    return Draft(fields=own, spans=spans, parents=(source.id,), family=source.family or source.id, kind="derived")


def _other_passage(source: Example, room: Room) -> dict[str, Any] | None:
    golds = [normal for answer in source["answers"] if (normal := squad_normal(answer))]
    told, asked = _told(source["question"]), _plain(source["question"])
    first = int(room.order(source.id), 16) % len(room.contexts)
    fitting: list[Place] = []
    for place in room.contexts[first:] + room.contexts[:first]:
        if not told <= place.words and not any(gold in place.normal for gold in golds):
            fitting.append(place)
        if len(fitting) == _WEIGHED:
            break
    if not golds or not fitting:
        return None
    best = max(fitting, key=lambda place: len(asked & place.words))
    spans = best.row.spans[-1:]
    return {"question": source["question"], "context": best.text, "title": best.row["title"], "spans": spans}


def _swapped_number(source: Example, room: Room) -> dict[str, Any] | None:
    question, there = source["question"], _NUMBER.findall(source["context"])
    for found in _NUMBER.finditer(question):
        before = question[: found.start()].casefold().split()[-3:]
        if found.group() not in there or _BOUNDS & set(before):
            continue
        width = len(found.group())
        like = [int(number) for number in there if len(number) == width]
        fresh = [n for n in room.numbers if len(n) == width and not min(like) <= int(n) <= max(like)]
        fresh = [number for number in fresh if number not in source["context"] + question]
        if fresh:
            return _swap(source, found.start(), found.end(), room.draw(source, fresh))
    return None


def _swapped_entity(source: Example, room: Room) -> dict[str, Any] | None:
    question = source["question"]
    near = room.words[source["context"]] | _plain(question)
    for before, start, end in _names(question):
        name = question[start:end]
        others = room.names.get(len(name.split()), []) if name in source["context"] else []
        fresh = [(word, other) for word, other, parts in others if not near & parts]
        alike = [other for word, other in fresh if word == before] or [other for _, other in fresh]
        if alike:
            return _swap(source, start, end, room.draw(source, alike))
    return None


def _swap(source: Example, start: int, end: int, chosen: str) -> dict[str, Any]:
    """The source's question with another name or number; its answers are what a hasty reader would give."""
    plausible = dict(zip(source["answers"], source["answer_start"], strict=True))
    return {
        "context": source["context"],
        "question": source["question"][:start] + chosen + source["question"][end:],
        "plausible_answers": list(plausible),
        "plausible_start": list(plausible.values()),
    }


def _told(question: str) -> frozenset[str]:
    """The names (their words, as `_plain` has them) and the numbers that a question gives."""
    names = " ".join(question[start:end] for _, start, end in _names(question))
    return _plain(names) | {word for word in _plain(question) if word[0].isdigit()}


def _plain(text: str) -> frozenset[str]:
    """The first four letters of each word that carries meaning, so that `Zoe's` is `Zoë`, and `China` `Chinese`."""
    letters = (char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    found = content_words(_POSSESSIVE.sub(" ", "".join(letters)))
    return frozenset(word if word[0].isdigit() else word[:4] for word in found)


def _names(text: str) -> list[tuple[str, int, int]]:
    """Runs of capitalised words, with the word before each.

    Left out: those that a sentence's start may have capitalised, and the first parts of longer names
    ("University" of "University of Bologna", "John F" of "John F. Kennedy", "Type" of "Type 1").
    """
    runs: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        if not token.group()[0].isupper() or token.group().casefold() in STOPWORDS:
            continue
        if runs and text[runs[-1][1] : token.start()] == " ":
            runs[-1] = (runs[-1][0], token.end())
        else:
            runs.append(token.span())
    names = []
    for (start, end), (after, _) in zip(runs, [*runs, (-1, -1)][1:], strict=True):
        head = text[:start].rstrip(_OPENERS)
        whole = after < 0 or not _LINK.fullmatch(text, end, after)
        if whole and not _GOES_ON.match(text, end) and head and head[-1] not in _ENDS:
            names.append((head.split()[-1].casefold(), start, end))
    return names


_MAKERS: dict[Kind, Callable[[Example, Room], dict[str, Any] | None]] = {
    "other_passage": _other_passage,
    "swapped_number": _swapped_number,
    "swapped_entity": _swapped_entity,
}
