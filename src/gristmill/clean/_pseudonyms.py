"""Stand-ins for personal data: valid in form, kept for examples or tests, so nobody's."""

import hashlib
import re
from collections.abc import Callable, Mapping

from gristmill.personal import Found, Kind
from gristmill.personal_numbers import iban_remainder, luhn_digit

_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_FAKES: Mapping[str, re.Pattern[str]] = {
    "url": re.compile(r"https://example\.org/[0-9a-f]{10}"),
    "email": re.compile(r".+@(?:[\w-]+\.)*example\.(?:org|com|net)", re.IGNORECASE),
    "iban": re.compile(r"[A-Za-z]{2}\d\d ?[0X]{4}.*"),
    "crypto_address": re.compile(r"0x0{8}.*"),
    "mac_address": re.compile(r"02:00:00:.*"),
    "ip_address": re.compile(r"198\.1[89]\..*|2001:db8:.*", re.IGNORECASE),
    "date_of_birth": re.compile(r"\d{4}-01-01"),
    "credit_card": re.compile(r"4000[ -]?00\d\d[ -]?\d{4}[ -]?\d{4}"),
    "phone": re.compile(r".*555[ .-]?01\d\d"),
}


def is_nobodys(kind: Kind, value: str) -> bool:
    """Whether a value is of those that stand for none: a stand-in, or an example of the same ranges."""
    known = _FAKES.get(kind)
    return known is not None and known.fullmatch(value) is not None


def stand_in(found: Found, value: str, salt: str) -> str:
    """The stand-in of a value: the same for the same salt, however the value is spaced; the kind's name without one."""
    make = _MAKERS.get(found.kind)
    return make(value, _drawn(found.kind, value, salt)) if make else placeholder(found.kind)


def placeholder(kind: Kind) -> str:
    """What a redacted value becomes: `[email]`."""
    return f"[{kind}]"


def _drawn(kind: Kind, value: str, salt: str) -> str:
    """32 decimal digits that nobody finds without the salt, by BLAKE2b."""
    same = (
        "".join(one for one in value.casefold() if one.isalnum()) if kind not in ("email", "url") else value.casefold()
    )
    if kind == "phone":
        same = same.lstrip("01")
    key = hashlib.blake2b(salt.encode("utf-8", "surrogatepass"), digest_size=64).digest()
    said = f"{kind}\0{same}".encode("utf-8", "surrogatepass")
    return str(int.from_bytes(hashlib.blake2b(said, key=key, digest_size=16).digest(), "big")).zfill(39)[-32:]


def _hexadecimal(drawn: str, size: int) -> str:
    return f"{int(drawn):x}".zfill(size)[-size:]


def _iban(value: str, drawn: str) -> str:
    """The same country, layout and kinds of characters; the bank is 0000 or XXXX, which none is."""
    plain = "".join(one for one in value if one.isalnum()).upper()
    digits = iter(drawn + drawn)
    account = "".join(
        "X" if one.isalpha() else "0" if place < 4 else next(digits) for place, one in enumerate(plain[4:])
    )
    check = 98 - iban_remainder(f"{plain[:2]}00{account}")
    made = iter(f"{plain[:2]}{check:02}{account}")
    return "".join(next(made) if one.isalnum() else one for one in value)


def _card(value: str, drawn: str) -> str:
    """A number that issuers give out for tests, in the layout of the value."""
    digits = "400000" + drawn[:9]
    made = digits + luhn_digit(digits)
    sign = next((one for one in value if not one.isdecimal()), "")
    return sign.join(made[place : place + 4] for place in range(0, 16, 4))


def _phone(_: str, drawn: str) -> str:
    """A number that is kept for fiction in each North American area."""
    area = 200 + int(drawn[:9]) % 800
    area -= 10 * (area // 10 % 10 == 9)
    area += area % 100 == 11
    return f"+1-{area}-555-01{drawn[9:11]}"


def _network(value: str, drawn: str) -> str:
    """An address of RFC 2544 (tests of networks) or RFC 3849 (documentation)."""
    if ":" in value:
        return "2001:db8:" + ":".join(f"{int(drawn[place : place + 4]) + 1:x}" for place in range(0, 24, 4))
    number = int(drawn[:12])
    return f"198.{18 + number % 2}.{number // 2 % 256}.{number // 512 % 254 + 1}"


def _birth(value: str, _: str) -> str:
    """The first of January of the same year."""
    year = _YEAR.search(value)
    return f"{year.group() if year else '19' + re.split('[-/.]', value)[-1]}-01-01"


_MAKERS: Mapping[str, Callable[[str, str], str]] = {
    "url": lambda _, drawn: f"https://example.org/{_hexadecimal(drawn, 10)}",
    "email": lambda _, drawn: f"person.{_hexadecimal(drawn, 10)}@example.org",
    "iban": _iban,
    "crypto_address": lambda _, drawn: "0x" + "0" * 8 + drawn,
    "mac_address": lambda _, drawn: "02:00:00:" + ":".join(drawn[place : place + 2] for place in (0, 2)) + ":5e",
    "ip_address": _network,
    "date_of_birth": _birth,
    "ssn": lambda _, drawn: f"666-{int(drawn[:5]) % 99 + 1:02}-{int(drawn[5:12]) % 9999 + 1:04}",
    "credit_card": _card,
    "phone": _phone,
}
