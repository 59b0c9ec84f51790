"""Measures of text hold for any script, and SQuAD's normal form is SQuAD's."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.errors import UserError
from gristmill.text import (
    STOPWORDS,
    chat_marker,
    content_words,
    fill,
    has_words,
    ngrams,
    sentence_spans,
    sentences,
    slots,
    squad_exact,
    squad_f1,
    squad_normal,
    without_chat_markers,
    words,
)

MARKERS = [
    "<|im_start|>",
    "<|eot_id|>",
    "<s>",
    "</s>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<start_of_turn>",
    "<bos>",
    "<｜User｜>",
    "[TOOL_CALLS]",
]
texts = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            ["Dr. Who came. ", "Yes! ", "e.g. this ", "北京是首都。", "\n\n", "a:\n", "मैं। ", "3.5 ", *MARKERS]
        )
    ).map("".join),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don't stop.", ["don't", "stop"]),
        ("Pi is 3.14, really-big.", ["pi", "is", "3.14", "really-big"]),
        ("北京 is big", ["北", "京", "is", "big"]),
        ("ﬁne STRASSE", ["fine", "strasse"]),
        ("Straße", ["strasse"]),
        ("你好world", ["你", "好", "world"]),
        ("snake_case", ["snake_case"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("العَرَبِيَّة لغة", ["العَرَبِيَّة", "لغة"]),
        ("?!…", []),
        ("", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(texts)
def test_words_do_not_depend_on_case_and_hold_no_space(text: str) -> None:
    assert all(word and not any(sign.isspace() for sign in word) for word in words(text))
    assert [word for word in words(text) if word not in STOPWORDS] == content_words(text)
    assert all(has_words(text, least) == (len(words(text)) >= least) for least in range(1, 9))


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_ascii_has_the_same_words_by_either_way(text: str) -> None:
    assert words(text) == [word for word in words(f"{text} \u00e9") if word != "\u00e9"]


@given(st.lists(st.integers(), max_size=8).map(lambda some: [str(one) for one in some]), st.integers(1, 5))
def test_ngrams_are_all_runs(items: list[str], n: int) -> None:
    found = ngrams(items, n)
    assert len(found) == max(0, len(items) - n + 1)
    assert all(list(run) == items[place : place + n] for place, run in enumerate(found))


@given(texts)
def test_sentence_spans_rebuild_the_text(text: str) -> None:
    spans = list(sentence_spans(text))
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)
    assert all(one.strip() == one and one for one in sentences(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Who met J. Smith. He left.", ["Dr. Who met J. Smith.", "He left."]),
        ("It is 3.5 km, e.g. far. Yes.", ["It is 3.5 km, e.g. far.", "Yes."]),
        ('He said "go." Then he went.', ['He said "go."', "Then he went."]),
        ("北京是首都。很大！", ["北京是首都。", "很大！"]),
        ("Title\n\nText here", ["Title", "Text here"]),
        ("यह है। वह था। ", ["यह है।", "वह था।"]),
        ("  ", []),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Cat!", "cat"),
        ("a  the an", ""),
        ("U.S.A.", "usa"),
        ("don't", "dont"),
        ("“the” cat–dog", "“ ” cat–dog"),
        ("theory of a", "theory of"),
        ("\u00a0X\u2003Y", "x y"),
    ],
)
def test_squad_normal(text: str, normal: str) -> None:
    assert squad_normal(text) == normal


@given(texts)
def test_squad_normal_is_idempotent_but_for_articles_that_appear(text: str) -> None:
    normal = squad_normal(text)
    assert not set(normal) & set(string.punctuation)
    assert normal == " ".join(normal.split())
    assert squad_exact(text, text) == squad_f1(text, text) == 1.0


@pytest.mark.parametrize(
    ("gold", "answer", "f1"),
    [
        ("the cat", "cat", 1.0),
        ("a b", "b c", 2 / 3),
        ("", "", 1.0),
        ("", "x", 0.0),
        ("the", "a", 1.0),
        ("x y z", "q", 0.0),
        ("x x y", "x", 0.5),
    ],
)
def test_squad_f1(gold: str, answer: str, f1: float) -> None:
    assert squad_f1(gold, answer) == pytest.approx(f1)


@given(texts, texts)
def test_squad_f1_is_a_share_and_symmetric(left: str, right: str) -> None:
    assert 0 <= squad_f1(left, right) <= 1
    assert squad_f1(left, right) == pytest.approx(squad_f1(right, left))
    assert squad_f1(left, right) >= squad_exact(left, right)


def test_a_template_is_filled_in_one_pass() -> None:
    assert fill("{{a}} and {{ b }}", {"a": "{{ b }}", "b": r"\1 {{ a }}"}) == r"{{ b }} and \1 {{ a }}"
    assert slots("{{a}} {{ b }} { c } {{a}}") == {"a", "b"}
    with pytest.raises(UserError, match=r'asks for "\{\{ pasage \}\}": did you mean "passage"'):
        fill("{{ pasage }}", {"passage": "x"})


@pytest.mark.parametrize("marker", MARKERS)
def test_chat_markers_are_seen_and_parted(marker: str) -> None:
    text = f"before {marker} after"
    assert chat_marker(text) == marker
    assert chat_marker(without_chat_markers(text)) == ""


@pytest.mark.parametrize("text", ["a < b", "<html>", "x[1]", "|| a |", "List<String>", "[NOTE]", "<s3>"])
def test_plain_text_is_no_chat_marker(text: str) -> None:
    assert chat_marker(text) == ""
    assert without_chat_markers(text) == text


@given(texts)
def test_no_marker_is_left(text: str) -> None:
    assert chat_marker(without_chat_markers(text)) == ""


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_squad_f1_is_no_bit_beside_the_fraction(left: int, right: int, data: st.DataObject) -> None:
    common = data.draw(st.integers(0, min(left, right)))
    gold, said = ["in"] * common + ["left"] * (left - common), ["in"] * common + ["right"] * (right - common)
    assert squad_f1(" ".join(gold), " ".join(said)) == 2 * common / (left + right)


def test_squad_f1_of_just_a_half_is_a_half() -> None:
    assert squad_f1("in " * 7 + "left", "in " * 7 + "right " * 13) == 0.5
