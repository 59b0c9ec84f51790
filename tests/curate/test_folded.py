import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.curate._folded import counted, plain, spans

# Signs of every kind that is treated in a way of its own.
SIGNS = (
    "aZß1ﬁé e\u0301\u0300'’-–—_/.…#€²½™\u00ad\u200b\ufeff\ufe0f"
    "👩\u200d北が\u3099ｶﾞ ไทยำ한\u0644\u064eक्षि\x1c\x00\u2028\u00a0İΣς"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't — the “well-known” e.g. 3.5%!", ["dont", "the", "wellknown", "eg", "35"]),
        ("DON’T and don't", ["dont", "and", "dont"]),
        ("word—word word–word word-word word - word", ["word", "word", "wordword", "wordword", "word", "word"]),
        ("Straße STRASSE ﬁne caf\u00e9 cafe\u0301", ["strasse", "strasse", "fine", "cafe\u0301", "cafe\u0301"]),
        ("北京abc大学", ["北", "京", "abc", "大", "学"]),
        ("がき か\u3099き", ["か\u3099", "き", "か\u3099", "き"]),
        ("soft\u00adhyphen zero\u200bwidth I ❤\ufe0f you", ["softhyphen", "zerowidth", "i", "you"]),
        ("a\u00a0b\u2028c\x1cd\x00e", ["a", "b", "c", "de"]),
        ("-- ... 👩\u200d👩\u200d👧", []),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
    ],
)
def test_words_are_compared_without_case_punctuation_and_form(text, words):
    assert plain(text) == words


@settings(max_examples=300, deadline=None)
@given(st.text(st.one_of(st.sampled_from(SIGNS), st.characters()), max_size=40))
def test_spans_are_in_order_and_each_gives_its_word_again(text):
    reached = 0
    for word, start, end in spans(text):
        assert reached <= start < end <= len(text) and plain(text[start:end]) == [word]
        reached = end


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_words_of_ascii_are_those_of_lm_evals_janitor(text):
    deleted = dict.fromkeys(map(ord, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"))
    unseen = {ord(sign): None for sign in text if unicodedata.category(sign) == "Cc" and not sign.isspace()}
    assert plain(text) == text.lower().translate(deleted | unseen).split()


def test_case_and_form_of_every_letter_are_one():
    for point in range(0x3000):
        sign = chr(point)
        if counted(sign)[0] == "letter":
            assert plain(f"a{sign}a") == plain(f"a{unicodedata.normalize('NFD', sign)}a")
            assert plain(f"a{sign}a") == plain(f"a{unicodedata.normalize('NFC', sign)}a")
