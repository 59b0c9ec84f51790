"""Labels: the nearest one before a number counts, within its sentence and its reach."""

from hypothesis import given
from hypothesis import strategies as st

from gristmill.personal_labels import BESIDE, NEAR, Labelled


def kind(text: str) -> str:
    return Labelled(text).kind(text.index("1"))


def test_the_nearest_label_counts() -> None:
    assert kind("phone, passport 1") == "passport"
    assert kind("passport, phone 1") == "phone"
    assert kind("1 phone") == ""


def test_a_label_reaches_so_far_and_no_further() -> None:
    assert kind("phone" + " " * NEAR + "1") == "phone"
    assert kind("phone" + " " * (NEAR + 1) + "1") == ""


def test_a_sentence_or_a_paragraph_ends_its_reach() -> None:
    assert kind("My phone. It has 1") == ""
    assert kind("phone\n\n1") == "" and kind("Phone:\n\n1") == "phone"
    assert kind("passport no. A1") == "passport"


def test_parts_of_addresses_and_redacted_values_are_no_labels() -> None:
    for text in ("[phone] 1", "phone@mail.org 1", "a.phone 1", "/phone 1", "earphones 1", "phone.org 1"):
        assert kind(text) == "", text


def test_only_a_counting_word_makes_an_ordinary_word_another_things_label() -> None:
    def foreign(text: str, plain: bool) -> str:
        return Labelled(text).foreign(text.index("1"), plain)

    assert foreign("order 1", plain=True) == "other" and foreign("order 1", plain=False) == ""
    assert foreign("order no. 1", plain=False) == "other" and foreign("order of the 1", plain=True) == ""
    assert foreign("ISBN 1", plain=False) == "code" and foreign("phone 1", plain=True) == ""


def test_a_word_behind_says_telephone() -> None:
    assert Labelled("1 fax").phone_behind(1) and Labelled("1-Office").phone_behind(1)
    assert not Labelled("1 faxes").phone_behind(1) and not Labelled("1\n\nfax").phone_behind(1)


@given(st.text("phone 12.\n", max_size=200))
def test_labels_near_a_number_are_those_of_the_whole_text(text: str) -> None:
    labels = Labelled(text).labels
    assert [label.start for label in labels] == sorted({label.start for label in labels})
    assert all(text[label.start : label.end] == "phone" for label in labels)


def test_what_is_beside_a_number_reaches_so_far_and_no_further() -> None:
    for gap, beside in ((2, True), (3, True), (4, False)):
        between = " " * gap + "number   " * 3
        text = f"phone{between}1"
        assert Labelled(text).phone_beside(text.index("1")) == beside == (len(between) <= BESIDE)
