import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_rows import judged, outcomes, row

from gristmill.curate.conflicts import Conflicts

CHECK = Conflicts()


def test_the_examples_of_its_help():
    first = row("When was it built?", "1889")
    assert outcomes(CHECK, first, row("When was it built?", "In 1889")) == ["pass", "pass"]
    assert outcomes(CHECK, first, row("When was it built?", "1925")) == ["note", "note"]


def test_each_side_names_the_other_and_its_answer():
    one, other = row("When was it built?", "1889", "p"), row("when was it BUILT", "1925", "p")
    found = judged(CHECK, [one, other])
    assert found[one.id].evidence["others"] == [{"id": other.id, "answer": "1925", "same_passage": True}]
    assert found[other.id].evidence["others"] == [{"id": one.id, "answer": "1889", "same_passage": True}]
    assert (
        found[one.id].code == "conflict"
        and "1925" in found[one.id].reason
        and "another passage" not in found[one.id].reason
    )


def test_over_another_passage_it_is_said():
    one, other = row("When was it built?", "1889", "p1"), row("When was it built?", "1925", "p2")
    found = judged(CHECK, [one, other])[one.id]
    assert found.outcome == "note" and "another passage" in found.reason
    assert found.evidence["others"][0]["same_passage"] is False


def test_an_answer_and_no_answer_are_in_conflict():
    assert outcomes(CHECK, row("When?", "1889"), row("When?", "")) == ["note", "note"]


@pytest.mark.parametrize(("one", "other"), [("What is C#?", "What is C++?"), ("3 + 4?", "3 * 4?"), ("f(5)?", "f(-5)?")])
def test_questions_that_differ_in_a_sign_are_two_questions(one, other):
    assert outcomes(CHECK, row(one, "a language"), row(other, "something else")) == ["pass", "pass"]


def test_answers_that_are_signs_alone_differ():
    assert outcomes(CHECK, row("Which sign?", "+"), row("Which sign?", "-")) == ["note", "note"]


def test_rows_derived_on_purpose_over_other_passages_are_left_out():
    asked = row("When?", "1889", "p1", family="f")
    derived = row("When?", "", "p2", family="f", kind="derived")
    assert outcomes(CHECK, asked, derived) == ["pass", "pass"]
    assert outcomes(CHECK, asked, row("When?", "1925", "p1", family="f")) == ["note", "note"]


def test_the_level_of_agreement_is_set_by_the_recipe():
    rows = row("Where?", "the old town of Bern"), row("Where?", "Bern")
    assert outcomes(Conflicts(agreement=0.4), *rows) == ["pass", "pass"]
    assert outcomes(Conflicts(agreement=0.9), *rows) == ["note", "note"]


def test_many_answers_are_counted_and_five_shown():
    rows = [row("Who?", f"name{number}", place=str(number)) for number in range(40)]
    found = judged(CHECK, rows)[rows[0].id]
    assert found.evidence["rows"] == 40 and len(found.evidence["others"]) == 5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", ""]))), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_and_nothing_is_rejected(texts, chance: random.Random):
    rows = [row(*text, place=str(place)) for place, text in enumerate(texts)]
    found = judged(CHECK, rows)
    assert found == judged(CHECK, chance.sample(rows, len(rows)))
    for one in rows:
        differs = any(one["question"] == two["question"] and one["answer"] != two["answer"] for two in rows)
        assert found[one.id].outcome == ("note" if differs else "pass")


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        ("alpha", "alpha beta", "pass"),
        ("alpha", "alpha beta gamma", "pass"),
        ("alpha", "alpha beta gamma delta", "note"),
        ("alpha " * 7 + "left", "alpha " * 7 + "right " * 13, "pass"),
        ("alpha " * 7 + "left", "alpha " * 7 + "right " * 14, "note"),
    ],
)
def test_answers_that_share_just_half_their_words_agree(one, other, outcome):
    assert outcomes(CHECK, row("Which?", one), row("Which?", other)) == [outcome, outcome]
