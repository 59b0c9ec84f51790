"""Unseen characters go; those that a script or an emoji needs stay."""

import pytest

from gristmill.clean.hidden_characters import HiddenCharacters
from gristmill.mending import mended


def after(text: str) -> tuple[str, list[str]]:
    (repairs,) = HiddenCharacters().repairs([text])
    return mended(text, repairs), [one.code for one in repairs]


@pytest.mark.parametrize(
    ("text", "left", "code"),
    [
        ("ok\U000e0068\U000e0069", "ok", "tag_characters"),
        ("a\ufe01\ufe02\ufe03b", "ab", "variation_selectors"),
        ("in\u200bvis\u2060ible", "invisible", "zero_width"),
        ("one\ufeff two", "one two", "zero_width"),
        ("\ufeffstart", "start", "zero_width"),
        ("abc\u202edef\u202c", "abcdef", "bidi"),
        ("x\u3164y", "xy", "filler"),
        ("co\u00adop", "coop", "soft_hyphen"),
        ("exam\u00ad\nple", "example", "soft_hyphen"),
        ("می\u200b\u200cخواهم", "می\u200cخواهم", "zero_width"),
    ],
)
def test_what_nobody_sees_goes(text: str, left: str, code: str) -> None:
    new, codes = after(text)
    assert new == left
    assert set(codes) == {code}


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d👩\u200d👧 ❤\ufe0f 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می\u200cخواهم ක්\u200dෂ",
        "ภาษา\u200bไทย",
        "שלום \u2067abc\u2069 עולם",
        "葛\U000e0100",
        "Latin раypal",
    ],
)
def test_what_a_text_needs_stays(text: str) -> None:
    assert after(text) == (text, [])
