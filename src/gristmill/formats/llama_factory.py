"""LLaMA-Factory: Alpaca or ShareGPT rows with the dataset_info.json that names them."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Format, Row, Rows
from gristmill.errors import UserError
from gristmill.files import count, kind
from gristmill.findings import Finding
from gristmill.formats._alpaca import alpaca_record
from gristmill.formats._dataset_info import Entry, alternating, entries, row_of, unread
from gristmill.formats._named_files import JSON, rows_of, spoken_or_text
from gristmill.formats._sharegpt import Tags, sharegpt_record
from gristmill.formats._sides import completed
from gristmill.record_files import records, write_records, written_as
from gristmill.records import Failure

Record = dict[str, Any]
_ALPACA = {"prompt": "instruction", "query": "input"}
_AROUND = {"system": "system", "history": "history"}
_COLUMNS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("alpaca", "sft"): {**_ALPACA, "response": "output", **_AROUND},
    ("alpaca", "dpo"): {**_ALPACA, "chosen": "chosen", "rejected": "rejected", **_AROUND},
    ("alpaca", "kto"): {**_ALPACA, "response": "output", "kto_tag": "label", **_AROUND},
    ("sharegpt", "sft"): {"messages": "conversations", "tools": "tools"},
    ("sharegpt", "dpo"): {"messages": "conversations", "chosen": "chosen", "rejected": "rejected", "tools": "tools"},
    ("sharegpt", "kto"): {"messages": "conversations", "kto_tag": "label", "tools": "tools"},
}


class LlamaFactory(Format):
    """Files for LLaMA-Factory, and a `dataset_info.json` beside them that names each split.

    Train with `dataset_dir` set to the folder and `dataset: train`. Read is a `dataset_info.json`, all of its local
    files or the one that `dataset` names, or a data file alone. Keys are strict, as LLaMA-Factory's own are not: there
    a misspelt one is passed over. Entries of hubs and scripts become Failures; keys that an entry does not name, and
    LLaMA-Factory therefore does not read, a Finding. Rows that it would skip without an error are refused.
    Better and worse answers, and wanted ones, are read as turns. Source: LLaMA-Factory 0.9.5, its data folder.
    """

    suffix: ClassVar[str] = ".jsonl"
    formatting: Literal["alpaca", "sharegpt"] = Field(
        "sharegpt", description="How to write: alpaca (plain texts) or sharegpt (turns, tools among them)."
    )
    stage: Literal["sft", "dpo", "kto"] = Field(
        "sft", description="What rows are: one answer each (sft), a better and a worse (dpo), a judged one (kto)."
    )
    dataset: str = Field("", description="The entry of a dataset_info.json to read; empty for all of its files.")

    def write(self, rows: Rows, path: Path) -> None:
        """Write one split, every row with all keys that dataset_info.json names. Raises UserError."""
        written_as(path, JSON)
        write_records(path, (self._record(row, f"{path}: row {number}") for number, row in enumerate(rows, 1)))

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield rows, a Failure for each record and entry that cannot be read, a Finding for what is passed over."""
        for entry in self._entries(path):
            if isinstance(entry, Failure):
                yield entry
                continue
            left: set[str] = set()
            yield from rows_of(entry.files, partial(_noted, entry=entry, left=left))
            yield from _findings(entry, left)

    def verify(self, path: Path) -> int:
        """Count the records by LLaMA-Factory's own rules. Raises UserError for one that it would fail on or skip."""
        return count(path, self._sound(path))

    def beside(self, splits: Mapping[str, str]) -> Mapping[str, str]:
        """`dataset_info.json` with an entry per split."""
        stated: Record = {"formatting": self.formatting, "columns": _COLUMNS[self.formatting, self.stage]}
        if self.stage == "dpo":
            stated["ranking"] = True
        info = {split: {"file_name": name, **stated} for split, name in splits.items()}
        return {"dataset_info.json": json.dumps(info, indent=2, ensure_ascii=False) + "\n"}

    def _entries(self, path: Path) -> Iterator[Entry | Failure]:
        if path.name.endswith("info.json"):
            yield from entries(path, self.dataset)
            return
        ranking = self.stage == "dpo"
        yield Entry("", (path,), self.formatting, ranking, _COLUMNS[self.formatting, self.stage])

    def _sound(self, path: Path) -> Iterator[tuple[str, Record]]:
        for entry in self._entries(path):
            if isinstance(entry, Failure):
                raise UserError(entry.reason)
            for where, record in _records(entry):
                row = row_of(record, entry, where)
                if entry.formatting == "sharegpt" and entry.tags == Tags():
                    alternating(record[entry.keys["messages"]], where)
                yield where, row

    def _record(self, row: Row, where: str) -> Record:
        if self.stage == "sft":
            record = self._said(row, where)
        else:
            answers = ("chosen", "rejected") if self.stage == "dpo" else ("completion",)
            lacking = [name for name in ("prompt", *answers) if not row.get(name)]
            if lacking:
                raise UserError(f'{where} has no "{lacking[0]}", which rows of the stage {self.stage} need.')
            record = self._answered(row, answers, where)
        empty = {"input": "", "system": "", "history": [], "tools": ""}
        wanted = _COLUMNS[self.formatting, self.stage].values()
        return {key: record.get(key, empty.get(key)) for key in wanted} | {k: record[k] for k in ("id",) if k in record}

    def _said(self, row: Row, where: str) -> Record:
        if self.formatting == "alpaca":
            return alpaca_record(row, where)
        record = sharegpt_record(row, where, Tags())
        alternating(record["conversations"], where)
        return record

    def _answered(self, row: Row, answers: tuple[str, ...], where: str) -> Record:
        """The prompt's record with its last turn under the answers' keys."""
        around = {key: row[key] for key in ("tools", "id") if row.get(key) is not None}
        made = {
            name: self._said({**around, "messages": _whole(row["prompt"], row[name], where)}, where) for name in answers
        }
        record = dict(made[answers[0]])
        if self.stage == "kto":
            if not isinstance(row.get("label"), bool):
                raise UserError(f'{where}: "label" is {kind(row.get("label"))}, not true or false.')
            return {**record, "label": row["label"]}
        if self.formatting == "alpaca":
            return {**record, **{name: one["output"] for name, one in made.items()}}
        last = {name: one["conversations"][-1] for name, one in made.items()}
        return {**record, "conversations": record["conversations"][:-1], **last}


def _records(entry: Entry) -> Iterator[tuple[str, Record]]:
    for file in entry.files:
        yield from records(file)


def _noted(record: Mapping[str, Any], where: str, entry: Entry, left: set[str]) -> Record:
    """The record's row; what the entry does not name of it is added to `left`."""
    left.update(unread(record, entry))
    return row_of(record, entry, where)


def _whole(prompt: Any, answer: Any, where: str) -> list[Any]:
    asked = spoken_or_text(prompt, "user", f"{where}: the prompt")
    before, after = completed(asked, spoken_or_text(answer, "assistant", f"{where}: the answer"), where)
    if len(after) != 1:
        raise UserError(f"{where} is completed by {len(after)} turns, where LLaMA-Factory has one.")
    return [*before, *after]


def _findings(entry: Entry, left: set[str]) -> Iterator[Finding]:
    if left:
        yield Finding(
            code="unread_keys",
            severity="warning" if left & {"system", "history", "tools"} else "info",
            reason=f'"{entry.name}" names no column for the keys {", ".join(sorted(left))}, so they are not read',
            remedy="Name them under columns, together with all other columns, if training should see them.",
        )
    if entry.sampled:
        yield Finding(
            code="sampled",
            severity="info",
            reason=f'"{entry.name}" has LLaMA-Factory draw {entry.sampled} samples; all rows are read here',
            remedy="Take a sample of your own, with a seed.",
        )
