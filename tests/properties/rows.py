"""Rows as real ones are: in many scripts, repeated, reworded, empty; made by the task itself."""

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from gristmill.contracts import Task
from gristmill.records import Document, Draft, Example, Made, Origin, Pair, Passage, Source, Span

SOURCE = Source(path="town.md", sha256="0" * 64, media_type="text/markdown", licence="CC0-1.0", trust="own")
# (context, question, answer); the answer stands in the context.
TOLD = (
    (
        "The first harbour of the town of Eastport opened in 1894. It was rebuilt in 1931 after a fire.",
        "In which year did the first harbour of the town of Eastport open?",
        "1894",
    ),
    (
        "The first harbour of the town of Eastport opened in 1894. It was rebuilt in 1931 after a fire.",
        "in which year did the first harbour of the town of eastport open",
        "1931",
    ),
    (
        "Ana Silva designed the bridge. The bridge has 12 arches and carries two railway tracks over the river.",
        "How many arches does the bridge that Ana Silva designed have?",
        "12 arches",
    ),
    (
        "Ana Silva designed the bridge. The bridge has 12 arches and carries two railway tracks over the river.",
        "What does it carry?",
        "two railway tracks over the river",
    ),
    ("北京是中国的首都。它有两千多万人口。", "中国的首都是哪座城市？", "北京"),
    ("القاهرة هي عاصمة مصر. يمر بها نهر النيل.", "ما هي عاصمة مصر؟", "القاهرة"),
    ("Die Straße heißt „Große Gasse“ und führt zum Café 👩‍👩‍👧.", "Wohin führt die Große Gasse?", "zum Café 👩‍👩‍👧"),
    (
        "To install it, run `pip install tool==2.0`. Never run it as root.",
        "How is the tool installed?",
        "`pip install tool==2.0`",
    ),
    (
        "A spool is a queue of pages\u2028that wait for the printer.\r\nIt grows.",
        "What is a spool?",
        "a queue of pages",
    ),
    (
        "Water boils at 100 °C at sea level, and at 93 °C in Denver.",
        "At what temperature does water boil in Denver?",
        "93 °C",
    ),
    ("The the the the the the the the the the the the.", "Does the the?", "the the the the the the the the"),
)
FRAGMENTS = (
    "# Questions\n\n",
    "## What is a spool?\n\n",
    "A spool is a queue of pages that wait for the printer.\n\n",
    "**How is it built?**\n\n",
    "Q: Who wrote it?\nA: Ana Silva wrote it in 1894.\n\n",
    "Q:\n",
    "A:\n",
    "spool\n: a queue of pages that wait for the printer.\n\n",
    "- **spool**: a queue of pages that wait here.\n",
    "Alice: How do I install the tool?\nBob: Run the installer and follow the steps that it shows.\n\n",
    "| term | meaning |\n|---|---|\n| spool | a queue of pages that wait |\n\n",
    "```\n# not a heading\n",
    "```\n",
    "Title\n=====\n\n",
    "\r\n\r\n",
    "\x0c",
    "\u2028",
    "你好。世界！这是什么？\n",
    "👩‍👩‍👧 ",
    "    # deep\n",
    "1. one\n",
    "> said\n",
    "???",
    "\ufeff",
    "word " * 60 + "\n",
)

texts = st.one_of(
    st.text(min_size=1, max_size=200), st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=14).map("".join)
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.floats(allow_nan=True) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def document(text: str) -> Document:
    return Document(text=text, source=SOURCE, title="Town")


def passage(text: str) -> Passage:
    return Passage(document_id="d" * 32, start=7, end=7 + len(text), text=text, ordinal=0, heading_path=("Town",))


def pair(context: str, question: str, answer: str) -> Pair:
    whole = document(context)
    start = context.index(answer)
    return Pair(
        question=question,
        answer=answer,
        answer_span=Span(document_id=whole.id, start=start, end=start + len(answer)),
        context_span=Span(document_id=whole.id, start=0, end=len(context)),
        context=context,
    )


def drafts(task: Task) -> list[Draft]:
    """What this task makes of the pairs; a task that can use none of them cannot be tested here."""
    return _drafts(type(task), task.model_dump_json())


@cache
def _drafts(kind: type[Task], fields: str) -> list[Draft]:
    task = kind.model_validate_json(fields)
    made = [task.adopt(pair(*told)) for told in TOLD]
    good = [one for one in made if isinstance(one, Draft)]
    assert len(good) > 3, (
        f"{task} adopts {len(good)} of {len(TOLD)} pairs in tests/properties/rows.py: add pairs it can use"
    )
    return good


def example(task: Task, fields: Mapping[str, Any], ordinal: int, **more: Any) -> Example:
    made = Made(by="harvest/turns", fingerprint="f")
    origin = Origin(kind="human", made=made, parents=("p" * 32,), ordinal=ordinal)
    return Example(
        task=task.__module__.rsplit(".", 1)[-1],
        fields=copy.deepcopy(dict(fields)),
        origin=origin,
        group="town.md",
        **more,
    )


def accepted(task: Task) -> st.SearchStrategy[list[Example]]:
    """Rows that the task itself made, some of them more than once."""
    return st.lists(st.sampled_from(drafts(task)), min_size=1, max_size=9).map(
        lambda some: [example(task, one.fields, place, spans=one.spans) for place, one in enumerate(some)]
    )


def any_rows(task: Task) -> st.SearchStrategy[list[Example]]:
    """Rows as checks may meet them: also hollow ones, reworded ones, and of every origin."""
    kinds = st.sampled_from(["human", "synthetic", "derived", "edited"])
    row = st.tuples(st.sampled_from(drafts(task)), st.sampled_from(["", "", "hollow", "loud", "spaced"]), kinds)
    return st.lists(row, min_size=1, max_size=9).map(lambda some: _made(task, some))


def _made(task: Task, some: Sequence[tuple[Draft, str, Any]]) -> list[Example]:
    rows = [example(task, _turned(one.fields, how), place) for place, (one, how, _) in enumerate(some)]
    return [
        dataclasses.replace(row, origin=dataclasses.replace(row.origin, kind=kind))
        for row, (_, _, kind) in zip(rows, some, strict=True)
    ]


def _turned(fields: Mapping[str, Any], how: str) -> dict[str, Any]:
    if how == "hollow":
        return {
            name: "" if isinstance(value, str) else [] if isinstance(value, list) else value
            for name, value in fields.items()
        }
    turn = {"loud": str.upper, "spaced": lambda text: f"  {text}\n "}.get(how, str)
    return {name: turn(value) if name == "question" else value for name, value in fields.items()}


def near_misses(task: Task) -> st.SearchStrategy[dict[str, Any]]:
    """Ready-made rows that are good but for a column or two, which hold what another column holds, or anything."""
    held = [value for one in drafts(task) for value in one.fields.values()]
    good = st.sampled_from(drafts(task)).map(lambda one: dict(one.fields))
    other = st.dictionaries(st.sampled_from(sorted(task.columns)), st.sampled_from(held) | values, max_size=2)
    return st.tuples(good | good.map(lambda row: _filled(task, row)), other).map(lambda both: {**both[0], **both[1]})


def _filled(task: Task, row: Mapping[str, Any]) -> dict[str, Any]:
    """Each empty column filled with what the first full one of its type holds."""
    full = {task.columns[name]: row[name] for name in reversed(task.columns) if row[name] not in ("", [])}
    return {name: row[name] if row[name] not in ("", []) else full.get(kind, "") for name, kind in task.columns.items()}
