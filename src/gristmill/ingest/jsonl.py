"""Reads JSON lines: each row a document, or a ready-made row of the task."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable, nearest
from gristmill.ingest._decode import decode
from gristmill.records import Document, Failure, Source, canonical

_Row = Mapping[str, Any]


class Jsonl(Reader):
    """Rows with a text become documents; all other rows are handed to the task as they are."""

    suffixes: ClassVar[tuple[str, ...]] = (".jsonl",)

    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Our column: the file's key. `text` (and `title`, `licence`) make documents; a task's columns make "
        "ready-made rows. Empty: the file's keys are already named so.",
    )

    def read(self, data: bytes, source: Source) -> Iterator[Document | _Row | Failure]:
        """Yield a document or a row per line (`ordinal` is the line's number from 1), a Failure per bad line.

        Raises Unreadable when no line is good.
        """
        found = decode(data)
        failed: list[Failure] = []
        good = False
        documents = "text" in self.columns if self.columns else None
        for number, line in enumerate(found.text.split("\n"), 1):
            if not line.strip():
                continue
            row = self._renamed(_parsed(line, number), number)
            made: Document | _Row | Failure = row
            if not isinstance(row, Failure):
                documents = "text" in row if documents is None else documents
                made = self._document(row, number, source, found.notes) if documents else row
            if good:
                yield made
            elif isinstance(made, Failure):
                failed.append(made)
            else:
                good = True
                yield from failed
                yield made
        if not good:
            reason = f"None of its {len(failed)} lines can be used. The first: {failed[0].reason}"
            raise Unreadable(failed[0].state, reason)

    def _renamed(self, row: _Row | Failure, number: int) -> _Row | Failure:
        if isinstance(row, Failure):
            return row
        for ours, theirs in self.columns.items():
            if theirs not in row:
                return _no_key(row, number, ours, theirs)
        moved = set(self.columns.values())
        kept = {key: value for key, value in row.items() if key not in moved}
        return kept | {ours: row[theirs] for ours, theirs in self.columns.items()}

    def _document(self, row: _Row, number: int, source: Source, notes: dict[str, str]) -> Document | Failure:
        if "text" not in row:
            return _no_key(row, number, "text", "text")
        text, key = row["text"], self.columns.get("text", "text")
        if not isinstance(text, str):
            kind = "null" if text is None else type(text).__name__
            return Failure(state="broken", reason=f'Line {number}: "{key}" is {kind}, not text.')
        if not text.strip():
            return Failure(state="no_text", reason=f'Line {number}: "{key}" is empty.')
        own = {"text", "title"} | ({"licence"} & self.columns.keys())
        licence = _scalar(row["licence"]) if "licence" in own else ""
        fields = {name: _scalar(value) for name, value in row.items() if name not in own}
        return Document(
            text=text.replace("\r\n", "\n").replace("\r", "\n"),
            source=dataclasses.replace(source, licence=licence or source.licence),
            title=_scalar(row.get("title")),
            metadata={name: value for name, value in fields.items() if value} | notes,
            ordinal=number,
        )


def _parsed(line: str, number: int) -> _Row | Failure:
    try:
        row = json.loads(line)
        canonical(row).encode("utf-8")
    except json.JSONDecodeError as error:
        reason = (
            f"Line {number} is not JSON: {error.msg} at column {error.colno}. Each line must hold one whole object."
        )
        return Failure(state="broken", reason=reason)
    except UnicodeEncodeError:
        return Failure(
            state="broken", reason=f"Line {number} holds half of a surrogate pair. Write that character whole."
        )
    except (ValueError, RecursionError):
        return Failure(state="broken", reason=f"Line {number} is nested too deep or holds too long a number.")
    if not isinstance(row, dict):
        return Failure(state="broken", reason=f"Line {number} is a {type(row).__name__}, not an object in braces.")
    return row


def _no_key(row: _Row, number: int, ours: str, theirs: str) -> Failure:
    near = nearest(theirs, row) if row else "the row is empty."
    return Failure(state="broken", reason=f'Line {number} has no key "{theirs}" for "{ours}": {near}')


def _scalar(value: Any) -> str:
    """A value as metadata: text as it is, numbers and booleans as JSON; "" for null, lists and objects."""
    if isinstance(value, str):
        return value
    return canonical(value) if isinstance(value, bool | int | float) else ""
