"""Answers of which one knows that they are wrong, made of the right answers of a SQuAD file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gristmill.curate._wording import content, names, number_forms, stems, unknown_names
from gristmill.errors import UserError
from gristmill.records import digest
from gristmill.text import sentences, squad_normal, words

KINDS = ("swapped_answer", "unsupported_claim", "wrong_number")
# Questions that may have another right answer in their passage than the one that was marked.
_OPEN = re.compile(
    r"\b(?:one|some|another|other|else|besides|example|examples|such as|an? (?:kind|type|sort|form|way|part|member)"
    r"|name an?|which (?:of|two|three)|why|how (?:do|did|does|is|are|was|were|can)"
    r"|what (?:causes?|caused|led|made|makes|are|were|do|does|did|can|could|may|might|is an?|happen\w*))\b",
    re.IGNORECASE,
)
# A sentence that speaks of what another one said.
_LEANING = re.compile(
    r"\b(?:he|she|it|its|his|her|hers|him|they|their|them|this|that|these|those|such|former|latter|both|we|our|us|you"
    r"|your|also|however|therefore|thus|instead|another|other|others|here|there|one|ones|i|although|while|though|but"
    r"|and then|as well|for example|same)\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[A-Z][^\n\"“”„«»()\[\];:?!*=]*[^\W\d]\.")
# A number under such a word is a bound: another one may be right too.
_BOUND = re.compile(
    r"\b(?:more|less|fewer|over|under|least|most|above|below|up to|nearly|almost|exceed\w*|before|after|since|until|by"
    r"|between|from|to|within|about|around|approximately|roughly|early|late|mid)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"(?<![\w.,:/–-])(\d{1,3}(?:,\d{3})+|\d{1,9})(\.\d{1,3})?(?![\w:/–-]|[.,]\d)")
_MONTH = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b", re.IGNORECASE
)
_SPELLED = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_YEARS = range(1000, 2100)
_LEAST_CLAIM, _LONGEST_CLAIM = 8, 22
_MOST_SHARED = 0.15
_NOWHERE = -1


@dataclass(frozen=True)
class Asked:
    """An answerable question of a SQuAD file with all answers marked for it in its passage."""

    title: str
    context: str
    question: str
    golds: tuple[str, ...]
    start: int

    @cached_property
    def key(self) -> str:
        """The same wherever the question stands in a file."""
        return digest("asked", self.context, self.question)

    def row(self, answer: str, start: int) -> dict[str, Any]:
        """Columns for any task that answers questions: the answer as text, and as a list with its place."""
        common = {"title": self.title, "context": self.context, "question": self.question, "answer": answer}
        return {**common, "answers": [answer], "answer_start": [start], "is_impossible": False}


def read_squad(data: Sequence[Any], where: str) -> list[Asked]:
    """The answerable questions of SQuAD's nested form, 1.1 or 2.0. Raises UserError with the place."""
    found: dict[tuple[str, str], Asked] = {}
    for number, article in enumerate(data):
        place = f"{where}: data[{number}]"
        title = article.get("title", "") if isinstance(article, Mapping) else ""
        for spot, paragraph in _listed(article, "paragraphs", place):
            for at, asked in _listed(paragraph, "qas", spot):
                try:
                    golds = tuple(str(answer["text"]) for answer in asked["answers"])
                    start = int(asked["answers"][0]["answer_start"]) if golds else 0
                    one = Asked(str(title), str(paragraph["context"]), str(asked["question"]), golds, start)
                except (KeyError, TypeError, ValueError, AttributeError):
                    raise UserError(
                        f"{at} is not a question of a SQuAD file: it needs question, answers with text and "
                        f"answer_start, and a paragraph with a context. Mend it or leave it out."
                    ) from None
                if golds and not asked.get("is_impossible"):
                    before = found.get((one.context, squad_normal(one.question)))
                    if before:
                        one = Asked(one.title, one.context, before.question, before.golds + golds, before.start)
                    found[one.context, squad_normal(one.question)] = one
    return list(found.values())


def corrupted(asked: Sequence[Asked], kind: str, seed: int) -> Iterator[dict[str, Any]]:
    """Rows with a wrong answer of this kind, in an order drawn by the seed; none equals a marked answer."""
    beside: dict[str, list[Asked]] = {}
    for one in asked:
        beside.setdefault(one.context, []).append(one)
    claims = _claims(asked, seed) if kind == "unsupported_claim" else []
    for one in drawn(asked, kind, seed):
        wrong, start = "", _NOWHERE
        if kind == "swapped_answer":
            if other := _swapped(one, beside[one.context], seed):
                wrong, start = other.golds[0], other.start
        else:
            wrong = _claimed(one, claims, seed) if kind == "unsupported_claim" else _miscounted(one, seed)
        if wrong and squad_normal(wrong) not in {squad_normal(gold) for gold in one.golds}:
            yield one.row(wrong, start)


def drawn(asked: Sequence[Asked], kind: str, seed: int) -> list[Asked]:
    """The questions in an order that the seed and their own words decide."""
    return sorted(asked, key=lambda one: digest("drawn", seed, kind, one.key))


def _swapped(one: Asked, beside: Sequence[Asked], seed: int) -> Asked | None:
    """Another question of the passage whose answer is wrong here, of the same form where there is one."""
    if _OPEN.search(one.question):
        return None
    fit = [other for other in beside if other.key != one.key and _elsewhere(other, one)]
    alike = [other for other in fit if _form(other.golds[0]) == _form(one.golds[0])]
    return next(iter(drawn(alike or fit, one.key, seed)), None)


def _elsewhere(other: Asked, one: Asked) -> bool:
    """Whether another question's answer shares no word with this question and its answers, nor a sentence."""
    answer, own = other.golds[0], squad_normal(other.golds[0])
    theirs = stems(answer)
    if not own or not theirs or theirs & stems(one.question):
        return False
    for gold in one.golds:
        normal = squad_normal(gold)
        if own in normal or normal in own or theirs & stems(gold):
            return False
    holding = [sentence for sentence in sentences(one.context) if answer in sentence]
    return not any(gold in sentence for gold in one.golds for sentence in holding)


def _form(answer: str) -> str:
    found = [int(number) for number in number_forms(answer) if number.isdigit()]
    if found:
        return "year" if any(number in _YEARS for number in found) and "," not in answer else "number"
    return "name" if answer[:1].isupper() else "phrase"


def _claims(asked: Sequence[Asked], seed: int) -> list[tuple[str, str]]:
    """Sentences that stand alone, each with its article: they name something and lean on no other sentence."""
    found: dict[str, str] = {}
    for context, title in {one.context: one.title for one in asked}.items():
        for sentence in sentences(context):
            line = " ".join(sentence.split())
            plain = _PLAIN.fullmatch(line) and not _LEANING.search(line)
            if plain and _LEAST_CLAIM <= len(words(line)) <= _LONGEST_CLAIM and names(line):
                found.setdefault(line, title)
    return sorted(found.items(), key=lambda claim: digest("claim", seed, claim))


def _claimed(one: Asked, claims: Sequence[tuple[str, str]], seed: int) -> str:
    """The right answer, and a sentence of another article that names what the passage does not."""
    gold = one.golds[0].strip().rstrip(".")
    first = int(digest("first", seed, one.key)[:8], 16)
    for step in range(len(claims)):
        claim, title = claims[(first + step) % len(claims)]
        shared = len(stems(claim) & stems(one.context)) / len(content(claim))
        if title != one.title and shared <= _MOST_SHARED and unknown_names(claim, one.context):
            return f"{gold[:1].upper()}{gold[1:]}. {claim}"
    return ""


def _miscounted(one: Asked, seed: int) -> str:
    """The right answer with a number in it changed to one that stands nowhere in passage or question."""
    gold = one.golds[0]
    if _BOUND.search(gold) or _OPEN.search(one.question):
        return ""
    known = number_forms(" ".join((one.context, one.question, *one.golds)))
    for match in _COUNT.finditer(gold):
        others = _others(match, f"{gold} {one.question}")
        fit = [other for other in others if other.replace(",", "") not in known]
        fit.sort(key=lambda other: digest("number", seed, one.key, other))
        return f"{gold[: match.start()]}{fit[0]}{gold[match.end() :]}" if fit else ""
    spelled = [word for word in words(gold) if word in _SPELLED]
    if len(spelled) != 1:
        return ""
    value = _SPELLED.index(spelled[0]) + 2
    fit = [word for n, word in enumerate(_SPELLED, 2) if abs(n - value) * 5 >= value and str(n) not in known]
    fit.sort(key=lambda other: digest("number", seed, one.key, other))
    return re.sub(rf"\b{spelled[0]}\b", fit[0], gold, count=1, flags=re.IGNORECASE) if fit else ""


def _others(match: re.Match[str], around: str) -> list[str]:
    """Numbers in the form of this one: a year for a year, a day for a day, else a fifth to the double away."""
    whole, part = match[1], match[2] or ""
    value = int(whole.replace(",", ""))
    if value in _YEARS and not part and "," not in whole:
        return [str(year) for year in range(value - 40, min(value + 41, 2020)) if abs(year - value) > 2]
    if _MONTH.search(around) and value < 32:
        return [str(day) for day in range(1, 29) if abs(day - value) > 3]
    unit = 10 ** max(0, len(str(value)) - 2)
    low, high = value - value // 2, 2 * value + 3
    if "%" in around or "percent" in around.lower():
        high = min(high, 99)
    near = range(low // unit * unit, high + 1, unit)
    return [f"{n:,}{part}" if "," in whole else f"{n}{part}" for n in near if n > 1 and abs(n - value) * 5 >= value]


def _listed(record: Any, key: str, where: str) -> Iterator[tuple[str, Any]]:
    items = record.get(key) if isinstance(record, Mapping) else None
    if not isinstance(items, list):
        raise UserError(
            f'{where} has no list under "{key}", as each part of a SQuAD file has. Mend it or leave it out.'
        )
    for number, item in enumerate(items):
        yield f"{where}.{key}[{number}]", item
