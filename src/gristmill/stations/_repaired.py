"""Texts and ready-made rows after the repairs of some cleaners, one after the other."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gristmill.contracts import Cleaner, Repair
from gristmill.mending import Moves, mended
from gristmill.records import Failure

# Names and schemas, no words that anybody reads.
_UNREAD = frozenset({"id", "role", "tools", "tool_calls", "answer_start", "plausible_start"})
_ANCHORED = (("answers", "answer_start"), ("plausible_answers", "plausible_start"))
Place = tuple[str | int, ...]


@dataclass(slots=True)
class Repaired:
    """A text after its repairs, how many of each code they were, and where its places went."""

    text: str
    counts: Counter[str] = field(default_factory=Counter)
    moves: list[Moves] = field(default_factory=list)

    def take(self, name: str, repairs: Sequence[Repair]) -> None:
        """Mend it by what the cleaner of this name found."""
        if repairs:
            self.text = mended(self.text, repairs)
            self.counts.update(f"{name}:{repair.code}" for repair in repairs)
            self.moves.append(Moves(repairs))

    def to(self, place: int) -> int:
        """Where a place of the text as it was is now."""
        for moves in self.moves:
            place = moves.to(place)
        return place

    def cut(self, place: int) -> bool:
        """Whether what stood around this place was replaced as one."""
        for moves in self.moves:
            if moves.cut(place):
                return True
            place = moves.to(place)
        return False


def repaired(texts: Sequence[str], cleaners: Mapping[str, Cleaner]) -> list[Repaired]:
    """Each text after all of these cleaners, in their order."""
    found = [Repaired(text) for text in texts]
    for name, cleaner in cleaners.items():
        for one, repairs in zip(found, cleaner.repairs([one.text for one in found]), strict=True):
            one.take(name, repairs)
    return found


def repaired_row(
    fields: Mapping[str, Any], cleaners: Mapping[str, Cleaner]
) -> tuple[Mapping[str, Any] | Failure, Counter[str]]:
    """A row's columns with all texts in them mended, and what was; a Failure when an answer lost its place."""
    places = dict(_texts(fields, ()))
    found = dict(zip(places, repaired(list(places.values()), cleaners), strict=True))
    counts = sum((one.counts for one in found.values()), Counter())
    if not counts:
        return fields, counts
    if not any(one.text.strip() for one in found.values()):
        return Failure(state="emptied", reason="nothing is left of its texts"), counts
    row: dict[str, Any] = _with(fields, (), found)
    context = found.get(("context",))
    for names in _ANCHORED:
        if context and not _anchored(fields, row, names, context):
            reason = f"one of its {names[0]} begins or ends inside a stretch of the context that was replaced"
            return Failure(state="answer_cut", reason=reason), counts
    return row, counts


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text in a value that somebody reads, by its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _UNREAD:
                yield from _texts(inner, (*place, key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*place, number))


def _with(value: Any, place: Place, found: Mapping[Place, Repaired]) -> Any:
    """The value with the mended texts in their places."""
    if place in found:
        return found[place].text
    if isinstance(value, Mapping):
        return {key: _with(inner, (*place, key), found) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with(inner, (*place, number), found) for number, inner in enumerate(value)]
    return value


def _anchored(old: Mapping[str, Any], row: Mapping[str, Any], names: tuple[str, str], context: Repaired) -> bool:
    """Move a row's answers with their context; whether each is still there. What was not in its place is left."""
    before = old["context"]
    for was, now in zip(_slots(old, *names), _slots(row, *names), strict=True):
        text, start = was.text(), was.start()
        if not isinstance(text, str) or not isinstance(start, int) or not text:
            continue
        if start < 0 or before[start : start + len(text)] != text:
            continue
        begins, ends = context.to(start), context.to(start + len(text))
        if context.cut(start) or context.cut(start + len(text)) or begins >= ends:
            return False
        now.put(context.text[begins:ends], begins)
    return True


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a row holds an answer, and where it holds the answer's place."""

    texts: Any
    text_key: str | int
    starts: Any
    start_key: str | int

    def text(self) -> Any:
        return self.texts[self.text_key]

    def start(self) -> Any:
        return self.starts[self.start_key]

    def put(self, text: str, start: int) -> None:
        self.texts[self.text_key], self.starts[self.start_key] = text, start


def _slots(row: Mapping[str, Any], texts: str, starts: str) -> Iterator[_Slot]:
    """The answers of a row with their places, in whichever of the usual layouts: see `rows.COLUMNS`."""
    held = row.get(texts)
    places = held.get("answer_start") if isinstance(held, Mapping) else row.get(starts)
    held = held.get("text") if isinstance(held, Mapping) else held
    if isinstance(held, list | tuple) and isinstance(places, list | tuple):
        yield from (_Slot(held, number, places, number) for number in range(min(len(held), len(places))))
    elif isinstance(held, list | tuple):
        for item in held:
            if isinstance(item, Mapping) and {"text", "answer_start"} <= item.keys():
                yield _Slot(item, "text", item, "answer_start")
