"""Forms of secrets in one text: each once, in their places, and no text that holds one is passed over."""

import random
import string

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from gristmill.secret_forms import FORMS, SIGNS, masked, secrets

DRAWN = random.Random(3)
TOKEN = "".join(DRAWN.choice(string.ascii_letters + string.digits) for _ in range(36))


def found(text: str) -> list[tuple[str, str]]:
    return [(one.form.what, text[one.start : one.end]) for one in secrets(text, text.lower())]


def test_each_place_is_told_once() -> None:
    text = f"ghp_{TOKEN} and ghp_{TOKEN[::-1]}, not ghp_{TOKEN[:-1]}"
    assert [value for _, value in found(text)] == [f"ghp_{TOKEN}", f"ghp_{TOKEN[::-1]}"]


def test_the_value_is_the_part_that_must_not_be_shown() -> None:
    (one,) = secrets(text := f'token: "{TOKEN}"', text.lower())
    assert one.value == TOKEN and one.form.what == "value of a key" and not one.proven
    (one,) = secrets(text := "ftp://anna:t4Xw9qLmZ2@host.net", text.lower())
    assert one.value == "t4Xw9qLmZ2"


@pytest.mark.parametrize("anchor", sorted({anchor for form in FORMS for anchor in form.anchors} - {"://"}))
def test_no_text_with_an_anchor_is_passed_over(anchor: str) -> None:
    array = pa.array([f"x {anchor} y", f"x {anchor.upper()}", "nothing of it"])
    assert pc.match_substring_regex(array, SIGNS).to_pylist() == [True, True, False]


def test_a_masked_secret_shows_four_characters_at_most() -> None:
    assert masked(TOKEN) == f"{TOKEN[:4]}… (36 characters)"
    assert masked("abc") == "… (3 characters)"
