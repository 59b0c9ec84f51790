"""BillSum: bills of the US Congress and of California with their summaries."""

from collections.abc import Mapping
from typing import Any, ClassVar

from gristmill.contracts import Row
from gristmill.formats._published import Published, Record, given, identity, text_or_none, words

_KEPT = ("text_len", "sum_len", "clean_text", "clean_summary", "clean_title")


class Billsum(Published):
    """BillSum's rows as hubs have them (`text, summary, title`), or its original JSON lines, which say more.

    A row is `text, summary, title`, and `id` where the file has one: `bill_id` for Congress, `external_id` for
    California; it is written as `bill_id`. The original's lengths and cleaned texts stay as they came. The summaries
    were written by people of the Congressional Research Service or taken from the bill's own digest: they are not
    sentences picked from the text. Licence: CC0. Source: FiscalNote/BillSum and the catalogue of TensorFlow Datasets.
    """

    reads: ClassVar[tuple[str, ...]] = ("text", "summary", "title")
    keys: ClassVar[tuple[str, ...]] = ("text", "summary", "title")
    suffix: ClassVar[str] = ".jsonl"
    needed: ClassVar[tuple[str, ...]] = ("text", "summary", "title")
    more: ClassVar[tuple[str, ...]] = ("bill_id", "external_id", *_KEPT)
    holds: ClassVar[tuple[str, ...]] = _KEPT

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of a record. Raises UserError for an empty text or summary."""
        return {
            **identity(record, ("bill_id", "external_id"), where),
            "text": words(record, "text", where),
            "summary": words(record, "summary", where),
            "title": text_or_none(record, "title", where) or "",
            **given({key: record.get(key) for key in _KEPT}),
        }

    def record(self, row: Row, where: str) -> Record:
        """The record of a row, its id as `bill_id`. Raises UserError for an empty text or summary."""
        said = {key: words(row, key, where) for key in ("text", "summary")}
        return given({"bill_id": row.get("id"), **said, **{key: row.get(key) for key in ("title", *_KEPT)}})
