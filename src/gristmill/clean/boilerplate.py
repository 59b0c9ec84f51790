"""Takes out lines around the text of a page: menus, notices, page numbers, page heads."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

from gristmill.clean._code import outside_code
from gristmill.contracts import Cleaner, Repair
from gristmill.mending import settled

_LEAST_LINES = 3
_LAST_LINES = 4
_LONGEST = 320
# A page head without a number: how often it must stand, how far apart, and how evenly.
_LEAST_HEADS, _LEAST_GAP, _EVEN = 5, 20, 1.25
_NETWORKS = (
    "facebook|twitter|x|linkedin|whatsapp|pinterest|reddit|telegram|e-?mail|instagram|youtube|tumblr|mastodon|"
    "bluesky|xing|print|copy link|rss|threads|tiktok"
)
_LINES = re.compile(r"[^\n]*\n?")
_COOKIE = re.compile(
    r"(?=.*\bcookies?\b)(?=.*\b(?:we use|uses cookies|use of cookies|use cookies|verwende[nt]|utilis(?:e|ons)|"
    r"utiliza(?:mos)?|gebruiken|accept all|reject all|by continuing)\b)"
    r"(?=.*\b(?:accept|agree|consent|improve|experience|learn more|privacy|polic(?:y|ies)|continu\w+|preferences|"
    r"settings|akzeptier\w+|zustimm\w+|erfahr\w+|accept\w+|acepta\w*|expérience|experiencia|akkoord)\b).*"
    r"|(?:accept|reject|allow|decline|manage|customi[sz]e) (?:all |optional |your |non-essential )?cookies?"
    r"(?: settings| preferences)?|cookie (?:settings|preferences|consent|notice)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?:share|tweet|email|print) (?:this|on|via|to)(?: (?:article|page|post|story|link))?"
    rf"(?:[ :|,·•/]*(?:on |via |to |and |or )?(?:{_NETWORKS}))*[.:]?"
    rf"|(?:follow|find|like) us (?:on|at)(?:[ :|,·•/]*(?:and |or )?(?:{_NETWORKS}))+[.!]?"
    rf"|(?:share[ :|·•]*)?(?:{_NETWORKS})(?:[ |,·•/]+(?:{_NETWORKS}))+",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    r"(?:skip|jump) to (?:the )?(?:main )?(?:content|navigation|search)(?: (?:skip|jump) to .{1,30})?"
    r"|\W*(?:back to (?:the )?top|nach oben|zum inhalt springen|aller au contenu|(?:ir|saltar) al contenido)\W*"
    r"|(?:toggle|open|close|show|hide|main) (?:the )?(?:main )?(?:navigation|menu|sidebar)(?: menu)?"
    r"|home(?: ?[>›»→/|] ?[^>›»→/|.!?]{1,40}){1,7}"
    r"|\W*(?:previous|prev|zurück|précédent|anterior)(?: (?:page|post|article))?[ |·•»«←→/-]+"
    r"(?:next|weiter|suivant|siguiente)(?: (?:page|post|article))?\W*"
    r"|(?:log|sign) ?in (?:[|/·•]|or) ?(?:sign ?up|register|join|create (?:an )?account)"
    r"|search this (?:site|website|blog)(?: \.\.\.)?|click here to (?:print|subscribe|log in|sign up)\.?",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(
    r"[-–—\[( ]*(?:page|seite|página|pagina|pág\.|стр\.|страница) ?\d{1,4}(?: ?(?:of|von|de|di|sur|van|из|/) ?\d{1,4})?"
    r"[-–—\]) ]*|[-–—] ?\d{1,4} ?[-–—]|第 ?\d{1,4} ?[页頁](?: ?[/共,，] ?共? ?\d{1,4} ?[页頁]?)?",
    re.IGNORECASE,
)
_SIGN = r"(?:copyright ?)?(?:©|\(c\)|copyright)"
_COPYRIGHT = re.compile(
    rf"{_SIGN}[ ,:]{{0,3}}\d{{4}}.{{0,120}}[^,;:]|(?:{_SIGN}.{{0,120}}[ .])?all rights reserved\.?", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"(?P<before>\D{3,70}?)(?:[|·•]|\bpage|\bseite|\bp\.) ?(?P<last>\d{1,4})"
    r"|(?P<first>\d{1,4}) ?[|·•–-] ?(?P<after>\D{3,70})",
    re.IGNORECASE,
)


class _Line(NamedTuple):
    start: int
    end: int
    text: str


class Boilerplate(Cleaner):
    """Lines that a page has around its text go, one code for each kind, and only whole lines.

    Cookie notices, menus and breadcrumbs (`Home > Guides > Mills`), share buttons, page numbers (`Page 3 of 9`),
    copyright lines among the last lines of a text, and the heads and feet of pages: a short line with a page number
    that grows from one to the next at least three times, or the same short line at least five times, at least 20
    lines apart and evenly. Of equal heads the first stays, since it may be the title.

    A line that only mentions cookies, a name or a year stays, and so do texts of fewer than three lines and code of
    Markdown. Notices are known in English, and the plainest in German, French, Spanish, Dutch and Russian.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "cookie_notice": "A notice or a button about cookies.",
        "navigation": "A menu, a breadcrumb or a link to another place of the site.",
        "share_buttons": "Names of networks to share or follow on.",
        "page_number": "A line that is a page number, as in Page 3 of 9.",
        "copyright": "A copyright line at the end of a text.",
        "page_head": "The head or foot of pages: the same line, or one with a growing number, at regular places.",
    }

    def repairs(self, texts: Sequence[str]) -> Iterator[Sequence[Repair]]:
        """For each text its repairs."""
        for text in texts:
            yield settled(text, _find) if text.count("\n") >= _LEAST_LINES - 1 else ()


def _find(text: str) -> Sequence[Repair]:
    spans = (match.span() for match in _LINES.finditer(text))
    lines = [_Line(start, end, said) for start, end in spans if (said := text[start:end].strip())]
    if len(lines) < _LEAST_LINES:
        return ()
    codes = _heads(lines)
    for number, line in enumerate(lines):
        if number not in codes and len(line.text) <= _LONGEST and (code := _kind(line.text, len(lines) - number)):
            codes[number] = code
    return outside_code(text, (Repair(lines[at].start, lines[at].end, "", codes[at]) for at in sorted(codes)))


def _kind(line: str, left: int) -> str:
    """The kind of notice that a line is, or ""; `left` lines remain, itself counted."""
    for code, form in (
        ("page_number", _PAGE_NUMBER),
        ("share_buttons", _SHARE),
        ("navigation", _NAVIGATION),
        ("cookie_notice", _COOKIE),
    ):
        if form.fullmatch(line):
            return code
    return "copyright" if left <= _LAST_LINES and _COPYRIGHT.fullmatch(line) else ""


def _heads(lines: Sequence[_Line]) -> dict[int, str]:
    """The lines, by number, that are heads or feet of pages."""
    same: dict[str, list[int]] = {}
    numbered: dict[str, list[tuple[int, int]]] = {}
    for number, line in enumerate(lines):
        if len(line.text) > 80:
            continue
        same.setdefault(line.text, []).append(number)
        if found := _NUMBERED.fullmatch(line.text):
            words = (found["before"] or found["after"]).strip().casefold()
            numbered.setdefault(words, []).append((number, int(found["last"] or found["first"])))
    heads = {at for places in same.values() if _regular(places) for at in places[1:]}
    for seen in numbered.values():
        pages = [page for _, page in seen]
        if len(seen) >= 3 and all(one < other <= one + 2 for one, other in pairwise(pages)):
            heads |= {at for at, _ in seen}
    return dict.fromkeys(sorted(heads), "page_head")


def _regular(places: Sequence[int]) -> bool:
    if len(places) < _LEAST_HEADS:
        return False
    gaps = [other - one for one, other in pairwise(places)]
    return min(gaps) >= _LEAST_GAP and max(gaps) <= _EVEN * min(gaps)
