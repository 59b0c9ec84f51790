"""Blocks of a JATS article as Markdown: sections, lists, tables, captions, formulas, notes."""

import re
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from gristmill.ingest._jats_words import one_line, piece, words
from gristmill.ingest._plain_xml import entity, name
from gristmill.ingest._spans import Cell, grid, span
from gristmill.ingest._tables import pipe_table

_DEEPEST = 6
_MOST_NESTED = 12
_TITLES = {
    "abstract": "Abstract",
    "trans-abstract": "Abstract",
    "ack": "Acknowledgments",
    "fn-group": "Footnotes",
    "ref-list": "References",
}
_NEVER = frozenset(["sec-meta", "graphic", "object-id", "index-term", "permissions", "attrib-group"])


def blocks(element: Any, level: int) -> list[str]:
    """The Markdown blocks of an element, its heading at `level`, in order; none is empty."""
    if name(element) in _NEVER or not name(element):
        return []
    maker = _BY_NAME.get(name(element), _flow)
    return [block for block in maker(element, level) if block.strip()]


def _flow(element: Any, level: int, beside: Collection[str] = ()) -> Iterator[str]:
    """Inline runs become paragraphs between the block children; those of the names `beside` are left to others."""
    run = [element.text or ""]
    notes: list[Any] = []
    for child in element:
        tag = name(child)
        if tag in beside:
            pass
        elif tag in _BY_NAME and not _within_a_line(child, name(element)):
            yield from _paragraph(run)
            yield from blocks(child, level)
            run = []
        elif tag and tag not in _NEVER:
            run += piece(child, "".join(run[-3:])[-1:])
            notes += _notes(child)
            run += [_note_mark(child)] if tag == "fn" else []
        elif not tag:
            run.append(entity(child))
        run.append(child.tail or "")
    yield from _paragraph(run)
    for note in notes:
        yield from _note(note, level)


def _notes(element: Any) -> list[Any]:
    """The footnotes that hang on an element's text; those within a note are the note's own."""
    found, todo = [], [element]
    while todo:
        one = todo.pop()
        if name(one) == "fn":
            found.append(one)
        else:
            todo += reversed(one)
    return found


def _within_a_line(child: Any, parent: str) -> bool:
    """Whether what may be a block is a part of its paragraph's line."""
    tag = name(child)
    if tag == "alternatives":
        return not any(name(form) in ("table", "fig", "table-wrap") for form in child)
    return parent == "p" and (tag == "fn" or (tag == "code" and "\n" not in (child.text or "").strip()))


def _paragraph(run: list[str]) -> Iterator[str]:
    lines = "".join(run).split("\x00")
    text = "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
    if text:
        yield text


def _section(element: Any, level: int) -> Iterator[str]:
    heading = " ".join(filter(None, (one_line(element.find(part)) for part in ("label", "title"))))
    heading = heading or _TITLES.get(name(element), "")
    if heading:
        yield f"{'#' * min(level, _DEEPEST)} {heading}"
    for note in (note for title in element.findall("title") for note in _notes(title)):
        yield from _note(note, level)
    yield from _flow(element, level + 1, ("label", "title"))


def _list(element: Any, level: int) -> Iterator[str]:
    title = one_line(element.find("title"))
    if title:
        yield title
    if _is_absurd(element):
        yield from (block for item in element.findall("list-item") for block in _flow(item, level))
        return
    ordered = re.match("order|roman|alpha", element.get("list-type") or "")
    items = []
    for number, item in enumerate(element.findall("list-item"), 1):
        label = one_line(item.find("label"))
        inner = list(_flow(item, level, ("label",)))
        if inner:
            said = "" if ordered or not any(map(str.isalnum, label)) else f"{label} "
            items.append(_item(f"{number}. " if ordered else "- ", said, inner))
    yield "\n".join(items)


def _item(mark: str, label: str, inner: list[str]) -> str:
    tight = all(block.startswith(("- ", "1. ")) for block in inner[1:])
    text = label + ("\n" if tight else "\n\n").join(inner)
    return mark + textwrap.indent(text, " " * len(mark))[len(mark) :]


def _definitions(element: Any, level: int) -> Iterator[str]:
    if title := one_line(element.find("title")):
        yield title
    for item in element.findall("def-item"):
        terms = [one_line(term) for term in item.findall("term")]
        said = [_item(": ", "", inner) for one in item.findall("def") if (inner := blocks(one, level))]
        yield "\n".join(filter(None, [*terms, *said]))


def _captioned(element: Any, level: int) -> Iterator[str]:
    """`Table 1. What it shows.`, then what it holds."""
    label, caption = one_line(element.find("label")), element.find("caption")
    said = [] if caption is None else list(_flow(caption, level))
    first = ". ".join(filter(None, [label.rstrip(".: "), *said[:1]]))
    yield " ".join([first, *said[1:]]).strip()
    yield from _flow(element, level, ("label", "caption"))


def _table(element: Any, level: int) -> Iterator[str]:
    rows = [row for row in element.iter("tr") if next(row.iterancestors("table", "array")) is element]
    cells = [[_cell(cell) for cell in row if name(cell) in ("td", "th")] for row in rows]
    laid = grid(cells)
    if laid and len(laid[0]) > 1 and len(laid) > 1:
        yield pipe_table(laid)
    else:
        yield from (text for row in laid for text in row)
    for note in _notes(element):
        yield from _note(note, level)


def _cell(element: Any) -> Cell:
    return Cell(one_line(element), span(element.get("colspan")), span(element.get("rowspan")))


def _forms(element: Any, level: int) -> Iterator[str]:
    """The first of several forms of the same thing that has text."""
    for form in element:
        if found := blocks(form, level):
            yield from found
            return


def _equation(element: Any, _: int) -> Iterator[str]:
    label = one_line(element.find("label"))
    parts = [[*piece(child), child.tail or ""] for child in element if name(child) != "label"]
    text = " ".join("".join([element.text or "", *(text for part in parts for text in part)]).split())
    yield f"{text} ({label.strip('() ')})" if text and label else text


def _quote(element: Any, level: int) -> Iterator[str]:
    if _is_absurd(element):
        yield from _flow(element, level)
        return
    text = "\n\n".join(_flow(element, level))
    yield "\n".join(f"> {line}".rstrip() for line in text.split("\n")) if text else ""


def _is_absurd(element: Any) -> bool:
    """Whether it is nested so deep in its like that the marks of its lines would fill the memory."""
    return sum(1 for _ in element.iterancestors(element.tag)) >= _MOST_NESTED


def _verse(element: Any, level: int) -> Iterator[str]:
    stanza: list[str] = []
    for child in element:
        if name(child) == "verse-group":
            yield "\n".join(stanza)
            stanza = []
            yield from blocks(child, level)
        else:
            stanza.append(one_line(child) if name(child) else entity(child))
    yield "\n".join(filter(None, stanza))


def _listing(element: Any, _: int) -> Iterator[str]:
    text = textwrap.dedent("".join(element.itertext())).strip("\n").rstrip()
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}\n{text}\n{fence}" if text.strip() else ""


def _note(element: Any, level: int) -> Iterator[str]:
    """A footnote, after its mark in brackets."""
    inner = list(_flow(element, level, ("label",)))
    mark = _note_mark(element)
    if inner and mark and not inner[0].startswith(mark):
        inner[0] = f"{mark} {inner[0]}"
    yield from inner


def _note_mark(element: Any) -> str:
    label = one_line(element.find("label")).strip("[]() ").removeprefix("^")
    return f"[{label}]" if label else ""


def _reference(element: Any, _: int) -> Iterator[str]:
    label = one_line(element.find("label")).strip("[]. ")
    said = [_citation(child) for child in element if name(child) not in ("label", "")]
    yield " ".join(filter(None, [f"[{label}]" if label else "-", *said]))


def _citation(element: Any) -> str:
    bare = not any((text or "").strip() for text in (element.text, *(child.tail for child in element)))
    parts = list(filter(None, map(one_line, element)))
    return ", ".join(parts) if bare and parts else one_line(element)


_Maker = Callable[[Any, int], Iterator[str]]
_SECTIONS = ("sec", "app", "ack", "abstract", "trans-abstract", "boxed-text", "statement", "glossary", "notes", "bio")
_BY_NAME: Mapping[str, _Maker] = dict.fromkeys((*_SECTIONS, "fn-group", "ref-list", "app-group"), _section) | {
    "p": _flow,
    "title": lambda element, _: iter([words(element)]),
    "subtitle": lambda element, _: iter([words(element)]),
    "list": _list,
    "def-list": _definitions,
    "table-wrap": _captioned,
    "fig": _captioned,
    "supplementary-material": _captioned,
    "chem-struct-wrap": _captioned,
    "media": _captioned,
    "table-wrap-group": _captioned,
    "fig-group": _captioned,
    "table-wrap-foot": _flow,
    "table": _table,
    "array": _table,
    "alternatives": _forms,
    "disp-formula": _equation,
    "disp-formula-group": _flow,
    "disp-quote": _quote,
    "attrib": _flow,
    "verse-group": _verse,
    "code": _listing,
    "preformat": _listing,
    "fn": _note,
    "ref": _reference,
}
