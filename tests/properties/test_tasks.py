"""Every task parses any reply, never chokes on a row, and makes training rows that hold their own answer."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from promises import derives, is_draft, keeps_its_columns, parses, teaches
from rows import TOLD, accepted, any_rows, example, pair, passage, values
from samples import part

from gristmill.find import find, names
from gristmill.records import Draft, Pair, Reply, Span

KEYS = [
    "question",
    "answer",
    "Question",
    "context",
    "pairs",
    "text",
    "title",
    "answers",
    "answer_start",
    "is_impossible",
    "label",
    "labels",
]
# The keys of a reply, for tasks that ask for something else than a question and its answer.
REPLIED = {"classification": ("text", "label")}
told = st.sampled_from(TOLD).map(lambda one: {"question": one[1], "answer": one[2]})
items = st.one_of(told, st.dictionaries(st.sampled_from(KEYS), values, max_size=4))
listed = st.lists(items, max_size=4).map(lambda some: json.dumps({"pairs": some}, ensure_ascii=False))
replies = st.one_of(
    st.text(max_size=80),
    items.map(json.dumps),
    listed,
    listed.map(lambda text: text[: len(text) // 2]),
    listed.map(lambda text: f"Sure!\n```json\n{text}\n```"),
    st.sampled_from(["Q: Who?\nA: Ana Silva", "[[[[", '{"question": "x", "answer": NaN}', "[" * 2000, "\ud83d"]),
)
odd = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
tasks = pytest.mark.parametrize("name", names("tasks"))


@tasks
def test_it_parses_any_reply(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)

    @odd
    @given(replies, st.sampled_from(TOLD), st.integers(1, 4), st.sampled_from(["stop", "length"]))
    def holds(text, one, wanted, finish):
        parses(task, Reply(text=text, finish=finish), passage(one[0]), wanted)

    holds()


@tasks
def test_it_reads_what_it_asked_for(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)
    context, question, answer = TOLD[2]
    asked, said = REPLIED.get(name, ("question", "answer"))
    found = task.parse(Reply(text=json.dumps({"pairs": [{asked: question, said: answer}]})), passage(context), 1)
    assert isinstance(found[0], Draft), found


@tasks
def test_it_accepts_or_refuses_any_row(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)
    columns = sorted({*task.columns, *KEYS})

    @odd
    @given(st.dictionaries(st.sampled_from(columns), values, max_size=6))
    def holds(row):
        is_draft(task.accept(row), task)

    holds()


@tasks
def test_it_adopts_or_refuses_any_pair(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)
    offsets = st.integers(-2, 30)

    @odd
    @given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=30), offsets, offsets)
    def holds(question, answer, context, start, end):
        span = Span(document_id="d", start=start, end=end)
        is_draft(
            task.adopt(Pair(question=question, answer=answer, answer_span=span, context_span=span, context=context)),
            task,
        )

    holds()


@tasks
def test_its_training_rows_hold_their_own_answer(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)

    @few
    @given(accepted(task))
    def holds(examples):
        for one in examples:
            teaches(task, one)
            keeps_its_columns(task, one)

    holds()


@tasks
def test_what_it_accepts_again_is_the_same(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)
    for one in [task.adopt(pair(*each)) for each in TOLD]:
        if isinstance(one, Draft):
            again = task.accept(one.fields)
            assert isinstance(again, Draft), again
            assert dict(again.fields) == dict(one.fields)


@tasks
def test_it_derives_from_what_it_was_given(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)

    @few
    @given(accepted(task), st.integers(0, 3))
    def holds(examples, seed):
        derives(task, examples, seed)

    holds()


@tasks
def test_its_prompts_are_told_apart(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)
    asked = [task.prompt(passage(TOLD[0][0]), wanted, ordinal) for wanted in (1, 2) for ordinal in (0, 1)]
    assert asked == [task.prompt(passage(TOLD[0][0]), wanted, ordinal) for wanted in (1, 2) for ordinal in (0, 1)]
    assert len({one.digest for one in asked}) == 4
    for one in asked:
        assert one.messages[-1].role == "user"
        assert one.max_tokens > 0
        assert not one.schema or json.loads(one.schema)["type"]


@tasks
def test_its_texts_are_text(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)

    @few
    @given(any_rows(task))
    def holds(examples):
        for one in examples:
            assert all(isinstance(task.text(one, role), str) for role in ("question", "answer", "context"))

    holds()


@tasks
def test_what_it_says_of_itself_holds(name: str) -> None:
    cls = find("tasks", name)
    assert {*cls.identifies, cls.answers} <= set(cls.columns)
    assert not cls.context_column or cls.context_column in cls.columns
    assert cls.formats
    assert set(cls.formats) <= set(names("formats"))
    assert set(cls.checks) <= set(names("curate"))
    assert {role for check in cls.checks for role in find("curate", check).reads} <= cls.roles()


@tasks
def test_rows_of_two_places_are_two(name: str, folder: Path) -> None:
    task = part("tasks", name, folder)
    fields = next(one.fields for one in (task.adopt(pair(*each)) for each in TOLD) if isinstance(one, Draft))
    left, right = example(task, fields, 0), example(task, fields, 1)
    assert left.id != right.id
    assert left.content_digest == right.content_digest
