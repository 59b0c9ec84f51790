"""Reads PowerPoint slides as Markdown, in the order of the show, with notes."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

from pydantic import Field

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._plain_xml import name
from gristmill.ingest._slide_parts import RELATION, Parts
from gristmill.ingest._slide_shapes import Holders, Slide, SlideReader
from gristmill.ingest._slide_text import blocks
from gristmill.records import Document, Page, Source

_NO_TITLE = re.compile(r"(?:powerpoint )?(?:presentation|template)\d*$|untitled|slide \d+$|.*\.\w{2,4}$", re.IGNORECASE)
_SLIDE_FILE = re.compile(r"ppt/slides/slide(\d{1,6})\.xml$", re.IGNORECASE)
_FIELDS = ("creator", "subject", "keywords", "created", "language")
_COPY = "Get a whole copy, or open it in PowerPoint or LibreOffice and save it again."


class _Found(NamedTuple):
    """The slides by their numbers, and the numbers of those left out."""

    slides: dict[int, Slide]
    notes: dict[int, list[str]]
    hidden: list[int]
    unreadable: list[int]


class Pptx(Reader):
    """One document per deck: a `##` heading, the text, tables and lists of each slide, and its notes as a quotation.

    The document's pages are the slides. Shapes are read top to bottom and left to right; charts give their table of
    numbers, diagrams their words. Hidden slides, repeated footers, slide numbers, pictures and comments are left out;
    metadata counts hidden slides and footers, and names slides that cannot be read or have no text.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".pptx", ".pptm", ".potx")
    needs: ClassVar[tuple[str, ...]] = ("lxml",)

    notes: bool = Field(True, description="Keep the speaker's notes after each slide.")

    def read(self, data: bytes, source: Source) -> Iterator[Document]:
        """Yield the deck. Raises Unreadable: `empty`, `encrypted`, `broken` or `no_text`."""
        parts = Parts(data)
        try:
            found, fields = _found(parts)
            said = _said(found, self.notes, fields)
        except RecursionError:
            raise Unreadable("broken", f"Its shapes are nested too deep to be read. {_COPY}") from None
        if not any(said.values()):
            raise _nothing(found)
        text, pages = _joined(said)
        own = _properties(parts)
        titles = (slide.title for slide in found.slides.values() if slide.title)
        title = own.pop("title", "")
        title = next(titles, source.title) if not title or _NO_TITLE.match(title) else title
        fields = own | fields | _losses(found, said, parts)
        yield Document(text=text, source=source, title=title, metadata=fields, pages=pages)


def _found(parts: Parts) -> tuple[_Found, dict[str, str]]:
    """Every slide of the show, and how its order is known."""
    order, fields = _order(parts)
    found = _Found({}, {}, [], [])
    seen: set[str] = set()
    known: dict[str, Holders] = {}
    for number, part in enumerate(order, 1):
        root = None if part in seen else parts.root(part)
        seen.add(part)
        if root is None or name(root) != "sld":
            found.unreadable.append(number)
        elif root.get("show") in ("0", "false"):
            found.hidden.append(number)
        else:
            found.slides[number] = SlideReader(parts, part, known).slide(root)
            found.notes[number] = _notes(parts, part)
    return found, fields


def _order(parts: Parts) -> tuple[list[str], dict[str, str]]:
    """The slides' parts in the order of the show; by their files' numbers when the list of the show is lost."""
    show = parts.related("", "officeDocument") or "ppt/presentation.xml"
    root = parts.root(show)
    if root is not None and name(root) != "presentation":
        raise Unreadable("unsupported", "It is an office file without slides. Give it the suffix of its real format.")
    listed = [] if root is None else root.findall("sldIdLst/sldId")
    if listed:
        pointed = parts.relations(show)
        targets = (pointed.get(one.get(f"{RELATION}id") or "") for one in listed)
        order = ["" if target is None else target.part for target in targets]
        if any(order):
            return order, {"slides": str(len(order))}
    numbered = sorted((int(match[1]), match[0]) for match in map(_SLIDE_FILE.match, parts.names()) if match)
    if root is not None and not listed:
        numbered = []
    return [part for _, part in numbered], {"slides": str(len(numbered)), "order": "by file name"}


def _notes(parts: Parts, slide: str) -> list[str]:
    """What the speaker's notes of a slide say."""
    part = parts.related(slide, "notesSlide")
    root = parts.root(part) if part else None
    said: list[str] = []
    for shape in () if root is None else root.iter("sp"):
        mark, body = shape.find("nvSpPr/nvPr/ph"), shape.find("txBody")
        if body is not None and mark is not None and mark.get("type") == "body":
            said += blocks(body)
    return said


def _said(found: _Found, notes: bool, fields: dict[str, str]) -> dict[int, str]:
    """The text of each slide; a footer that stands on several is left out and counted in `fields`."""
    counts = Counter(footer for slide in found.slides.values() for footer in set(slide.footers))
    repeated = sum(counts[footer] > 1 for slide in found.slides.values() for footer in slide.footers)
    if repeated:
        fields["running_lines"] = str(repeated)
    texts = {}
    for number, slide in found.slides.items():
        own = [footer for footer in slide.footers if counts[footer] == 1]
        heading = [f"## {slide.title}"] if slide.title else []
        spoken = [_quoted(found.notes[number])] if notes and found.notes[number] else []
        texts[number] = "\n\n".join([*heading, *slide.blocks, *own, *spoken])
    return texts


def _quoted(notes: list[str]) -> str:
    text = "\n\n".join(notes)
    whole = f"Notes: {text}" if not text.startswith(("- ", "1. ")) else f"Notes:\n\n{text}"
    return "\n".join(f"> {line}".rstrip() for line in whole.split("\n"))


def _joined(said: dict[int, str]) -> tuple[str, tuple[Page, ...]]:
    """The slides as one text, and their spans: each begins where the one before ended."""
    filled = {number: text for number, text in said.items() if text}
    starts, at = [], 0
    for number, text in filled.items():
        starts.append((number, at))
        at += len(text) + 2
    starts.append((0, at - 2))
    pages = tuple(Page(number=number, start=start, end=end) for (number, start), (_, end) in pairwise(starts))
    return "\n\n".join(filled.values()), pages


def _properties(parts: Parts) -> dict[str, str]:
    """The file's own title, author, subject and date."""
    part = parts.related("", "core-properties")
    root = parts.root(part) if part else None
    if root is None:
        return {}
    fields = {field: " ".join((root.findtext(field) or "").split()) for field in ("title", *_FIELDS)}
    return {field: value for field, value in fields.items() if value}


def _losses(found: _Found, said: dict[int, str], parts: Parts) -> dict[str, str]:
    """What is not in the text: slides by their numbers, objects and parts by how many."""
    objects = sum(slide.objects for slide in found.slides.values())
    fields = {
        "hidden_slides": _listed(found.hidden),
        "slides_unreadable": _listed(found.unreadable),
        "slides_without_text": _listed([number for number, text in said.items() if not text]),
        "objects_left_out": str(objects or ""),
        "parts_unreadable": str(len(parts.broken) or ""),
    }
    return {field: value for field, value in fields.items() if value}


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _nothing(found: _Found) -> Unreadable:
    """Why a deck gives no text at all."""
    if found.unreadable and not found.slides:
        return Unreadable("broken", f"None of its {len(found.unreadable)} slides can be read. {_COPY}")
    if not found.slides and not found.hidden:
        return Unreadable("no_text", "It has no slides. Add some, or leave it out.")
    if not found.slides:
        return Unreadable("no_text", f"All its {len(found.hidden)} slides are hidden. Show them, or leave it out.")
    told = f"Its {len(found.slides)} slides have no text: they hold pictures or nothing."
    return Unreadable("no_text", f"{told} Export them as PDF and run text recognition over it (for example ocrmypdf).")
