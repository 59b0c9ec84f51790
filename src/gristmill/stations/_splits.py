"""Which split each kept row goes to: clusters whole, nothing in training that gives another away."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from gristmill.contracts import TextCheck
from gristmill.files import write_lines
from gristmill.find import build
from gristmill.mill import Mill
from gristmill.records import Example, Verdict, digest
from gristmill.stations._columns import judged_texts
from gristmill.stations._judged import Judged

HELD_OUT = "held_out"
# What the evidence of a verdict calls a row that this one is like.
_LIKE = ("twin", "near")
_CHECK = "contaminated"


def split(mill: Mill, judged: Sequence[Judged]) -> dict[str, str]:
    """Id of a kept row -> split. Whole clusters go to one side; shares are met as nearly as they allow.

    The largest split takes what the others have no room for. The draw is by digest of the
    cluster's name and the seed, so a changed document moves few others.
    """
    shares = mill.recipe.freeze.splits
    rest = largest(shares)
    count = dict.fromkeys(shares, 0)
    placed: dict[str, str] = {}
    clusters = _clusters(mill, judged)
    rows = sum(len(members) for members in clusters.values())
    room = {name: share * rows for name, share in shares.items() if name != rest}
    for name in sorted(clusters, key=lambda name: digest("split", mill.recipe.seed, name)):
        size = len(clusters[name])
        fitting = (one for one, want in room.items() if abs(count[one] + size - want) < abs(count[one] - want))
        chosen = next(fitting, rest)
        count[chosen] += size
        placed.update(dict.fromkeys(clusters[name], chosen))
    return placed


def largest(shares: Mapping[str, float]) -> str:
    """The split that is trained on."""
    return max(shares, key=lambda name: shares[name])


def _clusters(mill: Mill, judged: Sequence[Judged]) -> dict[str, list[str]]:
    """Kept rows that share a document, a passage or a family, or are like each other, in whatever chain.

    A rejected row may be the link of such a chain, but does not draw its document in.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    def join(left: str, right: str) -> None:
        low, high = sorted((root(left), root(right)))
        parent[high] = low

    kept = [one.example for one in judged if one.kept]
    for example in kept:
        group = f"group {example.group}"
        join(group, f"row {example.family or example.id}")
        join(group, f"row {example.id}")
        context = mill.task.text(example, "context")
        if context:
            join(group, f"text {digest(context)}")
    for one in judged:
        for verdict in one.verdicts.values():
            for like in (verdict.evidence[key] for key in _LIKE if key in verdict.evidence):
                join(f"row {one.example.id}", f"row {like}")
    found: dict[str, list[str]] = {}
    for example in kept:
        found.setdefault(root(f"group {example.group}"), []).append(example.id)
    return found


def leaking(mill: Mill, examples: Sequence[Example], splits: Mapping[str, str]) -> dict[str, Verdict]:
    """The rows of the largest split that give away a row of another, by the rule of `contaminated`; id -> verdict.

    A row that derives from such a row goes with it.
    """
    trained = largest(mill.recipe.freeze.splits)
    held = [example for example in examples if splits[example.id] != trained]
    given = [example for example in examples if splits[example.id] == trained]
    if not held or not given:
        return {}
    fields = next((use.fields for use in mill.recipe.curate.checks if use.name == _CHECK), {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "held_out.jsonl"
        write_lines(path, [said for example in held if (said := _asked(mill, example))["question"].strip()])
        check = cast(TextCheck, build("curate", _CHECK, {**fields, "against": [str(path)], "column": ""}))
        found = {
            verdict.example_id: _named(verdict, str(path), splits)
            for verdict in judged_texts(check, _CHECK, given, mill.task)
            if verdict.outcome == "reject"
        }
    for example in given:
        lost = next((parent for parent in example.origin.parents if parent in found), "")
        if lost and example.id not in found:
            reason = f"It was made from row {lost[:12]}, which gives a held-out row away."
            found[example.id] = replace(found[lost], example_id=example.id, reason=reason, evidence={"source": lost})
    return found


def _asked(mill: Mill, example: Example) -> Mapping[str, str]:
    said = {role: mill.task.text(example, role) for role in ("question", "answer")}
    return {"id": example.id, **said}


def _named(verdict: Verdict, path: str, splits: Mapping[str, str]) -> Verdict:
    """The verdict with the split in place of the file that was written for it."""
    item = str(verdict.evidence["item"])
    where = f"split {splits[item]}"
    reason = verdict.reason.replace(path, f"the {where}").replace(Path(path).name, f"the {where}")
    return replace(verdict, code="gives_away", reason=reason, evidence={**verdict.evidence, "file": where})
