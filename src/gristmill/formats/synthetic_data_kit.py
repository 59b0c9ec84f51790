"""synthetic-data-kit's files: qa_pairs, cot_examples, conversations."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from gristmill.contracts import Format, Row, Rows
from gristmill.errors import UserError
from gristmill.files import as_bytes, count, json_value, kind, only, replacing, string
from gristmill.findings import Finding
from gristmill.formats._columns import Extra
from gristmill.formats._turns import checked, conversation, identity
from gristmill.record_files import whole, written_as
from gristmill.records import Failure

_LISTS = ("filtered_pairs", "qa_pairs", "cot_examples", "conversations")
_BLOCK = ("summary", *_LISTS, "metrics")
Placed = Iterator[tuple[str, str, Any, str]]


class SyntheticDataKit(Format):
    """`{"summary", "qa_pairs": [{"question", "answer"}]}` and its kin, as `create` and `curate` leave them.

    A row is `question, answer`, with `rationale` for a cot_example, `rating` when curated, and the `summary` of its
    document; of a file that has only conversations it is `messages`. Of a curated file the filtered pairs are read.
    Conversations and metrics that stand beside pairs are made of them, and are not read. Source: core/create.py and
    core/curate.py of meta-llama/synthetic-data-kit.
    """

    keys: ClassVar[tuple[str, ...]] = ("qa_pairs",)
    suffix: ClassVar[str] = ".json"
    extra: Extra = Field(default=())

    def write(self, rows: Rows, path: Path) -> None:
        """Write the rows in order: one object, or a list of them where summary or kind change. Raises UserError."""
        written_as(path, (self.suffix,))
        made = (_item(row, f'{path}: row "{row.get("id", at)}"', self.extra) for at, row in enumerate(rows, 1))
        blocks = [
            {"summary": summary, name: [item for _, _, item in items]}
            for (summary, name), items in groupby(made, lambda one: one[:2])
        ]
        text = as_bytes(blocks[0] if len(blocks) == 1 else blocks, str(path), indent=2)
        with replacing(path) as partial:
            partial.write_bytes(text + b"\n")

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield a row per pair, example or conversation; a Failure for each that is malformed. Raises UserError."""
        for where, name, item, summary in _items(path):
            try:
                yield _row(name, item, summary, where, self.extra)
            except UserError as error:
                yield Failure(state="malformed", reason=str(error))
        yield from _dropped(path)

    def verify(self, path: Path) -> int:
        """Count the pairs, examples and conversations. Raises UserError for one that is malformed."""
        return count(path, self._sound(path))

    def _sound(self, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        for where, name, item, summary in _items(path):
            yield where, _row(name, item, summary, where, self.extra)


def _blocks(path: Path) -> list[tuple[str, dict[str, Any]]]:
    value = json_value(whole(path).removeprefix(b"\xef\xbb\xbf"), str(path))
    if isinstance(value, list) and value and all(isinstance(one, dict) and "question" in one for one in value):
        value = {"qa_pairs": value}
    listed = value if isinstance(value, list) else [value]
    places = [f"{path}, block {number}" if len(listed) > 1 else str(path) for number in range(1, len(listed) + 1)]
    return [(where, only(block, (), _BLOCK, where)) for where, block in zip(places, listed, strict=True)]


def _items(path: Path) -> Placed:
    """Yield `(place, list's name, item, summary)`: pairs and examples of each block, or else its conversations."""
    for where, block in _blocks(path):
        pairs = "filtered_pairs" if "filtered_pairs" in block else "qa_pairs"
        names = [name for name in (pairs, "cot_examples") if name in block] or ["conversations"]
        if names[0] not in block:
            raise UserError(f"{where} has none of {', '.join(_LISTS)}, so there is no row in it: leave it out.")
        summary = string(block, "summary", where) if block.get("summary") is not None else ""
        for name in names:
            for number, item in enumerate(_listed(block, name, where)):
                yield f"{where}: {name}[{number}]", name, item, summary


def _listed(block: Mapping[str, Any], name: str, where: str) -> list[Any]:
    found = block[name]
    if not isinstance(found, list):
        raise UserError(f'{where}: "{name}" is {kind(found)}, not a list.')
    return [found] if name == "conversations" and found and isinstance(found[0], dict) else found


def _row(name: str, item: Any, summary: str, where: str, extra: Iterable[str]) -> dict[str, Any]:
    told = {"summary": summary} if summary else {}
    if name == "conversations":
        return {"messages": checked(item, where), **told}
    if not isinstance(item, dict):
        raise UserError(f"{where} is {kind(item)}, not an object.")
    item = {key: value for key, value in item.items() if value is not None}
    only(item, ("question", "answer"), ("reasoning", "rating", "id", *extra), where)
    row: dict[str, Any] = {key: string(item, key, where) for key in ("question", "answer")}
    for key in row:
        if not row[key].strip():
            raise UserError(f'{where}: "{key}" is empty.')
    if "reasoning" in item:
        row["rationale"] = string(item, "reasoning", where)
    if "rating" in item:
        row["rating"] = _rating(item["rating"], where)
    return {**row, **identity(item, where), **told, **{key: item[key] for key in extra if key in item}}


def _item(row: Row, where: str, extra: Iterable[str]) -> tuple[str, str, Any]:
    """The summary under which a row stands, the list that it belongs to, and its item there."""
    summary = row["summary"] if isinstance(row.get("summary"), str) else ""
    item: Any
    more = {key: row[key] for key in ("rating", *extra) if row.get(key) is not None}
    more = {**more, **identity(row, where)}
    if isinstance(row.get("rationale"), str):
        name, item = "cot_examples", {"question": row.get("question"), "answer": row.get("answer"), **more}
        item["reasoning"] = row["rationale"]
    else:
        found = conversation(row, where)
        name, item = "conversations", found
        alone = [turn["role"] for turn in found] == ["user", "assistant"] and not any(len(turn) > 2 for turn in found)
        if alone and (more or row.keys() - {"messages", "summary"}):
            name, item = "qa_pairs", {"question": found[0]["content"], "answer": found[1]["content"], **more}
    _row(name, item, summary, where, extra)
    return summary, name, item


def _rating(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f'{where}: "rating" is {kind(value)}, not a number.')
    return value


def _dropped(path: Path) -> Iterator[Finding]:
    """What `curate` left out of a file that holds both all pairs and those it kept."""
    for where, block in _blocks(path):
        kept, pairs = block.get("filtered_pairs"), block.get("qa_pairs")
        if isinstance(kept, list) and isinstance(pairs, list) and len(pairs) > len(kept):
            yield Finding(
                code="filtered",
                severity="info",
                reason=f"{where}: {len(pairs) - len(kept)} of {len(pairs)} pairs were rated too low to be kept.",
                remedy="Read the file that was generated before it, to have them all.",
                unit="row",
            )
