"""Redacts or pseudonymises e-mail addresses, telephone numbers and the like in texts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from gristmill.clean._pseudonyms import is_nobodys, placeholder, stand_in
from gristmill.contracts import Cleaner, Repair
from gristmill.mending import settled
from gristmill.personal import KINDS, Kind, holding, spans
from gristmill.texts import column_of

_BATCH = 1000


class PersonalData(Cleaner):
    """Takes personal data of known forms out of a text, before any teacher sees it.

    `redact` puts the kind in its place: `[email]`. `pseudonymise` puts another value of the same form, kept for
    examples or tests, so nobody's: `person.…@example.org`, +1-…-555-01.., 198.18.0.0/15 and 2001:db8::/32, card
    numbers that begin with 4000 00, IBANs of no bank, social security numbers of area 666, the first of January of
    the year of birth. The same value gets the same stand-in wherever it stands, if the `salt` is the same; who knows
    the salt can test a guess, so keep it to yourself. Licences, passports and account numbers of a single country
    have no such range: they are redacted. Values that already stand for nobody stay when pseudonymising.

    What is found, and behind which labels, is told at the check `personal_data`.
    """

    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)
    codes: ClassVar[Mapping[str, str]] = {
        "url": "A web address was taken out.",
        "email": "An e-mail address was taken out.",
        "iban": "An international bank account number was taken out.",
        "crypto_address": "The address of a crypto wallet was taken out.",
        "mac_address": "The hardware address of a machine was taken out.",
        "ip_address": "The network address of a machine was taken out.",
        "date_of_birth": "A date of birth was taken out.",
        "ssn": "A social security number was taken out.",
        "credit_card": "A card number was taken out.",
        "driver_licence": "The number of a driver's licence was taken out.",
        "passport": "The number of a passport was taken out.",
        "bank_account": "A bank account number was taken out.",
        "phone": "A telephone number was taken out.",
    }
    kinds: tuple[Kind, ...] = Field(KINDS[1:], min_length=1, description="what is taken out; web addresses if named")
    how: Literal["redact", "pseudonymise"] = Field(
        "redact", description="put the name of the kind, or a stand-in of the same form that is nobody's"
    )
    salt: str = Field("", description="what stand-ins are drawn with: a secret of your project, the same for all of it")

    def repairs(self, texts: Sequence[str]) -> Iterator[Sequence[Repair]]:
        """For each text its repairs; the `code` of each is the kind of what it takes out."""
        for first in range(0, len(texts), _BATCH):
            piece = texts[first : first + _BATCH]
            held = frozenset(holding(column_of(piece).chunk(0), self.kinds))
            for number, text in enumerate(piece):
                yield settled(text, self._found) if number in held else ()

    def _found(self, text: str) -> list[Repair]:
        repairs = []
        for one in spans(text, self.kinds):
            value = text[one.start : one.end]
            if self.how == "redact":
                repairs.append(Repair(one.start, one.end, placeholder(one.kind), one.kind))
            elif not is_nobodys(one.kind, value):
                repairs.append(Repair(one.start, one.end, stand_in(one, value, self.salt), one.kind))
        return repairs
