"""Rows of known worth to try a judge on: those that people labelled, a SQuAD file's, and spoilt ones."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from gristmill.contracts import Known, Task
from gristmill.curate._corrupted import KINDS, Asked, corrupted, drawn, read_squad
from gristmill.curate._files import text_of
from gristmill.errors import UserError, nearest
from gristmill.records import Draft, Example, Failure, Made, Origin, OriginKind, canonical, digest

LABELS: Mapping[str, bool] = {
    **dict.fromkeys(("good", "true", "1", "pass"), True),
    **dict.fromkeys(("bad", "false", "0", "reject"), False),
}

_NEAR = 40


def known_rows(files: Sequence[str], task: Task, wanted: int, seed: int, kind: OriginKind) -> list[Known]:
    """At most `wanted` rows, as many good as bad, and of the kinds of either equally many where there are.

    They are given the origin `kind`, so that a check asks about them as about any row of that origin.
    A spoilt row that the task refuses (an answer that is no span, where spans are asked for) is not
    used. Raises UserError for a file or a labelled row that is wrong, or when one label is lacking.
    """
    held: dict[str, Known] = {}
    for path in files:
        for one in _read(path, task, wanted, seed, kind):
            other = held.setdefault(one.example.content_digest, one)
            if other.good != one.good:
                asked = task.text(one.example, "question")
                raise UserError(f'{path}: the row that asks "{asked}" is labelled good and bad. Remove one of the two.')
    good, bad = ([one for one in held.values() if one.good is worth] for worth in (True, False))
    if not good or not bad:
        raise UserError(
            f"{', '.join(files)}: {len(good)} good and {len(bad)} bad rows that the task can use, where a judge's "
            f"trial needs both. Add rows of the other label, or a SQuAD file with several questions to a passage."
        )
    half = min(max(wanted // 2, 1), len(good), len(bad))
    return _even(good, half, seed) + _even(bad, half, seed)


def _even(rows: Sequence[Known], count: int, seed: int) -> list[Known]:
    """So many rows, taken in turn from each kind, in the order that the seed draws."""
    kinds: dict[str, list[Known]] = defaultdict(list)
    for one in sorted(rows, key=lambda one: digest("known", seed, one.example.content_digest)):
        kinds[one.kind].append(one)
    turns = [(turn, name, one) for name, listed in kinds.items() for turn, one in enumerate(listed)]
    return [one for _, _, one in sorted(turns, key=lambda each: each[:2])[:count]]


def _read(path: str, task: Task, wanted: int, seed: int, kind: OriginKind) -> Iterator[Known]:
    text = text_of(path, "known_files")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    squad = isinstance(whole, Mapping) and isinstance(whole.get("data"), list)
    found = _of_squad(read_squad(whole["data"], path), task, wanted, seed) if squad else _labelled(path, text, task)
    for number, (draft, good, sort) in enumerate(found):
        _refuse_halves(draft, path)
        made = Made(by="known", fingerprint=path)
        origin = Origin(kind=kind, made=made, parents=(), ordinal=number)
        task_name = type(task).__module__.rpartition(".")[2]
        yield Known(Example(task=task_name, fields=dict(draft.fields), origin=origin, group=path), good, sort)


def _refuse_halves(draft: Draft, path: str) -> None:
    """Half a surrogate pair is no character that a prompt or the store could hold."""
    try:
        canonical(dict(draft.fields)).encode()
    except UnicodeEncodeError as error:
        near = error.object[max(0, error.start - _NEAR) : error.start]
        raise UserError(f"{path} holds half of a surrogate pair after {near!r}. Write that character whole.") from None


def _of_squad(asked: Sequence[Asked], task: Task, wanted: int, seed: int) -> Iterator[tuple[Draft, bool, str]]:
    """The file's own answers as `right`, and as many of each kind of wrong ones as could be needed."""
    right = (one.row(one.golds[0], one.start) for one in drawn(asked, "right", seed))
    sources = {"right": right, **{kind: corrupted(asked, kind, seed) for kind in KINDS}}
    for kind, rows in sources.items():
        # A task that refuses a whole kind (a claim is no span) must not make us read a large file to its end.
        drafts = (draft for row in islice(rows, 10 * wanted) if isinstance(draft := task.accept(row), Draft))
        for draft in islice(drafts, max(wanted // 2, 1)):
            yield draft, kind == "right", kind


def _labelled(path: str, text: str, task: Task) -> Iterator[tuple[Draft, bool, str]]:
    """Rows of JSON lines with the task's columns, a `label` and perhaps a `kind`."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise UserError(f"{where}, is not JSON. Mend that line or remove it.") from None
        if not isinstance(row, Mapping):
            raise UserError(f"{where}, is not an object with columns.")
        good = _label(row, where)
        draft = task.accept({key: value for key, value in row.items() if key != "label"})
        if isinstance(draft, Failure):
            raise UserError(f"{where}, is no row of this task: {draft.reason}. Mend that line or remove it.")
        kind = row.get("kind")
        yield draft, good, kind if isinstance(kind, str) and kind.strip() else ("good" if good else "bad")


def _label(row: Mapping[str, Any], where: str) -> bool:
    given = row.get("label")
    word = str(given).strip().casefold() if isinstance(given, str | int) else ""
    if word not in LABELS:
        said = f'has the label "{given}"' if "label" in row else "has no label"
        raise UserError(f"{where}, {said}: {nearest(word, LABELS)}")
    return LABELS[word]
