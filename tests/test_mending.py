"""Repairs are put into effect, followed to the new places, and joined when one round makes work for the next."""

import re
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gristmill.contracts import Repair
from gristmill.mending import Moves, mended, narrowed, settled

TEXT = "one  two  three"
REPAIRS = (Repair(3, 5, " ", "space"), Repair(8, 10, "\n\n\n", "space"))


def test_repairs_are_put_into_effect() -> None:
    assert mended(TEXT, REPAIRS) == "one two\n\n\nthree"
    assert mended(TEXT, ()) == TEXT


def test_places_are_followed() -> None:
    moves, new = Moves(REPAIRS), mended(TEXT, REPAIRS)
    for word in ("one", "two", "three"):
        start = TEXT.index(word)
        assert new[moves.to(start) : moves.to(start + len(word))] == word
    assert moves.to(len(TEXT)) == len(new)
    assert [place for place in range(len(TEXT) + 1) if moves.cut(place)] == [4, 9]
    assert moves.to(4) == 3


def test_a_repair_is_only_what_differs() -> None:
    assert narrowed(7, "abcd", "axcd", "c") == [Repair(8, 9, "x", "c")]
    assert narrowed(7, "aa", "a", "c") == [Repair(8, 9, "", "c")]
    assert narrowed(7, "same", "same", "c") == []


def _once(text: str) -> list[Repair]:
    """Takes out one pair of brackets at a time, and doubles dots as long as they are single."""
    found = [Repair(match.start(), match.end(), "", "pair") for match in re.finditer(r"\(\)|\[\]", text)]
    return found or [Repair(match.start(), match.end(), "!!", "dot") for match in re.finditer(r"\.", text)]


@settings(max_examples=200, deadline=None)
@example("(()).([])")
@example("()()a[(.)]")
@given(st.text(alphabet="()[].ab", max_size=30))
def test_rounds_are_joined_to_repairs_of_the_first_text(text: str) -> None:
    whole = settled(text, _once)
    step = text
    while found := _once(step):
        step = mended(step, found)
    assert mended(text, whole) == step
    assert all(one.end <= other.start for one, other in pairwise(whole))
    assert all(text[one.start : one.end] != one.put for one in whole)
    assert all(text[one.start : one.end].count("a") == one.put.count("a") for one in whole)


def test_a_find_that_never_ends_is_ended() -> None:
    assert settled("a", lambda text: [Repair(0, 0, "a", "more")])
