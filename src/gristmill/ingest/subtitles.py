"""Reads subtitles (WebVTT, SubRip) as running text, with a paragraph per turn or scene."""

import re
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._cues import Said, Script, script
from gristmill.ingest._decode import Encoding, decode
from gristmill.records import Document, Failure, Source

_GOES_ON = re.compile(r"(?<!\w)(\w*+)(?:\.{3}|…)$")
_WENT_ON = re.compile(r"(?:\.{3}|…)\s*(?=\w)")
_ENDED = re.compile(r"[.!?…。！？؟।][\"'”’»)\]」』]*$")
_LONG, _LONGEST = 900, 1800


class Subtitles(Reader):
    """One document per file: cues joined to sentences, a paragraph for each speaker, scene or long stretch.

    A cue that names its speaker (`<v Anna>`, `ANNA:`) begins a turn `Anna: …`. Marks, positions, notes, sounds in
    brackets and the repeats of rolling captions are left out and counted. The metadata `times` holds
    `offset=seconds` for each cue, so that the time of any sentence can be found.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".vtt", ".srt", ".sbv")

    encoding: Encoding = Field("", description="The files' encoding, when you know it: cp1251, shift_jis …")
    pause: float = Field(4.0, ge=0.1, le=3600, description="Seconds without a cue that begin a new paragraph.")

    def read(self, data: bytes, source: Source) -> Iterator[Document | Failure]:
        """Yield the file's speech, and a Failure per cue whose times cannot be read. Raises Unreadable."""
        found = decode(data, self.encoding)
        read = script(found.text)
        if not read.said:
            raise _nothing(read)
        text, times = _joined(read.said, self.pause)
        fields = {
            "first": _clock(read.said[0].start),
            "last": _clock(max(said.end for said in read.said)),
            "cues": str(read.cues),
            "times": " ".join(f"{offset}={seconds:.3f}" for offset, seconds in times),
        }
        if read.left_out:
            fields["left_out"] = ", ".join(f"{kind}: {count}" for kind, count in sorted(read.left_out.items()))
        title = read.header.get("title") or source.title
        yield Document(text=text, source=source, title=title, metadata=read.header | fields | found.notes)
        yield from read.failures


def _nothing(read: Script) -> Unreadable:
    if read.cues:
        return Unreadable("no_text", f"Its {read.cues} cues say nothing in words. Leave it out.")
    if read.failures:
        return Unreadable(
            "broken", f"None of its {len(read.failures)} cues can be read. The first: {read.failures[0].reason}"
        )
    return Unreadable(
        "broken", "It has no cues: no line is of the form 00:00:01.000 --> 00:00:02.000. Give it its real ending."
    )


def _joined(all_said: list[Said], pause: float) -> tuple[str, list[tuple[int, float]]]:
    """The running text, and for each stretch of speech its offset and its seconds."""
    done: list[str] = []
    times: list[tuple[int, float]] = []
    length, paragraph = 0, ""
    before = Said(0.0, 0.0, "")
    for said in all_said:
        if paragraph and _begins(said, before, paragraph, pause):
            done.append(paragraph)
            length += len(paragraph) + 2
            paragraph = ""
        if not paragraph and said.speaker:
            paragraph = f"{said.speaker}: "
        text, paragraph = _continued(said.text, paragraph)
        times.append((length + len(paragraph), said.start))
        paragraph += text
        before = said
    return "\n\n".join([*done, paragraph]), times


def _begins(said: Said, before: Said, paragraph: str, pause: float) -> bool:
    """Whether a paragraph begins: after a pause, with another speaker, or where the one above has grown long."""
    long = len(paragraph) > (_LONG if _ENDED.search(paragraph) else _LONGEST)
    other = said.changes or bool(said.speaker and said.speaker != before.speaker)
    return other or long or said.start - before.end >= pause


def _continued(text: str, paragraph: str) -> tuple[str, str]:
    """A sentence that one cue breaks off with `...` and the next takes up with `...` is made whole."""
    if not paragraph or paragraph.endswith(": "):
        return text, paragraph
    off, on = _GOES_ON.search(paragraph), _WENT_ON.match(text)
    if not off or not on:
        return text, paragraph + " "
    said = text[on.end() :]
    again = off[1] + " "
    return said.removeprefix(again) if off[1] else said, paragraph[: off.end(1)].rstrip() + " "


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes // 60):02}:{int(minutes % 60):02}:{rest:06.3f}"
