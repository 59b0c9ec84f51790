import json
import random
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_rows import Bare, judged, outcomes, row, word

from gristmill.curate._minhash import HASHES, banding, collision, sketches
from gristmill.curate._twins import terms
from gristmill.curate.near_duplicates import NearDuplicates
from gristmill.errors import UserError
from gristmill.text import ngrams
from gristmill.texts import Texts

CHECK = NearDuplicates()
PASSWORD = "How do I reset the password of my account at work?"


def sentence(*numbers: int) -> str:
    return " ".join(word(number) for number in numbers)


def documents(*texts: str, ids: Sequence[str] = (), chunk: int = 3) -> Texts:
    """Whole documents as columns in several chunks."""

    def column(values: Sequence[str]) -> Any:
        return pa.chunked_array([values[at : at + chunk] for at in range(0, len(values), chunk)], pa.string())

    names, size = list(ids) or [f"d{number:03}" for number in range(len(texts))], len(texts)
    roles = {"text": column(texts)}
    return Texts(roles=roles, ids=column(names), precedence=np.zeros(size, np.int8), family=np.full(size, -1, np.int32))


def rejected(check: NearDuplicates, *texts: str) -> list[int]:
    lines = check.judge_texts(documents(*texts)).to_pylist()
    return [line["row"] for line in lines if line["outcome"] == "reject"]


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


def test_bands_find_nearly_all_pairs_at_the_threshold():
    for percent in range(5, 101, 5):
        bands, rows = banding(percent / 100)
        assert bands * rows <= HASHES
        assert percent < 30 or collision(percent / 100, bands, rows) >= 0.97


def test_sketches_are_the_same_in_another_process():
    code = (
        "import pyarrow as pa; from gristmill.curate._minhash import sketches; "
        "print(sketches(pa.chunked_array([['a b c', 'ü']]), 2, 2, 2).bands.tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == BANDS == str(sketches(pa.chunked_array([["a b c", "Ü"]]), 2, 2, 2).bands.tolist())


BANDS = "[[305114037, 1145047101], [3761417608, 3416567383]]"


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
        judged(NearDuplicates(columns=("context",)), rows, Bare())


def test_no_rows_no_verdicts():
    assert judged(CHECK, []) == {}
    assert len(CHECK.judge_texts(documents())) == 0


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


@pytest.mark.parametrize(("length", "dropped"), [(32, False), (33, True)])
def test_one_changed_word_of_a_document_passes_the_threshold_from_33_words_on(length, dropped):
    numbers = list(range(length))
    texts = sentence(*numbers), sentence(*numbers[:12], 99, *numbers[13:])
    assert rejected(CHECK, *texts) == ([1] if dropped else [])
    assert len(rejected(NearDuplicates(ngram=2), *texts)) == 1


def test_a_document_with_another_figure_is_a_near_duplicate_and_a_figure_is_a_word():
    assert rejected(CHECK, sentence(*range(80), 80) + " 10 mg", sentence(*range(80), 80) + " 20 mg") == [1]
    assert rejected(CHECK, "Take 10 mg a day", "Take 20 mg a day") == []


def test_case_layout_and_the_form_of_unicode_do_not_count():
    text = "Der Mörder aß im Café «Zur Straße» – für 3,50 Francs – ein großes Stück Brot."
    others = text.upper(), text.replace(" ", "\n\t"), text.replace("ö", "o\u0308").replace("é", "e\u0301"), f"({text})"
    for other in others:
        assert len(rejected(NearDuplicates(threshold=1), text, other)) == 1, other


def test_documents_without_spaces_and_without_words():
    long = "北京是中华人民共和国的首都也是全国的政治中心和文化中心"
    assert len(rejected(NearDuplicates(ngram=2), long, long.replace("首都", "都城"))) == 1
    assert rejected(CHECK, "", " \n", "…", "😀", "😡", "北京", "北") == [0]


def test_the_longest_document_stays_and_then_the_lowest_id():
    text = sentence(*range(60))
    assert rejected(CHECK, text, text + " end", text + " the end") == [0, 1]
    for ids in (["b", "a", "c"], ["a", "b", "c"], ["c", "b", "a"]):
        lines = CHECK.judge_texts(documents(text, text, text, ids=ids)).to_pylist()
        assert {ids[line["row"]] for line in lines if line["outcome"] == "reject"} == {"b", "c"}


def test_names_with_quotes_are_told():
    text = sentence(*range(60))
    table = CHECK.judge_texts(documents(text, text, ids=['a"\\\n', "b"])).to_pylist()
    (line,) = [line for line in table if line["outcome"] == "reject"]
    assert json.loads(line["evidence"]) == {"twin": 'a"\\\n', "cluster": 2, "lowest_similarity": 1}


def test_a_thousand_texts_in_one_bucket_leave_one():
    base = list(range(100))
    texts = [sentence(*base[:50], 1000 + number, *base[51:]) for number in range(1000)]
    assert len(rejected(CHECK, *texts)) == 999


def jaccard(one: str, other: str, ngram: int) -> float:
    left, right = (set(ngrams(terms(text), ngram) or [tuple(terms(text))]) for text in (one, other))
    return len(left & right) / len(left | right)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 2)), max_size=5), max_size=9),
    st.randoms(use_true_random=False),
)
def test_documents_are_gone_through_as_by_a_plain_reading_of_the_rule(made, chance: random.Random):
    texts = []
    for edits in made:
        numbers = list(range(60))
        for where, what in edits:
            numbers[where] = 100 + what
        texts.append(sentence(*numbers))
    ids = [f"d{place}" for place in range(len(texts))]
    near = {(a, b): jaccard(texts[a], texts[b], 5) for a in range(len(texts)) for b in range(len(texts))}
    kept: list[int] = []
    expected = {}
    for place in sorted(range(len(texts)), key=lambda at: (-len(texts[at]), at)):
        if max((near[place, one] for one in kept), default=0) < 0.5:
            kept.append(place)
        else:
            expected[ids[place]] = round(max(near[place, one] for one in kept), 4)
    order = chance.sample(range(len(texts)), len(texts))
    table = NearDuplicates(threshold=0.5).judge_texts(
        documents(*(texts[at] for at in order), ids=[ids[at] for at in order])
    )
    gone = {ids[order[line["row"]]]: line for line in table.to_pylist() if line["outcome"] == "reject"}
    assert {name: line["score"] for name, line in gone.items()} == expected
    for name, line in gone.items():
        twin = json.loads(line["evidence"])["twin"]
        assert twin not in gone and near[int(name[1:]), int(twin[1:])] == pytest.approx(line["score"], abs=1e-4)


@pytest.mark.parametrize(("more", "dropped"), [(2, 1), (3, 1), (4, 0)])
def test_just_seven_of_ten_runs_in_common_are_enough(more, dropped):
    assert len(rejected(CHECK, sentence(*range(11)), sentence(*range(11 + more)))) == dropped
    assert outcomes(CHECK, row(sentence(*range(8))), row(sentence(*range(8 + more)))).count("reject") == dropped
    answers = sentence(*range(8)), sentence(*range(8 + more))
    asked = sentence(*range(50, 90))
    assert outcomes(CHECK, *(row(asked, answer) for answer in answers)).count("reject") == dropped
