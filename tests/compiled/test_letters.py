import unicodedata

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gristmill.compiled.alphabet import alphabet
from gristmill.compiled.letters import squeezed
from gristmill.curate._twins import squeezed as reference

TABLE = alphabet()
LETTERS = "aAé e\u0301\u0323ß①１\n\t\u00a0\u3000\x1c\x85\u2126각ㅎ\u1100\u1161\u11a8.,😀कि़"
TEXTS = st.text(st.sampled_from(LETTERS), max_size=9)


def key(text: str) -> tuple[int, int]:
    for spelled, table in ((text, TABLE), (unicodedata.normalize("NFC", text), TABLE.settled())):
        data = np.frombuffer(spelled.encode(), np.uint8)
        read, one, other = squeezed((data, 0, len(data)), table)
        if read:
            return int(one), int(other)
    raise AssertionError("a text in its normal form was sent back")


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
@example("a b", " a\n\u00a0b\t")
@example("e\u0301", "é")
@example("\u1100\u1161", "가")
@example("a\u0323\u0301", "a\u0301\u0323")
def test_texts_are_equal_as_they_are_in_python(one, other):
    assert (key(one) == key(other)) == (reference(one) == reference(other))


def test_both_halves_tell_texts_apart():
    keys = [key(f"text {number}") for number in range(2000)]
    assert len({one for one, _ in keys}) == len({other for _, other in keys}) == 2000


def test_broken_bytes_are_read():
    for broken in (b"\xff\xfe", b"a\xe4", b"\xf4\xbf\xbf\xbf b", b"\x80"):
        data = np.frombuffer(broken, np.uint8)
        squeezed((data, 0, len(data)), TABLE)
