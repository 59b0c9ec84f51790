"""Orders to a model in text that should only inform, above all where no reader sees them."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from gristmill.audit._windows import Sights, Window, anchored, shown, windows
from gristmill.contracts import Bytes, Scanner
from gristmill.findings import Finding

_GAP = r"[\s\\nt*_\"'>#-]{1,8}"
_OLDER = "all|any|every|your|previous|prior|earlier|above|preceding|former"
# Orders that a text speaks of in passing ("ignore the rules") have none of the words of _OLDER.
_OLD = rf"(?=(?:[a-z]{{2,5}}{_GAP})?(?:{_OLDER})\b)(?:(?:{_OLDER}|the|my|of|these|those|other){_GAP}){{1,5}}"
_ORDERS = rf"(?:instructions?|prompts?|directions?|rules|guidelines|orders|commands|messages|system{_GAP}prompt)"
_PHRASES = (
    (
        ("ignore", "disregard", "forget", "override", "bypass"),
        rf"(?:ignore|disregard|forget|override|bypass){_GAP}{_OLD}{_ORDERS}\b",
    ),
    (
        ("you are now", "you're now"),
        r"you(?: a|')re now (?:in )?(?:an? |the )?"
        r"(?:dan\b|developer mode|jailbroken|unrestricted|free from|a different|no longer bound|evil|root\b|admin)",
    ),
    (("do anything now", "developer mode"), r"do anything now\b|developer mode (?:enabled|activated|on\b)"),
    (
        ("reveal", "print", "repeat", "show", "output", "leak"),
        rf"(?:reveal|print|repeat|show|output|leak){_GAP}(?:me{_GAP})?"
        rf"(?:(?:your|the|its|full|hidden|secret|entire|initial){_GAP}){{1,4}}"
        rf"(?:system{_GAP}prompt|system{_GAP}message|initial{_GAP}instructions)",
    ),
    (
        ("new instructions", "new system prompt", "system override"),
        r"(?:your )?new (?:instructions|system prompt) (?:are|is)\b|system override:",
    ),
    (
        ("do not tell", "don't tell", "without telling", "do not mention", "do not inform"),
        r"(?:do not|don't|without) (?:tell(?:ing)?|mention|inform)(?: this to)? the (?:user|human|reader)\b",
    ),
    (
        (
            "if you are an ai",
            "if you are a language model",
            "if you're an ai",
            "note to ai",
            "attention ai",
            "instructions for the ai",
            "ai assistants:",
        ),
        r"if you(?: a|')re an? (?:ai|llm|language model|artificial)\b|note to (?:the )?(?:ai|llm|language model)"
        r"|attention,? ai\b|instructions for the (?:ai|llm|model)|ai assistants: ",
    ),
)
_PATTERNS = tuple((anchors, re.compile(pattern, re.IGNORECASE)) for anchors, pattern in _PHRASES)
_ABOUT = ("prompt injection", "prompt-injection", "jailbreak", "adversarial prompt")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,15})[^<>]{0,400}>", re.IGNORECASE)
_UNSEEN_STYLE = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0(?![.\d]*[1-9])"
    r"|opacity\s{0,3}:\s{0,3}0(?![.\d]*[1-9])|(?<![\w-])color\s{0,3}:\s{0,3}(?:#fff(?:fff)?\b|white\b|transparent\b)"
    r"|text-indent\s{0,3}:\s{0,3}-\d{3}|\shidden(?=[\s>])",
    re.IGNORECASE,
)
_LEAKS = (
    (
        ("](http",),
        re.compile(r"\]\(https?://[^\s()]{1,200}[?&][^\s()=]{1,40}=\{?[<{\[](?:[^\s()]{0,200})\)", re.IGNORECASE),
    ),
    (("javascript:",), re.compile(r"javascript:\s{0,3}[\w.(\[]", re.IGNORECASE)),
    (
        ("<script", "<iframe", "<object", "<embed"),
        re.compile(r"<(?:script|iframe|object|embed)(?=[\s>])[^<>]{0,300}>", re.IGNORECASE),
    ),
    (
        ("onerror", "onload", "onmouseover", "onclick"),
        re.compile(r"on(?:error|load|mouseover|click)\s{0,3}=\s{0,3}\\?[\"'][^\"'<>\n]{3,200}\\?[\"']", re.IGNORECASE),
    ),
)
_PAGES = frozenset({".html", ".htm", ".xhtml", ".svg", ".js", ".ts", ".tsx", ".jsx", ".vue", ".php", ".css", ".epub"})
_LOOK_BACK = 2000
_MOST_LOOKED_AT = 1000
_REMEDY = "Read the places. Leave the text out unless it only talks about such orders; a teacher may obey it."


class Instructions(Scanner):
    """Phrases by which a text takes command of the model that reads it, and markup that runs or sends when shown.

    A text that itself speaks of prompt injection or jailbreaks may quote such phrases: the reason says so.
    """

    codes: ClassVar[Mapping[str, str]] = {
        "injection": "“Ignore all previous instructions”, “reveal your system prompt” and their kin (warning).",
        "hidden_injection": "The same in an HTML comment, or in an element that its style hides (warning).",
        "markup": "Scripts, frames, event handlers, `javascript:` addresses or links that carry data away, in a file "
        "that is no web page (warning).",
    }

    def scan(self, data: Bytes, name: str) -> Iterator[Finding]:
        """Yield one finding per kind."""
        seen: dict[str, Sights] = {}
        about = 0
        page = PurePath(name.lower()).suffix in _PAGES
        for window in windows(data):
            lowered = window.lower()
            _phrases(window, lowered, seen)
            if not page:
                _markup(window, lowered, seen)
            about += sum(lowered.count(words, window.first, window.last) for words in _ABOUT)
        yield from _findings(seen, about)


def _phrases(window: Window, lowered: str, seen: dict[str, Sights]) -> None:
    for place, match in _matches(window, lowered, _PATTERNS):
        looked = sum(sights.count for sights in seen.values())
        code = "hidden_injection" if looked < _MOST_LOOKED_AT and _is_unseen(window.text, place) else "injection"
        seen.setdefault(code, Sights()).add(window.offset + place, partial(_around, window.text, match))


def _markup(window: Window, lowered: str, seen: dict[str, Sights]) -> None:
    for place, match in _matches(window, lowered, _LEAKS):
        seen.setdefault("markup", Sights()).add(window.offset + place, partial(shown, match.group()))


def _matches(
    window: Window, lowered: str, patterns: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]
) -> Iterator[tuple[int, re.Match[str]]]:
    for anchors, pattern in patterns:
        for anchor in anchors:
            for at in anchored(lowered, anchor):
                if window.owns(at) and (match := pattern.match(window.text, at)):
                    yield at, match


def _is_unseen(text: str, at: int) -> bool:
    """Whether a place lies in an HTML comment or in an element whose own tag hides it."""
    before = text[max(0, at - _LOOK_BACK) : at]
    if before.rfind("<!--") > before.rfind("-->"):
        return True
    around: list[tuple[str, bool]] = []
    for tag in _TAG.finditer(before):
        name = tag.group(2).lower()
        if not tag.group(1):
            around.append((name, bool(_UNSEEN_STYLE.search(tag.group()))))
        elif name in (opened for opened, _ in around):
            while around.pop()[0] != name:
                continue
    return any(unseen for _, unseen in around)


def _around(text: str, match: re.Match[str]) -> str:
    return shown(text[match.start() : match.end() + 40].split("\n")[0])


def _findings(seen: dict[str, Sights], about: int) -> Iterator[Finding]:
    told = (
        f" The text speaks of prompt injection or jailbreaks {about:,} times, so it may only quote them."
        if about
        else ""
    )
    if "hidden_injection" in seen:
        reason = "{count} orders to a model stand where no reader sees them (in a comment, or hidden by style)."
        yield seen["hidden_injection"].finding("hidden_injection", "warning", reason + told, _REMEDY)
    if "injection" in seen:
        yield seen["injection"].finding(
            "injection", "warning", "{count} orders to a model in the text." + told, _REMEDY
        )
    if "markup" in seen:
        reason = "{count} pieces of markup run a script or send data when they are shown."
        remedy = "Show this text only as plain text; escape it before it goes into a page."
        yield seen["markup"].finding("markup", "warning", reason, remedy)
