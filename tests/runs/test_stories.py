"""`why`: from a row of a real run back to the words it rests on."""

import pytest
from small_project import Mother

from gristmill.run import Ground
from gristmill.store import Store
from gristmill.story import Story, why
from gristmill.versions import Frozen


@pytest.fixture(scope="module")
def ground(mother: Mother) -> Ground:
    return mother.went("extractive_qa")


def one_row(ground: Ground, kind: str, kept: bool) -> Frozen:
    return next(row for row in ground.frozen if row.example.origin.kind == kind and bool(row.split) == kept)


def told_of(mother: Mother, row: Frozen) -> Story:
    store = Store(mother.place("extractive_qa") / ".gristmill")
    try:
        story = why(store, row.example.id)
    finally:
        store.close()
    assert isinstance(story, Story)
    assert story.row.example.id == row.example.id
    return story


def quoted(ground: Ground, story: Story) -> list[str]:
    by_path = {one.source.path: one.text for one in ground.documents}
    assert all(by_path[one.path][one.start : one.end] == one.text for one in story.quotations)
    return [one.text for one in story.quotations]


@pytest.mark.parametrize("kind", ["human", "synthetic"])
def test_a_kept_row_leads_to_the_words_of_its_source(ground: Ground, mother: Mother, kind: str) -> None:
    row = one_row(ground, kind, kept=True)
    story = told_of(mother, row)
    assert row.example["answers"][0] in quoted(ground, story)
    assert (story.asked is not None, story.reply is not None) == (kind == "synthetic", kind == "synthetic")
    assert story.rejecting == ""
    assert story.exports


def test_a_rejected_row_names_the_check_and_its_reason(ground: Ground, mother: Mother) -> None:
    row = one_row(ground, "synthetic", kept=False)
    story = told_of(mother, row)
    assert story.rejecting in story.row.verdicts
    assert story.row.verdicts[story.rejecting].reason
    assert story.exports == ()
    assert quoted(ground, story)


def test_a_derived_row_leads_through_its_parent_to_the_source(ground: Ground, mother: Mother) -> None:
    row = next(one for one in ground.frozen if one.example.origin.kind == "derived")
    parent = next(one for one in ground.frozen if one.example.id == row.example.origin.parents[0])
    assert parent.example.group == row.example.group
    assert quoted(ground, told_of(mother, row))
    assert row.example.id in told_of(mother, parent).children
