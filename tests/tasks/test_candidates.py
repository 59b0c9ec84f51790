"""Which facts of a passage a teacher is asked about, and how the question begins."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.tasks._candidates import candidates


@pytest.mark.parametrize(
    ("text", "answer", "opening"),
    [
        ("It was built in the spring of 1889.", "1889", "In what year"),
        ("The mill has 12 oak sails and a cap.", "12", "How many oak sails"),
        ("The mill ground 1,500 sacks in the year.", "1,500", "How many sacks"),
        ("The mill was built by Anna Maria Berg.", "Anna Maria Berg", "Who"),
        ("水车建于1889年。", "1889", ""),
    ],
)
def test_a_fact_is_found_with_the_opening_of_its_question(text, answer, opening):
    assert [(one.answer, one.opening, one.sentence) for one in candidates(text)] == [(answer, opening, text)]


@pytest.mark.parametrize(
    "text",
    [
        "It is a part of the A-1889 road.",
        "It costs $12 and it is 3.5 of a mile.",
        "It is the mill of 5 in all.",
        "The war of 1914–18 was the end.",
        "It was built by hand in the end.",
        "",
    ],
)
def test_what_is_no_year_no_count_and_no_name_is_left(text):
    assert candidates(text) == []


def test_each_answer_comes_once_in_the_order_of_the_text():
    text = "The mill burnt in 1734. It was built by Anna Berg in 1889, and again in 1734."
    assert [one.answer for one in candidates(text)] == ["1734", "Anna Berg", "1889"]


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["in", "the", "1889", "12", "sails", "by", "Anna Berg", "."])).map(" ".join)
)
def test_every_candidate_stands_in_its_sentence_and_in_the_text(text):
    for one in candidates(text):
        assert one.answer in one.sentence
        assert one.sentence in text
