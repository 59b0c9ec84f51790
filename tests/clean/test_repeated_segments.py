"""Runs that stand twice are cut once; nothing else is, and nothing is lost."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.clean.repeated_segments import RepeatedSegments
from gristmill.mending import mended

SHARED = "The wheel turns the upper stone, and the grain falls between both stones."


def after(texts: list[str], tokens: int = 8) -> list[str]:
    found = RepeatedSegments(tokens=tokens).repairs(texts)
    return [mended(text, repairs) for text, repairs in zip(texts, found, strict=True)]


def test_the_longest_document_keeps_what_two_share() -> None:
    long, short = f"Here it begins. {SHARED} And so it goes on and on.", f"Other words; {SHARED} The end."
    assert after([short, long]) == ["Other words; The end.", long]


def test_a_document_inside_another_is_left_with_nothing() -> None:
    assert after([SHARED, f"{SHARED} More.", SHARED]) == ["", f"{SHARED} More.", ""]


def test_the_length_counts_exactly() -> None:
    run = " ".join(f"w{number}" for number in range(50))
    texts = [f"a {run} b", f"c {run} d e"]
    assert after(texts, 50) == ["a b", texts[1]]
    assert after(texts, 51) == texts


def test_spacing_does_not_matter_and_case_does() -> None:
    assert after([SHARED.replace(" ", "\n  "), SHARED + " x"]) == ["", SHARED + " x"]
    assert after([SHARED.upper(), SHARED]) == [SHARED.upper(), SHARED]


def test_scripts_without_spaces_count_by_character() -> None:
    shared = "水车转动上面的磨石谷物落下"
    assert after([f"一{shared}二", f"三{shared}四五"]) == ["一 二", f"三{shared}四五"]


def test_a_repeat_in_one_document_is_cut_where_it_does_not_overlap() -> None:
    assert after([f"{SHARED} Then. {SHARED} End."]) == [f"{SHARED} Then. End."]
    assert after(["a " * 100]) == ["a " * 8]
    assert after(["a " * 15]) == ["a " * 15]


WORDS = st.lists(st.sampled_from("abcd"), max_size=60).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=4), st.randoms(use_true_random=False))
def test_every_run_is_still_somewhere_and_none_twice(texts: list[str], draw: random.Random) -> None:
    left = [one.split() for one in after(texts)]

    def runs(words: list[str]) -> list[tuple[str, ...]]:
        return [tuple(words[at : at + 8]) for at in range(len(words) - 7)]

    places: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for number, words in enumerate(left):
        for at, run in enumerate(runs(words)):
            places.setdefault(run, []).append((number, at))
    for found in places.values():
        first = found[0]
        assert all(number == first[0] and at < first[1] + 8 for number, at in found)
    assert {word for text in texts for word in text.split()} == {word for words in left for word in words}
    shuffled = draw.sample(range(len(texts)), len(texts))
    assert sorted(after([texts[at] for at in shuffled])) == sorted(after(texts))


def test_no_texts_are_no_trouble() -> None:
    assert after([]) == []
    assert after(["", " "]) == ["", " "]


@pytest.mark.parametrize(("size", "cut"), [(49, False), (50, True), (51, True)])
def test_runs_of_fifty_tokens_are_cut(size: int, cut: bool) -> None:
    run = " ".join(f"w{number}" for number in range(size))
    texts = [f"a {run} b", f"c {run} d e"]
    assert after(texts, RepeatedSegments().tokens) == [("a b" if cut else texts[0]), texts[1]]
