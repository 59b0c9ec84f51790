"""Finds personal data of known forms: e-mail, telephone, card, account and identity numbers."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.personal import KINDS, Found, Kind, holding, masked, spans
from gristmill.texts import Texts, verdicts

_WORDS: Mapping[str, tuple[str, str]] = {
    "url": ("web address", "web addresses"),
    "email": ("e-mail address", "e-mail addresses"),
    "iban": ("account number (IBAN)", "account numbers (IBAN)"),
    "crypto_address": ("address of a crypto wallet", "addresses of crypto wallets"),
    "mac_address": ("MAC address", "MAC addresses"),
    "ip_address": ("IP address", "IP addresses"),
    "date_of_birth": ("date of birth", "dates of birth"),
    "ssn": ("social security number", "social security numbers"),
    "credit_card": ("card number", "card numbers"),
    "driver_licence": ("driver's licence number", "driver's licence numbers"),
    "passport": ("passport number", "passport numbers"),
    "bank_account": ("bank account number", "bank account numbers"),
    "phone": ("telephone number", "telephone numbers"),
}
_MOST_SHOWN = 20
_LABEL_ROLE = "label"


class _Place(NamedTuple):
    """One find: the role it is in, the find, and its masked value."""

    role: str
    found: Found
    masked: str


class PersonalData(TextCheck):
    """Personal data that can be told by its form. The evidence names kind, role and place; values are masked.

    What it rejects: a row with a kind of `reject`; by default numbers by which somebody pays or proves who they are.
    Other `kinds` are a note. Kinds with check digits (cards by Luhn, IBAN by its remainder, Bitcoin addresses by
    their checksum) need right ones. Numbers of no form of their own count only behind a label: a licence, a
    passport, an account, a date of birth, a telephone number without country or area. None counts behind another
    thing's label (`order no.`, `ISBN`, `version`). Names and streets are not looked for; nor is it asked whether
    anybody is behind an address: `someone@example.org` is found.

    Why it matters: a model can learn a row by heart and say it to a stranger. To keep the rows, let the cleaner of
    the same name redact them before any teacher sees the text.

    Kept: "How long is a card number?" - "It has 16 digits, as in version 1.2.3.4 of the order 4000-1234."

    Rejected: "What is the limit of card 4111 1111 1111 1111?" - "It is 5,000 a month."
    """

    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)
    reads: ClassVar[tuple[str, ...]] = ()
    kinds: tuple[Kind, ...] = Field(KINDS[1:], min_length=1, description="what is looked for; web addresses if named")
    reject: tuple[Kind, ...] = Field(
        ("iban", "ssn", "credit_card", "driver_licence", "passport", "bank_account"),
        description="which of these a row is rejected for; the others are noted",
    )

    def judge_texts(self, texts: Texts) -> Any:
        """`score` is how many were found; `code` is the gravest kind among them."""
        rows: dict[int, list[_Place]] = defaultdict(list)
        for role in texts.roles:
            if role == _LABEL_ROLE:
                continue
            for first, piece in texts.batches(role):
                for number in holding(piece, self.kinds):
                    text = str(piece[number])
                    for found in spans(text, self.kinds):
                        rows[first + number].append(_Place(role, found, masked(text[found.start : found.end])))
        numbers = sorted(rows)
        told = [self._told(rows[number]) for number in numbers]
        return verdicts(
            numbers,
            [one["outcome"] for one in told],
            [one["code"] for one in told],
            [one["reason"] for one in told],
            [float(len(rows[number])) for number in numbers],
            [_evidence(rows[number]) for number in numbers],
        )

    def _told(self, places: Sequence[_Place]) -> dict[str, str]:
        counts = Counter(place.found.kind for place in places)
        kinds = sorted(counts, key=lambda kind: (kind not in self.reject, KINDS.index(kind)))
        names = [f"{counts[kind]} {_WORDS[kind][counts[kind] > 1]}" for kind in kinds]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return {
            "outcome": "reject" if kinds[0] in self.reject else "note",
            "code": kinds[0],
            "reason": f"It holds {listed}.",
        }


def _evidence(places: Sequence[_Place]) -> dict[str, Any]:
    shown = [
        {"kind": one.found.kind, "role": one.role, "start": one.found.start, "end": one.found.end, "masked": one.masked}
        for one in places[:_MOST_SHOWN]
    ]
    return {"found": shown} | ({"further": len(places) - _MOST_SHOWN} if len(places) > _MOST_SHOWN else {})
