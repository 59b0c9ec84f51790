import random

from hypothesis import given, settings
from hypothesis import strategies as st
from twin_rows import judged, outcomes, row

from gristmill.curate.exact_duplicates import ExactDuplicates

CHECK = ExactDuplicates()


def test_the_examples_of_its_help():
    assert outcomes(CHECK, row("Who wrote Emma?", "Jane Austen"), row("Who wrote Emma?", "Austen")) == ["pass", "pass"]
    twins = [row("Who wrote Emma?", "Jane Austen"), row("Who  wrote Emma?", "Jane Austen", kind="synthetic")]
    assert outcomes(CHECK, *twins) == ["pass", "reject"]


def test_the_form_of_unicode_and_white_space_do_not_count():
    composed, decomposed = row("café\u00a0 au lait?", "o\n", place="a"), row("cafe\u0301 au lait?", "o", place="b")
    assert sorted(outcomes(CHECK, composed, decomposed)) == ["pass", "reject"]


def test_case_and_compatibility_forms_count():
    assert outcomes(CHECK, row("Polish?", "x"), row("polish?", "x"), row("x²?", "y"), row("x2?", "y")) == ["pass"] * 4


def test_question_and_answer_do_not_run_into_each_other():
    assert outcomes(CHECK, row("a b", "c"), row("a", "b c")) == ["pass", "pass"]


def test_a_row_of_people_stays_before_a_longer_synthetic_one():
    person, model = row("Q?", "A"), row("Q?", "A", context="a long passage", kind="synthetic")
    assert outcomes(CHECK, model, person) == ["reject", "pass"]


def test_the_longest_stays_and_then_the_lowest_id():
    short, long = row("Q?", "A", context="p"), row("Q?", "A", context="passage")
    assert outcomes(CHECK, short, long) == ["reject", "pass"]
    equal = sorted((row("Q?", "A", place=str(place)) for place in range(9)), key=lambda one: one.id)
    found = judged(CHECK, equal)
    assert [found[one.id].outcome for one in equal] == ["pass"] + ["reject"] * 8
    assert {found[one.id].evidence["twin"] for one in equal[1:]} == {equal[0].id}
    assert equal[0].id in found[equal[1].id].reason


def test_variations_over_other_passages_are_no_duplicates_of_each_other():
    near, far = row("Q?", "A", "p1", family="f"), row("Q?", "A", "p2", family="f")
    assert outcomes(CHECK, near, far) == ["pass", "pass"]
    assert outcomes(CHECK, near, row("Q?", "A", "p2", family="g")).count("reject") == 1


def test_a_variation_that_varies_nothing_is_a_duplicate():
    twins = [row("Q?", "A", "p", family="f", place=place) for place in ("one", "two")]
    assert outcomes(CHECK, *twins).count("reject") == 1


def test_no_rows_no_verdicts():
    assert judged(CHECK, []) == {}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab "), st.sampled_from("xy"), st.sampled_from("pq"), st.sampled_from(["", "f"]))
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_nothing(texts, chance: random.Random):
    rows = [row(*text[:3], family=text[3], place=str(place)) for place, text in enumerate(texts)]
    shuffled = chance.sample(rows, len(rows))
    found = judged(CHECK, rows)
    assert found == judged(CHECK, shuffled)
    for verdict in found.values():
        assert verdict.outcome == "pass" or found[verdict.evidence["twin"]].outcome == "pass"
