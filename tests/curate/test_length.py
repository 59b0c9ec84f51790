import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lone_rows import code, judged, made_up
from pydantic import ValidationError

from gristmill.curate.length import Length, loop

CHECK = Length()
ASKED = "Who led the Norse raiders?"


def said(count):
    return " ".join(f"word{n}" for n in range(count)) + "."


def test_the_examples_of_its_help():
    assert code(CHECK, "In what country is Normandy located?", "France") == "pass fits"
    assert code(CHECK, "What is it?", "It is a model and a model and a model and a model") == "reject loop"


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Who led", "Rollo", "reject question_short"),
        ("Who led them", "Rollo", "pass fits"),
        (said(100), "Rollo", "pass fits"),
        (said(101), "Rollo", "reject question_long"),
        (ASKED, "```", "reject answer_short"),
        (ASKED, said(100), "pass fits"),
        (ASKED, said(101), "note long_answer"),
        (ASKED, said(1000), "note long_answer"),
        (ASKED, said(1001), "reject answer_long"),
    ],
)
def test_bounds_are_inclusive(question, answer, expected):
    assert code(CHECK, question, answer) == expected


def test_the_counts_are_told():
    verdict = judged(CHECK, ASKED, "It was Rollo")
    assert verdict.score == 3.0 and (verdict.evidence["question_words"], verdict.evidence["answer_words"]) == (5, 3)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Rollo was the leader of all the Norse rai", "reject cut_off"),
        ("Rollo was the leader of all the", "reject cut_off"),
        ("Rollo led the Norse raiders, the pirates,", "reject cut_off"),
        ("Rollo was the leader of all the Norse raiders", "pass fits"),
        ("Rollo was the leader of all the Norse raide", "reject cut_off"),
        ("the", "pass fits"),
    ],
)
def test_an_answer_must_end(answer, expected):
    assert code(CHECK, ASKED, answer, "Rollo led the Norse raiders and pirates.") == expected


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("a a a a", "a"),
        ("a a a", ""),
        ("go on go on go on", "go on"),
        ("go on go on stop", ""),
        ("1 1 1 1 1", ""),
        ("the one to one and the one to one or the one to one", ""),
    ],
)
def test_a_loop_stands_back_to_back(text, phrase):
    assert loop(text.split()) == phrase


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["red", "blue", "green", "grey"]), min_size=1, max_size=12), st.integers(4, 6))
def test_any_phrase_said_four_times_is_a_loop(phrase, times):
    assert loop(["before", *phrase * times, "after"])


def test_repeats_that_are_not_back_to_back_count_too():
    part = "the data that was used for fine tuning is new {} "
    assert code(CHECK, ASKED, "".join(part.format(n) for n in "abcd") + "end.") == "reject repeats"


def test_an_unanswerable_row_needs_no_answer():
    assert code(CHECK, ASKED, "", is_impossible=True) == "pass fits"
    assert code(CHECK, ASKED, "") == "reject answer_short"


def test_bounds_that_cross_are_refused():
    with pytest.raises(ValidationError, match="over max_question_words 5"):
        Length(min_question_words=6, max_question_words=5)
    with pytest.raises(ValidationError, match="hard_max_answer_words"):
        Length(hard_max_answer_words=50)


def with_repeats(count, repeats):
    """So many words; so many of their runs of three repeat earlier ones, apart from these."""
    part = made_up(0, repeats + 2)
    rest = made_up(50, 50 + count - 2 * len(part))
    return " ".join([*part, *rest[:2], *part, *rest[2:]]) + "."


@pytest.mark.parametrize(
    ("count", "repeats", "expected"),
    [(22, 4, "pass fits"), (22, 5, "pass fits"), (22, 6, "reject repeats")],
)
def test_a_quarter_of_repeats_is_allowed(count, repeats, expected):
    assert code(CHECK, ASKED, with_repeats(count, repeats)) == expected


def test_just_the_share_of_repeats_that_is_set_is_allowed():
    assert code(Length(most_repeated=0.3), ASKED, with_repeats(22, 6)) == "pass fits"
    assert code(Length(most_repeated=0.3), ASKED, with_repeats(22, 7)) == "reject repeats"


@pytest.mark.parametrize(("count", "expected"), [(19, "pass fits"), (20, "reject repeats")])
def test_repeats_count_from_twenty_words_on(count, expected):
    assert code(CHECK, ASKED, with_repeats(count, 5)) == expected


@pytest.mark.parametrize(("size", "found"), [(11, True), (12, True), (13, False)])
def test_a_loop_has_twelve_words_at_most(size, found):
    assert bool(loop(made_up(0, size) * 3)) == found
    assert not loop(made_up(0, size) * 2)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Rollo was leader of the", "pass fits"),
        ("Rollo was the leader of the", "reject cut_off"),
        ("Rollo was the leader of all pla", "reject cut_off"),
        ("Rollo was the leader of all plan", "pass fits"),
    ],
)
def test_an_answer_is_cut_off_from_six_words_on_and_two_letters(answer, expected):
    assert code(CHECK, ASKED, answer, "Rollo led them to every plant.") == expected
