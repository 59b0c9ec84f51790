"""Records just above and just below each limit: what makes them one, what agrees, what is compared at all."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from columns_of_text import columns
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from twin_rows import outcomes, row

from gristmill.curate import _linkage
from gristmill.curate._agreement_weights import AGREES, DIFFERS, drawn
from gristmill.curate._comparisons import Compared, Comparison
from gristmill.curate._linkage import Blocks
from gristmill.curate.fuzzy_duplicates import FuzzyDuplicates
from gristmill.errors import UserError


def lines(check: FuzzyDuplicates, rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    given = [{"text": next(iter(one.values())), **one} for one in rows]
    found = check.judge_texts(columns(given)).to_pylist()
    return [{**line, "evidence": json.loads(line["evidence"] or "{}")} for line in found]


def gone(check: FuzzyDuplicates, *rows: Mapping[str, str]) -> int:
    return sum(line["outcome"] == "reject" for line in lines(check, rows))


def met(key: Any, *values: str, largest: int = 500, window: int = 5) -> int:
    """How many pairs of two of these values are compared."""
    lefts, rights, _ = Blocks({"c": key}, largest, window).pairs({"c": values}, np.arange(len(values)))
    return int((lefts != rights).sum())


@pytest.mark.parametrize(("size", "goes"), [(9, 0), (10, 1), (11, 1)])
def test_nine_tenths_alike_are_one_record(size: int, goes: int) -> None:
    name = "abcdefghijk"[:size]
    check = FuzzyDuplicates(columns={"name": "levenshtein"}, block=["all"])
    assert gone(check, {"name": name, "all": "x"}, {"name": name[:-1] + "z", "all": "x"}) == goes


@pytest.mark.parametrize(("size", "goes"), [(17, 0), (18, 1), (19, 1)])
def test_question_and_answer_must_both_be_nine_tenths_alike(size: int, goes: int) -> None:
    # A word of 20 and a sign differ in so much that 2 of 20 signs are changed at most.
    one, other = "a" * 20, "a" * size + "b" * (20 - size)
    said = "Which word is written at the end of the long first line"
    for first, second in ((row(said, one), row(said, other)), (row(one, said), row(other, said))):
        found = outcomes(FuzzyDuplicates(block=["answer" if first["answer"] == said else "question"]), first, second)
        assert found.count("reject") == goes


@pytest.mark.parametrize(("agrees", "pattern"), [(0.849, AGREES), (0.85, AGREES), (0.851, DIFFERS)])
def test_a_column_agrees_from_its_very_score_on(agrees: float, pattern: int) -> None:
    check = FuzzyDuplicates(columns={"a": "levenshtein", "b": "exact"}, classify="fellegi_sunter", agrees=agrees)
    name = "abcdefghijklmnopqrst"
    compared = Compared({"a": [name, name[:17] + "zzz"], "b": ["x", "x"]}, check.columns)
    assert check._patterns(compared, np.array([0]), np.array([1])).tolist() == [[pattern, AGREES]]


def test_a_column_agrees_from_85_of_100_on() -> None:
    assert FuzzyDuplicates().agrees == 0.85 and FuzzyDuplicates().threshold == 0.9


def test_fellegi_sunter_needs_two_columns() -> None:
    with pytest.raises(ValidationError, match="at least 2 columns"):
        FuzzyDuplicates(columns={"a": "exact"}, classify="fellegi_sunter")
    assert FuzzyDuplicates(columns={"a": "exact", "b": "exact"}, classify="fellegi_sunter")


@pytest.mark.parametrize(
    ("key", "one", "other", "pairs"),
    [
        ("letters", "abcx", "abcz", 1),
        ("letters", "abxc", "abzc", 0),
        ("grams", "xabcdy", "zabcdw", 1),
        ("grams", "xabcy", "zabcw", 0),
        ("tokens", "red dog", "red cat", 1),
        ("whole", "red dog", "RED  dog", 1),
        ("whole", "red dog", "red dogs", 0),
    ],
)
def test_how_much_of_a_key_two_records_share(key: str, one: str, other: str, pairs: int) -> None:
    assert met(key, one, other) == pairs


@pytest.mark.parametrize(("rare", "pairs"), [(2, 1), (3, 0)])
def test_the_three_rarest_words_make_the_blocks(rare: int, pairs: int) -> None:
    # Two records share a word that four have; each has so many words that only two have.
    words = [f"w{number}" for number in range(rare)]
    left, right = " ".join(["many", *words]), " ".join(["many", *(f"v{one}" for one in words)])
    beside = [*words, *(f"v{one}" for one in words)]
    lefts, rights, _ = Blocks({"c": "tokens"}, 500, 5).pairs(
        {"c": [left, right, "many here", "many there", *beside]}, np.arange(4 + len(beside))
    )
    assert ((lefts == 0) & (rights == 1)).sum() == pairs


@pytest.mark.parametrize(("count", "pairs"), [(4, 6), (5, 10), (6, 2 * 6 - 3)])
def test_a_block_of_the_largest_size_is_compared_in_full(count: int, pairs: int) -> None:
    assert met("whole", *["x"] * count, largest=5, window=2) == pairs


@pytest.mark.parametrize(("most", "fine"), [(54, False), (55, True), (56, True)])
def test_as_many_pairs_as_are_allowed_are_made(monkeypatch: pytest.MonkeyPatch, most: int, fine: bool) -> None:
    # Ten records make 45 pairs of two, and ten of a record with itself.
    monkeypatch.setattr(_linkage, "MOST_PAIRS", most)
    if fine:
        assert met("whole", *["x"] * 10) == 45
    else:
        with pytest.raises(UserError, match="more than 54 pairs"):
            met("whole", *["x"] * 10)


@pytest.mark.parametrize(("apart", "pairs"), [(1, 9), (2, 17), (5, 35)])
def test_so_many_neighbours_are_compared(apart: int, pairs: int) -> None:
    assert met("neighbours", *(f"name {letter}" for letter in "abcdefghij"), window=apart) == pairs


@pytest.mark.parametrize(("count", "pairs"), [(632, 199_396), (633, 200_000)])
def test_all_pairs_are_looked_at_while_they_are_at_most_200_000(count: int, pairs: int) -> None:
    assert len(drawn(count)[0]) == pairs


@settings(max_examples=60, deadline=None)
@given(
    st.text("abc ", min_size=1, max_size=20),
    st.text("abc ", min_size=1, max_size=20),
    st.sampled_from(["levenshtein", "jaro_winkler", "token_sort", "token_set", "partial"]),
)
def test_what_is_just_at_the_least_score_keeps_it(one: str, other: str, comparison: Comparison) -> None:
    pair = Compared({"c": [one, other]}, {"c": comparison}), np.array([0]), np.array([1])
    score = pair[0].scores("c", *pair[1:])
    assert np.array_equal(pair[0].scores("c", *pair[1:], float(score[0])), score, equal_nan=True)
