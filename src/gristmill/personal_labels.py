"""The words beside a number that say whose it is: `phone`, `born`, `order no.`, `version`."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

NEAR, BESIDE = 40, 30
_REACH = NEAR + 35
_NUMBER = re.compile(r"[0-9]+")
_LABEL = re.compile(
    r"(?<![\w@.\[/-])(?:"
    r"(?P<phone>(?:tele)?phones?|tel|mobile|cell(?:phone|ular)?|(?:tele)?fax|hotline|whatsapp|sms|telefon(?:nummer)?"
    r"|rufnummer|t[ée]l[ée]phone|tél|teléfono|telefono|móvil|contact (?:number|no)"
    r"|(?:call|text|ring|phone) (?:me|us|him|her)(?: (?:at|on))?"
    r"|(?:call|dial|ring|call (?:at|on)|messages? to|reach(?:ed)?(?: (?:me|us|him|her))? (?:at|on))(?=:? ?\+?\(?\d))"
    r"|(?P<credit_card>(?:credit|debit|bank|payment) ?cards?|cards?|visa|master ?card|amex|american express|maestro|cc)"
    r"|(?P<ssn>ssn|social security|soc\. ?sec)"
    r"|(?P<driver_licence>driv(?:er['’]?s?|ing)['’]? licen[cs]e|licen[cs]e (?:number|no|nr)|dl)"
    r"|(?P<passport>passport)"
    r"|(?P<bank_account>(?:bank|checking|savings?) (?:account|acct)|(?:account|acct|a/c) (?:number|no|nr)|routing"
    r"(?: number)?|sort code|kontonummer)"
    r"|(?P<date_of_birth>(?:date of )?birth(?: ?da(?:te|y))?|born(?: on)?|dob|d\.o\.b|geboren(?: am)?|geburtsdatum)"
    r"|(?P<network>ip(?:v[46])?|mac|hosts?|server|dns|ping|gateway|router|hwaddr|ether)"
    r"|(?P<version>version|ver|v|release|firmware|build|revision|rev|section|sect|chapter|clause|§|oid)"
    r"|(?P<code>isbn|issn|serial|imei|ean|upc|gtin|sku|invoice|tracking|doi|arxiv|patent)"
    r"|(?P<other>order|ref|reference|ticket|parcel|part|model|id|code|case|error|port|pid|zip|postal|bug|issue|rfc)"
    r")(?![\w\]@]|\.\w)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?i:(?<!\bno)(?<!\bnr)(?<!\btel))[.!?…][\s\"')]+[^\W\d_]|[^:\s]\s*\n[ \t]*\n")
_JOINED = re.compile(r"[\s:=#.,(-]{0,4}(?:(?:no|nr|num|number|id|code|is|was)\b[\s:=#.]{0,3}){0,3}", re.IGNORECASE)
_COUNTED = re.compile(r"#|\b(?:no|nr|num|number|id)\b", re.IGNORECASE)
_AFTER = re.compile(r"[ \t]?[-(,|]?[ \t]?(?:office|(?:tele)?fax|mobile|cell|home|work|phone|tel)\b", re.IGNORECASE)


class Label(NamedTuple):
    """A word that says what the number beside it is: a kind of personal data, or what is no person's.

    The latter are `network` (`server`), `version` (`release`, `section`), `code` (`ISBN`) and `other` (`order`), of
    which the last are ordinary words too.
    """

    kind: str
    start: int
    end: int


class Labelled:
    """A text whose labels are known."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.labels = [
            Label(match.lastgroup or "", *match.span())
            for start, end in _before_numbers(text)
            for match in _LABEL.finditer(text, start, end)
        ]
        self._ends = [label.end for label in self.labels]

    def kind(self, at: int, most: int = NEAR) -> str:
        """The kind of the nearest label before a place; "" when none stands so near in its sentence."""
        label = self._before(at)
        if label is None or at - label.end > most or _SENTENCE_END.search(self.text, label.end - 1, at + 1):
            return ""
        return label.kind

    def foreign(self, at: int, plain: bool) -> str:
        """The kind of the label directly before a place that says that a number there is no person's; "" for none.

        `plain` says that the number has no form of its own; then an ordinary word (`order 4000…`) is enough.
        """
        label = self._before(at)
        if label is None or label.kind not in ("version", "code", "other"):
            return ""
        between = self._between(label, at)
        if between is None or (label.kind != "code" and not plain and not _COUNTED.search(between)):
            return ""
        return label.kind

    def phone_beside(self, at: int) -> bool:
        """Whether a telephone's label stands before a place, with nothing between but `number`, `is`, signs."""
        label = self._before(at)
        return label is not None and label.kind == "phone" and self._between(label, at) is not None

    def phone_behind(self, end: int) -> bool:
        """Whether the word behind a number says that it is a telephone's (`… office`, `… fax`)."""
        return _AFTER.match(self.text, end) is not None

    def _between(self, label: Label, at: int) -> str | None:
        joined = _JOINED.fullmatch(self.text, label.end, at) if at - label.end <= BESIDE else None
        return joined and joined.group()

    def _before(self, at: int) -> Label | None:
        number = bisect_right(self._ends, at)
        return self.labels[number - 1] if number else None


def _before_numbers(text: str) -> Iterator[tuple[int, int]]:
    """The stretches where a label can be near enough to a number: reading only these halves the time."""
    start, end = 0, -1
    for match in _NUMBER.finditer(text):
        if match.start() - _REACH > end:
            if end > 0:
                yield start, end
            start = max(0, match.start() - _REACH)
        end = match.end() + 1
    if end > 0:
        yield start, end
