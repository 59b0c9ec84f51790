"""Forms of secrets in one text: each once, in their places, and no text that holds one is passed over."""

import random
import string

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from gristmill.secret_forms import FORMS, SIGNS, entropy, is_sample, masked, secrets

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


BODY = "".join(DRAWN.choice(string.ascii_letters + string.digits) for _ in range(300))
LETTERS = "".join(DRAWN.choice(string.ascii_letters) for _ in range(60))
HIGH = "".join(DRAWN.choice(string.ascii_uppercase + "234567") for _ in range(20))
# Form, what comes before its drawn part, that part, and the fewest and most characters of it (0: no more are told).
SIZES = (
    ("AWS access key id", "AKIA", HIGH, 16, 16),
    ("GitHub token", "ghp_", BODY, 36, 36),
    ("GitHub token", f"github_pat_{BODY[:22]}_", BODY, 59, 59),
    ("GitLab token", "glpat-", BODY, 20, 0),
    ("Slack token", "xoxb-1234509876-", BODY, 10, 0),
    ("Stripe key", "sk_live_", BODY, 16, 0),
    ("Anthropic key", "sk-ant-api03-", BODY, 40, 0),
    ("OpenAI key", "sk-proj-", BODY, 40, 200),
    ("OpenAI key", "sk-", BODY, 48, 48),
    ("Hugging Face token", "hf_", LETTERS, 34, 34),
    ("Google API key", "AIza", BODY, 35, 35),
)


@pytest.mark.parametrize(("what", "before", "drawn", "least", "most"), SIZES)
def test_a_form_has_its_length(what: str, before: str, drawn: str, least: int, most: int) -> None:
    def told(size: int) -> bool:
        return what in [form for form, _ in found(f"It is {before}{drawn[:size]} here")]

    assert told(least) and not told(least - 1)
    assert most == 0 or (told(most) and not told(most + 1))


@pytest.mark.parametrize(("size", "told"), [(19, False), (20, True), (128, True), (129, False)])
def test_the_value_of_a_key_has_20_to_128_characters(size: int, told: bool) -> None:
    assert bool(found(f'api_key = "{BODY[:size]}"')) is told


@pytest.mark.parametrize(
    ("password", "told"), [("t4Xw9", False), ("t4Xw9t4Xw9", False), ("t4Xw9q", True), ("t4Xw9qL", True)]
)
def test_a_password_has_six_different_characters(password: str, told: bool) -> None:
    assert bool(found(f"ftp://anna:{password}@host.net")) is told


@pytest.mark.parametrize(("size", "told"), [(99, False), (100, True), (101, True)])
def test_a_private_key_has_a_hundred_characters(size: int, told: bool) -> None:
    assert bool(found(f"-----BEGIN PRIVATE KEY-----\n{BODY[:size]}\n-----END PRIVATE KEY-----")) is told


@pytest.mark.parametrize(
    ("letters", "told"), [("abcdefghjkmnpqr", False), ("abcdefghjkmnpqrs", True), ("abcdefghjkmnpqrst", True)]
)
def test_a_private_key_has_sixteen_different_characters(letters: str, told: bool) -> None:
    assert bool(found(f"-----BEGIN PRIVATE KEY-----\n{(letters * 9)[:120]}\n-----END PRIVATE KEY-----")) is told


@pytest.mark.parametrize(("letters", "sample"), [("abcde", True), ("abcdeg", False), ("abcdegh", False)])
def test_a_value_of_fewer_than_six_characters_is_a_sample(letters: str, sample: bool) -> None:
    assert is_sample(letters * 3) is sample
    assert is_sample(f"{BODY[:9]}qqqqq{BODY[9:18]}") is False and is_sample(f"{BODY[:9]}qqqqqq{BODY[9:18]}") is True


@pytest.mark.parametrize(("kinds", "told"), [(6, False), (7, True), (8, True)])
def test_a_token_has_three_bits_to_a_character(kinds: int, told: bool) -> None:
    token = "hf_" + "".join("bdghjmpw"[place % kinds] for place in range(34))
    assert (entropy(token) >= 3.0) is told
    assert bool(found(token)) is told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("k4mQzVbW2yRtHsLpXcNdJf", True),
        ("k4mQzVbWxyRtHsLpXcNdJf", False),
        ("41829304756291837465", False),
        ("k4mqzvbwt2RHsLpXcNdJf", True),
        ("k4mqzvbwtx2RHsLpXcNdJf", True),
        ("k4mqzvbwtxr2HsLpXcNdJf", False),
    ],
)
def test_a_drawn_value_has_two_digits_some_letters_and_no_long_run_of_one_case(value: str, told: bool) -> None:
    assert bool(found(f'api_key = "{value}"')) is told


@pytest.mark.parametrize(("letters", "told"), [("a1b2c3d4e5fg", False), ("a1b2c3d4e5fgh", True)])
def test_a_drawn_value_has_3_6_bits_to_a_character(letters: str, told: bool) -> None:
    # Twelve characters that are equally often there are 3.58 bits, and thirteen 3.70.
    assert (entropy(letters * 2) >= 3.6) is told
    assert bool(found(f'api_key = "{letters * 2}"')) is told
