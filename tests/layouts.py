"""What tests of layouts share: rows in, rows back, and what was said of the others."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gristmill.contracts import Format, Rows
from gristmill.errors import UserError
from gristmill.findings import Finding
from gristmill.records import Failure

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.sampled_from(
    ["a\u2028b\u2029c\x85d", "nul\x00 and \r\n", "שלום עולם", "e\u0301👩‍👩‍👧", "<|im_end|>", "null", "1.0", ""]
)
SAID = TEXTS.map(lambda text: text + "x")
IDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
KINDS = (".json", ".jsonl", ".csv", ".tsv", ".parquet", ".arrow", ".jsonl.gz", ".csv.zst", ".json.bz2", ".arrow.xz")


def written(layout: Format, rows: Sequence[Mapping[str, Any]], path: Path) -> list[Mapping[str, Any]]:
    """What is read of the rows after they were written; all of them can be read, and are counted."""
    layout.write(Rows(lambda: rows), path)
    assert layout.verify(path) == len(rows)
    back = list(layout.read(path))
    assert not [one for one in back if isinstance(one, Failure)]
    return [one for one in back if not isinstance(one, Failure | Finding)]


def told_apart(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with ids that tell them apart, where they have any."""
    return [{**row, "id": f"{place}-{row['id']}"} if "id" in row else row for place, row in enumerate(rows)]


def failures(layout: Format, path: Path) -> list[str]:
    """The reasons of the rows that cannot be used."""
    return [one.reason for one in layout.read(path) if isinstance(one, Failure)]


def refusal(layout: Format, path: Path) -> str:
    """Why a file does not verify."""
    try:
        layout.verify(path)
    except UserError as error:
        return str(error)
    raise AssertionError(f"{path.name} verifies")


@st.composite
def conversations(draw: st.DrawFn, tools: bool = True) -> list[dict[str, Any]]:
    """Turns that keep the rules, of one to three exchanges, some of them by way of a tool."""
    turns = [{"role": "system", "content": draw(SAID)}] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 3))):
        turns.append({"role": "user", "content": draw(SAID)})
        if tools and draw(st.booleans()):
            turns.append({"role": "assistant", "content": "", "tool_calls": draw(CALLS)})
            turns += [{"role": "tool", "content": draw(TEXTS)} for _ in range(draw(st.integers(1, 2)))]
        answer = {"role": "assistant", "content": draw(SAID)}
        turns.append({**answer, "weight": draw(st.integers(0, 1))} if tools and draw(st.booleans()) else answer)
    return turns


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(TEXTS, VALUES, max_size=2)
CALLS = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("function"),
            "function": st.fixed_dictionaries({"name": SAID, "arguments": ARGUMENTS}),
        },
        optional={"id": IDS},
    ),
    min_size=1,
    max_size=2,
)
TOOLS = st.lists(st.fixed_dictionaries({"type": st.just("function"), "function": ARGUMENTS}), min_size=1, max_size=2)
CHATS = st.lists(
    st.fixed_dictionaries({"messages": conversations()}, optional={"tools": TOOLS, "id": IDS}), min_size=1, max_size=4
).map(told_apart)
