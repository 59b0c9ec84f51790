import random

import numpy as np
import pytest
from columns_of_text import columns, said
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.curate import _near, semantic_duplicates
from gristmill.curate._near import Cells, sieved
from gristmill.curate.semantic_duplicates import SemanticDuplicates
from gristmill.static_vectors import to_unit


class Given:
    """Vectors by text; any other text has the first letter's own direction."""

    averages = False

    def __init__(self, known):
        self.known = {text: np.array(vector, np.float32) for text, vector in known.items()}

    def vectors(self, texts):
        return to_unit(np.array([self.known.get(text, np.eye(64)[ord(text[:1] or "@") % 64][:64]) for text in texts]))


@pytest.fixture
def known(monkeypatch):
    def give(**vectors):
        padded = {text: np.pad(np.array(vector, float), (0, 64 - len(vector))) for text, vector in vectors.items()}
        monkeypatch.setattr(semantic_duplicates, "embedder", lambda model: Given(padded))

    return give


def rows(*texts):
    return [{"text": text} for text in texts]


def apart(cosine):
    return [cosine, (1 - cosine * cosine) ** 0.5]


@pytest.mark.parametrize(("cosine", "goes"), [(0.8501, True), (0.8499, False), (0.0, False), (-1.0, False)])
def test_the_threshold_parts_alike_from_unlike(known, cosine, goes):
    known(first=[5, 0], other=[9 * one for one in apart(cosine)])
    found = said(SemanticDuplicates(), rows("first", "other"))
    assert ("row0001" in found) is goes
    if goes:
        assert found["row0001"]["evidence"] == {"twin": "row0000", "similarity": pytest.approx(cosine, abs=1e-3)}


def test_a_cosine_is_never_above_one_and_equal_vectors_reach_a_threshold_of_one(known):
    vector = (np.ones(64) / 3).tolist()
    known(first=vector, other=[7 * one for one in vector])
    assert said(SemanticDuplicates(threshold=0.999), rows("first", "other"))["row0001"]["score"] == 1.0


def test_zero_vectors_are_like_nothing(known):
    known(first=[0, 0], other=[0, 0])
    assert said(SemanticDuplicates(threshold=0.01), rows("first", "other")) == {}


def test_a_chain_loses_its_middle_only(known):
    # b is like a and like c, which are not alike; a is the longest and stays.
    known(aaa=[1, 0], bb=apart(0.9), c=[2 * 0.9**2 - 1, 2 * 0.9 * (1 - 0.9**2) ** 0.5])
    assert set(said(SemanticDuplicates(), rows("aaa", "bb", "c"))) == {"row0001"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It opened in 1894.", "It opened in 1895."),
        ("Take 5 mg of it.", "Take 15 mg of it."),
        ("The dog was found.", "The dog was not found."),
        ("The door can open.", "The door can’t open."),
    ],
)
def test_another_figure_or_a_denial_is_another_meaning(known, one, other):
    known(**{one: [1, 0], other: [1, 0]})
    assert said(SemanticDuplicates(), rows(one, other)) == {}


def exchange(answer, family=-1, kind="synthetic", question="How do I reset it?"):
    return {"question": question, "answer": answer, "family": family, "kind": kind}


def test_the_same_question_with_another_answer_stays(known):
    known()
    assert said(SemanticDuplicates(), [exchange("Call Anna."), exchange("Call Anton.")]) == {}
    assert len(said(SemanticDuplicates(), [exchange("Call Anna."), exchange("call anna")])) == 1
    long = "It is found under settings"
    known(**{long: [1, 0], "Look into the manual first": [0, 1], "You find it under settings": [1, 0.1]})
    assert said(SemanticDuplicates(), [exchange(long), exchange("Look into the manual first")]) == {}
    assert len(said(SemanticDuplicates(), [exchange(long), exchange("You find it under settings")])) == 1


def test_a_family_is_kept_and_people_come_first(known):
    known()
    assert said(SemanticDuplicates(), [exchange("Call Anna.", 3), exchange("Call Anna.", 3)]) == {}
    assert len(said(SemanticDuplicates(), [exchange("Call Anna.", 3), exchange("Call Anna.", 4)])) == 1
    longer = exchange("Call Anna.", question="How do I reset it, please?")
    assert set(said(SemanticDuplicates(), [longer, exchange("Call Anna.", kind="human")])) == {"row0000"}
    assert set(said(SemanticDuplicates(), [exchange("Call Anna."), longer])) == {"row0000"}


def test_long_texts_must_be_closer_where_vectors_are_means():
    check = SemanticDuplicates(threshold=0.8)
    assert check.asked([0, 60, 600, 6000]) == pytest.approx([0.8, 0.8, 0.92, 0.968], abs=0.001)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(seed):
    draw = random.Random(seed)
    known = {f"{'x' * draw.randrange(1, 4)}{n}": np.random.default_rng(seed + n % 7).random(64) for n in range(30)}
    known = {text: vector + np.random.default_rng(n).random(64) / 4 for n, (text, vector) in enumerate(known.items())}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(semantic_duplicates, "embedder", lambda model: Given(known))
        patch.setattr(semantic_duplicates, "_facts", lambda text: ())
        listed = [{"text": text, "id": f"id{number}"} for number, text in enumerate(known)]
        first = said(SemanticDuplicates(threshold=0.9), listed)
        draw.shuffle(listed)
        assert said(SemanticDuplicates(threshold=0.9), listed) == first
        assert first


def planted(size, draw):
    """Vectors of which every fifth is a near copy of one before it."""
    vectors = draw.standard_normal((size, 24))
    copies = np.arange(4, size, 5)
    vectors[copies] = vectors[draw.integers(0, copies)] + 0.05 * draw.standard_normal((len(copies), 24))
    return to_unit(vectors)


def test_cells_find_nearly_what_all_with_all_finds(monkeypatch):
    vectors = planted(3000, np.random.default_rng(0))
    required = np.full(3000, 0.95, np.float32)
    always = lambda rows, others: np.ones(len(rows), bool)  # noqa: E731
    exact = {row for row, _, _ in sieved(vectors, required, always)}
    assert len(exact) > 400
    monkeypatch.setattr(_near, "Cells", lambda vectors: Cells(vectors, exact=100))
    near = {row for row, _, _ in sieved(vectors, required, always)}
    assert len(near & exact) >= 0.97 * len(exact)
    assert len(near - exact) <= 0.01 * len(exact)


@pytest.mark.parametrize("exact", [10_000, 50])
def test_what_goes_is_like_what_stays_and_nothing_that_stays_is_alike(exact, monkeypatch):
    monkeypatch.setattr(_near, "Cells", lambda vectors: Cells(vectors, exact=exact))
    monkeypatch.setattr(_near, "PROBES", 16)
    vectors = planted(400, np.random.default_rng(1))
    always = lambda rows, others: np.ones(len(rows), bool)  # noqa: E731
    found = list(sieved(vectors, np.full(400, 0.95, np.float32), always))
    gone = {row for row, _, _ in found}
    for row, twin, cosine in found:
        assert twin < row
        assert twin not in gone
        assert 0.95 <= cosine <= 1
    stay = np.array(sorted(set(range(400)) - gone))
    cosines = vectors[stay] @ vectors[stay].T - np.eye(len(stay))
    assert cosines.max() < 0.95


def test_one_row_or_none_is_no_duplicate():
    assert said(SemanticDuplicates(), rows("alone")) == {}
    assert len(columns(rows("alone"))) == 1


@pytest.mark.ci
def test_the_examples_of_its_page():
    asked = "How do I reset the password of my account?"
    kept = [exchange("Ask IT for a new one.", question=asked), exchange("Call 555.", question=asked)]
    assert said(SemanticDuplicates(), kept) == {}
    texts = (
        "The harbour opened in 1894 after two years of building.",
        "After two years of building, the harbour was opened in 1894.",
    )
    found = said(SemanticDuplicates(), rows(*texts))
    assert set(found) == {"row0000"}
    assert found["row0000"]["evidence"]["twin"] == "row0001"


@pytest.mark.parametrize(("required", "goes"), [(0.5999, True), (0.6, True), (0.6001, False)])
def test_the_very_cosine_is_enough(known, required, goes):
    known(first=[1, 0], other=[0.6, 0.8])
    assert bool(said(SemanticDuplicates(threshold=required), rows("first", "other"))) is goes


@pytest.mark.parametrize(("cosine", "goes"), [(0.8501, True), (0.85, True), (0.8499, False)])
def test_answers_alone_must_be_as_near_as_rows(known, cosine, goes):
    one, other = "It is found under settings", "You see it under settings"
    texts = {f"How do I reset it?\n{answer}": [1, 0] for answer in (one, other)}
    known(**{one: [1, 0], other: apart(cosine + 1e-7), **texts})
    assert len(said(SemanticDuplicates(), [exchange(one), exchange(other)])) == goes


@pytest.mark.parametrize(
    ("one", "other", "goes"),
    [
        ("Ask our Anna", "Ask her Anna", 0),
        ("Ask our Anna", "ask our anna", 1),
        ("Ask our old Anna", "Ask her Anna Ott", 1),
    ],
)
def test_answers_of_three_words_must_be_equal_and_of_four_near(known, one, other, goes):
    known(**{text: [1, 0] for text in (one, other)})
    assert len(said(SemanticDuplicates(), [exchange(one), exchange(other)])) == goes


@pytest.mark.parametrize(("length", "more"), [(59, False), (60, False), (61, True)])
def test_more_is_asked_of_texts_of_more_than_60_characters(length, more):
    assert (SemanticDuplicates().asked(length) > np.float32(0.85)) == more


@pytest.mark.parametrize(("size", "few"), [(99, True), (100, True), (101, False)])
def test_up_to_so_many_rows_all_are_compared_with_all(size, few):
    assert _near.EXACT == 30_000
    assert (Cells(planted(size, np.random.default_rng(0)), exact=100).count == 1) is few
