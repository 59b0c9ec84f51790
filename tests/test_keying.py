"""Keys of spellings: the vectors of OpenRefine's own tests."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.keying import fingerprint_key, ngram_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("the multi multi word test", "multi test the word"),
        (" école ÉCole ecoLe ", "ecole"),
        ("\tABC \t DEF ", "abc def"),
        ("©ß", "css"),
        ("æø", "aeoe"),
        ("C++", "c"),
        ("A/B", "ab"),
        ("???", ""),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_fingerprints(text: str, key: str) -> None:
    assert fingerprint_key(text) == key


@pytest.mark.parametrize(
    ("text", "n", "key"),
    [
        ("abcdefg", 2, "abbccddeeffg"),
        ("gfedcba", 2, "bacbdcedfegf"),
        ("hello", 1, "ehlo"),
        ("he!llo,. world", 1, "dehlorw"),
        ("a", 2, ""),
    ],
)
def test_ngram_fingerprints(text: str, n: int, key: str) -> None:
    assert ngram_key(text, n) == key


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="abcé ", min_size=1, max_size=6), max_size=5), st.randoms(use_true_random=False))
def test_neither_order_nor_case_nor_spaces_change_a_fingerprint(words, draw) -> None:
    key = fingerprint_key(" ".join(words))
    assert fingerprint_key("  ".join(draw.sample(words, len(words))).upper()) == key
