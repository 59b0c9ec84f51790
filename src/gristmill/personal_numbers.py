"""Tells a card, an account, a telephone or a network number from any other run of digits."""

import hashlib
import ipaddress
import re
from collections.abc import Sequence

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
# Issuers: first and last prefix, and the lengths of their numbers (ISO/IEC 7812 ranges as the schemes publish them).
_ISSUERS = (
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("6011", "6011", (16, 17, 18, 19)),
    ("644", "649", (16, 17, 18, 19)),
    ("65", "65", (16, 17, 18, 19)),
    ("62", "62", (16, 17, 18, 19)),
    ("3528", "3589", (16, 17, 18, 19)),
    ("2131", "2131", (15,)),
    ("1800", "1800", (15,)),
    ("300", "305", (14,)),
    ("309", "309", (14,)),
    ("36", "36", (14,)),
    ("38", "39", (14,)),
    ("2200", "2204", (16,)),
    ("5018", "5018", tuple(range(12, 20))),
    ("5020", "5020", tuple(range(12, 20))),
    ("5038", "5038", tuple(range(12, 20))),
    ("5893", "5893", tuple(range(12, 20))),
    ("6304", "6304", tuple(range(12, 20))),
    ("6759", "6763", tuple(range(12, 20))),
)
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in (
        pair.split(":")
        for pair in (
            "15:NO 16:BE 18:DK,FK,FO,FI,GL,NL,SD 19:MK,SI 20:AT,BA,EE,KZ,LT,LU,MN,XK 21:CH,HR,LI,LV 22:BG,BH,CR,DE,"
            "GB,GE,IE,ME,RS,VA 23:AE,GI,IL,IQ,OM,SO,TL 24:AD,CZ,ES,MD,PK,RO,SA,SE,SK,TN,VG 25:LY,PT,ST 26:IS,TR 27:BI,"
            "DJ,FR,GR,IT,MC,MR,SM 28:AL,AZ,BY,CY,DO,GT,HU,LB,NI,PL,SV 29:BR,EG,PS,QA,UA 30:JO,KW,MU,YE 31:MT,SC "
            "32:LC 33:RU"
        ).split()
    )
    for country in countries.split(",")
}
# Country calling codes of one and two digits (ITU-T E.164); of three, those that begin so.
_CALLING = re.compile(
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2(?:1[1-3689]|[2346]\d|5[0-8]|9[0-17-9])"
    r"|3(?:5\d|7\d|8[0-35-79])|42[013]|5(?:0\d|9\d)|6(?:7[02-9]|8\d|9[0-2])|8(?:00|5[02356]|8[06])|9(?:6\d|7\d|9[2-68])"
)
_SIGN = r"[ \u00a0.\-‐‑–/]"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_SUMS = (1, 0x2BC830A3)
_BECH32_STEPS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# Printed on a sample card and in an advertisement: both were never valid since.
_SSN_PRINTED = ("078051120", "219099999")


def digits_of(value: str) -> str:
    """The digits of a number without what parts them."""
    return "".join(one for one in value if one.isdecimal())


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    return (sum(map(int, digits[-1::-2])) + sum(_DOUBLED[int(one)] for one in digits[-2::-2])) % 10 == 0


def luhn_digit(digits: str) -> str:
    """The check digit to write behind these digits."""
    return next(str(digit) for digit in range(10) if luhn(f"{digits}{digit}"))


def is_card(digits: str, spoken_of: bool) -> bool:
    """A payment card's number: an issuer's prefix with a length it has, and the check digit.

    `spoken_of` says that words beside it tell of a card; then any issuer's will do, as there are too many to name.
    """
    known = any(low <= digits[: len(low)] <= high and len(digits) in sizes for low, high, sizes in _ISSUERS)
    known = known or (spoken_of and 12 <= len(digits) <= 19)
    return known and len(set(digits)) > 1 and luhn(digits)


def is_ssn(digits: str) -> bool:
    """A number that the Social Security Administration can have given out (rules of 2011)."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    given = area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    return given and len(digits) == 9 and digits not in _SSN_PRINTED


def iban_length(country: str) -> int:
    """How many characters an account number of this country has (SWIFT's registry); 0 for a country without."""
    return _IBAN_LENGTHS.get(country.upper(), 0)


def iban_remainder(iban: str) -> int:
    """What is left of an IBAN by ISO 7064 MOD 97-10: 1 when its check digits are right."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(one, 36)) for one in turned)) % 97


def is_north_american(digits: str) -> bool:
    """A number of the North American plan: area and exchange begin with 2 to 9, and neither is a service code."""
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if len(digits) != 10:
        return False
    area, exchange = digits[:3], digits[3:6]
    return min(area[0], exchange[0]) >= "2" and area[1:] != "11" and exchange[1:] != "11" and area[1] != "9"


def is_international(digits: str) -> bool:
    """Digits that follow a `+`: a country's calling code and as many as a number may have (ITU-T E.164)."""
    code = _CALLING.match(digits)
    if code is None:
        return False
    if code.group() == "1":
        return is_north_american(digits)
    return 8 <= len(digits) <= 15 and len(set(digits[code.end() :])) > 2


def is_dialled(value: str) -> bool:
    """A number with its country's code, or one in groups with the 0 that is dialled inside a country."""
    value = re.split("[ex]", value)[0].replace("(0)", "")
    digits = digits_of(value)
    groups = re.findall(r"\d+", value)
    if value.startswith("+"):
        return is_international(digits)
    if len(groups) < 2 or min(map(len, groups[1:])) < 2:
        return False
    if groups[0].startswith("00"):
        return len(groups[0]) <= 5 and is_international(digits[2:])
    least = 9 if len(groups) > 2 else 10
    alike = len(set(re.findall(_SIGN, value))) == 1
    return alike and digits[0] == "0" and least <= len(digits) <= 11 and 2 <= len(groups[0]) <= 5


def is_date(groups: Sequence[str]) -> bool:
    """Whether groups of digits are a year, a month and a day in any of the usual orders, or from year to year."""
    if len(groups) < 3:
        return len(groups) == 2 and all(len(one) == 4 and "1000" <= one < "2200" for one in groups)
    first, second, third = (int(one) for one in groups[:3])
    year_first = len(groups[0]) == 4 and 1000 <= first < 2200 and second <= 12 and third <= 31
    year_last = len(groups[2]) in (2, 4) and first <= 31 and second <= 31 and min(first, second) <= 12
    if len(groups[2]) == 4:
        year_last = year_last and 1000 <= third < 2200
    return (year_first or year_last) and min(first, second, third) >= 0 and len(groups[1]) <= 2


def is_network(text: str) -> bool:
    """A valid IPv4 or IPv6 address that is some machine's own: no mask, no loopback, not all zeros."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if address.version == 4:
        return not text.startswith(("0.", "127.0.0.", "255."))
    return not (address.is_loopback or address.is_unspecified)


def is_bitcoin(text: str) -> bool:
    """A Bitcoin address whose own checksum holds: Base58Check, or Bech32 (BIP 173) and Bech32m (BIP 350)."""
    if text[:3].lower() == "bc1":
        return _bech32(text)
    if not set(text) <= set(_BASE58):
        return False
    number = 0
    for one in text:
        number = number * 58 + _BASE58.index(one)
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    if len(text) - len(text.lstrip("1")) != len(raw) - len(raw.lstrip(b"\0")):
        return False
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:] and raw[0] in (0, 5)


def _bech32(text: str) -> bool:
    if text not in (text.lower(), text.upper()) or not set(text[3:].lower()) <= set(_BECH32):
        return False
    low = text.lower()
    values = [ord(one) >> 5 for one in "bc"] + [0] + [ord(one) & 31 for one in "bc"]
    values += [_BECH32.index(one) for one in low[3:]]
    sum_ = 1
    for value in values:
        top = sum_ >> 25
        sum_ = (sum_ & 0x1FFFFFF) << 5 ^ value
        for bit, step in enumerate(_BECH32_STEPS):
            sum_ ^= step if top >> bit & 1 else 0
    return sum_ in _BECH32_SUMS
