"""One page of words with places as pieces of text: paragraphs, tables and notes in reading order."""

import re
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from gristmill.ingest._columns import MOST_LINES, Column, columns, in_order, notes_apart, rows, with_neighbours
from gristmill.ingest._lines import CUT, Line, Word, at_edge, counting, goes_on_overleaf, join, key_of, paragraphs
from gristmill.ingest._pdf_cells import is_prose
from gristmill.ingest._pdf_tables import Table, tables
from gristmill.ingest._pdf_words import Rule

_FLOAT = re.compile(r"(?:table|figure|fig\.|chart|box|exhibit)\s*\d", re.IGNORECASE)
_SENTENCE = 40
_AHEAD = 12


class Leaf(NamedTuple):
    """A page before its text is made: lines, sideways lines, drawn rules, and whether the file's order is known."""

    lines: list[Line]
    asides: list[str]
    rules: list[Rule]
    told: bool


class Piece(NamedTuple):
    """A paragraph, or what may stand elsewhere: a table, a caption, a note. A column may begin or end with it."""

    text: str
    moves: bool
    first: bool = True
    last: bool = True


def edges(leaf: Leaf) -> list[str]:
    """The page's rows from the top down and its sideways lines: those at its edges may be running lines."""
    across = [" ".join(line.text for line in row) for row in rows(leaf.lines)]
    return [*leaf.asides, *across]


def without_running(leaf: Leaf, running: set[str]) -> tuple[Leaf, int]:
    """The page without its running lines and without a column of line numbers, and how many were left out."""
    across = rows(leaf.lines)
    kept: list[Line] = []
    for i, row in enumerate(across):
        if not (at_edge(i, len(across)) and key_of(" ".join(line.text for line in row)) in running):
            kept += row
    kept = _without_numbers(kept)
    asides = [line for line in leaf.asides if key_of(line) not in running]
    dropped = len(leaf.lines) - len(kept) + len(leaf.asides) - len(asides)
    return Leaf(sorted(kept, key=lambda line: line.place), asides, leaf.rules, leaf.told), dropped


def _without_numbers(lines: Sequence[Line]) -> list[Line]:
    numbers = sorted((line for line in lines if line.text.isdecimal()), key=lambda line: (round(line.right), line.top))
    margin = {numbers[i].place for i in counting([line.text for line in numbers])}
    left = min((line.left for line in lines if line.place not in margin), default=0.0)
    outside = all(line.left < left for line in numbers if line.place in margin)
    return [line for line in lines if not outside or line.place not in margin]


def body_height(leaves: Iterable[Leaf]) -> float:
    """Of most of the words of a document."""
    heights = [line.height for leaf in leaves for line in leaf.lines for _ in line.words]
    return median(heights) if heights else 0.0


def pieces(leaf: Leaf, body: float) -> list[Piece]:
    """The page's text in reading order; notes, lower than the `body`, stand at its end, what is set sideways last."""
    if len(leaf.lines) > MOST_LINES:
        return [Piece(text, True) for text in [*paragraphs(leaf.lines), *leaf.asides]]
    found, rest = tables(leaf.lines, leaf.rules)
    first = _columns(rest, leaf.told)
    kept, notes = notes_apart(first, body) if leaf.told else (first, [])
    marked = {table.place: table for table in found}
    placed = in_order([*kept, *([_stand_in(table)] for table in found)], leaf.told, _across(leaf))
    made = [piece for column in placed for piece in _pieces(column, marked)]
    below = _whole_sentences([piece for note in in_order(notes, leaf.told) for piece in _pieces(note, marked)])
    beyond = [*(piece.text for piece in below), *leaf.asides]
    return _whole_sentences(made) + [Piece(text, True) for text in beyond]


def _columns(rest: Sequence[Line], told: bool) -> list[Column]:
    """Columns of prose, and of what else there is, whose labels side by side are one line."""
    first = columns(rest)
    if not told:
        return first
    prose = {line.place for column in first if is_prose(column) for line in column}
    loose = with_neighbours([line for line in rest if line.place not in prose])
    return columns([*(line for line in rest if line.place in prose), *loose])


def _across(leaf: Leaf) -> list[float]:
    """The heights of the lines drawn over the whole width that the page's text takes."""
    left = min((line.left for line in leaf.lines), default=0.0)
    right = max((line.right for line in leaf.lines), default=0.0)
    wide = 0.9 * (right - left)
    return [rule.top for rule in leaf.rules if min(right, rule.right) - max(left, rule.left) > wide]


def _stand_in(table: Table) -> Line:
    words = (Word("", table.left, table.top, table.right, table.bottom),)
    return Line(words, table.left, table.top, table.right, table.bottom, table.place)


def _pieces(column: Column, marked: dict[int, Table]) -> list[Piece]:
    if not column[0].words[0].text and column[0].place in marked:
        return [Piece(marked[column[0].place].text, True)]
    made = paragraphs(column)
    caption = bool(_FLOAT.match(made[0])) if made else False
    return [Piece(text, caption or len(text) < _SENTENCE, i == 0, i == len(made) - 1) for i, text in enumerate(made)]


def _whole_sentences(made: list[Piece]) -> list[Piece]:
    """A sentence that stops at the foot of a column goes on before the tables, captions and notes in between."""
    done: list[Piece] = []
    left = list(made)
    while left:
        piece = left.pop(0)
        while (i := _continuation(piece, left)) >= 0:
            rest = left.pop(i)
            piece = Piece(join([piece.text, rest.text]), False, piece.first, rest.last)
        done.append(piece)
    return done


def _continuation(piece: Piece, after: Sequence[Piece]) -> int:
    if piece.moves or not piece.last or not _is_sentence(piece.text):
        return -1
    for i, other in enumerate(after[:_AHEAD]):
        if other.first and goes_on_overleaf(piece.text[-200:], other.text):
            return i
        if not other.moves and _is_sentence(other.text):
            return -1
    return -1


def _is_sentence(text: str) -> bool:
    """Whether a text ends in words, most of them small: what a heading, a stamp or a file's name does not."""
    last = text[-200:].split()
    small = sum(word.strip(".,;:()’”").isalpha() and word.islower() for word in last)
    return len(text) >= _SENTENCE and 5 * small >= 2 * len(last)


def lead(last: str, made: list[Piece]) -> list[Piece]:
    """The page's pieces with the rest of the last page's sentence first, before tables and captions."""
    i = _continuation(Piece(last[-200:].rpartition("\n")[2], False), made)
    return [made[i], *made[:i], *made[i + 1 :]] if i > 0 else made


def closing(made: list[Piece], following: Sequence[Piece]) -> list[Piece]:
    """The page's pieces with its unfinished paragraph last, after its notes, when the next page goes on with it."""
    for i in range(len(made) - 1, -1, -1):
        if not made[i].moves and _is_sentence(made[i].text):
            goes = i < len(made) - 1 and _continuation(made[i], following) >= 0
            return [*made[:i], *made[i + 1 :], made[i]] if goes else made
    return made


def text_of(made: Sequence[Piece]) -> str:
    """The pieces with a blank line between them."""
    return "\n\n".join(piece.text for piece in made if piece.text.strip(f" \n{CUT}"))
