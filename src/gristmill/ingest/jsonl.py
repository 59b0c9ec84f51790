"""Reads JSON lines: each row a document, or a ready-made row of the task."""

import json
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import Reader, Row
from gristmill.errors import Unreadable
from gristmill.ingest._decode import decode
from gristmill.ingest._rows import no_column, renamed, row_document
from gristmill.records import Document, Failure, Source, canonical


class Jsonl(Reader):
    """Rows with a text become documents; all other rows are handed to the task as they are."""

    suffixes: ClassVar[tuple[str, ...]] = (".jsonl",)

    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Our column: the file's key. `text` (and `title`, `licence`) make documents; a task's columns make "
        "ready-made rows. Empty: the file's keys are already named so.",
    )

    def read(self, data: bytes, source: Source) -> Iterator[Document | Row | Failure]:
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
            made: Document | Row | Failure = row
            if not isinstance(row, Failure):
                documents = "text" in row if documents is None else documents
                made = row_document(row, number, self.columns, source, found.notes) if documents else row
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

    def _renamed(self, row: Row | Failure, number: int) -> Row | Failure:
        if isinstance(row, Failure):
            return row
        for ours, theirs in self.columns.items():
            if theirs not in row:
                return no_column(row, number, ours, theirs)
        return renamed(row, self.columns)


def _parsed(line: str, number: int) -> Row | Failure:
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
