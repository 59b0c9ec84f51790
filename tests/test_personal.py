"""Personal data is found by form and label; what only looks like it is not."""

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.personal import KINDS, holding, masked, spans

FIXTURE = Path(__file__).parent / "data" / "curate" / "pii_presidio.jsonl"
TYPES = {
    "CREDIT_CARD": "credit_card",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "DOMAIN_NAME": "url",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip_address",
    "US_DRIVER_LICENSE": "driver_licence",
}

# Kind, a text whose brackets hold what is to be found, and a near miss in which nothing is.
CASES = [
    (
        "email",
        "Write to ⟦anna.smith+list@mail.example.co.uk⟧.",
        "Write to anna.smith at mail, @anna or anna@localhost.",
    ),
    ("email", "<⟦o'neil@müller.de⟧>", "git@github.com:owner/name.git and icon@2x.png"),
    ("url", "See ⟦https://www.example.org/a?b=c⟧.", "See example.org or https:// alone."),
    ("iban", "Pay to ⟦GB29 NWBK 6016 1331 9268 19⟧ today", "Pay to GB29 NWBK 6016 1331 9268 18 today"),
    ("iban", "⟦de89370400440532013000⟧", "DE8937040044053201300 and US89370400440532013000"),
    (
        "crypto_address",
        "send to ⟦1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa⟧",
        "commit 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb and 0xdeadbeef",
    ),
    ("crypto_address", "⟦0x52908400098527886E0F7030069857D2E4169EE7⟧", "0x52908400098527886E0F7030069857D2E4169EE"),
    ("mac_address", "ether ⟦00:1a:2B:3c:4d:5E⟧ up", "00:00:00:00:00:00, ff:ff:ff:ff:ff:ff, 12:30:45:00:00:00"),
    ("ip_address", "from ⟦41.173.96.26⟧ blocked", "version 41.1.96.26, v41.173.96.26, 41.173.96.260, 41.173.96.26.1"),
    ("ip_address", "host ⟦10.0.3.4⟧:8080", "see section 10.0.3.4 and 1.2.3.4 and Chrome/99.14.23.71"),
    ("ip_address", "⟦6e40:4041:c617:e898:c11:40d2:c669:2eb4⟧", "std::a1::b2::c3, 12:30:45, ::1, face:bead:cafe"),
    ("date_of_birth", "She was born on ⟦12 May 1981⟧.", "She was married on 12 May 1981."),
    ("date_of_birth", "DOB: ⟦2/16/1942⟧", "Birth rates of 2001-2005 fell."),
    ("ssn", "Here's my SSN: ⟦460-89-9847⟧", "Here's my SSN: 666-89-9847, 460-00-9847, 460-89-0000"),
    ("ssn", "social security number ⟦460899847⟧", "It has 460899847 rows of 460 89 9847 bytes, part no. 460-89-9847"),
    ("credit_card", "card ⟦4111 1111 1111 1111⟧ 12/27", "card 4111 1111 1111 1112"),
    ("credit_card", "⟦4111 1111 1111 1111⟧ 400 MHz", "4111 1111 1111 1112 400 MHz"),
    ("credit_card", "⟦378282246310005⟧", "order 378282246310005 and ISBN 4111 1111 1111 1111 and x4111111111111111"),
    ("credit_card", "paid by ⟦3782-822463-10005⟧", "a table: 4111 1111 1111 1111 2222 3333"),
    ("driver_licence", "my driver's license number is ⟦2270-66-1551⟧", "my licence was lost on 2270-66-1551"),
    ("driver_licence", "Driving licence: ⟦U62928788557186⟧", "driver's license? No. My code is U62928788557186"),
    ("passport", "Passport no. ⟦C01234567⟧", "The passport has 32 pages; form C01234567a"),
    ("bank_account", "bank account ⟦021000021⟧, please", "a bank account with 02100 in it"),
    (
        "phone",
        "Call (212) 555-0143? Yes, ⟦212-555-0143⟧!".replace("(212) 555-0143", "⟦(212) 555-0143⟧"),
        "112-555-0143",
    ),
    ("phone", "It's ⟦+44 7700 900 123⟧.", "It's +44 77 and +999 7700 900 123; 1 + 4477009001"),
    ("phone", "⟦01.84.17.61.18⟧ or ⟦0961-7596216⟧", "on 01.02.2003, 2001-04-05 12:30, ISBN 0-306-40615-2"),
    ("phone", "Phone:\n⟦60-56-85-91⟧", "Sizes:\n60-56-85-91"),
    ("phone", "⟦467 3395⟧ office", "467 3395 officers"),
    ("phone", "my mobile number is ⟦3660170548⟧", "their phone rings but 280591761 hear it; order number 212-555-0143"),
    ("phone", "⟦001-518-640-0854x123⟧", "3000/200 phones; phone $<<3000/200=15>>"),
    ("phone", "⟦+46 (0)8 928 571 38⟧ fax", "0000 0001 0002 0003"),
]


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """A text without its brackets, and the stretches that they held."""
    places: list[tuple[int, int]] = []
    plain = ""
    for number, piece in enumerate(text.replace("⟧", "⟦").split("⟦")):
        if number % 2:
            places.append((len(plain), len(plain) + len(piece)))
        plain += piece
    return plain, places


@pytest.mark.parametrize(("kind", "text", "miss"), CASES)
def test_a_kind_is_found_where_it_is_and_not_in_a_near_miss(kind: str, text: str, miss: str) -> None:
    plain, places = marked(text)
    assert [(one.start, one.end) for one in spans(plain) if one.kind == kind] == places
    assert [miss[one.start : one.end] for one in spans(miss) if one.kind == kind] == []


def test_every_kind_has_a_case() -> None:
    assert {kind for kind, _, _ in CASES} == set(KINDS)


def test_only_the_kinds_asked_for_are_found() -> None:
    text = "Call 212-555-0143 or write to anna@mail.org, see https://mail.org/?from=ben@mail.org"
    assert [one.kind for one in spans(text, ("phone",))] == ["phone"]
    assert [one.kind for one in spans(text)] == ["phone", "email", "url"]
    assert [one.kind for one in spans(text, KINDS[1:])] == ["phone", "email", "email"]


def test_a_label_reaches_no_further_than_its_sentence() -> None:
    assert spans("My phone is 467 3395.") and not spans("My phone is old. Pages 467 3395 say so.")


def test_places_count_code_points() -> None:
    text = "👩‍👧 Größe: anna@mail.org"
    (one,) = spans(text)
    assert text[one.start : one.end] == "anna@mail.org"


SOUP = st.lists(
    st.sampled_from(
        [marked(text)[0] for _, text, _ in CASES]
        + [miss for _, _, miss in CASES]
        + ["phone ", "card ", "born ", "SSN", "order no. ", ". ", "\n", " ", "-", "@", "1", "0x", "::", "é", "北京"]
    )
    | st.text("0123456789 -.()+/:@ab", max_size=24),
    max_size=6,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(SOUP | st.text(max_size=60))
def test_finds_are_in_order_apart_and_no_text_is_passed_over(text: str) -> None:
    found = spans(text)
    ends = [0] + [one.end for one in found]
    assert all(end <= one.start < one.end <= len(text) for end, one in zip(ends, found, strict=False))
    safe = text.encode("utf-8", "replace").decode()
    if spans(safe):
        assert holding(pa.array([safe])) == [0]


@given(st.text(max_size=40))
def test_a_masked_value_has_its_shape_and_at_most_two_of_its_characters(value: str) -> None:
    hidden = masked(value)
    assert len(hidden) == len(value)
    assert sum(one.isalnum() for one in hidden) <= 2


def test_hostile_lengths_end() -> None:
    for piece in ("1 ", "a@", "1.", "a1:", "+1", "(1)", "12-", "a.b@c.", "0"):
        assert len(spans(piece * 4000)) >= 0


def test_presidios_templates() -> None:
    right = wrong = missed = 0
    kinds: Counter[str] = Counter()
    for line in FIXTURE.read_text("utf-8").splitlines():
        row = json.loads(line)
        wanted = {(TYPES[one["type"]], one["start"], one["end"]) for one in row["spans"] if one["type"] in TYPES}
        found = {tuple(one) for one in spans(row["text"])}
        right, wrong, missed = right + len(found & wanted), wrong + len(found - wanted), missed + len(wanted - found)
        kinds.update(kind for kind, _, _ in wanted)
    assert set(kinds) == set(TYPES.values())
    assert right / (right + wrong) >= 0.98
    assert right / (right + missed) >= 0.98


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("host 1.2.3.31 up", ["ip_address"]),
        ("seen at 1.2.3.31 up", []),
        ("seen at 1.2.3.32 up", ["ip_address"]),
        ("version 1.2.99.100", []),
        ("version 1.2.100.100", ["ip_address"]),
        ("passport 12345", []),
        ("passport 123456", ["passport"]),
        ("passport 123456789", ["passport"]),
        ("passport 1234567890", []),
        ("bank account 12345", []),
        ("bank account 123456", ["bank_account"]),
        ("bank account 12345678901234567", ["bank_account"]),
        ("bank account 123456789012345678", []),
        ("driver's license 12345", []),
        ("driver's license 123456", ["driver_licence"]),
        ("driver's license 12345678901234", ["driver_licence"]),
        ("driver's license 123456789012345", []),
        ("phone 123456", []),
        ("phone 1234567", ["phone"]),
        ("phone 123456789012345", ["phone"]),
        ("phone 1234567890123456", []),
        ("www.abcd", ["url"]),
        ("www.abc", []),
        (f"{'a' * 64}@mail.org", ["email"]),
        ("anna@mail.o", []),
        ("anna@mail.or", ["email"]),
        (f"anna@mail.{'a' * 24}", ["email"]),
        (f"anna@mail.{'a' * 25}", []),
        ("::a1:b2", []),
        ("::a1:b2:c3", ["ip_address"]),
    ],
)
def test_a_form_just_above_and_just_below_a_limit(text: str, kinds: list[str]) -> None:
    assert [one.kind for one in spans(text)] == kinds
