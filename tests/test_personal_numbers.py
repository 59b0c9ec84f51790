"""Check digits and number plans: published examples hold, and what is one digit beside them does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.personal_numbers import (
    iban_length,
    iban_remainder,
    is_bitcoin,
    is_card,
    is_date,
    is_dialled,
    is_international,
    is_network,
    is_north_american,
    is_ssn,
    luhn,
    luhn_digit,
)

# Of SWIFT's registry of IBANs.
IBANS = (
    "AD1200012030200359100100",
    "BE68539007547034",
    "CH9300762011623852957",
    "DE89370400440532013000",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "MT84MALT011000012345MTLCAST001S",
    "NL91ABNA0417164300",
    "NO9386011117947",
    "SA0380000000608010167519",
)
# Numbers that the issuers publish for tests.
CARDS = (
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "2223000048400011",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
)


def test_luhn_knows_the_example_of_its_patent_and_no_other_last_digit() -> None:
    assert [digit for digit in "0123456789" if luhn("7992739871" + digit)] == ["3"]


@given(st.text("0123456789", min_size=1, max_size=30))
def test_luhn_digit_makes_luhn_hold(digits: str) -> None:
    assert luhn(digits + luhn_digit(digits))


@pytest.mark.parametrize("number", CARDS)
def test_cards_of_issuers(number: str) -> None:
    assert is_card(number, spoken_of=False)
    assert not is_card(number[:-1] + str((int(number[-1]) + 1) % 10), spoken_of=True)


def test_an_unknown_issuer_counts_only_where_a_card_is_spoken_of() -> None:
    number = "901234567890123" + luhn_digit("901234567890123")
    assert is_card(number, spoken_of=True) and not is_card(number, spoken_of=False)
    assert not is_card("0" * 16, spoken_of=True)
    short = "9012345678" + luhn_digit("9012345678")
    assert not is_card(short, spoken_of=True)


@pytest.mark.parametrize("iban", IBANS)
def test_ibans_of_the_registry(iban: str) -> None:
    assert (iban_length(iban[:2]), iban_remainder(iban)) == (len(iban), 1)
    assert iban_remainder(iban[:-1] + ("1" if iban[-1] != "1" else "2")) != 1


def test_a_country_without_ibans_has_no_length() -> None:
    assert iban_length("US") == 0


@pytest.mark.parametrize(
    ("digits", "fine"),
    [
        ("001010001", True),
        ("000010001", False),
        ("665010001", True),
        ("666010001", False),
        ("899010001", True),
        ("900010001", False),
        ("001000001", False),
        ("001010000", False),
        ("078051120", False),
        ("219099999", False),
        ("12345678", False),
    ],
)
def test_which_social_security_numbers_can_be_given_out(digits: str, fine: bool) -> None:
    assert is_ssn(digits) is fine


@pytest.mark.parametrize(
    ("digits", "fine"),
    [
        ("2125550143", True),
        ("12125550143", True),
        ("22125550143", False),
        ("1125550143", False),
        ("2121550143", False),
        ("2115550143", False),
        ("2129110143", False),
        ("2925550143", False),
        ("212555014", False),
    ],
)
def test_the_north_american_plan(digits: str, fine: bool) -> None:
    assert is_north_american(digits) is fine


@pytest.mark.parametrize(
    ("digits", "fine"),
    [
        ("447700900123", True),
        ("4930901820", True),
        ("37052310499", True),
        ("2101234567", False),
        ("9991234567", False),
        ("33000000000", False),
        ("4912345", False),
        ("4912345678901234", False),
        ("100000000", False),
    ],
)
def test_international_numbers(digits: str, fine: bool) -> None:
    assert is_international(digits) is fine


@pytest.mark.parametrize(
    ("groups", "fine"),
    [
        (["2004", "05", "06"], True),
        (["2004", "13", "06"], False),
        (["31", "12", "1999"], True),
        (["12", "31", "99"], True),
        (["32", "12", "1999"], False),
        (["12", "31", "3999"], False),
        (["212", "555", "0143"], False),
        (["12", "31"], False),
        (["1997", "2001"], True),
        (["2974", "5328"], False),
    ],
)
def test_dates(groups: list[str], fine: bool) -> None:
    assert is_date(groups) is fine


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("41.173.96.26", True),
        ("41.173.96.256", False),
        ("127.0.0.1", False),
        ("255.255.255.0", False),
        ("0.0.0.0", False),
        ("2001:db8::1", True),
        ("::1", False),
        ("::", False),
        ("2001:db8::1::2", False),
    ],
)
def test_networks(address: str, fine: bool) -> None:
    assert is_network(address) is fine


@pytest.mark.parametrize(
    "address",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ],
)
def test_bitcoin_addresses_of_the_proposals(address: str) -> None:
    assert is_bitcoin(address)
    assert not is_bitcoin(address[:-2] + ("2" if address[-2] != "2" else "3") + address[-1])
    assert not is_bitcoin(address[:3] + address[3:].swapcase())
    assert not is_bitcoin(address + "!") and not is_bitcoin("1" * 40 + address)


@pytest.mark.parametrize(
    ("prefix", "size", "known"),
    [
        ("4", 12, False),
        ("4", 13, True),
        ("4", 14, False),
        ("4", 16, True),
        ("4", 19, True),
        ("50", 16, False),
        ("51", 16, True),
        ("55", 16, True),
        ("56", 16, False),
        ("2220", 16, False),
        ("2221", 16, True),
        ("2720", 16, True),
        ("2721", 16, False),
        ("643", 16, False),
        ("644", 16, True),
        ("3527", 16, False),
        ("3528", 16, True),
        ("3589", 16, True),
        ("3590", 16, False),
        ("306", 14, False),
        ("305", 14, True),
        ("34", 14, False),
        ("34", 15, True),
        ("34", 16, False),
        ("5018", 11, False),
        ("5018", 12, True),
        ("5018", 19, True),
        ("5018", 20, False),
    ],
)
def test_an_issuer_has_prefixes_and_lengths(prefix: str, size: int, known: bool) -> None:
    number = prefix.ljust(size - 1, "1")
    assert is_card(number + luhn_digit(number), spoken_of=False) is known


@pytest.mark.parametrize(("size", "card"), [(11, False), (12, True), (19, True), (20, False)])
def test_a_card_that_is_spoken_of_has_12_to_19_digits(size: int, card: bool) -> None:
    number = "90".ljust(size - 1, "1")
    assert is_card(number + luhn_digit(number), spoken_of=True) is card


@pytest.mark.parametrize(
    ("digits", "fine"),
    [
        ("4912345", False),
        ("49123456", True),
        ("491234567890123", True),
        ("4912345678901234", False),
        ("4911111222", False),
        ("4911111223", True),
    ],
)
def test_a_number_behind_a_plus_has_8_to_15_digits_three_of_them_different(digits: str, fine: bool) -> None:
    assert is_international(digits) is fine


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ("0123 456 78", True),
        ("0123 456 7", False),
        ("012 345 67", False),
        ("0123 45678", False),
        ("0123 456789", True),
        ("0123 4567890", True),
        ("0123 45678901", False),
        ("0 1234567890", False),
        ("01 234567890", True),
        ("01234 567890", True),
        ("012345 67890", False),
        ("0123-456 789", False),
        ("0044 7700 900123", True),
        ("00447 700 900123", True),
        ("004477 00 900123", False),
    ],
)
def test_a_number_in_groups_with_a_0_before_it(value: str, fine: bool) -> None:
    assert is_dialled(value) is fine


@pytest.mark.parametrize(
    ("groups", "fine"),
    [
        (["0999", "2000"], False),
        (["1000", "2000"], True),
        (["2199", "2000"], True),
        (["2200", "2000"], False),
        (["2004", "12", "31"], True),
        (["2004", "12", "32"], False),
        (["12", "13", "1999"], True),
        (["13", "13", "1999"], False),
        (["12", "31", "2199"], True),
        (["12", "31", "2200"], False),
    ],
)
def test_a_date_has_so_many_days_months_and_years(groups: list[str], fine: bool) -> None:
    assert is_date(groups) is fine
