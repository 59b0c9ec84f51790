import math
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_rows import Asking, Bare, judged, outcomes, row, word

from gristmill.curate._minhash import HASHES, NEIGHBOURS, banding, candidates, collision, signed
from gristmill.curate.near_duplicates import NearDuplicates, jaccard, shingles
from gristmill.errors import UserError

CHECK = NearDuplicates()
PASSWORD = "How do I reset the password of my account at work?"


def sentence(*numbers: int) -> str:
    return " ".join(word(number) for number in numbers)


def pairs_alike(shared: int, own: int, count: int) -> list[str]:
    """Pairs of texts whose sets of words have Jaccard similarity shared / (shared + 2 own)."""
    texts = []
    for pair in range(count):
        one, left, right = (f"p{pair}x", f"p{pair}y", f"p{pair}z")
        both = [f"{one}{number}" for number in range(shared)]
        texts += [" ".join(both + [f"{side}{number}" for number in range(own)]) for side in (left, right)]
    return texts


def test_the_examples_of_its_help():
    first = row(PASSWORD, "Ask IT for a new one.")
    assert outcomes(CHECK, first, row(PASSWORD, "Call 555.")) == ["pass", "pass"]
    near = row(PASSWORD.replace("of my", "for my"), "Ask IT for a new one.")
    assert sorted(outcomes(CHECK, first, near)) == ["pass", "reject"]


@pytest.mark.parametrize(
    ("similarity", "chance"),
    [(0.5, 0.053), (0.6, 0.211), (0.7, 0.565), (0.75, 0.772), (0.8, 0.924), (0.85, 0.988), (0.9, 0.9996)],
)
def test_the_chance_to_meet_is_that_of_the_table_for_14_by_8(similarity, chance):
    assert collision(similarity, 14, 8) == pytest.approx(chance, abs=0.0011)


@pytest.mark.parametrize(
    ("similarity", "chance"), [(0.6, 0.016), (0.7, 0.302), (0.75, 0.761), (0.8, 0.995), (0.85, 1.0)]
)
def test_the_chance_to_meet_is_that_of_the_table_for_450_by_20(similarity, chance):
    assert collision(similarity, 450, 20) == pytest.approx(chance, abs=0.0011)


@pytest.mark.parametrize(("shared", "own"), [(20, 10), (40, 5), (36, 2)])
def test_measured_meetings_lie_within_three_sigma(shared, own):
    count, similarity = 1000, shared / (shared + 2 * own)
    met = candidates(pairs_alike(shared, own, count), 1, 14, 8)
    assert all(one // 2 == other // 2 for one, other in met)
    expected = collision(similarity, 14, 8)
    assert abs(len(met) / count - expected) <= 3 * math.sqrt(expected * (1 - expected) / count) + 1e-9


@pytest.mark.parametrize(("shared", "own"), [(20, 10), (40, 5), (36, 2)])
def test_signatures_estimate_the_similarity(shared, own):
    count, hashes = 300, 112
    similarity = shared / (shared + 2 * own)
    table = signed(pairs_alike(shared, own, count), 1, hashes).sort("row").to_arrow()
    signatures = table.column("signature").to_pylist()
    errors = [
        sum(a == b for a, b in zip(signatures[2 * pair], signatures[2 * pair + 1], strict=True)) / hashes - similarity
        for pair in range(count)
    ]
    sigma = math.sqrt(similarity * (1 - similarity) / hashes)
    assert sum(abs(error) <= 3 * sigma for error in errors) >= 0.99 * count
    assert abs(sum(errors) / count) <= 3 * sigma / math.sqrt(count)


def test_bands_find_nearly_all_pairs_at_the_threshold():
    for percent in range(5, 101, 5):
        bands, rows = banding(percent / 100)
        assert bands * rows <= HASHES
        assert percent < 30 or collision(percent / 100, bands, rows) >= 0.97


def test_signatures_are_the_same_in_another_process():
    code = "from gristmill.curate._minhash import signed; print(signed(['a b c', 'ü'], 2, 4).to_pydict()['signature'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == SIGNATURES == str(signed(["a b c", "ü"], 2, 4).to_pydict()["signature"])


SIGNATURES = "[[147236947, 216370974, 890580489, 2442054566], [950395833, 2210488464, 151783587, 4175839384]]"


def test_a_bucket_of_very_many_is_joined_without_comparing_all():
    pairs = candidates(["the same words"] * 200, 2, 2, 4)
    assert len(pairs) < 200 * (NEIGHBOURS + 1)
    assert {(0, later) for later in range(1, 200)} <= pairs


def test_similarity_is_that_of_the_runs():
    assert jaccard(shingles("a b c", 2), shingles("a b d", 2)) == 1 / 3
    assert jaccard(shingles("a", 2), shingles("a", 2)) == 1
    assert jaccard(shingles("a", 2), shingles("", 2)) == 0


@pytest.mark.parametrize(("length", "dropped"), [(12, False), (13, True)])
def test_one_changed_word_passes_the_threshold_from_13_words_on(length, dropped):
    numbers = list(range(length))
    first, second = row(sentence(*numbers)), row(sentence(*numbers[:6], 99, *numbers[7:]))
    assert outcomes(CHECK, first, second).count("reject") == dropped


@pytest.mark.parametrize(("length", "dropped"), [(23, False), (24, True)])
def test_two_changed_words_pass_it_from_24_words_on(length, dropped):
    numbers = list(range(length))
    first, second = row(sentence(*numbers)), row(sentence(*numbers[:6], 99, *numbers[7:14], 98, *numbers[15:]))
    assert outcomes(CHECK, first, second).count("reject") == dropped


def test_short_texts_must_have_equal_words():
    assert outcomes(NearDuplicates(ngram=5), row("What is it?", ""), row("what is IT", "")).count("reject") == 1
    assert outcomes(NearDuplicates(ngram=5), row("What is it?", ""), row("What is this?", "")) == ["pass", "pass"]
    assert outcomes(CHECK, row("😀"), row("😡"), row("…")) == ["pass"] * 3


def test_scripts_without_spaces_are_compared_by_character():
    long = "北京是中华人民共和国的首都也是全国的政治中心和文化中心"
    assert outcomes(CHECK, row(long), row(long.replace("首都", "都城"))).count("reject") == 1
    assert outcomes(CHECK, row(long), row("上海是长江三角洲最大的城市也是重要的港口和金融中心")) == ["pass", "pass"]


@pytest.mark.parametrize(("one", "other"), [("10 mg", "20 mg"), ("3 + 4", "3 * 4"), ("4 > 3", "3 > 4"), ("-5", "5")])
def test_rows_that_differ_in_a_figure_or_sign_both_stay(one, other):
    text = "Each patient of the second group must take {} with a full glass of water in the morning before breakfast"
    assert outcomes(CHECK, row("How much?", text.format(one)), row("How much?", text.format(other))) == ["pass", "pass"]


def test_a_long_question_with_another_answer_is_not_a_duplicate():
    question = sentence(*range(60))
    assert outcomes(CHECK, row(question, "Paris"), row(question, "Lyon")) == ["pass", "pass"]
    assert outcomes(CHECK, row(question, "yes"), row(question, "")) == ["pass", "pass"]


def test_members_of_one_family_are_never_duplicates_of_each_other():
    text = sentence(*range(30))
    assert outcomes(CHECK, row(text, "a", family="f"), row(text + "?", "a", family="f")) == ["pass", "pass"]
    assert outcomes(CHECK, row(text, "a", family="f"), row(text + "?", "a", family="g")).count("reject") == 1


def test_a_row_of_people_stays_and_then_the_longest():
    text = sentence(*range(30))
    person, longer, longest = (
        row(text),
        row(text + " more", kind="synthetic"),
        row(text + " more words", kind="synthetic"),
    )
    assert outcomes(CHECK, longest, longer, person) == ["reject", "reject", "pass"]
    assert outcomes(CHECK, longer, longest) == ["reject", "pass"]


def test_a_chain_is_one_cluster_and_only_rows_like_a_kept_one_go():
    first = list(range(50))
    second, third = [*first[:-6], *range(100, 106)], [*first[:-12], *range(200, 206), *range(100, 106)]
    a, b, c = (
        row(sentence(*first), kind="human"),
        row(sentence(*second), kind="edited"),
        row(sentence(*third), kind="derived"),
    )
    found = judged(CHECK, [c, a, b])
    assert [found[one.id].outcome for one in (a, b, c)] == ["pass", "reject", "note"]
    assert found[b.id].evidence["twin"] == a.id
    assert found[c.id].code == "chain" and found[c.id].evidence["near"] == b.id
    assert {found[one.id].evidence["cluster"] for one in (a, b, c)} == {3}
    assert {found[one.id].evidence["lowest_similarity"] for one in (a, b, c)} == {round(37 / 61, 4)}


def test_passages_alone_may_be_compared():
    passage = sentence(*range(40))
    rows = row("Who?", "he", passage), row("Which person was it then?", "he", passage + " again")
    assert outcomes(NearDuplicates(columns=("context",)), *rows).count("reject") == 1
    with pytest.raises(UserError, match="context"):
        list(NearDuplicates(columns=("context",)).verdicts(rows, Bare()))


def test_no_rows_no_verdicts():
    assert list(CHECK.verdicts([], Asking())) == []


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(0, 39), st.integers(0, 2)), max_size=4),
            st.sampled_from(["yes", "no"]),
            st.sampled_from(["human", "synthetic"]),
            st.sampled_from(["", "", "f"]),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_nothing_and_every_twin_stays(made, chance: random.Random):
    rows = []
    for place, (edits, answer, kind, family) in enumerate(made):
        numbers = list(range(40))
        for where, what in edits:
            numbers[where] = 100 + what
        rows.append(row(sentence(*numbers), answer, kind=kind, family=family, place=str(place)))
    found = judged(CHECK, rows)
    assert found == judged(CHECK, chance.sample(rows, len(rows)))
    by_id = {one.id: one for one in rows}
    for name, verdict in found.items():
        if verdict.outcome == "reject":
            twin = by_id[verdict.evidence["twin"]]
            assert found[twin.id].outcome != "reject" and verdict.score >= 0.7
            assert twin["answer"] == by_id[name]["answer"]
            assert not (twin.family and twin.family == by_id[name].family)
