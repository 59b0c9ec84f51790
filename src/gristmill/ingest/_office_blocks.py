"""Blocks of an office document (headings, paragraphs, list items, tables) and their Markdown."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from gristmill.ingest._tables import pipe_table

# Word's own limit; no cell spreads beyond it.
_WIDEST = 63
_REPEATS_UP_TO = 200
_LONGEST_HEADING = 300
_ABSOLUTE = re.compile(r"https?://[^\s()<>]+$", re.IGNORECASE)
_LEFT_OUT = re.compile("[\u00ad\u200b\ufeff\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\f\v\u00a0\u2028\u2029]+")
_NUMBER = re.compile(r"\d{1,9}[.)]$")
_SCRIPTED = re.compile(r"[0-9+\-\u2212=()]+$")
_RAISED = str.maketrans("0123456789+-\u2212=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
_LOWERED = str.maketrans("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")


class Block(NamedTuple):
    """One block; `more` is one more paragraph of a list item.

    `level` is a heading's (from 1) or a list item's depth (from 0); `of` names an item's list.
    """

    kind: Literal["text", "heading", "item", "more", "table"]
    text: str = ""
    level: int = 0
    mark: str = ""
    of: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


class Cell(NamedTuple):
    """A table cell: its blocks and its text on one line; a cell that only repeats another has no blocks."""

    blocks: Sequence[Block] = ()
    text: str = ""

    def again(self) -> "Cell":
        """What stands in the rows that it reaches into: its text, unless that is long."""
        return Cell((), self.text if len(self.text) <= _REPEATS_UP_TO else "")


def spread(claimed: int, column: int) -> int:
    """Over how many columns a cell at a column (from 0) goes, of those that it claims; at least 1."""
    return max(1, min(claimed, _WIDEST - column))


def tidy(text: str) -> str:
    """White space squeezed, soft hyphens and controls left out, line breaks kept, no empty line."""
    lines = _SPACE.sub(" ", _LEFT_OUT.sub("", text)).split("\n")
    return "\n".join(stripped for line in lines if (stripped := line.strip()))


def link(label: str, address: str) -> str:
    """The label, as a Markdown link when the address is absolute; spaces at its ends stay outside."""
    inner = " ".join(label.split())
    if not inner or not _ABSOLUTE.match(address) or "](" in inner:
        return label
    before, after = label[: len(label) - len(label.lstrip())], label[len(label.rstrip()) :]
    return f"{before}[{inner}]({address}){after}"


def scripted(text: str, raised: bool) -> str:
    """Digits above or below the line as such (10⁶, H₂O); letters as they are."""
    return text.translate(_RAISED if raised else _LOWERED) if _SCRIPTED.match(text) else text


def heading(level: int, text: str) -> Block:
    """A heading of level 1 to 6; a text too long for one is a paragraph."""
    if len(text) > _LONGEST_HEADING:
        return Block("text", text)
    return Block("heading", " ".join(text.split()), min(level, 6))


def item(level: int, label: str, text: str, of: str) -> Block:
    """A list item; a label that Markdown does not know as a number ("(a)", "1.2.") stands in its text."""
    if _NUMBER.match(label):
        return Block("item", text, level, label, of)
    return Block("item", f"{label} {text}" if label else text, level, "-", of)


def table(rows: Sequence[Sequence[Cell]]) -> list[Block]:
    """A table of two rows and columns or more; another, or one with headings in it, only lays out its blocks."""
    filled = [row for row in rows if any(cell.text for cell in row)]
    width = max(map(len, filled), default=0)
    used = [x for x in range(width) if any(x < len(row) and row[x].text for row in filled)]
    blocks = [block for row in filled for cell in row for block in cell.blocks]
    sparse = len(used) * len(filled) > 50 * len(blocks) + 10_000
    if len(filled) < 2 or len(used) < 2 or sparse or any(block.kind == "heading" for block in blocks):
        return blocks
    texts = (tuple(row[x].text if x < len(row) else "" for x in used) for row in filled)
    return [Block("table", rows=tuple(texts))]


def cell(blocks: Sequence[Block]) -> Cell:
    """A cell that holds these blocks; a table in it follows as `a, b; c, d`."""
    return Cell(blocks, " ".join(" ".join(map(_on_a_line, blocks)).split()))


def _on_a_line(block: Block) -> str:
    if block.kind == "table":
        return "; ".join(", ".join(filter(None, row)) for row in block.rows)
    return f"{block.mark} {block.text}" if block.mark else block.text


def markdown(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown: items of a list on neighbouring lines, all else with an empty line between."""
    text: list[str] = []
    above: list[tuple[int, int]] = []
    top = ""
    for block in blocks:
        if block.kind not in ("item", "more"):
            above.clear()
            text += ["\n\n", _written(block)]
            continue
        goes_on = bool(above)
        while above and above[-1][0] >= block.level + (block.kind == "more"):
            above.pop()
        indent = above[-1][1] if above else 0
        if block.kind == "more":
            text += ["\n\n", indented(block.text, indent, 0)]
            continue
        goes_on = goes_on and (bool(above) or block.of == top)
        top = top if above else block.of
        above.append((block.level, indent + len(block.mark) + 1))
        text += ["\n" if goes_on else "\n\n", indented(f"{block.mark} {block.text}", indent, len(block.mark) + 1)]
    return "".join(text[1:])


def indented(text: str, first: int, more: int) -> str:
    """The text's first line set in by `first` spaces, the others by `more` on top."""
    rest = " " * (first + more)
    lines = text.split("\n")
    return "\n".join([" " * first + lines[0], *(rest + line if line else "" for line in lines[1:])])


def _written(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * block.level} {block.text}"
    return pipe_table(block.rows) if block.kind == "table" else block.text


def notes_markdown(notes: Sequence[tuple[int, str]]) -> str:
    """Foot- and endnotes as `[^1]: …` lines; more paragraphs of a note stand indented."""
    return "\n\n".join(indented(f"[^{number}]: {text}", 0, 4) for number, text in notes)
