"""Two versions side by side: rows in, rows out, rows changed, each with its reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from gristmill.contracts import Task
from gristmill.errors import UserError
from gristmill.find import find
from gristmill.records import Version
from gristmill.versions import Frozen, read_rows

Move = Literal["in", "out", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row that is in, out or different in the newer version, and why."""

    move: Move
    id: str
    question: str
    group: str
    reason: str
    content: str = ""


def difference(old: Version, new: Version) -> list[Change]:
    """The changes from one version to another, in the order of their sources.

    A row is the same row when its id is the same. Kept rows that are new are `in`, those that are no
    longer kept `out`. `changed` are kept rows that moved to another split, and rows of one source that
    ask the same before and after with another id (its text changed around them) or another answer.
    Raises UserError for versions of two tasks.
    """
    if old.task != new.task:
        raise UserError(f"{old.name} is of task {old.task} and {new.name} of {new.task}: their rows cannot be compared")
    columns = cast(type[Task], find("tasks", new.task)).columns
    before = {row.example.id: row for row in read_rows(old, columns)}
    after = {row.example.id: row for row in read_rows(new, columns)}
    changes = [*_moved(before, after), *_unpaired(list(_went(before, after)), list(_came(before, after)))]
    return sorted(changes, key=lambda change: (change.group, change.move, change.id))


def _came(before: Mapping[str, Frozen], after: Mapping[str, Frozen]) -> Iterator[Change]:
    sources = {row.example.group for row in before.values()}
    for id_, row in after.items():
        if not row.split or (id_ in before and before[id_].split):
            continue
        if id_ in before:
            reason = f"was rejected by {before[id_].state}, passes now"
        elif row.example.group in sources:
            reason = "made anew: its source, its maker or the number of pairs wanted changed"
        else:
            reason = "its source is new"
        yield _change("in", row, reason)


def _went(before: Mapping[str, Frozen], after: Mapping[str, Frozen]) -> Iterator[Change]:
    sources = {row.example.group for row in after.values()}
    for id_, row in before.items():
        if not row.split or (id_ in after and after[id_].split):
            continue
        if id_ in after:
            reason = f"rejected now by {after[id_].state}"
        elif row.example.group in sources:
            reason = "no longer made: its source, its maker or the number of pairs wanted changed"
        else:
            reason = "its source is gone, or gives no rows any more"
        yield _change("out", row, reason)


def _moved(before: Mapping[str, Frozen], after: Mapping[str, Frozen]) -> Iterator[Change]:
    for id_, row in after.items():
        old = before.get(id_)
        if old and old.split and row.split and old.split != row.split:
            yield _change("changed", row, f"moved from {old.split} to {row.split}")


def _unpaired(went: Sequence[Change], came: Sequence[Change]) -> Iterator[Change]:
    """Rows that went and came, but where both ask the same of one source, one `changed` for the two."""
    waiting: dict[tuple[str, str], list[Change]] = {}
    for change in came:
        waiting.setdefault((change.group, change.question), []).append(change)
    for change in went:
        twins = waiting.get((change.group, change.question))
        if not twins:
            yield change
            continue
        twin = twins.pop(0)
        same = twin.content == change.content
        reason = "the same words, made anew from its changed source" if same else "the same question, answered anew"
        yield replace(twin, move="changed", reason=f"{reason}; was {change.id[:12]}")
    yield from (change for rest in waiting.values() for change in rest)


def _change(move: Move, row: Frozen, reason: str) -> Change:
    fields = row.example.fields
    question = str(fields.get("question", next(iter(fields.values()), "")))
    return Change(
        move=move,
        id=row.example.id,
        question=question,
        group=row.example.group,
        reason=reason,
        content=row.example.content_digest,
    )


def counts(changes: Sequence[Change]) -> Mapping[str, int]:
    """How many rows came, went and changed."""
    return {move: sum(change.move == move for change in changes) for move in ("in", "out", "changed")}
