"""Reads Markdown as it is written; its front matter becomes metadata."""

import re
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._decode import Encoding, decode
from gristmill.records import Document, Source

_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?\n)?\1[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY = re.compile(r"(\w(?:[\w.-]| ++(?=[\w.-]))*+)[ \t]*+[:=](?:[ \t]+(.*)|)$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_NOT_TITLE = re.compile(r"\s*(?:[-*+>|<]|\d+[.)]\s|$)")
# More of a line is never needed to see what it is, and some patterns' time grows with its square.
_LONGEST_LINE = 1000
_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)|<[^>]*>|\{#[^}]*\}")


class Markdown(Reader):
    """One document per file, its text as written, titled by its front matter or its first heading."""

    suffixes: ClassVar[tuple[str, ...]] = (".md", ".markdown")

    encoding: Encoding = Field("", description="The files' encoding, when you know it: cp1251, shift_jis …")

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the file's text without its front matter. Raises Unreadable."""
        found = decode(data, self.encoding)
        fields, body = _front_matter(found.text)
        if not body.strip():
            raise Unreadable("no_text", "The file holds front matter and no text. Write some or leave it out.")
        title = fields.get("title") or first_heading(body) or source.title
        yield Document(text=body, source=source, title=title, metadata=fields | found.notes)


def first_heading(text: str) -> str:
    """The first heading outside code, without its markup; "" when there is none."""
    fence, above = "", ""
    for whole in text.split("\n"):
        line = whole[:_LONGEST_LINE]
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1].startswith(fence) and not whole[mark.end() :].strip())):
            fence = "" if fence else mark[1]
        if fence or mark:
            above = ""
            continue
        heading = _HEADING.match(line)
        under = _UNDERLINE.match(line) and not _NOT_TITLE.match(above)
        found = heading[1] if heading else above if under else ""
        if plain := _plain(found):
            return plain
        above = line
    return ""


def _plain(heading: str) -> str:
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", heading)).split())


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The fields between the rules at the top, and the text below; no fields when those are not `key: value`."""
    front = _FRONT.match(text)
    if not front:
        return {}, text
    fields: dict[str, str] = {}
    name = ""
    for line in (front[2] or "").split("\n"):
        key = _KEY.match(line)
        if key:
            name = key[1]
            fields[name] = _unquoted((key[2] or "").strip())
        elif name and line[:1] in (" ", "\t", "-", "]"):
            fields[name] = f"{fields[name]}\n{line.strip()}".strip()
        elif line.strip() and not line.startswith("#"):
            return {}, text
    return fields, text[front.end() :].lstrip("\n")


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
