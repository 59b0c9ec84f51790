"""Data files that a trainer's config names: found beside it, and nowhere else; its keys read strictly."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gristmill.errors import UserError, nearest
from gristmill.files import kind
from gristmill.formats._turns import identity, tools
from gristmill.record_files import ENDINGS, ending, held
from gristmill.records import Failure
from gristmill.rows import Turn
from gristmill.yaml_text import read_yaml

Record = dict[str, Any]
# What trainers' loaders take for JSON; in cells, columns and packed files they find turns that they cannot use.
JSON = (".jsonl", ".json")
_LARGEST_CONFIG = 100_000
Reads = Callable[[Mapping[str, Any], str], Record]


class OtherKeys(UserError):
    """A record without the keys of its layout: at the head of a file, the file is of another."""


def rows_of(files: Iterable[Path], row_of: Reads) -> Iterator[Record | Failure]:
    """Yield the row of each record, a Failure for each that is malformed. Raises UserError for a file of other keys."""
    for file in files:
        seen = False
        for where, record in held(file):
            if isinstance(record, Failure):
                yield record
                continue
            first, seen = not seen, True
            try:
                yield row_of(record, where)
            except UserError as error:
                if first and isinstance(error, OtherKeys):
                    raise
                yield Failure(state="malformed", reason=str(error))


def beside(config: Path, named: Any, where: str) -> list[Path]:
    """The file that a config names, or those of a folder, by name. Raises UserError for one outside its own folder."""
    if not isinstance(named, str) or not named:
        raise UserError(f"{where} names {kind(named)}, not a file.")
    found, shown = place(config, named), named[:80]
    if found and not found.is_relative_to(config.parent.resolve()):
        raise UserError(f'{where} names "{shown}", which is outside the folder of {config.name}: put it beside it.')
    if not found or not (found.is_dir() or found.is_file()):
        raise UserError(f'{where} names "{shown}", which is not there: mend the name in {config.name}.')
    if found.is_dir():
        files = sorted(one for one in found.iterdir() if one.is_file())
        if not files or any(not ending(one) for one in files):
            raise UserError(f'{where} names the folder "{shown}", whose files are not all of {", ".join(ENDINGS)}.')
        return files
    return [found]


def place(config: Path, named: str) -> Path | None:
    """Where a name in a config leads, be it there or not; None for what no file can be called."""
    try:
        found = (config.parent / named).resolve()
        found.exists()
    except (OSError, ValueError, RuntimeError):
        return None
    return found


def yaml_config(path: Path) -> Mapping[str, Any]:
    """A trainer's config. Raises UserError."""
    size = path.stat().st_size if path.is_file() else 0
    if size > _LARGEST_CONFIG:
        raise UserError(
            f"{path} has {size:,} bytes, and a config of data sets has at most {_LARGEST_CONFIG:,}: "
            "leave only its data sets in it."
        )
    config = read_yaml(path)
    if not isinstance(config, Mapping):
        raise UserError(f"{path} is {kind(config)}, not a config of keys and values.")
    return config


def section(config: Mapping[str, Any], key: str, path: Path) -> list[Any]:
    """The list of data sets under a config's key. Raises UserError with the nearest key when there is none."""
    if not config.get(key):
        raise UserError(f'{path} names no data under "{key}": {nearest(key, config)}')
    if not isinstance(config[key], list):
        raise UserError(f'{path}: "{key}" is {kind(config[key])}, not a list of data sets.')
    return list(config[key])


def strict(entry: Any, names: Iterable[str], where: str) -> Mapping[str, Any]:
    """The entry itself, when it is an object of known keys. Raises UserError with the nearest key."""
    if not isinstance(entry, Mapping):
        raise UserError(f"{where} is {kind(entry)}, not an object.")
    names = tuple(names)
    for key in entry:
        if key not in names:
            raise UserError(f'{where} has the unknown key "{key}": {nearest(str(key), names)}')
    return entry


def spoken_or_text(value: Any, role: str, where: str) -> list[Turn]:
    """Turns as they are, a text as one turn. Raises UserError for anything else."""
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if not isinstance(value, list):
        raise UserError(f"{where} is {kind(value)}, neither a text nor a list of turns.")
    return value


def closed(turns: Iterable[Turn]) -> list[Turn]:
    """Turns whose calls have their arguments as JSON text: loaders give all objects of a column the same keys."""
    return [{**turn, "tool_calls": [_closed(call) for call in turn["tool_calls"]]} if "tool_calls" in turn else turn
            for turn in turns]  # fmt: skip


def opened(turns: Iterable[Turn]) -> list[Turn]:
    """Turns whose calls have their arguments as objects again."""
    return [{**turn, "tool_calls": [_opened(call) for call in turn["tool_calls"]]} if "tool_calls" in turn else turn
            for turn in turns]  # fmt: skip


def with_tools(row: Mapping[str, Any], where: str) -> Record:
    """The row's tools as JSON text, for the same reason, and its id. Raises UserError."""
    held = tools(row, where)
    text = {"tools": json.dumps(held["tools"], ensure_ascii=False)} if held else {}
    return {**text, **identity(row, where)}


def _closed(call: Mapping[str, Any]) -> Record:
    asked = call["function"]
    if isinstance(asked["arguments"], str):
        return dict(call)
    return {**call, "function": {**asked, "arguments": json.dumps(asked["arguments"], ensure_ascii=False)}}


def _opened(call: Mapping[str, Any]) -> Record:
    asked = call["function"]
    try:
        value = json.loads(asked["arguments"]) if isinstance(asked["arguments"], str) else asked["arguments"]
    except (ValueError, RecursionError):
        return dict(call)
    return {**call, "function": {**asked, "arguments": value}} if isinstance(value, dict) else dict(call)
