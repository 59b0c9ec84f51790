"""References are resolved as HTML says, and absurd ones end as the replacement character."""

import pytest

from gristmill.entities import resolved


@pytest.mark.parametrize(
    ("text", "plain"),
    [("a &amp; b", "a & b"), ("&#8217;", "’"), ("&#x2019", "’"), ("&#00000000000038;", "&"), ("&nosuch;", "&nosuch;")],
)
def test_a_reference_is_its_character(text: str, plain: str) -> None:
    assert resolved(text) == plain


@pytest.mark.parametrize("digits", ["&#" + "9" * 5000 + ";", "&#x" + "f" * 5000, "&#" + "1" * 20])
def test_an_endless_number_is_no_character(digits: str) -> None:
    assert resolved(f"a{digits} b") == "a\ufffd b"
