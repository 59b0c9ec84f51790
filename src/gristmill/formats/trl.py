"""TRL: conversations, completions or preferences, with the trl.yaml that names them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Format, Row, Rows
from gristmill.errors import UserError, nearest
from gristmill.files import count, kind
from gristmill.formats._named_files import (
    JSON,
    OtherKeys,
    beside,
    closed,
    opened,
    rows_of,
    section,
    spoken_or_text,
    strict,
    with_tools,
    yaml_config,
)
from gristmill.formats._sides import completed, split
from gristmill.formats._turns import checked, conversation, identity, tools
from gristmill.record_files import records, write_records, written_as
from gristmill.records import Failure
from gristmill.yaml_text import write_yaml

Record = dict[str, Any]
_KEYS = ("path", "name", "data_dir", "data_files", "split", "columns", "fraction")
_BUILDERS = ("json", "parquet", "arrow", "csv")
_TYPES: Mapping[str, tuple[str, ...]] = {
    "preference": ("prompt", "chosen", "rejected"),
    "unpaired": ("prompt", "completion", "label"),
    "prompt_completion": ("prompt", "completion"),
    "messages": ("messages",),
}
_COMMANDS = {"preference": "dpo", "unpaired": "kto", "prompt_completion": "sft", "messages": "sft"}
_HEAD = """\
# The data section of a TRL config. Paths are as seen from this file: start trl in its folder.
# trl {command} --config trl.yaml --model_name_or_path … --output_dir …
# TRL reads one data set for training here; for evaluation say test_split_size, or give the files below to your script.
"""


class Trl(Format):
    """Conversational rows for TRL, JSON lines, and a `trl.yaml` for `trl sft`, `dpo` or `kto` with `--config`.

    The config is the data section alone: the split train. TRL's command has no place for the other files, so they are
    named in comments. Start trl in the config's folder, with the model on the command line. Tools and the arguments of
    calls are written as JSON text, so that loaders give no call the keys of another. Read is such a config, whose files
    lie beside it, or a data file alone; hubs' data sets become Failures. Source: TRL 1.16.0, `scripts/utils.py`.
    """

    needs: ClassVar[tuple[str, ...]] = ("ruamel.yaml",)
    suffix: ClassVar[str] = ".jsonl"

    type: Literal["messages", "prompt_completion", "preference", "unpaired"] = Field(
        "messages",
        description="What to write: whole conversations, prompt and completion, a better and a worse completion "
        "(preference), or a completion and whether it is wanted (unpaired).",
    )

    def write(self, rows: Rows, path: Path) -> None:
        """Write one split. Raises UserError for a row that is not of the type."""
        written_as(path, JSON)
        write_records(path, (self._record(row, f"{path}: row {number}") for number, row in enumerate(rows, 1)))

    def read(self, path: Path) -> Iterator[Row | Failure]:
        """Yield rows, and a Failure for each record and each data set that cannot be read. Raises UserError."""
        for file in _files(path):
            if isinstance(file, Failure):
                yield file
                continue
            yield from rows_of([file], _row)

    def verify(self, path: Path) -> int:
        """Count the rows, which must all be of one type. Raises UserError."""
        return count(path, _sound(path))

    def beside(self, splits: Mapping[str, str]) -> Mapping[str, str]:
        """`trl.yaml` with the split train, and the others named in comments."""
        left = [f"# {file} is the split {split}.\n" for split, file in splits.items() if split != "train"]
        stated = [{"path": "json", "data_files": splits["train"], "split": "train"}] if "train" in splits else []
        text = write_yaml({"datasets": stated}) if stated else ""
        return {"trl.yaml": _HEAD.format(command=_COMMANDS[self.type]) + "".join(left) + text}

    def _record(self, row: Row, where: str) -> Record:
        named = with_tools(row, where)
        if self.type == "messages":
            return {"messages": closed(conversation(row, where)), **named}
        if self.type == "prompt_completion":
            prompt, completion = split(row, where)
            return {"prompt": closed(prompt), "completion": closed(completion), **named}
        lacking = [name for name in _TYPES[self.type] if row.get(name) is None]
        if lacking:
            raise UserError(f'{where} has no "{lacking[0]}", which TRL\'s type {self.type} needs.')
        held = _answered(row, _TYPES[self.type][1:], where)
        return {name: closed(said) if isinstance(said, list) else said for name, said in held.items()} | named


def _row(record: Mapping[str, Any], where: str) -> Record:
    """The row of a record of any of the types. Raises UserError."""
    record = {name: value for name, value in record.items() if value is not None}
    found = _type(record, where)
    strict(record, (*_TYPES[found], "tools", "id"), where)
    named = {**tools(record, where), **identity(record, where)}
    if found == "messages":
        return {"messages": opened(checked(record["messages"], where)), **named}
    held = _answered(record, _TYPES[found][1:], where)
    return {name: opened(said) if isinstance(said, list) else said for name, said in held.items()} | named


def _type(record: Mapping[str, Any], where: str) -> str:
    for name, keys in _TYPES.items():
        if all(key in record for key in keys):
            return name
    known = {key for keys in _TYPES.values() for key in keys}
    told = "; ".join(f'"{key}": {nearest(key, known)}' for key in record if key not in (*known, "id", "tools"))
    raise OtherKeys(f"{where} is of none of TRL's types {', '.join(_TYPES)}: it has {', '.join(record)}. {told}")


def _answered(record: Mapping[str, Any], answers: tuple[str, ...], where: str) -> Record:
    """Prompt and answers as turns, texts among them as one turn each; a label as it is. Raises UserError."""
    prompt = spoken_or_text(record["prompt"], "user", f'{where}: "prompt"')
    held: Record = {"prompt": prompt}
    for name in answers:
        if name == "label":
            if not isinstance(record[name], bool):
                raise UserError(f'{where}: "label" is {kind(record[name])}, not true or false.')
            held[name] = record[name]
        else:
            held["prompt"], held[name] = completed(
                prompt, spoken_or_text(record[name], "assistant", f'{where}: "{name}"'), where
            )
    return held


def _sound(path: Path) -> Iterator[tuple[str, Record]]:
    first = ""
    for file in _files(path):
        if isinstance(file, Failure):
            raise UserError(file.reason)
        for where, record in records(file):
            row = _row(record, where)
            found = _type(row, where)
            first = first or found
            if found != first:
                raise UserError(f"{where} is of TRL's type {found}, and {first} before: a trainer takes one.")
            yield where, row


def _files(path: Path) -> Iterator[Path | Failure]:
    if path.suffix.lower() not in (".yaml", ".yml"):
        yield path
        return
    for number, entry in enumerate(section(yaml_config(path), "datasets", path)):
        where = f"{path}: datasets[{number}]"
        strict(entry, _KEYS, where)
        if entry.get("path") not in _BUILDERS:
            told = f"{where} loads {str(entry.get('path'))[:80]}; read are local files, as path: json with data_files"
            yield Failure(state="remote", reason=f"{told}: fetch it first.")
            continue
        if entry.get("fraction") is not None or entry.get("split", "train") != "train":
            yield Failure(state="part", reason=f"{where} asks for a part of its rows; a file is read whole.")
            continue
        listed = entry.get("data_files")
        for named in listed if isinstance(listed, list) else [listed]:
            yield from beside(path, named, f'{where}: "data_files"')
