"""Multi-hop rows in their two layouts: lists of pairs in the original files, parallel lists on hubs.

A row is `id, question, answer, paragraphs [{title, sentences}], supporting_facts [{title, sentence}]`, sentences
counted from 0. Sources: the README of hotpotqa/hotpot, the card of hotpotqa/hotpot_qa.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gristmill.contracts import Row
from gristmill.errors import UserError, nearest
from gristmill.files import json_value, kind, only, string
from gristmill.formats._published import Fault, Record, text_or_none, texts, whole

NO_GOLD = Fault(
    "warning",
    "{count} of {rows} rows have no answer: test files are released without",
    "Use the train or the dev file where answers are needed.",
)
FAULTS: Mapping[str, Fault] = {
    "no_gold": NO_GOLD,
    "absent_title": Fault(
        "warning",
        "{count} supporting facts name a paragraph that their row has not",
        "Leave such rows out of training on support; the answer may still be right.",
    ),
    "past_end": Fault(
        "warning",
        "{count} supporting facts name a sentence after the last of their paragraph, noise that this set is known for",
        "Take such a fact for the paragraph alone, or leave it out.",
    ),
    "yes_no": Fault(
        "info",
        "{count} of {rows} answers are yes or no; the official F1 is 0 when only one of gold and prediction is",
        "Report them apart: a model that always says yes or no does well on them.",
    ),
}
_REFERENCE = re.compile(r"#(\d{1,4})")


def paragraphs(record: Mapping[str, Any], where: str) -> list[Record]:
    """The context as paragraphs, from either layout. Raises UserError."""
    found = _tuples(record["context"], (("title",), ("sentences", "content")), f'{where}: "context"')
    return [
        {"title": string({"title": title}, "title", where), "sentences": texts({"sentences": said}, "sentences", where)}
        for title, said in found
    ]


def supporting(record: Mapping[str, Any], where: str) -> list[Record]:
    """The supporting facts, from either layout; none when the record has none. Raises UserError."""
    value = record.get("supporting_facts") or []
    found = _tuples(value, (("title",), ("sent_id",)), f'{where}: "supporting_facts"')
    return [
        {"title": string({"title": title}, "title", where), "sentence": whole({"sent_id": at}, "sent_id", where)}
        for title, at in found
    ]


def triples(record: Mapping[str, Any], key: str, where: str) -> list[Record]:
    """Subject, relation and object of each evidence; none when the record has none. Raises UserError."""
    found = _tuples(record.get(key) or [], (("fact",), ("relation",), ("entity",)), f'{where}: "{key}"')
    names = ("subject", "relation", "object")
    return [
        {name: string({key: value}, key, where) for name, value in zip(names, triple, strict=True)} for triple in found
    ]


def context(row: Row, hub: bool, where: str) -> Any:
    """The row's paragraphs as a record keeps them. Raises UserError."""
    held = [only(part, ("title", "sentences"), (), f'{where}: "paragraphs"') for part in row["paragraphs"]]
    if hub:
        return {"title": [part["title"] for part in held], "sentences": [list(part["sentences"]) for part in held]}
    return [[part["title"], list(part["sentences"])] for part in held]


def facts(row: Row, hub: bool, where: str) -> Any:
    """The row's supporting facts as a record keeps them. Raises UserError."""
    held = [only(fact, ("title", "sentence"), (), f'{where}: "supporting_facts"') for fact in row["supporting_facts"]]
    if hub:
        return {"title": [fact["title"] for fact in held], "sent_id": [fact["sentence"] for fact in held]}
    return [[fact["title"], fact["sentence"]] for fact in held]


def one_of(record: Mapping[str, Any], key: str, names: Sequence[str], where: str) -> str | None:
    """The class under a key, one of these; None when there is none. Raises UserError with the nearest."""
    value = text_or_none(record, key, where)
    if value is not None and value not in names:
        raise UserError(f'{where}: "{key}" is "{value[:40]}": {nearest(value, names)}')
    return value


def flaws(row: Row) -> Iterator[tuple[str, str]]:
    """The known faults of a multi-hop row."""
    if row["answer"] is None:
        yield "no_gold", row["question"]
    elif row["answer"].strip().lower() in ("yes", "no"):
        yield "yes_no", f"{row['question']} {row['answer']}"
    lengths: dict[str, int] = {}
    for part in row["paragraphs"]:
        lengths[part["title"]] = max(len(part["sentences"]), lengths.get(part["title"], 0))
    for fact in row["supporting_facts"]:
        title, sentence = fact["title"], fact["sentence"]
        if title not in lengths:
            yield "absent_title", f'"{title}"'
        elif sentence >= lengths[title]:
            yield "past_end", f'sentence {sentence} of "{title}", which has {lengths[title]}'


def astray(steps: Iterable[str]) -> Iterator[tuple[str, str]]:
    """A fault for each step that refers, as `#2`, to a step that does not come before it."""
    for number, step in enumerate(steps, 1):
        for at in _REFERENCE.findall(step):
            if not 0 < int(at) < number:
                yield "astray", f'step {number} is "{step}"'


def _tuples(value: Any, names: Sequence[tuple[str, ...]], where: str) -> Iterator[Sequence[Any]]:
    """Tuples from a list of lists, from parallel lists, or from either as JSON text, which some hubs keep."""
    if isinstance(value, str):
        value = json_value(value.encode(errors="surrogatepass"), where)
    if isinstance(value, Mapping):
        yield from _parallel(value, names, where)
        return
    if not isinstance(value, list):
        raise UserError(f"{where} is {kind(value)}, not a list.")
    for item in value:
        if not isinstance(item, list) or len(item) != len(names):
            raise UserError(f"{where} holds {kind(item)}, where each item is a list of {len(names)}.")
        yield item


def _parallel(value: Mapping[str, Any], names: Sequence[tuple[str, ...]], where: str) -> Iterator[Sequence[Any]]:
    keys = [next((name for name in choice if name in value), choice[0]) for choice in names]
    only(value, keys, (), where)
    columns = [value[key] for key in keys]
    for key, column in zip(keys, columns, strict=True):
        if not isinstance(column, list):
            raise UserError(f'{where}: "{key}" is {kind(column)}, not a list.')
    if len({len(column) for column in columns}) > 1:
        sizes = ", ".join(f"{len(column)} under {key}" for key, column in zip(keys, columns, strict=True))
        raise UserError(f"{where} has lists of unequal length: {sizes}.")
    yield from zip(*columns, strict=True)
