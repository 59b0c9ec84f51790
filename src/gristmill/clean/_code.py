"""Where a text shows code or quotes single signs, which cleaners of prose leave alone."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from gristmill.contracts import Repair

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*$", re.MULTILINE)
_INLINE = re.compile(r"(?<!`)(`{1,2})(?!`)[^`\n]+\1(?!`)")
_QUOTED = re.compile("“”|‘’|„“|‚‘|«»|»«|「」|\"\"|''|``")
_INDENTED = re.compile(r"^(?: {4}|\t).*$", re.MULTILINE)


def outside_code(text: str, repairs: Iterable[Repair]) -> list[Repair]:
    """These repairs without those that touch fenced, indented or inline code of Markdown."""
    found = list(repairs)
    spans = _code(text) if found else []
    starts = [start for start, _ in spans]

    def free(one: Repair) -> bool:
        number = bisect_right(starts, max(one.start, one.end - 1))
        return number == 0 or spans[number - 1][1] <= one.start

    return [one for one in found if free(one)]


def unquoted(text: str, repairs: Iterable[Repair]) -> Iterator[Repair]:
    """These repairs without those of signs that stand alone between quotation marks: the text speaks of them."""
    for one in repairs:
        around = text[max(0, one.start - 1) : one.start] + text[one.end : one.end + 1]
        if not _QUOTED.fullmatch(around):
            yield one


def _code(text: str) -> Sequence[tuple[int, int]]:
    """Stretches of code: in order, none touching another."""
    fenced = _fenced(text)
    spans = sorted([*fenced, *(match.span() for form in (_INDENTED, _INLINE) for match in form.finditer(text))])
    whole: list[tuple[int, int]] = []
    for start, end in spans:
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


def _fenced(text: str) -> list[tuple[int, int]]:
    """From each fence to the one that closes it, or to the end."""
    spans: list[tuple[int, int]] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and fence.group().strip() == fence[1]:
            spans.append((opened.start(), fence.end()))
            opened = None
    return [*spans, (opened.start(), len(text))] if opened else spans
