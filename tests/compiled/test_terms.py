import unicodedata

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gristmill.compiled._terms import CRAMPED, UNSETTLED, terms
from gristmill.compiled.alphabet import alphabet
from gristmill.curate._twins import terms as reference
from gristmill.text import words

TABLE = alphabet()
TEXTS = st.text(
    st.one_of(
        st.sampled_from("aZ5é ß.,'’:_-−*/#+=÷ \n\t½…ﬁ①İΣς２／－＋"),
        st.sampled_from("e\u0301\u0323\u0338\u3099はカｶﾞ한ㅎ\u1161กำ์कि़ा5\u0660शب\u0651\u064e−\u00a0\u2003😀Ǆ㎏"),
        st.characters(codec="utf-8"),
    ),
    max_size=20,
)


def read(text: str) -> list[int]:
    """The numbers of a text's words, by way of NFKC where the loop asks for it."""
    for spelled, table in ((text, TABLE), (unicodedata.normalize("NFKC", text), TABLE.settled())):
        data = np.frombuffer(spelled.encode(), np.uint8)
        out = np.empty(len(data) + 50, np.uint64)
        count = terms((data, 0, len(data)), table, out)
        if count != UNSETTLED:
            return [int(number) for number in out[:count]]
    raise AssertionError("a text in its normal form was sent back")


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, max_size=4))
@example(["C# C++ c#x", "3 * 4 3*4 3 /4 a*b", "-5 5-3 a -5 a - 5 _-5 --5 की-5", "don't 3.5 real-time a..b a. b"])
@example(["x\u0323\u0307 x\u0307\u0323", "ﬁn ½-5 5/½", "Straße STRASSE strasse", "a\u0338 =\u0338", "ⅷ viii"])
def test_words_are_told_apart_as_by_the_words_of_python(texts):
    number_of: dict[str, int] = {}
    term_of: dict[int, str] = {}
    for text in texts:
        expected, found = reference(text), read(text)
        if not words(text):
            continue
        assert len(found) == len(expected)
        for term, number in zip(expected, found, strict=True):
            assert number_of.setdefault(term, number) == number
            assert term_of.setdefault(number, term) == term
            assert number & 1 == any(one.isdecimal() for one in term)


def test_every_code_point_is_to_a_word_what_it_is_to_python():
    for start in range(0, 0x32400, 0x1000):
        points = [chr(point) for point in range(start, start + 0x1000) if not 0xD800 <= point < 0xE000]
        text = "\n".join(f"x{point}y" for point in points)
        expected, found = reference(text), read(text)
        assert len(found) == len(expected)
        assert len(set(zip(expected, found, strict=True))) == len(set(expected)) == len(set(found))


def test_a_short_array_is_told_and_broken_bytes_are_read():
    data = np.frombuffer(b"a " * 100, np.uint8)
    assert terms((data, 0, len(data)), TABLE, np.empty(50, np.uint64)) == CRAMPED
    for broken in (b"\xff\xfe", b"a\xe4", b"\xf4\xbf\xbf\xbf b", b"\x80\x80", b"\xc3"):
        data = np.frombuffer(broken, np.uint8)
        assert terms((data, 0, len(data)), TABLE, np.empty(500, np.uint64)) >= 0


def test_a_text_without_words_is_what_stands_between_its_white_space():
    assert read("😀 …") == read(" 😀\n…") != read("😡 …")
    assert len(read("… 😀 ?!")) == 3
    assert read("") == [] == read(" \u3000\n")
