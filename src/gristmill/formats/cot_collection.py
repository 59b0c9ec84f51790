"""CoT Collection: questions of a thousand tasks with a written reasoning before each answer."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar

from gristmill.contracts import Row
from gristmill.errors import UserError
from gristmill.files import json_value, kind
from gristmill.formats._published import Published, Record, given, text_or_none, words
from gristmill.record_files import Held, renamed

_PART = 1 << 20
# Characters of one record at most; the longest of the collection has some thousands.
_LONGEST = 1 << 24
_SPACE = " \t\r\n"


class CotCollection(Published):
    """The CoT Collection's `source, target, rationale, task`: a record a line, or one object of numbered records.

    A row is `question` (the source) `, answer` (the target) `, rationale, task`. Its models are trained to write the
    rationale first, then the mark `[RESULT]`, then the answer. Trap: its card says CC BY 4.0, its repository "only for
    non-commercial use", under OpenAI's terms, whose model wrote the rationales: keep to the stricter of the two.
    Source: kaistAI/CoT-Collection and the card of its hub copy.
    """

    reads: ClassVar[tuple[str, ...]] = ("question", "answer", "rationale")
    keys: ClassVar[tuple[str, ...]] = ("source", "target", "rationale", "task")
    suffix: ClassVar[str] = ".jsonl"
    needed: ClassVar[tuple[str, ...]] = ("source", "target", "rationale")
    more: ClassVar[tuple[str, ...]] = ("task", "type")
    holds: ClassVar[tuple[str, ...]] = ("task", "type")

    def placed(self, path: Path) -> Held:
        """Yield each record with its place; of the hub's one object only a part is held. Raises UserError."""
        if path.suffix.lower() != ".json" or not _numbered(path):
            yield from super().placed(path)
            return
        for number, (where, record) in enumerate(_members(path)):
            yield where, renamed(record, self.columns, where, number == 0) if self.columns else record

    def row(self, record: Mapping[str, Any], where: str) -> Record:
        """The row of a record. Raises UserError for an empty source, target or rationale."""
        return {
            "question": words(record, "source", where),
            "answer": words(record, "target", where),
            "rationale": words(record, "rationale", where),
            **given({key: text_or_none(record, key, where) for key in ("task", "type")}),
        }

    def record(self, row: Row, where: str) -> Record:
        """The record of a row; the layout has no place for an id. Raises UserError for an empty text."""
        named = zip(("source", "target", "rationale"), self.reads, strict=True)
        said = {theirs: words(row, ours, where) for theirs, ours in named}
        return {**said, **given({key: row.get(key) for key in ("task", "type")})}


def _numbered(path: Path) -> bool:
    """Whether a file begins as an object whose first value is an object."""
    with _text(path) as file:
        head = file.read(200)
    tight = "".join(head.split())
    return tight.startswith('{"') and tight[2:].partition('":')[2].startswith("{")


def _members(path: Path) -> Iterator[tuple[str, Record]]:
    """The values of one JSON object, read part by part."""
    with _text(path) as file:
        held, at, ended = file.read(_PART).lstrip(_SPACE), 1, False
        while True:
            if found := _next(held, at, path):
                name, start, at = found
                where = f'{path}, record "{name}"'
                record = json_value(held[start:at].encode(), where)
                if not isinstance(record, dict):
                    raise UserError(f"{where} is {kind(record)}, not an object.")
                yield where, record
                continue
            if ended and held[at:].strip(_SPACE) == "}":
                return
            if ended or len(held) - at > _LONGEST:
                raise UserError(f'{path} is not JSON near "{held[at : at + 40]}": fetch it anew.')
            part = file.read(_PART)
            held, at, ended = held[at:] + part, 0, not part


def _next(held: str, at: int, path: Path) -> tuple[str, int, int] | None:
    """The name of the next member, and where its value begins and ends; None when it is not held whole."""
    decoder = json.JSONDecoder()
    try:
        name, after = decoder.raw_decode(held, _past(held, at, ","))
        start = _past(held, after, ":")
        return str(name), start, decoder.raw_decode(held, start)[1]
    except RecursionError:
        raise UserError(f"{path} is nested too deeply to be a list of records.") from None
    except (ValueError, IndexError):
        return None


def _past(text: str, at: int, mark: str) -> int:
    while text[at] in _SPACE or text[at] == mark:
        at += 1
    return at


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield file
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Mend the path or the file's rights.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8: save the file as UTF-8.") from None
