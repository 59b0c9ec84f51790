"""Where words are taken for English, for names, for one stem or for kin: just above and just below each limit."""

import pytest

from gristmill.curate._wording import best_sentence, is_english, names, numbers, stem, unknown_names


@pytest.mark.parametrize(
    ("text", "around", "english"),
    [
        ("the café serves lunch", "", True),
        ("the café serves lunch daily", "", False),
        ("the cafe serves lunch daily", "", True),
        ("cafe serves lunch", "the cafe serves", True),
        ("cafe serves lunch", "the cafe serves lunch", False),
        ("café serves lunch", "the cafe serves", False),
    ],
)
def test_a_quarter_of_function_words_makes_it_english(text, around, english):
    assert is_english(text, around) is english


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lives in Lund of the north", ["Lund"]),
        ("Lives In Lund of north", ["Lund"]),
        ("Lives In Lund Of the north", []),
        ("Lives In Lund Of north", []),
    ],
)
def test_more_than_half_of_the_small_words_in_capitals_is_a_title(text, found):
    assert names(text) == found


@pytest.mark.parametrize(
    ("one", "other", "same"), [("ides", "id", False), ("ages", "age", False), ("homes", "home", True)]
)
def test_a_stem_has_three_letters_at_least(one, other, same):
    assert (stem(one) == stem(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("abcdefgx", "abcdefgz", True), ("abcdefx", "abcdefz", False), ("abcdef1x", "abcdef1z", False)],
)
def test_a_stem_has_seven_letters_at_most(one, other, same):
    assert (stem(one) == stem(other)) is same


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("China", "chinook", True),
        ("Chin", "chino", True),
        ("Chi", "chin", False),
        ("Chinba", "chinto", False),
        ("Zahlto", "zahlta", True),
        ("Zahlto", "zahuta", False),
    ],
)
def test_kin_share_all_but_the_last_letter_and_four_at_least(name, known, found):
    assert (unknown_names(f"It was {name}", known) == []) is found


def test_the_best_sentence_is_the_earliest_of_equals():
    text = "The red dog came. The black dog came. The red and black dog came."
    assert best_sentence(text, ("red", "black")).start == text.index("The red and")
    assert best_sentence(text, ("dog",)).start == 0


@pytest.mark.parametrize(("text", "found"), [("1,000 and 10,00", ["1000", "10"]), ("2.50 and 2.0", ["2.5", "2"])])
def test_a_comma_before_three_digits_parts_thousands(text, found):
    assert numbers(text) == found
