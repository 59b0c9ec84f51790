"""LLaMA-Factory's dataset_info.json and the records that its entries describe.

Source: LLaMA-Factory 0.9.5, `data/parser.py` and `data/converter.py`. As there, an entry that states `columns` or
`tags` states all of them: what it leaves out is nothing, and not the default.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from gristmill.contracts import Row
from gristmill.errors import UserError, nearest
from gristmill.files import kind, read_object, string
from gristmill.formats._alpaca import alpaca_row
from gristmill.formats._named_files import OtherKeys, beside, strict
from gristmill.formats._sharegpt import Tags, sharegpt_row
from gristmill.formats._turns import checked, conversation, identity, tools
from gristmill.records import Failure
from gristmill.rows import Turn

FORMATTINGS = ("alpaca", "sharegpt", "openai")
ALPACA = {"prompt": "instruction", "query": "input", "response": "output"}
MESSAGES = {"messages": "conversations"}
_MEDIA = ("images", "videos", "audios")
_COLUMNS = (*ALPACA, *MESSAGES, "history", "system", "tools", *_MEDIA, "chosen", "rejected", "kto_tag")
_REMOTE = ("hf_hub_url", "ms_hub_url", "om_hub_url", "cloud_file_name")
_KEYS = (
    *("file_name", *_REMOTE, "script_url", "formatting", "ranking"),
    *("subset", "split", "folder", "num_samples", "columns", "tags"),
)
_TAGS = tuple(tag.name for tag in fields(Tags))


@dataclass(frozen=True, slots=True)
class Entry:
    """One local data set of a dataset_info.json: its files, and which key of a record is what."""

    name: str
    files: tuple[Path, ...]
    formatting: str = "alpaca"
    ranking: bool = False
    columns: Mapping[str, str] | None = None
    tags: Tags = field(default_factory=Tags)
    sampled: int = 0

    @property
    def keys(self) -> Mapping[str, str]:
        """LLaMA-Factory's name of a column -> the record's key."""
        return self.columns if self.columns is not None else ALPACA if self.formatting == "alpaca" else MESSAGES


def entries(path: Path, wanted: str) -> Iterator[Entry | Failure]:
    """Yield each local entry, or the one that is wanted, and a Failure for each that cannot be read here.

    Raises UserError for an unknown key or name, with the nearest.
    """
    info = read_object(path)
    if wanted and wanted not in info:
        raise UserError(f'{path} has no data set "{wanted}": {nearest(wanted, info)}')
    for name, stated in info.items():
        where = f'{path}: "{name}"'
        strict(stated, _KEYS, where)
        if wanted in ("", name):
            yield _entry(path, name, stated, where)


def row_of(record: Mapping[str, Any], entry: Entry, where: str) -> dict[str, Any]:
    """The row that LLaMA-Factory makes of a record. Raises UserError for one that it would fail on or skip."""
    held = {}
    for ours, theirs in entry.keys.items():
        if theirs not in record:
            raise OtherKeys(f'{where} has no key "{theirs}" for "{ours}": {nearest(theirs, record)}')
        if record[theirs] not in (None, "", []):
            held[ours] = record[theirs]
    named = identity(record, where)
    if entry.formatting == "alpaca":
        return _alpaca(held, entry, where) | named
    return _tagged(held, entry, where) | named


def unread(record: Mapping[str, Any], entry: Entry) -> list[str]:
    """The record's keys that the entry does not name, which LLaMA-Factory leaves out."""
    return [key for key in record if key not in entry.keys.values() and key != "id"]


def alternating(said: list[Mapping[str, Any]], where: str) -> None:
    """Raise UserError for turns that LLaMA-Factory skips: human or observation and gpt or call must alternate."""
    rest = said[1:] if said and said[0]["from"] == "system" else said
    for number, turn in enumerate(rest):
        if turn["from"] not in (("human", "observation"), ("gpt", "function_call"))[number % 2]:
            raise UserError(
                f"{where}: LLaMA-Factory would skip this row without an error, for its turn {number + 1} is "
                f"{turn['from']}'s after {rest[number - 1]['from']}'s: join tools' answers to one, or leave it out."
            )


def _entry(path: Path, name: str, stated: Mapping[str, Any], where: str) -> Entry | Failure:
    remote = [key for key in _REMOTE if key in stated]
    if "script_url" in stated:
        return Failure(
            state="script", reason=f"{where} is loaded by a script, which is never run: give its rows as a file."
        )
    if remote:
        told = f'{where} is fetched by "{remote[0]}" ({str(stated[remote[0]])[:80]}), and nothing is fetched here'
        return Failure(state="remote", reason=f"{told}: fetch it and name the file under file_name.")
    formatting = stated.get("formatting", "alpaca")
    if formatting not in FORMATTINGS:
        raise UserError(f'{where}: "formatting" is {str(formatting)[:40]!r}: {nearest(str(formatting), FORMATTINGS)}')
    columns = _names(stated, "columns", _COLUMNS, where)
    wanted = () if columns is None else ("prompt",) if formatting == "alpaca" else ("messages",)
    ranking = _truth(stated, "ranking", where)
    for name in (*wanted, *(("chosen", "rejected") if ranking else ())):
        if name not in (columns or {}):
            raise UserError(f"{where} states no column {name}, and what columns leave out is none: state it.")
    if media := [name for name in _MEDIA if name in (columns or {})]:
        return Failure(state="media", reason=f"{where} has {', '.join(media)}, for which rows of text have no place.")
    if stated.get("split", "train") != "train":
        return Failure(state="part", reason=f"{where} asks for the split {stated['split']!r}; a file is read whole.")
    tags = _names(stated, "tags", _TAGS, where)
    if tags is not None and (lacking := [tag for tag in _TAGS if tag not in tags and tag != "system_tag"]):
        raise UserError(f"{where} states tags without {', '.join(lacking)}, which are then none: state them all.")
    return Entry(
        name=name,
        files=tuple(beside(path, stated.get("file_name"), f'{where}: "file_name"')),
        formatting=formatting,
        ranking=ranking,
        columns=columns,
        tags=Tags(**tags) if tags is not None else Tags(),
        sampled=stated.get("num_samples") or 0,
    )


def _names(stated: Mapping[str, Any], key: str, allowed: tuple[str, ...], where: str) -> dict[str, str] | None:
    if key not in stated:
        return None
    held = strict(stated[key], allowed, f"{where}: {key}")
    return {name: string(held, name, f"{where}: {key}") for name in held if held[name] is not None}


def _truth(stated: Mapping[str, Any], key: str, where: str) -> bool:
    value = stated.get(key, False)
    if not isinstance(value, bool):
        raise UserError(f'{where}: "{key}" is {kind(value)}, not true or false.')
    return value


def _alpaca(held: Mapping[str, Any], entry: Entry, where: str) -> dict[str, Any]:
    renamed = {"instruction": "", "output": None, **{ALPACA.get(name, name): value for name, value in held.items()}}
    if entry.ranking or "kto_tag" in entry.keys:
        sides = ("chosen", "rejected") if entry.ranking else ("response",)
        texts = {side: string({side: None, **held}, side, where) for side in sides}
        whole = conversation(alpaca_row({**renamed, "output": texts[sides[0]]}, where), where)
        answers = {side: [{"role": "assistant", "content": text}] for side, text in texts.items()}
        return _sides(whole[:-1], answers, held, entry, where)
    if "response" not in entry.keys:
        return {"text": string(renamed, "instruction", where)}
    return alpaca_row(renamed, where)


def _tagged(held: Mapping[str, Any], entry: Entry, where: str) -> dict[str, Any]:
    said = held.get("messages")
    if not isinstance(said, list):
        raise UserError(f'{where}: "{entry.keys["messages"]}" is {kind(said)}, not a list of turns.')
    beside = tools(held, where)
    if entry.ranking:
        whole = {side: _turns([*said, held.get(side)], held, entry, where) for side in ("chosen", "rejected")}
        answers = {side: found[-1:] for side, found in whole.items()}
        return {**_sides(whole["chosen"][:-1], answers, held, entry, where), **beside}
    found = _turns(said, held, entry, where)
    if "kto_tag" in entry.keys:
        return {**_sides(found[:-1], {"response": found[-1:]}, held, entry, where), **beside}
    return {"messages": found, **beside}


def _turns(said: list[Any], held: Mapping[str, Any], entry: Entry, where: str) -> list[Turn]:
    system = {"system": held["system"]} if "system" in held else {}
    if entry.formatting == "sharegpt":
        return list(sharegpt_row({"conversations": said, **system}, where, entry.tags)["messages"])
    before = [{"role": "system", "content": system["system"]}] if system else []
    return checked([*before, *(_plain(turn, entry.tags, where) for turn in said)], where)


def _plain(turn: Any, tags: Tags, where: str) -> Turn:
    """A turn of the formatting "openai", under our names."""
    if not isinstance(turn, dict) or tags.role_tag not in turn:
        raise UserError(f'{where} has a turn without "{tags.role_tag}": {kind(turn)}.')
    role = tags.roles.get(str(turn[tags.role_tag]), turn[tags.role_tag])
    more = {key: value for key, value in turn.items() if key not in (tags.role_tag, tags.content_tag)}
    return {"role": role, "content": turn.get(tags.content_tag), **more}


def _sides(before: list[Turn], answers: Mapping[str, Any], held: Row, entry: Entry, where: str) -> dict[str, Any]:
    """A row of two answers, or of one and whether it is wanted."""
    for answer in answers.values():
        checked([*before, *answer], where)
    if entry.ranking:
        return {"prompt": before, "chosen": answers["chosen"], "rejected": answers["rejected"]}
    if not isinstance(held.get("kto_tag"), bool):
        raise UserError(f'{where}: "{entry.keys["kto_tag"]}" is {kind(held.get("kto_tag"))}, not true or false.')
    return {"prompt": before, "completion": answers["response"], "label": held["kto_tag"]}
