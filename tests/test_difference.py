"""Two versions side by side: every row that came, went or changed, each once, with its reason."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gristmill.difference import Change, counts, difference
from gristmill.errors import UserError
from gristmill.records import Version
from gristmill.store import Store
from gristmill.versions import Frozen, write_version

sys.path.insert(0, str(Path(__file__).parent))
from version_rows import COLUMNS, frozen


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / ".gristmill")
    yield opened
    opened.close()


def version(store: Store, name: str, rows: list[Frozen]) -> Version:
    folder = str(write_version(store, name, rows, COLUMNS, {}))
    return Version(
        name=name,
        content_digest=name,
        environment_digest="e",
        parent="",
        task="question_answer",
        counts={},
        folder=folder,
    )


def told(store: Store, old: list[Frozen], new: list[Frozen]) -> list[Change]:
    return difference(version(store, "v1", old), version(store, "v2", new))


def test_a_version_does_not_differ_from_itself(store: Store) -> None:
    rows = [frozen("Who?"), frozen("What?", split="")]
    assert told(store, rows, rows[::-1]) == []


@pytest.mark.parametrize(
    ("old", "new", "move", "reason"),
    [
        ([], [frozen("Who?")], "in", "its source is new"),
        ([frozen("What?")], [frozen("What?"), frozen("Who?")], "in", "made anew"),
        ([frozen("Who?", split="")], [frozen("Who?")], "in", "was rejected by length:short, passes now"),
        ([frozen("Who?")], [], "out", "its source is gone"),
        ([frozen("What?"), frozen("Who?")], [frozen("What?")], "out", "no longer made"),
        ([frozen("Who?")], [frozen("Who?", split="")], "out", "rejected now by length:short"),
        ([frozen("Who?")], [frozen("Who?", split="test")], "changed", "moved from train to test"),
        ([frozen("Who?")], [frozen("Who?", parent="q")], "changed", "the same words, made anew"),
        ([frozen("Who?")], [frozen("Who?", answer="Bo")], "changed", "the same question, answered anew"),
    ],
)
def test_each_change_has_its_move_and_reason(
    store: Store, old: list[Frozen], new: list[Frozen], move: str, reason: str
) -> None:
    (change,) = told(store, old, new)
    assert change.move == move
    assert change.reason.startswith(reason)
    assert change.question == "Who?"


def test_rejected_rows_that_come_or_go_are_no_change(store: Store) -> None:
    assert told(store, [frozen("Who?", split="")], [frozen("What?", split="", state="other")]) == []


def test_the_same_question_of_another_source_is_another_row(store: Store) -> None:
    found = told(store, [frozen("Who?", group="a.md")], [frozen("Who?", group="b.md", parent="q")])
    assert [(change.move, change.group) for change in found] == [("out", "a.md"), ("in", "b.md")]


def test_two_tasks_cannot_be_compared(store: Store) -> None:
    old = version(store, "v1", [])
    with pytest.raises(UserError, match="cannot be compared"):
        difference(old, dataclasses.replace(old, task="extractive_qa"))


rows = st.dictionaries(
    st.tuples(
        st.sampled_from(["Who?", "What?", "Why?"]), st.sampled_from(["a.md", "b.md"]), st.sampled_from(["p", "q"])
    ),
    st.tuples(st.sampled_from(["Ana", "Bo"]), st.sampled_from(["train", "test", ""])),
    max_size=6,
)


def _frozen(some: dict[tuple[str, str, str], tuple[str, str]]) -> list[Frozen]:
    return [
        frozen(question, answer, split, group=group, parent=f"{group}{parent}")
        for (question, group, parent), (answer, split) in some.items()
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows, rows)
def test_the_numbers_add_up(
    tmp_path: Path, old: dict[tuple[str, str, str], tuple[str, str]], new: dict[tuple[str, str, str], tuple[str, str]]
) -> None:
    store = Store(tmp_path / ".gristmill")
    before, after = _frozen(old), _frozen(new)
    found = told(store, before, after)
    store.close()
    number = counts(found)
    assert sum(bool(row.split) for row in before) - number["out"] + number["in"] == sum(
        bool(row.split) for row in after
    )
    assert len({change.id for change in found}) == len(found)
    backwards = counts(told(Store(tmp_path / ".gristmill"), after, before))
    assert (backwards["in"], backwards["out"], backwards["changed"]) == (number["out"], number["in"], number["changed"])
