import itertools
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from twin_rows import judged, outcomes, row

from gristmill.curate import _linkage
from gristmill.curate._agreement_weights import AGREES, DIFFERS, MISSING, Agreement, at_large, drawn, learnt
from gristmill.curate._comparisons import Compared, spelled
from gristmill.curate._linkage import Blocks
from gristmill.curate.fuzzy_duplicates import FuzzyDuplicates
from gristmill.errors import UserError
from gristmill.texts import Texts

FINE = "What is the fine for a book returned late?"


def records(rows: Sequence[Mapping[str, str]], ids: Sequence[str] = (), families: Sequence[int] = ()) -> Texts:
    """Records as columns in several chunks; the first column is also their text."""

    def column(values: Sequence[str]) -> Any:
        return pa.chunked_array([values[at : at + 3] for at in range(0, len(values), 3)], pa.string())

    names, size = list(ids) or [f"r{number:03}" for number in range(len(rows))], len(rows)
    columns = {name: column([one[name] for one in rows]) for name in (rows[0] if rows else ())}
    return Texts(
        roles={"text": column([next(iter(one.values())) for one in rows]), **columns},
        ids=column(names),
        precedence=np.zeros(size, np.int8),
        family=np.array(list(families) or [-1] * size, np.int32),
    )


def lines(check: FuzzyDuplicates, *rows: Mapping[str, str], **more: Any) -> list[dict[str, Any]]:
    found = check.judge_texts(records(rows, **more)).to_pylist()
    return [{**line, "evidence": json.loads(line["evidence"] or "{}")} for line in found]


def rejected(check: FuzzyDuplicates, *rows: Mapping[str, str], **more: Any) -> list[int]:
    return [line["row"] for line in lines(check, *rows, **more) if line["outcome"] == "reject"]


def figures(check: FuzzyDuplicates, *rows: Mapping[str, str]) -> dict[str, Any]:
    (found,) = [line["evidence"]["figures"] for line in lines(check, *rows) if "figures" in line["evidence"]]
    return found


def named(**columns: str) -> FuzzyDuplicates:
    return FuzzyDuplicates(columns=columns, block=["all"])


def score(comparison: Any, one: str, other: str) -> float:
    compared = Compared({"c": [one, other]}, {"c": comparison})
    return float(compared.scores("c", np.array([0]), np.array([1]))[0])


def test_the_examples_of_its_help():
    first = row(FINE, "20 cents a day.")
    assert outcomes(FuzzyDuplicates(), first, row(FINE, "30 cents a day.")) == ["pass", "pass"]
    near = row("What is the fine for a book that is returned late?", "20 cents a day")
    assert sorted(outcomes(FuzzyDuplicates(), first, near)) == ["pass", "reject"]


def test_rows_with_other_figures_or_another_answer_are_no_duplicates():
    long = "Take one tablet of the medicine every day, and with it much water, up to a dose of "
    assert (
        outcomes(FuzzyDuplicates(), row("How much?", long + "10 mg"), row("How much?", long + "20 mg")) == ["pass"] * 2
    )
    assert outcomes(FuzzyDuplicates(), row(long + "what?", "yes"), row(long + "what?", "no")) == ["pass"] * 2
    assert outcomes(FuzzyDuplicates(), row(long), row(long)) == ["pass"] * 2


@pytest.mark.parametrize(
    ("comparison", "one", "other", "expected"),
    [
        ("token_sort", "fuzzy wuzzy was a bear", "wuzzy fuzzy was a bear", 1),
        ("token_set", "fuzzy was a bear", "fuzzy fuzzy was a bear", 1),
        ("partial", "this is a test", "this is a test!", 1),
        ("token_sort", "this is a test", "this is a test!", 1),
        ("levenshtein", "this is a test", "this is a test!", 14 / 15),
        ("jaro_winkler", "MARTHA", "marhta", 0.9611),
        ("jaro_winkler", "dwayne", "duane", 0.84),
        ("digits", "(212) 555-0143", "212.555.0143", 1),
        ("digits", "٢١٢", "212", 1),
        ("digits", "212 555 0143", "212 555 0144", 0),
        ("exact", " New  York", "new york", 1),
        ("exact", "new york", "new york city", 0),
        ("token_sort", "é", "è", 0),
        ("token_sort", "3 + 4", "3 * 4", 0.8),
    ],
)
def test_scores_are_those_of_the_field(comparison, one, other, expected):
    found = score(comparison, one, other)
    assert found == pytest.approx(expected, abs=1e-4)
    assert found == score(comparison, other, one)


@pytest.mark.parametrize("comparison", ["exact", "levenshtein", "jaro_winkler", "token_sort", "partial", "digits"])
def test_a_missing_value_is_like_none(comparison):
    assert np.isnan(score(comparison, "", "")) and np.isnan(score(comparison, "12", ""))
    assert np.isnan(score("digits", "none", "unknown"))
    assert spelled("…", "token_sort") == "…" and score("token_sort", "…", "!") == 0
    check = named(name=comparison)
    assert rejected(check, {"name": "", "all": "x"}, {"name": "", "all": "x"}) == []
    assert rejected(check, {"name": "a 1", "all": ""}, {"name": "a 1", "all": ""}) == []


def test_a_missing_value_counts_as_nothing_in_the_mean():
    check = FuzzyDuplicates(columns={"name": "exact", "phone": "digits"}, block=["all"], threshold=0.75)
    one, other = {"name": "Ann", "phone": "", "all": "x"}, {"name": "ann", "phone": "1", "all": "x"}
    assert rejected(check, one, other) == []
    heavy = check.model_copy(update={"weights": {"name": 3.0}})
    assert rejected(heavy, one, other) == [0] or rejected(heavy, one, other) == [1]


@pytest.mark.parametrize(("threshold", "gone"), [(0.875, 1), (0.8751, 0)])
def test_the_threshold_itself_is_enough(threshold, gone):
    check = FuzzyDuplicates(columns={"name": "levenshtein"}, block=["all"], threshold=threshold)
    assert len(rejected(check, {"name": "abcdefgh", "all": "x"}, {"name": "abcdefgx", "all": "x"})) == gone


@pytest.mark.parametrize(("threshold", "gone"), [(0.9, 1), (0.91, 0)])
def test_the_threshold_of_a_weighted_mean(threshold, gone):
    check = FuzzyDuplicates(
        columns={"name": "levenshtein", "city": "exact"}, weights={"name": 4.0}, block=["all"], threshold=threshold
    )
    one = {"name": "abcdefgh", "city": "b", "all": "x"}
    (line,) = [line for line in lines(check, one, {**one, "name": "abcdefgx"}) if line["outcome"] == "reject"] or [None]
    assert (line is not None) == gone
    if line:
        assert line["score"] == 0.9 and line["evidence"]["scores"] == {"name": 0.875, "city": 1.0}
        assert "90%" in line["reason"] and line["evidence"]["twin"] in line["reason"]


def test_ten_rows_make_45_pairs():
    rows = [{"name": f"name {number}", "all": "x"} for number in range(10)]
    assert figures(named(name="exact"), *rows) == {"pairs": 45, "candidates": 45, "reduction_ratio": 0}
    halves = [{**one, "all": str(place % 2)} for place, one in enumerate(rows)]
    assert figures(named(name="exact"), *halves)["candidates"] == 20


def test_what_blocks_miss_is_told_where_the_truth_is_known():
    rows = [
        {"name": "golden dragon", "city": "york", "is": "1"},
        {"name": "golden dragon inn", "city": "new york", "is": "1"},
        {"name": "blue boar", "city": "york", "is": "2"},
        {"name": "blue boar", "city": "york", "is": "2"},
        {"name": "blue boar", "city": "york", "is": "3"},
        {"name": "no one knows", "city": "york", "is": ""},
        {"name": "no one knows", "city": "york", "is": ""},
    ]
    check = FuzzyDuplicates(columns={"name": "token_set"}, block=["city"], truth="is")
    assert set(check.wanted()) == {"name", "city", "is"}
    found = figures(check, *rows)
    assert (found["true_pairs"], found["pairs_completeness"], found["recall"]) == (2, 0.5, 0.5)
    assert (found["matched_pairs"], found["precision"], found["f1"]) == (4, 0.25, 0.3333)
    assert figures(check, *rows[:1], *rows[2:3])["precision"] is None


@pytest.mark.parametrize("key", ["letters", "neighbours", "tokens", "grams"])
def test_each_key_brings_the_alike_together(key):
    rows = [{"name": name} for name in ("Café Rouge", "zoo", "cafe rougé", "alpha", "Restaurant Rouge", "beta")]
    check = FuzzyDuplicates(columns={"name": "levenshtein"}, block={"name": key}, threshold=0.8, window=1)
    found = figures(check, *rows)
    assert 0 < found["candidates"] < found["pairs"]
    twins = [{"name": name} for name in ("golden dragon", "zoo", "golden dragan", "alpha", "beta", "gamma")]
    assert rejected(check, *twins) == [2]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text("abc ", max_size=6), st.text("abc", max_size=3)), min_size=2, max_size=12))
def test_one_block_is_the_same_as_comparing_all_with_all(made):
    rows = [{"name": name, "more": more, "all": "x", "is": str(place)} for place, (name, more) in enumerate(made)]
    check = FuzzyDuplicates(
        columns={"name": "levenshtein", "more": "exact"}, block=["all"], threshold=0.6, truth="is", window=1
    )
    compared = Compared({name: [one[name] for one in rows] for name in rows[0]}, check.columns)
    taken = 0
    for one, other in itertools.combinations(range(len(rows)), 2):
        pair = np.array([one]), np.array([other])
        taken += sum(np.nan_to_num(compared.scores(name, *pair)[0]) for name in check.columns) / 2 >= 0.6 - 1e-9
    assert figures(check, *rows)["matched_pairs"] == taken


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["golden", "dragon", "inn", "the", "boar"]), max_size=4).map(" ".join),
            st.sampled_from(["york", "leeds", ""]),
            st.sampled_from([-1, -1, 0]),
        ),
        max_size=12,
    ),
    st.sampled_from(["whole", "letters", "neighbours", "tokens", "grams"]),
    st.sampled_from(["threshold", "fellegi_sunter"]),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_nothing_and_every_twin_stays(made, key, classify, chance: random.Random):
    check = FuzzyDuplicates(
        columns={"name": "token_sort", "city": "exact"}, block={"name": key}, threshold=0.8, classify=classify, window=1
    )
    rows = [{"name": name, "city": city} for name, city, _ in made]
    ids, families = [f"r{place}" for place in range(len(made))], [family for *_, family in made]
    order = chance.sample(range(len(made)), len(made))
    found = {ids[line.pop("row")]: line for line in lines(check, *rows, ids=ids, families=families)}
    mixed = [[given[place] for place in order] for given in (rows, ids, families)]
    again = lines(check, *mixed[0], ids=mixed[1], families=mixed[2])
    assert {mixed[1][line.pop("row")]: line for line in again} == found
    for name, line in found.items():
        if line["outcome"] == "reject":
            twin = line["evidence"]["twin"]
            assert found.get(twin, {"outcome": "pass"})["outcome"] != "reject" and line["score"] >= 0.8
            assert families[ids.index(name)] < 0 or families[ids.index(twin)] < 0


def test_families_chains_and_who_stays():
    check = FuzzyDuplicates(columns={"name": "levenshtein"}, block=["all"], threshold=0.85)
    a, b = {"name": "abcdefgh", "all": "x"}, {"name": "abcdefgx", "all": "x"}
    assert rejected(check, a, b, families=[1, 1]) == [] and rejected(check, a, b, families=[1, 2]) == [1]
    assert rejected(check, a, b, ids=["z", "y"]) == [0]
    found = lines(check, {**a, "name": "abcdefghi"}, a, {**b, "name": "abcdefxx"}, {**b, "name": "abcdefxy"})
    assert [line["outcome"] for line in found] == ["pass", "reject", "reject"]
    chain = lines(check, {**a, "name": "abcdefghi"}, a, b)
    assert [line["outcome"] for line in chain] == ["pass", "reject", "note"]
    assert chain[2]["code"] == "chain" and chain[2]["evidence"]["near"] == "r001"
    person, model = row(FINE, "20 cents a day."), row(FINE + " And how much?", "20 cents a day.", kind="synthetic")
    verdicts = judged(FuzzyDuplicates(threshold=0.8), [model, person])
    assert [verdicts[one.id].outcome for one in (person, model)] == ["pass", "reject"]


def test_a_crowd_is_not_compared_all_with_all_and_that_is_told():
    rows = [{"name": f"name {number:04}", "city": "york"} for number in range(300)]
    check = FuzzyDuplicates(columns={"name": "levenshtein"}, block=["city"], largest_block=100, window=2)
    found = figures(check, *rows)
    assert found["candidates"] == 2 * 300 - 3 and found["crowded_blocks"] == 1
    assert found["crowds"] == [{"column": "city", "value": "york", "records": 300}]
    equal = FuzzyDuplicates(columns={"name": "exact"}, block=["city"], largest_block=2, window=1)
    assert len(rejected(equal, *({"name": "same", "city": "york"} for _ in range(300)), *rows)) == 299


def test_too_many_pairs_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(_linkage, "MOST_PAIRS", 40)
    rows = [{"name": f"name {number}", "all": "x"} for number in range(10)]
    with pytest.raises(UserError, match=r"all \(whole\).*10 records.*lower largest_block"):
        lines(named(name="exact"), *rows)


def test_pairs_of_a_block_are_each_made_once():
    values = {"a": ["x", "x", "y", "", "x"], "b": ["p", "p", "", "", "q"]}
    lefts, rights, crowds = Blocks({"a": "whole", "b": "whole"}, 5, 5).pairs(values, np.arange(5))
    assert [(one, other) for one, other in zip(lefts, rights, strict=True) if one != other] == [(0, 1), (0, 4), (1, 4)]
    assert crowds == () and 3 not in lefts


def test_fellegi_sunter_by_hand():
    known = Agreement(np.array([0.9, 0.8]), np.array([0.1, 0.2]), 0.1)
    agree, differ = known.weights()
    assert agree == pytest.approx([np.log2(9), 2]) and differ == pytest.approx([-np.log2(9), -2])
    patterns = np.array([[AGREES, AGREES], [AGREES, DIFFERS], [MISSING, AGREES], [MISSING, MISSING]], np.int8)
    # Odds of 1 to 9, times 9 or 1/9 for the first column and 4 or 1/4 for the second.
    assert known.chances(patterns) == pytest.approx([0.8, 0.2, 4 / 13, 0.1])


def test_what_was_planted_is_learnt():
    chance = np.random.default_rng(5)
    same = np.arange(40_000) < 2_000
    rates = np.where(same[:, None], [0.95, 0.8, 0.9], [0.02, 0.1, 0.3])
    patterns = np.where(chance.random((40_000, 3)) < rates, AGREES, DIFFERS).astype(np.int8)
    patterns[chance.random((40_000, 3)) < 0.1] = MISSING
    found = learnt(patterns, np.ones(40_000), at_large(patterns[~same]), 40_000)
    assert found.same == pytest.approx([0.95, 0.8, 0.9], abs=0.03)
    assert found.share == pytest.approx(0.05, abs=0.003)
    assert ((found.chances(patterns) > 0.5) == same).mean() > 0.98


def test_chances_learnt_from_records_take_the_right_pairs():
    firsts, seconds = (
        "Golden Blue Silent Royal Happy Little".split(),
        "Dragon Boar Lantern Crown Pigeon Orchard".split(),
    )
    rows = [
        {"name": f"{one} {other}", "street": f"{other} road {place * 37}", "city": one}
        for place, (one, other) in enumerate(itertools.product(firsts, seconds))
    ]
    again = [{**one, "name": one["name"] + " inn"} for one in rows[::5]]
    check = FuzzyDuplicates(
        columns={"name": "token_set", "street": "token_sort", "city": "exact"},
        block={"street": "tokens", "city": "whole"},
        classify="fellegi_sunter",
    )
    gone = rejected(check, *rows, *again)
    assert len(gone) == len(again)
    told = figures(check, *rows, *again)
    assert set(told["weights"]) == set(check.columns) and told["weights"]["street"]["agrees"] > 1
    assert told["share"] == pytest.approx(8 / (44 * 43 / 2), rel=0.5)


@pytest.mark.parametrize("count", [2, 3, 1000])
def test_pairs_at_large_are_pairs_of_two_records_and_always_the_same(count):
    lefts, rights = drawn(count)
    assert (lefts != rights).all() and max(lefts.max(), rights.max()) < count
    assert (drawn(count)[1] == rights).all()


@pytest.mark.parametrize(
    "fields",
    [
        {"columns": {"name": "soundex"}},
        {"columns": {"name": "exact"}, "weights": {"city": 2}},
        {"columns": {"name": "exact"}, "weights": {"name": 0}},
        {"columns": {"name": "exact"}, "classify": "fellegi_sunter"},
        {"columns": {"a": "exact", "b": "exact"}, "classify": "fellegi_sunter", "weights": {"a": 2}},
        {"block": {"name": "soundex"}},
    ],
)
def test_fields_that_make_no_sense_are_refused(fields):
    with pytest.raises(ValidationError):
        FuzzyDuplicates(**fields)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(UserError, match='"phone"'):
        lines(named(phone="digits"), *[{"name": "a", "all": "x"}] * 2)


def test_no_rows_and_one_row_say_nothing():
    assert lines(FuzzyDuplicates()) == [] == lines(FuzzyDuplicates(), {"name": "a"})


def test_a_mean_just_at_the_threshold_counts():
    check = FuzzyDuplicates(columns={"name": "levenshtein", "more": "exact"}, block=["more"], threshold=0.6, window=1)
    assert rejected(check, {"name": "aaaaa", "more": "a"}, {"name": "a", "more": "a"}) == [1]
