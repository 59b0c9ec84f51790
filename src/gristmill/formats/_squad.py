"""SQuAD's rows and their two layouts: nested by title and context, and flat as on the Hub.

A row is `id, title, context, question, answers, answer_start, is_impossible, plausible_answers,
plausible_start`; offsets count Unicode code points from 0. Source: SQuAD 2.0's files and
evaluate-v2.0.py.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gristmill.errors import UserError
from gristmill.files import kind, only, string
from gristmill.records import digest
from gristmill.text import squad_normal

Row = dict[str, Any]
# A question as it stands in a nested file: the title and the context that it is about, and its object.
Asked = tuple[str, str, Any]
READS = ("context", "question", "answers", "answer_start")
_SHOWN = 3


def squad_row(fields: Mapping[str, Any], where: str) -> Row:
    """A row's SQuAD columns, with its id or one of its content.

    Raises UserError when it lacks some, or when they contradict each other.
    """
    for column in READS:
        if not isinstance(fields.get(column), str | list | tuple):
            raise UserError(f'{where} has no "{column}", which SQuAD needs: write another format.')
    answers, name = _listed(fields, "answers"), fields.get("id")
    row = {
        "id": str(name) if name is not None else digest("squad", fields["context"], fields["question"]),
        "title": fields.get("title") or "",
        "context": fields["context"],
        "question": fields["question"],
        "answers": answers,
        "answer_start": _listed(fields, "answer_start"),
        "is_impossible": bool(fields.get("is_impossible", not answers)),
        "plausible_answers": _listed(fields, "plausible_answers"),
        "plausible_start": _listed(fields, "plausible_start"),
    }
    for texts, starts in (("answers", "answer_start"), ("plausible_answers", "plausible_start")):
        _check_spans(row[texts], row[starts], f"{where}: {texts}")
    refuse((f"{where} {flaw}" for flaw in flaws(row)), "the row cannot be written as SQuAD")
    return row


def nest(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows as SQuAD 2.0's one object; titles, and contexts within a title, in order of first sight."""
    articles: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        articles.setdefault(row["title"], {}).setdefault(row["context"], []).append(_question(row))
    return {"version": "v2.0", "data": [_article(title, contexts) for title, contexts in articles.items()]}


def flatten(dataset: Mapping[str, Any], where: str) -> Iterator[tuple[str, Row]]:
    """Yield `(place, row)` for each question of a nested file. Raises UserError for the first that is malformed."""
    for place, asked in walk(dataset, where):
        yield place, row_of(asked, place)


def walk(dataset: Mapping[str, Any], where: str) -> Iterator[tuple[str, Asked]]:
    """Yield `(place, (title, context, question))` for each question of a nested file, of version 2.0 or 1.1.

    Walks as the official script does. Raises UserError for a missing or unknown key above the questions.
    """
    only(dataset, ("data",), ("version",), where)
    for article, place in _items(dataset, "data", where):
        only(article, ("paragraphs",), ("title",), place)
        title = string(article, "title", place) if article.get("title") is not None else ""
        for paragraph, spot in _items(article, "paragraphs", place):
            only(paragraph, ("context", "qas"), (), spot)
            context = string(paragraph, "context", spot)
            for question, at in _items(paragraph, "qas", spot):
                yield at, (title, context, question)


def row_of(asked: Asked, where: str) -> Row:
    """The row of a question in its place. Raises UserError for a missing or unknown key, and for a value of no use."""
    title, context, question = asked
    return {"title": title, "context": context, **_asked(question, where)}


def hub_row(row: Mapping[str, Any]) -> Row:
    """A row in the Hub's form, which knows an impossible question by its empty lists."""
    answers = {"text": row["answers"], "answer_start": row["answer_start"]}
    return {**{key: row[key] for key in ("id", "title", "context", "question")}, "answers": answers}


def from_hub(record: Mapping[str, Any], where: str) -> Row:
    """The row that a record in the Hub's form stands for. Raises UserError."""
    only(record, ("id", "context", "question", "answers"), ("title",), where)
    answers = only(record["answers"], ("text", "answer_start"), (), f"{where}: answers")
    texts = _list(answers, "text", f"{where}: answers")
    row = {key: string(record, key, where) for key in ("id", "context", "question")}
    row["title"] = string(record, "title", where) if record.get("title") is not None else ""
    starts = _list(answers, "answer_start", f"{where}: answers")
    _check_spans(texts, starts, f"{where}: answers")
    plausible: Row = {"plausible_answers": [], "plausible_start": []}
    return {**row, "answers": texts, "answer_start": starts, "is_impossible": not texts, **plausible}


def flaws(row: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each of SQuAD's rules that a row breaks; none for a sound row."""
    if row["is_impossible"] and row["answers"]:
        yield f"is marked impossible and has {len(row['answers'])} answers"
    if not row["is_impossible"] and not row["answers"]:
        yield "has no answer and is not marked impossible"
    if row["plausible_answers"] and not row["is_impossible"]:
        yield "has plausible answers, which only impossible questions may have"
    if not row["question"].strip():
        yield "has an empty question"
    for texts, starts in (("answers", "answer_start"), ("plausible_answers", "plausible_start")):
        yield from _misplaced(row["context"], row[texts], row[starts])
    if row["answers"] and not any(squad_normal(text) for text in row["answers"]):
        yield f'has only answers like "{row["answers"][0]}", which the official score takes for no answer'


def refuse(found: Iterable[str], consequence: str) -> None:
    """Raise UserError with the first few flaws and their number, when there is any."""
    listed = list(found)
    if listed:
        more = f"; and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
        raise UserError(f"{consequence}: {'; '.join(listed[:_SHOWN])}{more}.")


def _misplaced(context: str, texts: Sequence[str], starts: Sequence[int]) -> Iterator[str]:
    if len(texts) != len(starts):
        yield f"has {len(texts)} answers and {len(starts)} offsets"
    for text, start in zip(texts, starts, strict=False):
        seen = context[max(start, 0) : max(start, 0) + len(text)]
        if not text:
            yield "has an empty answer"
        elif start < 0 or seen != text:
            right = _nearest(context, text, start)
            yield f'has the answer "{text}" at {start}, where the context has "{seen}"; {right}'


def _nearest(context: str, text: str, start: int) -> str:
    before, after = context.rfind(text, 0, max(start, 0) + len(text)), context.find(text, max(start, 0))
    places = [at for at in (before, after) if at >= 0]
    if not places:
        return "it occurs nowhere in the context"
    return f"the nearest right offset is {min(places, key=lambda at: (abs(at - start), at))}"


def _article(title: str, contexts: Mapping[str, list[Row]]) -> Row:
    return {"title": title, "paragraphs": [{"context": text, "qas": asked} for text, asked in contexts.items()]}


def _question(row: Mapping[str, Any]) -> Row:
    question = {key: row[key] for key in ("id", "question", "is_impossible")}
    question["answers"] = _spans(row["answers"], row["answer_start"])
    if row["is_impossible"]:
        question["plausible_answers"] = _spans(row["plausible_answers"], row["plausible_start"])
    return question


def _spans(texts: Sequence[str], starts: Sequence[int]) -> list[Row]:
    return [{"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=True)]


def _asked(question: Any, where: str) -> Row:
    only(question, ("id", "question", "answers"), ("is_impossible", "plausible_answers"), where)
    impossible = question.get("is_impossible", False)
    if not isinstance(impossible, bool):
        raise UserError(f'{where}: "is_impossible" is {kind(impossible)}, not true or false.')
    row: Row = {"id": string(question, "id", where), "question": string(question, "question", where)}
    row["answers"], row["answer_start"] = _unspanned(question, "answers", where)
    row["is_impossible"] = impossible
    row["plausible_answers"], row["plausible_start"] = [], []
    if "plausible_answers" in question:
        row["plausible_answers"], row["plausible_start"] = _unspanned(question, "plausible_answers", where)
    return row


def _unspanned(question: Mapping[str, Any], key: str, where: str) -> tuple[list[str], list[int]]:
    texts, starts = [], []
    for span, place in _items(question, key, where):
        only(span, ("text", "answer_start"), (), place)
        texts.append(span["text"])
        starts.append(span["answer_start"])
    _check_spans(texts, starts, f"{where}.{key}")
    return texts, starts


def _check_spans(texts: Sequence[Any], starts: Sequence[Any], where: str) -> None:
    if len(texts) != len(starts):
        raise UserError(f"{where} has {len(texts)} answers and {len(starts)} offsets, where each answer has one.")
    for text, start in zip(texts, starts, strict=True):
        if not isinstance(text, str):
            raise UserError(f"{where}: an answer is {kind(text)}, not a text.")
        if isinstance(start, bool) or not isinstance(start, int):
            raise UserError(f'{where}: the offset of "{text}" is {start!r}, not a whole number.')


def _items(record: Mapping[str, Any], key: str, where: str) -> Iterator[tuple[Any, str]]:
    for number, item in enumerate(_list(record, key, where)):
        yield item, f"{where}: {key}[{number}]" if ": " not in where else f"{where}.{key}[{number}]"


def _list(record: Mapping[str, Any], key: str, where: str) -> list[Any]:
    if not isinstance(record[key], list):
        raise UserError(f'{where}: "{key}" is {kind(record[key])}, not a list.')
    return list(record[key])


def _listed(fields: Mapping[str, Any], column: str) -> list[Any]:
    return list(fields.get(column) or ())
