"""Spellings of one value become the commonest; values that differ stay apart."""

from typing import Any

import pytest

from gristmill.clean.messy_values import MessyValues


def after(values: list[str], **fields: Any) -> list[str]:
    found = MessyValues(**fields).repairs(values)
    return [repairs[0].put if repairs else value for value, repairs in zip(values, found, strict=True)]


def test_the_commonest_spelling_wins_and_of_equally_common_ones_the_lowest() -> None:
    assert after(["new york.", "New York", "New York", "York, New"]) == ["New York"] * 4
    assert after(["b A", "A b"]) == ["A b", "A b"]


def test_pairs_of_letters_see_missing_spaces() -> None:
    assert after(["New York", "New York", "NewYork"], method="ngram") == ["New York"] * 3
    assert after(["New York", "New York", "NewYork"]) == ["New York", "New York", "NewYork"]


def test_the_labels_of_the_guide_meet_by_pairs_of_letters() -> None:
    values = ["Sci-Fi", "sci fi", "SCI FI", "Sci-Fi"]
    assert after(values, method="ngram") == ["Sci-Fi"] * 4
    assert after(values) == ["Sci-Fi", "SCI FI", "SCI FI", "Sci-Fi"]


def test_near_values_follow_the_commonest_and_never_a_chain() -> None:
    values = ["Massachusetts"] * 3 + ["Massachusets"] * 2 + ["Massachuset"]
    assert after(values, method="knn") == ["Massachusetts"] * 5 + ["Massachuset"]
    assert after(["cat", "cat", "hat"], method="knn") == ["cat", "cat", "hat"]


@pytest.mark.parametrize("method", ["fingerprint", "ngram", "knn"])
def test_numbers_signs_and_spared_values_stay(method: str) -> None:
    values = ["1.5", "15", "15", "+", "-", "C++", "C", "C", ""]
    assert after(values, method=method, spare=("C++",)) == values


def test_what_meets_in_a_key_meets() -> None:
    assert after(["C++", "C", "C"]) == ["C", "C", "C"]


def test_it_wants_its_columns() -> None:
    assert MessyValues(columns=("topic",)).wanted() == ("topic",)


@pytest.mark.parametrize(
    ("radius", "other", "met"),
    [(1, "Massachusets", True), (1, "Massachuset", False), (2, "Massachuset", True), (2, "Massachuse", False)],
)
def test_values_so_many_edits_apart_meet(radius: int, other: str, met: bool) -> None:
    found = after(["Massachusetts"] * 2 + [other], method="knn", radius=radius)
    assert found == ["Massachusetts"] * 2 + ["Massachusetts" if met else other]


@pytest.mark.parametrize(("value", "other", "met"), [("abcdefg", "abcdefx", True), ("abcdef", "abcdex", False)])
def test_values_that_share_a_run_of_six_letters_are_compared(value: str, other: str, met: bool) -> None:
    assert after([value, value, other], method="knn") == [value, value, value if met else other]
    assert after([value, value, other], method="knn", block=5) == [value] * 3


@pytest.mark.parametrize(("n", "met"), [(1, True), (2, True), (3, False)])
def test_values_with_the_same_runs_of_letters_meet(n: int, met: bool) -> None:
    assert after(["aba", "aba", "abab"], method="ngram", n=n) == ["aba", "aba", "aba" if met else "abab"]


@pytest.mark.parametrize(("n", "met"), [(3, True), (4, False)])
def test_a_value_shorter_than_a_run_stays(n: int, met: bool) -> None:
    assert after(["aba", "aba", "Aba"], method="ngram", n=n) == ["aba", "aba", "aba" if met else "Aba"]
