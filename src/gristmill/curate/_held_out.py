"""Read the questions, answers or texts of a held-out file: JSONL, a JSON list, or SQuAD's nested JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.curate._files import text_of
from gristmill.errors import UserError

_ASKED = ("question", "text", "prompt", "problem", "instruction")
_ANSWERS = ("answer", "answers")


@dataclass(frozen=True, slots=True)
class Item:
    """One row to be tested on: its file, its own id (or its place in the file), and its texts.

    role    what `asked` is, for people: the name of its column
    """

    file: str
    id: str
    role: str
    asked: str
    answer: str


def held_out(path: str, column: str = "") -> list[Item]:
    """All items of a file: the texts of `column`, else of the first of these that its first item has.

    `question`, `text`, `prompt`, `problem`, `instruction`.

    Raises UserError for a file that cannot be read, that has no item, or that has one without such a
    text: a row that is not compared would be a leak that nobody sees.
    """
    rows = list(_rows(path))
    if not rows:
        raise UserError(f"{path} has no row to compare with. Name a file that holds the held-out questions.")
    first = rows[0] if isinstance(rows[0], Mapping) else {}
    chosen = column or next((name for name in _ASKED if name in first), "")
    return [_item(path, number, row, chosen) for number, row in enumerate(rows, 1)]


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


def _item(path: str, number: int, row: Any, column: str) -> Item:
    wanted = f'"{column}"' if column else ", ".join(f'"{name}"' for name in _ASKED)
    if not isinstance(row, Mapping):
        raise UserError(f"{path}, item {number}, is not an object with columns. It needs {wanted}.")
    asked = row.get(column)
    if not isinstance(asked, str) or not asked.strip():
        there = ", ".join(f'"{name}"' for name in list(row)[:8]) or "none"
        raise UserError(
            f"{path}, item {number}, has no question: it needs text under {wanted}, and its columns are {there}. "
            "Mend that item, or name the column of the questions under `column`."
        )
    name = next((str(row[key]) for key in ("id", "_id") if key in row), f"row {number}")
    return Item(path, name, column, asked.strip(), "" if column in _ANSWERS else _answer(row))


def _answer(row: Mapping[str, Any]) -> str:
    value = next((row[key] for key in _ANSWERS if row.get(key) is not None), "")
    if isinstance(value, Mapping):
        value = value.get("text", "")
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, Mapping):
        value = value.get("text", "")
    return value if isinstance(value, str) else str(value)
