"""Answers name classes however they are written, and no class where they name several or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.class_names import class_named, classes_named

CLASSES = ["positive", "negative", "very positive", "n/a", "+"]
EMOTIONS = ["joy", "anger", "fear of loss"]


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("positive", "positive"),
        (" Positive.\n", "positive"),
        ("**Negative**", "negative"),
        ("The review is negative.", "negative"),
        ("Class: very positive", "very positive"),
        ("VERY  POSITIVE!", "very positive"),
        ("N/A", "n/a"),
        ("+", "+"),
        ("positive or negative", ""),
        ("it is positively bad", ""),
        ("no idea", ""),
        ("", ""),
    ],
)
def test_an_answer_names_one_class_or_none(answer, name):
    assert class_named(answer, CLASSES) == name


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("joy", ("joy",)),
        ("anger, joy", ("joy", "anger")),
        ("Joy and fear of loss.", ("joy", "fear of loss")),
        ("It shows anger", ("anger",)),
        ("none", ()),
        ("None.", ()),
        ("nothing of these", None),
        ("", None),
    ],
)
def test_an_answer_names_any_number_of_classes(answer, names):
    assert classes_named(answer, EMOTIONS, "none") == names


@given(st.lists(st.sampled_from(EMOTIONS), unique=True))
def test_what_is_joined_is_read_again(some):
    assert classes_named(", ".join(some) or "none", EMOTIONS, "none") == tuple(one for one in EMOTIONS if one in some)


@given(st.text(max_size=60))
def test_any_answer_is_read(answer):
    assert class_named(answer, CLASSES) in [*CLASSES, ""]
    assert classes_named(answer, EMOTIONS, "none") != ("",)
