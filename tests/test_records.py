"""Records: identities that hold across runs and tell places apart, offsets in code points."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.records import (
    Document,
    Example,
    Made,
    Message,
    Origin,
    Page,
    Passage,
    Prompt,
    ReadyRow,
    Source,
    Span,
    canonical,
    digest,
)

SOURCE = Source(path="docs/a.md", sha256="0" * 64, media_type="text/markdown")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def example(**other: object) -> Example:
    origin = Origin(kind="synthetic", made=Made(by="generate/qa", fingerprint="f"), parents=("p",))
    plain = Example(task="qa", fields={"question": "Who?", "answer": "Ana"}, origin=origin, group="docs/a.md")
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


def made(**other: object) -> Example:
    return example(origin=dataclasses.replace(example().origin, **other))  # type: ignore[arg-type]


@given(values)
def test_canonical_is_json_and_one_text(value: object) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text
    assert digest(value) == digest(json.loads(text))


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_count(value: dict[str, int]) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


def test_a_digest_is_the_same_for_ever() -> None:
    assert digest("document", "text", 1, None, ["é"]) == "c8f3731c2aed320ef84de2220e9b4095"
    assert digest("a", "b") != digest("ab")
    assert digest(["a", "b"]) != digest("a", "b")
    assert len(digest("\ud83d")) == 32


def test_a_document_is_known_by_its_text_and_place() -> None:
    plain = Document(text="text", source=SOURCE)
    assert plain.id == Document(text="text", source=dataclasses.replace(SOURCE, licence="MIT", sha256="1" * 64)).id
    others = [
        Document(text="text.", source=SOURCE),
        Document(text="text", source=dataclasses.replace(SOURCE, path="docs/b.md")),
        Document(text="text", source=SOURCE, ordinal=2),
        Document(text="text", source=SOURCE, parents=("p",)),
    ]
    assert len({plain.id, *(one.id for one in others)}) == 5


def test_a_group_is_the_file_or_its_row() -> None:
    assert Document(text="x", source=SOURCE).group == "docs/a.md"
    assert Document(text="x", source=SOURCE, ordinal=3).group == "docs/a.md#3"
    assert ReadyRow(source=SOURCE, fields={}, ordinal=1).group == "docs/a.md#1"


def test_a_page_is_found_by_code_point() -> None:
    pages = (Page(number=1, start=0, end=2), Page(number=3, start=2, end=5))
    document = Document(text="👩b\ncd", source=SOURCE, pages=pages)
    assert [document.page_of(at) for at in range(6)] == [1, 1, 3, 3, 3, None]
    assert Document(text="x", source=SOURCE).page_of(0) is None


def test_passages_of_equal_text_are_told_apart_by_place() -> None:
    one = Passage(document_id="d", start=0, end=1, text="x", ordinal=0)
    others = [
        dataclasses.replace(one, document_id="e"),
        dataclasses.replace(one, start=5),
        dataclasses.replace(one, ordinal=1),
    ]
    assert len({one.id, *(other.id for other in others)}) == 4
    assert dataclasses.replace(one, title="T", heading_path=("a",)).id == one.id


def test_ready_rows_of_equal_fields_are_told_apart_by_place() -> None:
    one = ReadyRow(source=SOURCE, fields={"question": "q"}, ordinal=1)
    assert one.id != ReadyRow(source=SOURCE, fields={"question": "q"}, ordinal=2).id
    assert one.id != ReadyRow(source=dataclasses.replace(SOURCE, path="b"), fields={"question": "q"}, ordinal=1).id


@pytest.mark.parametrize(
    "other", [made(ordinal=1), made(parents=("q",)), made(made=Made(by="harvest/turns", fingerprint="f"))]
)
def test_equal_examples_of_two_places_are_two_with_one_content(other: Example) -> None:
    assert other.id != example().id
    assert other.content_digest == example().content_digest


@pytest.mark.parametrize(
    "other",
    [
        made(made=Made(by="generate/qa", fingerprint="g")),
        made(model="m", settings="s", depth=3, prompt_digest="d"),
        example(licence="MIT", trust="own", group="g", family="f", spans=(Span(document_id="d", start=0, end=1),)),
    ],
)
def test_what_is_not_content_or_place_does_not_change_an_example(other: Example) -> None:
    assert other.id == example().id


def test_other_content_is_another_example() -> None:
    other = example(fields={"question": "Who?", "answer": "Bo"})
    assert other.content_digest != example().content_digest
    assert other.id != example().id
    assert example(task="other").content_digest != example().content_digest
    assert example()["answer"] == "Ana"


@pytest.mark.parametrize(
    "other",
    [
        Prompt(messages=(Message(role="system", content="x"),)),
        Prompt(messages=(Message(role="user", content="x"), Message(role="user", content="x"))),
        Prompt(messages=(Message(role="user", content="x"),), schema="{}"),
        Prompt(messages=(Message(role="user", content="x"),), max_tokens=1),
        Prompt(messages=(Message(role="user", content="x"),), ordinal=1),
    ],
)
def test_any_other_asking_has_another_digest(other: Prompt) -> None:
    assert other.digest != Prompt(messages=(Message(role="user", content="x"),)).digest


def test_records_cannot_be_edited() -> None:
    for record, name in ((example(), "task"), (SOURCE, "path"), (Span(document_id="d", start=0, end=1), "start")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, name, "x")


def test_a_files_name_reads_as_a_title() -> None:
    assert dataclasses.replace(SOURCE, path="docs/Getting_Started-guide.v2.pdf").title == "Getting Started guide.v2"
