"""The cues of a subtitle file: when, who and what; marks, positions and rolling repeats are gone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gristmill.entities import resolved
from gristmill.records import Failure

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"\s*{_TIME}(?:[ \t]*-->[ \t]*|,){_TIME}(?:[ \t].*)?$")
_ARROW = re.compile(r"\s*\d[^\n]*-->")
_NUMBER = re.compile(r"\s*\d{1,9}\s*$")
_FIELD = re.compile(r"([A-Za-z][\w -]{0,30})[:=][ \t]*(\S.*)$")
_MARK = re.compile(
    r"</?(?:[bius]|[cv]|lang|ruby|font|span)(?:[. \t][^<>\n]*)?>|<\d[\d:.]*>|<rt>[^<]*</rt>|\{\\[^{}\n]*\}|<br ?/?>",
    re.I,
)
_VOICE = re.compile(r"<v(?:\.[^ \t<>]*)?[ \t]++([^<>\x01\x02]++)>", re.I)
_CHEVRONS = re.compile(r"(?:(?<![ \t])[ \t]++)?(?:>>|&gt;&gt;)(?:>|&gt;)*[ \t]*")
_DASH = re.compile(r"^[ \t]*[-–—‐](?=[ \t]?[^\s\d-])[ \t]*", re.MULTILINE)
_BROKEN_OFF = re.compile(r"(\b\w+)(?:\.{3}|…) (?:\.{3}|…)\s*(?:\1\b\s*)?(?=\w)")
_SOUND = re.compile(r"[\s♪♫>-]*(?:\[[^\[\]]*\][\s♪♫]*)*$")
_LABEL = re.compile(r"(?P<name>[^\W\d_][\w.'’-]*(?: [\w.'’#-]+){0,3}) ?[:：]\s+(?=\S)")
_SEEN_TWICE = 2


@dataclass(frozen=True, slots=True)
class Said:
    """One stretch of speech: seconds from the start, the speaker if it is told, whether another one may speak here."""

    start: float
    end: float
    text: str
    speaker: str = ""
    changes: bool = False


@dataclass(slots=True)
class Script:
    """The cues of a file in order, what its header says, and counts of what was left out."""

    said: list[Said] = field(default_factory=list)
    header: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    cues: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, kind: str) -> None:
        """Count one thing that is not speech."""
        self.left_out[kind] = self.left_out.get(kind, 0) + 1


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float
    end: float
    lines: tuple[str, ...]


def script(text: str) -> Script:
    """The speech of WebVTT, SubRip or SubViewer text; a cue whose times cannot be read is a Failure."""
    found = Script()
    lines = text.split("\n")
    web = lines[0].startswith("WEBVTT")
    body = _after_header(lines, found) if web else 0
    cues = list(_cues(lines, body, web, found))
    found.cues = len(cues)
    names: dict[str, int] = {}
    for cue in _without_repeats(cues, found):
        for said in _speech(cue):
            label = _LABEL.match(said.text)
            if label:
                names[label["name"]] = names.get(label["name"], 0) + 1
            if _SOUND.match(said.text):
                found.leave_out("sounds")
            else:
                found.said.append(said)
    found.said = [_named(said, names) for said in found.said]
    return found


def _after_header(lines: list[str], found: Script) -> int:
    """The line after the WebVTT header; its `key: value` lines are kept."""
    for number, line in enumerate(lines[1:], 1):
        if not line.strip() or "-->" in line:
            return number
        told = _FIELD.match(line)
        if told:
            found.header[told[1].strip().lower().replace(" ", "_")] = told[2].strip()
        else:
            found.leave_out("header lines")
    return len(lines)


def _cues(lines: list[str], body: int, web: bool, found: Script) -> Iterator[_Cue]:
    number = body
    while number < len(lines):
        line = lines[number]
        times = _TIMES.match(line)
        after = number + 1
        if times:
            after = _cue_end(lines, number, web)
            shown = tuple(one for one in lines[number + 1 : after] if one.strip())
            start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
            yield _Cue(start, max(start, end), shown)
        elif _ARROW.match(line):
            after = _cue_end(lines, number, web)
            reason = f"Line {number + 1}: the times of a cue cannot be read; its text is lost: {line.strip()[:60]}."
            found.failures.append(Failure(state="broken", reason=reason))
        elif web and line.startswith(("NOTE", "STYLE", "REGION")):
            after = _blank(lines, number)
            found.leave_out("notes and styles")
        elif line.strip() and not _opens(lines, number):
            found.leave_out("lines outside cues")
        number = after


def _cue_end(lines: list[str], number: int, web: bool) -> int:
    """The line after a cue. In SubRip a blank line within a cue does not end it: a number with times must follow."""
    after = _blank(lines, number + 1)
    while not web and after < len(lines):
        below = after
        while below < len(lines) and not lines[below].strip():
            below += 1
        if below == len(lines) or _opens(lines, below):
            return below
        after = _blank(lines, below)
    return after


def _opens(lines: list[str], number: int) -> bool:
    """Whether a cue begins here: with its times, or with a number or name above them."""
    return any(_TIMES.match(line) or _ARROW.match(line) for line in lines[number : number + 2])


def _blank(lines: list[str], number: int) -> int:
    """The next empty line, or the next times, from this line on; a line of spaces is part of a cue."""
    while number < len(lines) and lines[number] and not _TIMES.match(lines[number]):
        number += 1
    if number < len(lines) and lines[number] and _NUMBER.match(lines[number - 1]):
        return number - 1
    return number


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction or 0}")


def _plain(line: str) -> str:
    return " ".join(resolved(_MARK.sub("", line)).replace("\x00", "").split())


def _without_repeats(cues: list[_Cue], found: Script) -> Iterator[_Cue]:
    """In rolling captions each cue shows the lines of the one before again: a third of the cues or more do so."""
    shown = [" ".join(filter(None, map(_plain, cue.lines))).split() for cue in cues]
    shared = [0, *map(_overlap, shown, shown[1:])]
    rolling = sum(count > 1 or 0 < count == len(now) for count, now in zip(shared, shown, strict=False))
    if len(cues) < 3 or 3 * rolling < len(cues):
        yield from cues
        return
    for cue, now, count in zip(cues, shown, shared, strict=False):
        if count:
            found.leave_out("repeated captions")
        if now[count:]:
            yield replace(cue, lines=(" ".join(now[count:]),))


def _overlap(before: list[str], now: list[str]) -> int:
    """How many of the first words now are the last words before."""
    return next((k for k in range(min(len(before), len(now), 60), 0, -1) if before[-k:] == now[:k]), 0)


def _speech(cue: _Cue) -> Iterator[Said]:
    """What a cue says: parted where a voice begins, at `>>`, and at lines of which several begin with a dash."""
    text = "\n".join(cue.lines).replace("\x01", "").replace("\x02", "")
    text = _MARK.sub("", _VOICE.sub("\x01\\1\x02", text))
    text = _CHEVRONS.sub("\x01\x02", text)
    if len(cue.lines) > 1:
        text = _DASH.sub("\x01\x02", text)
    first, *rest = re.split(r"\x01([^\x02]*)\x02", text)
    for speaker, words in [("", first), *zip(rest[::2], rest[1::2], strict=True)]:
        whole = _BROKEN_OFF.sub(r"\1 ", _plain(words))
        if whole:
            yield Said(cue.start, cue.end, whole, _plain(speaker), bool(rest) and words is not first and not speaker)


def _named(said: Said, names: dict[str, int]) -> Said:
    """A label before a colon is a speaker when it is in capitals, or when several cues begin with it."""
    label = _LABEL.match(said.text)
    if said.speaker or not label or not (label["name"].isupper() or names.get(label["name"], 0) >= _SEEN_TWICE):
        return said
    return replace(said, speaker=label["name"], text=said.text[label.end() :])
