"""Finds personal data of known forms in a text: addresses, numbers and dates, by kind and place."""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal, NamedTuple, get_args

from gristmill.lazy import lazy
from gristmill.personal_labels import NEAR, Labelled
from gristmill.personal_numbers import (
    digits_of,
    iban_length,
    iban_remainder,
    is_bitcoin,
    is_card,
    is_date,
    is_dialled,
    is_network,
    is_north_american,
    is_ssn,
)

np = lazy("numpy")
pc = lazy("pyarrow.compute")

Kind = Literal[
    "url",
    "email",
    "iban",
    "crypto_address",
    "mac_address",
    "ip_address",
    "date_of_birth",
    "ssn",
    "credit_card",
    "driver_licence",
    "passport",
    "bank_account",
    "phone",
]
# Of two kinds at one place the earlier one holds.
KINDS: tuple[Kind, ...] = get_args(Kind)


class Found(NamedTuple):
    """One stretch of personal data: `text[start:end]`, in code points."""

    kind: Kind
    start: int
    end: int


_SEP = r"[ \u00a0.\-‐‑–/]"
_EXTENSION = r"(?:(?: ?x| ?ext\.? ?)\d{1,6})?"
_GAP = r"(?:[ ./()\-]|\x{a0}|[‐-–]){0,3}"
# What a text must hold for anything to be found in it, as patterns of RE2, which reads a megabyte in a millisecond.
_SIGNS = (
    r"[^\s@]@[^\s@]",
    rf"[0-9]{_GAP}(?:[0-9]{_GAP}){{4}}[0-9]",
    r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
    r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:",
    r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}",
    r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
    r"[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11}",
    r"(?:[13]|[Bb][Cc]1)[A-Za-z0-9]{25}",
    r"0x[0-9A-Fa-f]{40}",
    r"(?i:\bbirth|\bborn\b|\bdob\b|\bd\.o\.b|geboren|geburtsdatum)",
)
_URL_SIGN = r"://|(?i:www\.)"

_URL = re.compile(r"(?<![\w])(?:(?:https?|ftp)://|www\.(?=\w))[^\s<>\"'\[\]{}|\\^`]{2,2000}", re.IGNORECASE)
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*\Z")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})(?![\w@-]|\.\w)")
_FILE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|css|js|py|html?|service|timer|socket)\Z", re.IGNORECASE)
_IBAN = re.compile(r"(?<![\w-])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_COIN = re.compile(
    r"(?<![\w/.-])(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71}"
    r"|0x[0-9A-Fa-f]{40})(?!\w)"
)
_MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}(?P<sep>[:-])(?:[0-9A-Fa-f]{2}(?P=sep)){4}[0-9A-Fa-f]{2}"
    r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})(?![\w:-]|\.\w)"
)
_IPV4 = re.compile(r"(?<![\w.+-])(?<!\w/)\d{1,3}(?:\.\d{1,3}){3}(?![\w+-]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.-])(?=[0-9A-Fa-f:]*:)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)\d+(?:\.\d+){3})?(?![\w:.-]\w|[\w:])"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE = re.compile(
    rf"(?<![\w/.-])(?:\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}|\d{{1,2}}([-/.])\d{{1,2}}\2(?:19|20)?\d\d"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\.?,? (?:18|19|20)\d\d"
    rf"|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:18|19|20)\d\d)(?![\w/-]|\.\d)",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?<![\w.+/-])\d{3}(?:([- ])\d{2}\1\d{4}|\d{6})(?![\w-]|\.\d)")
_CARD = re.compile(
    r"(?<![\w.+/#$€£-])(?=(\d{12,19}(?![\w-]|[.,]\d)"
    r"|(?<![^\d-]\d{4}[ -])\d{4}(?:(?P<four>[ -])(?:\d{4}(?P=four)){2}\d{4}"
    r"(?:(?P=four)\d{3})?|(?P<six>[ -])\d{6}(?P=six)\d{4,5})(?![\w-]|[.,]\d|[ -]\d{4}(?!\d))))"
)
_VALUES = {
    "driver_licence": re.compile(
        r"(?<![\w-])(?:[A-Z]{0,3}\d{5,14}[A-Z]?|[A-Z]?\d{2,4}(?:[ -]\d{2,6}){1,4})(?![\w-]|[.,]\d)", re.IGNORECASE
    ),
    "passport": re.compile(r"(?<![\w-])[A-Z]{0,2}\d{6,9}(?![\w-]|[.,]\d)", re.IGNORECASE),
    "bank_account": re.compile(r"(?<![\w.-])(?:\d{6,17}|\d{2,6}(?:[ -]\d{2,6}){1,4})(?![\w-]|[.,]\d)"),
    "date_of_birth": _DATE,
}
_OTHER_PAPERS = ("driver_licence", "passport", "bank_account", "phone")
_AMERICAN = re.compile(
    rf"(?<![\w.+/#$€£@-])(?<!\d-)(?:\+?1{_SEP}?)?(?:\([2-9]\d\d\)[ \u00a0-]?|[2-9]\d\d(?P<sep>{_SEP}))[2-9]\d\d"
    rf"(?(sep)(?P=sep)|{_SEP})\d{{4}}{_EXTENSION}(?!\w|[-.,/]\d)"
)
_GROUP_BEFORE = re.compile(r"\d[ \u00a0/–]\Z")
_PHONE = re.compile(
    rf"(?<![\w.+/#$€£@-])(?<!\d[ ,:])(?:\+ ?\d{{7,15}}|\d{{7,15}}|(?:\+ ?)?(?:\(\+?\d{{1,5}}\)|\d{{1,6}})"
    rf"(?:{_SEP}{{1,2}}\(?\d{{1,8}}\)?|\(\d{{1,4}}\)|(?<=\))\d{{1,8}}){{1,6}}){_EXTENSION}(?!\w|[-.,:/]\d| \d)"
)


def spans(text: str, kinds: Collection[Kind] = KINDS) -> list[Found]:
    """The personal data of these kinds in a text, in order, none overlapping another.

    Each has the form of its kind, and the check digits where the kind has any. Forms that other numbers have too
    count only where a label stands near (`phone`, `driver's license`, `born`), and none does behind another
    thing's label (`order no.`, `version`, `ISBN`).
    """
    found: list[Found] = []
    starts: list[int] = []
    labelled = Labelled(text)
    for detect in _DETECTORS if "url" in kinds else _DETECTORS[1:]:
        for one in detect(labelled):
            place = bisect_right(starts, one.start)
            clear = not place or found[place - 1].end <= one.start
            if clear and (place == len(found) or one.end <= starts[place]):
                found.insert(place, one)
                starts.insert(place, one.start)
    return [one for one in found if one.kind in kinds]


def holding(array: Any, kinds: Collection[Kind] = KINDS) -> list[int]:
    """Which texts of an Arrow array can hold personal data of these kinds: all others need no look."""
    signs = (*_SIGNS, _URL_SIGN) if "url" in kinds else _SIGNS
    return np.flatnonzero(pc.match_substring_regex(array, "|".join(signs)).to_numpy(False)).tolist()  # type: ignore[no-any-return]


def masked(value: str) -> str:
    """A value as evidence: its shape and its last two letters or digits."""
    shown = len(value) - 2 if len(value) > 6 else len(value)
    return "".join("*" if one.isalnum() and place < shown else one for place, one in enumerate(value))


def _urls(given: Labelled) -> Iterator[Found]:
    for match in _URL.finditer(given.text):
        end = match.start() + len(match.group().rstrip(".,;:!?)*_"))
        if end - match.start() > 7:
            yield Found("url", match.start(), end)


def _emails(given: Labelled) -> Iterator[Found]:
    text = given.text
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - 64), at)
        domain = _DOMAIN.match(text, at + 1, at + 255)
        if local and domain and not _FILE.search(domain.group()):
            start = local.start() + len(local.group()) - len(local.group().lstrip("'*`=/|{&?"))
            if start < at and text[start:at] != "git":
                yield Found("email", start, domain.end())
        at = text.find("@", at + 1)


def _ibans(given: Labelled) -> Iterator[Found]:
    for match in _IBAN.finditer(given.text):
        wanted = iban_length(match.group()[:2])
        places = [place for place, one in enumerate(match.group()) if one.isalnum()]
        if not wanted or len(places) < wanted:
            continue
        end = match.start() + places[wanted - 1] + 1
        iban = re.sub("[ -]", "", given.text[match.start() : end])
        if not given.text[end : end + 1].isalnum() and iban_remainder(iban) == 1:
            yield Found("iban", match.start(), end)


def _coins(given: Labelled) -> Iterator[Found]:
    for match in _COIN.finditer(given.text):
        if match.group().startswith("0x") or is_bitcoin(match.group()):
            yield Found("crypto_address", *match.span())


def _machines(given: Labelled) -> Iterator[Found]:
    for match in _MAC.finditer(given.text):
        digits = re.sub("[:.-]", "", match.group()).lower()
        if len(set(digits)) > 1 and (not digits.isdecimal() or given.kind(match.start()) == "network"):
            yield Found("mac_address", *match.span())


def _networks(given: Labelled) -> Iterator[Found]:
    for match in _IPV4.finditer(given.text):
        octets = [int(one) for one in match.group().split(".")]
        told = given.kind(match.start()) == "network"
        # Versions have one number of three digits at most; numbers of sections have none above 31.
        numbered = sum(one > 99 for one in octets) < 2 and given.foreign(match.start(), plain=True) == "version"
        if not numbered and (told or max(octets) > 31) and is_network(match.group()):
            yield Found("ip_address", *match.span())
    for match in _IPV6.finditer(given.text):
        groups = [one for one in match.group().split(":") if one]
        if len(groups) > 2 and any(one.isdecimal() for one in match.group()) and is_network(match.group()):
            yield Found("ip_address", *match.span())


def _labelled(given: Labelled) -> Iterator[Found]:
    """What counts only behind its label: the first value of its form there, unless another label comes before it."""
    for label in given.labels:
        form = _VALUES.get(label.kind)
        match = form and form.search(given.text, label.end, min(len(given.text), label.end + NEAR + 20))
        if not match or match.start() - label.end > NEAR or given.kind(match.start()) != label.kind:
            continue
        digits = sum(one.isdecimal() for one in match.group())
        if label.kind == "date_of_birth" or (5 < digits < 18 and not is_date(re.findall(r"\d+", match.group()))):
            yield Found(label.kind, *match.span())  # type: ignore[arg-type]


def _security(given: Labelled) -> Iterator[Found]:
    for match in _SSN.finditer(given.text):
        label = given.kind(match.start())
        parted = (
            match.group(1) == "-" and label not in _OTHER_PAPERS[:3] and not given.foreign(match.start(), plain=False)
        )
        if (label == "ssn" or parted) and is_ssn(digits_of(match.group())):
            yield Found("ssn", *match.span())


def _cards(given: Labelled) -> Iterator[Found]:
    done = 0
    for match in _CARD.finditer(given.text):
        start, number = match.start(), match.group(1)
        label = given.kind(start)
        foreign = given.foreign(start, plain=number.isdecimal()) or (number.isdecimal() and label in _OTHER_PAPERS)
        if start < done or foreign:
            continue
        # A group of three behind four of four is the end of a long number, or another number.
        for one in (number, number[:19]):
            if start >= done and is_card(digits_of(one), label == "credit_card"):
                done = start + len(one)
                yield Found("credit_card", start, done)


def _phones(given: Labelled) -> Iterator[Found]:
    for match in _AMERICAN.finditer(given.text):
        plain = match.group("sep") in (" ", "\u00a0", "/", "–")
        goes_on = plain and _GROUP_BEFORE.search(given.text, max(0, match.start() - 2), match.start())
        strong = not plain and is_north_american(digits_of(match.group()))
        if not goes_on and _believed(given, match, strong):
            yield Found("phone", *match.span())
    for match in _PHONE.finditer(given.text):
        if not is_date(re.findall(r"\d+", match.group())) and _believed(given, match, is_dialled(match.group())):
            yield Found("phone", *match.span())


def _believed(given: Labelled, match: re.Match[str], strong: bool) -> bool:
    """Whether a number is a telephone's by its own form, or by a label before or behind it."""
    start = match.start()
    digits = digits_of(re.split("[ex]", match.group())[0])
    # A fraction (`3000/200`) is no number to dial.
    fraction = "/" in match.group() and digits[0] != "0"
    if not 7 <= len(digits) <= 15 or fraction or given.foreign(start, plain=not strong):
        return False
    label = given.kind(start)
    told = given.phone_beside(start) if match.group().isdecimal() else label == "phone"
    return strong or told or (label in ("", "phone", "network") and given.phone_behind(match.end()))


# In the order of KINDS: what an earlier one has found is not another's.
_DETECTORS: tuple[Callable[[Labelled], Iterator[Found]], ...] = (
    _urls,
    _emails,
    _ibans,
    _coins,
    _machines,
    _networks,
    _security,
    _cards,
    _labelled,
    _phones,
)
