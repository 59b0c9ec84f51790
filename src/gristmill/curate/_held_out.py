"""Read the questions and answers of a held-out file: JSONL, a JSON list, or SQuAD's nested JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.contracts import Task
from gristmill.curate._files import text_of
from gristmill.errors import UserError


@dataclass(frozen=True, slots=True)
class Item:
    """One row to be tested on: its file, its own id (or its place in the file), and its texts."""

    file: str
    id: str
    question: str
    answer: str


def held_out(path: str, task: Task) -> list[Item]:
    """All items of a file. Columns are named as the task's, or `question` with `answer` or `answers`.

    Raises UserError for a file that cannot be read, that has no item, or that has one without a
    question: a row that is not compared would be a leak that nobody sees.
    """
    items = [_item(path, number, row, task) for number, row in enumerate(_rows(path), 1)]
    if not items:
        raise UserError(f"{path} has no row to compare with. Name a file that holds the held-out questions.")
    return items


def _rows(path: str) -> Iterator[Any]:
    text = text_of(path, "against")
    try:
        whole = json.loads(text)
    except RecursionError:
        raise UserError(f"{path} is nested too deeply to be read. Save it as JSONL.") from None
    except ValueError:
        return _lines(path, text)
    if isinstance(whole, Mapping):
        whole = whole.get("data", [whole])
    return _flat(whole if isinstance(whole, list) else [whole])


def _lines(path: str, text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                raise UserError(f"{path}, line {number}, is not JSON. Mend that line or remove it.") from None


def _flat(rows: Sequence[Any]) -> Iterator[Any]:
    for row in rows:
        if isinstance(row, Mapping) and isinstance(row.get("paragraphs"), list):
            for paragraph in row["paragraphs"]:
                asked = paragraph.get("qas") if isinstance(paragraph, Mapping) else None
                yield from asked if isinstance(asked, list) else [paragraph]
        else:
            yield row


def _item(path: str, number: int, row: Any, task: Task) -> Item:
    wanted = " and ".join(f'"{column}"' for column in task.identifies)
    if not isinstance(row, Mapping):
        raise UserError(f"{path}, item {number}, is not an object with columns. It needs {wanted}.")
    asked = [row.get(column) for column in task.identifies if column != task.context_column]
    if any(value is None for value in asked):
        asked = [row.get("question")]
    question = " ".join(value for value in asked if isinstance(value, str)).strip()
    if not question:
        raise UserError(f'{path}, item {number}, has no question. It needs {wanted}, or "question".')
    name = next((str(row[key]) for key in ("id", "_id") if key in row), f"row {number}")
    return Item(path, name, question, _answer(row, task))


def _answer(row: Mapping[str, Any], task: Task) -> str:
    value = next((row[key] for key in (task.answers, "answer", "answers") if row.get(key) is not None), "")
    if isinstance(value, Mapping):
        value = value.get("text", "")
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, Mapping):
        value = value.get("text", "")
    return value if isinstance(value, str) else str(value)
