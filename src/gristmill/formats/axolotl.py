"""axolotl: conversations with the data section of its config, an axolotl.yaml."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import Format, Row, Rows
from gristmill.errors import UserError, nearest
from gristmill.files import count, kind, string
from gristmill.findings import Finding
from gristmill.formats._alpaca import alpaca_row
from gristmill.formats._named_files import (
    JSON,
    OtherKeys,
    Reads,
    beside,
    closed,
    opened,
    place,
    rows_of,
    section,
    strict,
    with_tools,
    yaml_config,
)
from gristmill.formats._sharegpt import Tags, sharegpt_row
from gristmill.formats._turns import checked, conversation, identity, tools
from gristmill.record_files import records, write_records, written_as
from gristmill.records import Failure
from gristmill.yaml_text import write_yaml

Record = dict[str, Any]
_KEYS = (
    *("path", "type", "ds_type", "split", "data_files", "name", "revision", "trust_remote_code"),
    *("chat_template", "chat_template_jinja", "field_messages", "field_tools", "field_thinking"),
    *("message_property_mappings", "message_field_role", "message_field_content", "message_field_training"),
    *("message_field_training_detail", "roles", "roles_to_train", "train_on_eos", "train_on_eot"),
    *("drop_system_message", "split_thinking", "template_thinking_key", "shards", "shards_idx", "preprocess_shards"),
    *("conversation", "field", "field_human", "field_model", "input_format", "input_transform"),
    *("logprobs_field", "temperature"),
)
_ROLES = {"human": "user", "gpt": "assistant"}
_HEAD = """\
# The data section of an axolotl config. Paths are as seen from this file: start axolotl in its folder.
# Add base_model and the other settings of training, then: axolotl train axolotl.yaml
"""


class Axolotl(Format):
    """Conversations for axolotl, JSON lines of `messages`, and an `axolotl.yaml` that names them.

    The config is the data section alone: `datasets` names the split train, `test_datasets` the split val; any further
    split is named in a comment and left for you. Copy your settings of training into it and start axolotl in its
    folder. Tools and the arguments of calls are written as JSON text, so that loaders give no call the keys of another.
    Read is a config, whose data sets of the types chat_template, alpaca and sharegpt lie beside it, or a data file
    alone; other types and hubs' data sets become Failures. Source: axolotl 0.19.0, `utils/schemas/datasets.py`.
    """

    needs: ClassVar[tuple[str, ...]] = ("ruamel.yaml",)
    suffix: ClassVar[str] = ".jsonl"

    section: Literal["datasets", "test_datasets"] = Field(
        "datasets", description="Which data sets of a config to read: those for training, or those for evaluation."
    )

    def write(self, rows: Rows, path: Path) -> None:
        """Write one split. Raises UserError for a row that is no conversation."""
        written_as(path, JSON)
        write_records(path, (_record(row, f"{path}: row {number}") for number, row in enumerate(rows, 1)))

    def read(self, path: Path) -> Iterator[Row | Failure | Finding]:
        """Yield rows, a Failure for each record and data set that cannot be read, a Finding for a type that is gone."""
        for one in self._sets(path):
            if isinstance(one, Failure | Finding):
                yield one
                continue
            row_of, files = one
            yield from rows_of(files, row_of)

    def verify(self, path: Path) -> int:
        """Count the conversations, each of which keeps the rules. Raises UserError for one that does not."""
        return count(path, self._sound(path))

    def beside(self, splits: Mapping[str, str]) -> Mapping[str, str]:
        """`axolotl.yaml` with the splits train and val, and any other named in a comment."""
        parts = {"datasets": ("train",), "test_datasets": ("val", "validation", "dev")}
        config = {
            key: [_stated(splits[split]) for split in names if split in splits]
            for key, names in parts.items()
            if any(split in splits for split in names)
        }
        named = {name for names in parts.values() for name in names}
        left = [
            f"# Not named here: {file}, the split {split}.\n" for split, file in splits.items() if split not in named
        ]
        return {"axolotl.yaml": _HEAD + "".join(left) + (write_yaml(config) if config else "")}

    def _sound(self, path: Path) -> Iterator[tuple[str, Record]]:
        for one in self._sets(path):
            if isinstance(one, Failure | Finding):
                raise UserError(one.reason)
            row_of, files = one
            for where, record in (placed for file in files for placed in records(file)):
                yield where, row_of(record, where)

    def _sets(self, path: Path) -> Iterator[tuple[Reads, list[Path]] | Failure | Finding]:
        if path.suffix.lower() not in (".yaml", ".yml"):
            yield _chat({}, str(path)), [path]
            return
        for number, entry in enumerate(section(yaml_config(path), self.section, path)):
            where = f"{path}: {self.section}[{number}]"
            if str(strict(entry, _KEYS, where).get("type")).startswith("sharegpt"):
                yield _gone(where)
            yield _entry(entry, path, where)


def _stated(file: str) -> Record:
    return {
        "path": file,
        "ds_type": "json",
        "type": "chat_template",
        "field_messages": "messages",
        "message_property_mappings": {"role": "role", "content": "content"},
        "roles_to_train": ["assistant"],
    }


def _record(row: Row, where: str) -> Record:
    return {"messages": closed(conversation(row, where)), **with_tools(row, where)}


def _gone(where: str) -> Finding:
    return Finding(
        code="type_gone",
        severity="warning",
        reason=f"{where} has the type sharegpt, which axolotl refuses now",
        remedy="Write type: chat_template, field_messages: conversations, and map role to from and content to value.",
    )


def _entry(entry: Mapping[str, Any], config: Path, where: str) -> tuple[Reads, list[Path]] | Failure:
    named = string({"path": None, **entry}, "path", where)
    found = place(config, named)
    if entry.get("revision") or "://" in named or not found or not found.exists():
        told = f"{where}: {named[:80]} is not beside the config, and nothing is fetched here."
        return Failure(state="remote", reason=told)
    if entry.get("shards") or str(entry.get("split") or "train") != "train":
        return Failure(state="part", reason=f"{where} asks for a part of {named}; a file is read whole.")
    layouts: Mapping[str, Reads] = {
        "chat_template": _chat(entry, where),
        "alpaca": _alpaca,
        "sharegpt": _chat({"field_messages": "conversations", **_SHAREGPT, **entry}, where),
    }
    asked = str(entry.get("type")).partition(".")[0]
    if asked not in layouts:
        told = f"{where} is of the type {asked[:40]}, which is not read here: {nearest(asked, layouts)}"
        return Failure(state="other_type", reason=told)
    listed = entry.get("data_files") if found.is_dir() else None
    files = [str(Path(named) / str(file)) for file in (listed if isinstance(listed, list) else [listed]) if file]
    return layouts[asked], [one for file in files or [named] for one in beside(config, file, where)]


_SHAREGPT = {"message_property_mappings": {"role": "from", "content": "value"}}


def _alpaca(record: Mapping[str, Any], where: str) -> Record:
    """The row of an Alpaca record; axolotl reads no history. Raises UserError."""
    if lacking := [key for key in ("instruction", "output") if key not in record]:
        raise OtherKeys(f'{where} has no key "{lacking[0]}": {nearest(lacking[0], record)}')
    if record.get("history"):
        raise UserError(f'{where} has a "history", which axolotl\'s type alpaca does not read: write chat instead.')
    return alpaca_row(record, where)


def _chat(entry: Mapping[str, Any], where: str) -> Reads:
    """How records of a chat_template data set become rows. Raises UserError for a mapping that is none."""
    mapped = {"role": "role", "content": "content", **_mapping(entry, "message_property_mappings", where)}
    listed = _mapping(entry, "roles", where, list)
    roles = {str(source): role for role, sources in listed.items() for source in sources}
    field, held = (
        string({key: entry.get(key) or default}, key, where)
        for key, default in (("field_messages", "messages"), ("field_tools", "tools"))
    )

    def row_of(record: Mapping[str, Any], where: str) -> Record:
        if field not in record:
            raise OtherKeys(f'{where} has no key "{field}" for the messages: {nearest(field, record)}')
        beside = {**tools({"tools": record.get(held)}, where), **identity(record, where)}
        if mapped == {**mapped, **_SHAREGPT["message_property_mappings"]} and not roles:
            return {**sharegpt_row({"conversations": record[field]}, where, Tags()), **beside}
        if not isinstance(record[field], list):
            raise UserError(f'{where}: "{field}" is {kind(record[field])}, not a list of turns.')
        said = [_turn(turn, mapped, roles, where) for turn in record[field]]
        return {"messages": opened(checked(said, where)), **beside}

    return row_of


def _mapping(entry: Mapping[str, Any], key: str, where: str, of: type = str) -> dict[str, Any]:
    """What a key of an entry maps names to: texts, or lists of them. Raises UserError."""
    found = entry.get(key) or {}
    if not isinstance(found, Mapping) or not all(isinstance(value, of) for value in found.values()):
        raise UserError(f'{where}: "{key}" must map names to {"lists of names" if of is list else "names"}.')
    return {str(name): value for name, value in found.items()}


def _turn(turn: Any, mapped: Mapping[str, str], roles: Mapping[str, str], where: str) -> Record:
    if not isinstance(turn, dict):
        raise UserError(f"{where} has {kind(turn)} among its turns, not an object.")
    ours = {theirs: name for name, theirs in mapped.items()}
    said: Record = {str(ours.get(key, key)): value for key, value in turn.items()}
    role = said.get("role")
    known = {**_ROLES, **roles}
    return {**said, "role": known.get(role, role) if isinstance(role, str) else role}
