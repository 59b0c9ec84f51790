"""Where an answer stands, for any script, and what is said of offsets that miss."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.tasks._spans import anchor, misfit, spans_in

ARABIC = "افتتحت مكتبة القاهرة في عام ١٩٤٧، وهي تضم ٣٠٠ ألف كتاب. أسسها طه حسين."
CHINESE = "青海湖位于青海省，面积4,500平方公里。它是中国最大的湖泊。"
LINES = "One mill.\nTwo mills.\nThree weirs."


def at(context: str, answer: str, question: str = "") -> str | None:
    found = anchor(context, answer, question)
    return None if found is None else context[found[0] : found[1]]


@pytest.mark.parametrize(
    ("context", "answer", "stands"),
    [
        ("The mill was built in 1889.", "1889", "1889"),
        ("The  Old\nMill stood.", "the old mill", "The  Old\nMill"),
        ("He said “it’s done” aloud.", '"It\'s done".', "it’s done"),
        ("A real–time clock.", "real-time clock", "real–time clock"),
        ("Ｇｒｉｓｔ mill", "grist mill", "Ｇｒｉｓｔ mill"),
        ("It fell by 50% in May.", "50%", "50%"),
        ("Die STRASSE war lang.", "straße", "STRASSE"),
        ("in\u00adfor\u00admation desk", "information", "in\u00adfor\u00admation"),
        (ARABIC, "٣٠٠ ألف كتاب", "٣٠٠ ألف كتاب"),
        (ARABIC, "طه  حسين؟", "طه حسين"),
        (CHINESE, "4,500平方公里", "4,500平方公里"),
        (CHINESE, "青海省", "青海省"),
        ("서울은 수도이다.", "서울", "서울"),
    ],
)
def test_answers_are_found_as_they_stand_in_the_passage(context, answer, stands):
    assert at(context, answer) == stands


@pytest.mark.parametrize(
    ("context", "answer"),
    [
        ("The start was slow.", "art"),
        ("It costs 3.5 crowns.", "3"),
        ("It costs 3.5 crowns.", "5"),
        ("It has 1,000 sails.", "000"),
        ("cafe\u0301 noir", "cafe"),
        ("The mill stands.", "the weir"),
        ("The mill stands.", ""),
        ("The mill stands.", "…"),
        ("", "mill"),
        ("It fell by 50% in May.", "50 $"),
    ],
)
def test_pieces_of_words_numbers_and_letters_are_not_answers(context, answer):
    assert at(context, answer) is None


@pytest.mark.parametrize("before", ["👩‍🔬🇳🇴 ", "Cafe\u0301 noe\u0308l: ", "𝔊𝔯𝔦𝔰𝔱 ", "\u200fبيت "])
def test_offsets_count_code_points_after_emoji_and_combining_marks(before):
    context = before + "built in 1889."
    assert anchor(context, "1889", "") == (len(before) + 9, len(before) + 13)
    assert anchor(context, "BUILT  in 1889", "") == (len(before), len(before) + 13)


def test_composed_and_decomposed_letters_are_the_same_answer():
    assert at("the cafe\u0301 noir", "café noir") == "cafe\u0301 noir"
    assert at("the café noir", "CAFE\u0301 NOIR") == "café noir"


def test_of_several_places_the_sentence_nearest_to_the_question_is_taken():
    context = "Paris has a mill. The tower stands in Paris too. Paris again."
    assert anchor(context, "Paris", "Where does the tower stand?") == (38, 43)
    assert anchor(context, "paris.", "Where does the tower stand?") == (38, 43)
    assert anchor(context, "Paris", "Quoi?") == (0, 5)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=12), st.text(max_size=12))
def test_whatever_is_found_is_a_span_and_any_stray_text_is_survived(context, answer, question):
    found = anchor(context, answer, question)
    assert found is None or 0 <= found[0] < found[1] <= len(context)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["mill", "Wind", "été", "1889", "水车", "🌾", "naïve", "٣٠٠"]), min_size=1, max_size=9),
    st.data(),
)
def test_every_run_of_words_is_found_again_in_capitals(tokens, data):
    first = data.draw(st.integers(0, len(tokens) - 1))
    last = data.draw(st.integers(first, len(tokens) - 1))
    wanted = " ".join(tokens[first : last + 1])
    stands = at(" ".join(tokens), f" “{wanted.upper()}” ")
    assert stands is not None
    assert stands.casefold() == wanted.casefold()


def test_a_right_offset_is_no_misfit():
    assert misfit("Built in 1889.", "1889", 9) is None


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (7, '"1889" should begin at 7, where the context has "n 18"; the nearest right offset is 9'),
        (-3, '"1889" should begin at -3, where the context has "Buil"; the nearest right offset is 9'),
        (99, '"1889" should begin at 99, where the context has ""; the nearest right offset is 9'),
    ],
)
def test_a_broken_span_is_told_with_what_stands_there_and_the_nearest_right_offset(start, said):
    assert misfit("Built in 1889.", "1889", start) == ("broken_span", said)


def test_of_two_right_offsets_the_nearer_is_named():
    assert misfit("1889, and again in 1889.", "1889", 15)[1].endswith("the nearest right offset is 19")


def test_a_text_that_is_nowhere_is_told_so():
    assert misfit("Built in 1889.", "1890", 9)[1].endswith("the text occurs nowhere in the context")


@pytest.mark.parametrize(
    ("context", "start", "cause"),
    [
        (LINES, LINES.index("Three") + 2, "CRLF"),
        (LINES.replace("\n", "\r\n"), LINES.index("Three"), "CRLF"),
        ("👩‍🔬 Three weirs", len("👩‍🔬 ".encode("utf-16-le")) // 2, "UTF-16"),
        ("Noël: Three weirs", len("Noël: ".encode()), "UTF-8"),
    ],
)
def test_known_miscounts_are_named(context, start, cause):
    state, reason = misfit(context, "Three", start)
    assert state == "shifted_span"
    assert cause in reason
    assert f"begins at {context.index('Three')}" in reason


@pytest.mark.parametrize(
    ("texts", "starts"),
    [
        (["a", "b"], [1, 2]),
        ({"text": ["a", "b"], "answer_start": [1, 2]}, None),
        ([{"text": "a", "answer_start": 1}, {"text": "b", "answer_start": 2}], None),
    ],
)
def test_three_layouts_of_answers_are_one(texts, starts):
    assert spans_in(texts, starts) == [("a", 1), ("b", 2)]


@pytest.mark.parametrize("texts", [None, [], {"text": [], "answer_start": []}])
def test_no_answers_are_an_empty_list(texts):
    assert spans_in(texts, None) == []


@pytest.mark.parametrize(
    ("texts", "starts", "word"),
    [
        (["a"], [], "1 texts but 0 starts"),
        (["a"], ["1"], "whole number"),
        ([""], [0], "not a text"),
        (["a"], [True], "True"),
    ],
)
def test_answers_that_cannot_be_read_are_told(texts, starts, word):
    assert word in spans_in(texts, starts)
