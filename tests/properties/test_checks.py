"""Every check judges every row once, the same in any order and company, and edits none."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from promises import judges_fairly
from rows import any_rows, drafts, example
from samples import part

from gristmill.contracts import AskingCheck, Check, PairCheck, RowCheck, TableCheck, TextCheck
from gristmill.find import find, names
from gristmill.records import Reply

SAYS = [
    "1894",
    "",
    "The answer is: 12 arches.",
    "unanswerable",
    "not in the text",
    "北京",
    '{"answer": "1894"}',
    '{"reason": "The passage says otherwise.", "level": 2}',
    '{"reason": "The passage says so.", "level": 5}',
    '{"reason": "A tells more.", "better": "A"}',
    '{"reason": "Both tell the same.", "better": "neither"}',
    "\x00\ud83d",
]
CASES = [
    (name, task)
    for name in names("curate")
    for task in names("tasks")
    if set(find("curate", name).reads) <= find("tasks", task).roles() | set(find("tasks", task).columns)
]  # fmt: skip


@pytest.mark.parametrize(("name", "task"), CASES)
def test_it_judges_fairly(name: str, task: str, folder: Path) -> None:
    check, maker = part("curate", name, folder), part("tasks", task, folder)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(any_rows(maker), st.integers(0, 9), st.sampled_from(SAYS), st.sampled_from(["stop", "length"]))
    def judges(examples, seed, said, finish):
        order = list(range(len(examples)))
        random.Random(seed).shuffle(order)
        judges_fairly(check, examples, order, maker, Reply(text=said, finish=finish))

    judges()


@pytest.mark.parametrize("name", names("curate"))
def test_it_is_one_of_the_five_kinds(name: str) -> None:
    cls = find("curate", name)
    assert sum(issubclass(cls, kind) for kind in (RowCheck, TableCheck, TextCheck, AskingCheck, PairCheck)) == 1
    assert issubclass(cls, Check)
    assert cls.reads or issubclass(cls, TextCheck)


@pytest.mark.parametrize("name", names("curate"))
def test_some_task_can_use_it(name: str) -> None:
    assert name in {check for check, _ in CASES}


@pytest.mark.parametrize("name", [name for name in names("curate") if issubclass(find("curate", name), TableCheck)])
def test_no_rows_give_no_verdicts(name: str, folder: Path) -> None:
    assert list(part("curate", name, folder).verdicts([], part("tasks", "question_answer", folder))) == []


@pytest.mark.parametrize("name", [name for name in names("curate") if issubclass(find("curate", name), PairCheck)])
def test_rows_without_rivals_are_not_compared(name: str, folder: Path) -> None:
    check, maker = part("curate", name, folder), part("tasks", "question_answer", folder)
    assert list(check.pairs([], maker)) == [] == list(check.verdicts([], [], maker))
    alone = [example(maker, draft.fields, place) for place, draft in enumerate(drafts(maker)[2:5])]
    assert list(check.pairs(alone, maker)) == []
    assert {verdict.outcome for verdict in check.verdicts(alone, [], maker)} == {"pass"}
