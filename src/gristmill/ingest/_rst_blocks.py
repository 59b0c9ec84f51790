"""The blocks of reStructuredText as Markdown: titles, paragraphs, lists, code, tables, directives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gristmill.ingest._rst_directives import Directive, dedented, directive_blocks, fenced, prefixed, table_of
from gristmill.ingest._rst_inline import Names
from gristmill.ingest._rst_tables import grid_end, is_grid, is_simple, simple_end

_RULE = re.compile(r"([!-/:-@\[-`{-~])\1* *$")
_BULLET = re.compile(r"([-*+•‣⁃])(?: +|$)")
_NUMBER = re.compile(r"\(?(?:\d{1,9}|#|[a-zA-Z]|[ivxlcdm]{1,9}|[IVXLCDM]{1,9})[.)](?: +|$)")
_FIELD = re.compile(r":(?! )((?:[^:\\\n]|\\.|:(?! |$|`)){1,200}):(?: +(.*))?$")
_OPTION = re.compile(
    r"((?:--?|/)[\w?][^\s,=]*(?:[ =][<\w][^\s,]*)?(?:, (?:--?|/)[\w?][^\s,=]*(?:[ =][<\w][^\s,]*)?)*)(?: {2,}(\S.*)|$)"
)
_EXPLICIT = re.compile(r"\.\.(?: +|$)")
_DIRECTIVE = re.compile(r"(?:\|[^|]+\| +)?([A-Za-z][\w+.:-]*?) ?::(?: +(.*))?$")
_NOTE = re.compile(r"\[(\d+|[#*]|#?[A-Za-z][\w.-]*)\](?: +(.*))?$")
_BULLETS = "-*+•‣⁃"
_DEEPEST = 40


@dataclass(slots=True)
class Walker:
    """Walks the lines of a file, block by block; the styles of its titles in the order in which they come."""

    names: Names
    styles: list[tuple[str, bool]] = field(default_factory=list)
    title: str = ""
    depth: int = 0

    def blocks(self, lines: Sequence[str]) -> list[str]:
        """The Markdown blocks of lines that begin at the margin."""
        if self.depth >= _DEEPEST:
            return [" ".join(filter(None, map(str.strip, lines)))]
        self.depth += 1
        found: list[str] = []
        number = 0
        while number < len(lines):
            if lines[number].strip():
                number = self._block(lines, number, found)
            else:
                number += 1
        self.depth -= 1
        return [block for block in found if block.strip()]

    def _block(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        """Add what begins at a line, and say where the next block begins."""
        line = lines[number]
        if line[0] == " ":
            return self._quote(lines, number, found)
        if _EXPLICIT.match(line) or line.startswith("__ "):
            return self._explicit(lines, number, found)
        for block in (self._heading, self._table, self._list, self._terms, self._quoted_lines):
            after = block(lines, number, found)
            if after:
                return after
        return self._paragraph(lines, number, found)

    def _quote(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        after = _indented(lines, number)
        body = dedented(lines[number:after])
        inner = self.blocks(body)
        listed = bool(_style(body[0]) or _FIELD.match(body[0]))
        found += inner if listed else [prefixed(["\n\n".join(inner)], "> ", "> ")] if inner else []
        return after

    def _heading(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        rule = _RULE.match(lines[number])
        below = lines[number + 1] if number + 1 < len(lines) else ""
        third = lines[number + 2] if number + 2 < len(lines) else ""
        if rule and len(lines[number]) > 1 and below.strip() and third == lines[number]:
            title, style, after = below, (rule[1], True), number + 3
        elif rule and len(lines[number].strip()) > 3 and not below.strip():
            return number + 1
        else:
            under = _RULE.match(below)
            long = under and (len(below.strip()) >= min(len(lines[number].strip()), 4))
            if rule or not under or not long or below.strip() in ("::", "..", "__") or not lines[number].strip():
                return 0
            title, style, after = lines[number], (under[1], False), number + 2
        if self.depth > 1:
            return 0
        if style not in self.styles:
            self.styles.append(style)
        said = self.names.inline(title)
        self.title = self.title or said.replace("`", "")
        found.append(f"{'#' * min(6, self.styles.index(style) + 1)} {said}")
        return after

    def _table(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        after = grid_end(lines, number) if is_grid(lines[number]) else 0
        if not after and is_simple(lines[number]):
            after = simple_end(lines, number)
        if after:
            found.append(table_of(lines[number:after], self.blocks))
        return after

    def _list(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        """A list whose items have one kind of mark: each runs to the next line at the margin."""
        style = _style(lines[number])
        items: list[str] = []
        first, after, begun = 0, number, number
        while style and number < len(lines) and _style(lines[number]) == style:
            after = _indented(lines, number + 1)
            below = lines[after] if after < len(lines) else ""
            if after == number + 1 and below.strip() and not _style(below):
                break
            mark, said = _mark(lines[number])
            first = first or (int(mark) if mark.isdecimal() else 1)
            sign = "- " if style in _BULLETS else f"{first + len(items)}. "
            blocks = self.blocks([said, *dedented(lines[number + 1 : after])])
            items += [prefixed(blocks, sign, " " * len(sign))] if blocks else []
            number = after
            while number < len(lines) and not lines[number].strip():
                number += 1
        if number == begun or (len(items) == 1 and style.strip("(). ") == "a" and after == begun + 1):
            return 0
        found += ["\n".join(items)] if items else []
        return number

    def _terms(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        """Fields, options and definitions: a term on its line, what is said of it below `: `."""
        told = _FIELD.match(lines[number]) or _OPTION.match(lines[number])
        after = _indented(lines, number + 1)
        if told and (told[2] or after > number + 1 or told.re is _FIELD):
            term = told[1] if told.re is _FIELD else f"``{told[1]}``"
            body = [told[2] or "", *dedented(lines[number + 1 : after])]
        elif number + 1 < len(lines) and lines[number + 1][:1] == " " and lines[number + 1].strip():
            if lines[number].rstrip().endswith("::"):
                return 0
            term, body = lines[number], dedented(lines[number + 1 : after])
        else:
            return 0
        said = self.names.inline(term.split(" : ")[0] if told is None else term)
        blocks = self.blocks(body)
        found.append(f"{said}\n{prefixed(blocks, ': ', '  ')}" if blocks else said)
        return after

    def _quoted_lines(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        """Line blocks keep their lines; an interpreter's session is code up to a blank line."""
        after = number
        if lines[number].startswith(">>> "):
            while after < len(lines) and lines[after].strip():
                after += 1
            found += fenced(lines[number:after], "python")
        elif lines[number].startswith("| "):
            while after < len(lines) and lines[after][:1] in ("|", " ") and lines[after].strip():
                after += 1
            found.append(
                "\n".join(filter(None, (self.names.inline(line.lstrip("| ")) for line in lines[number:after])))
            )
        return after if after > number else 0

    def _paragraph(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        after = number + 1
        while (
            after < len(lines)
            and lines[after].strip()
            and not (lines[after][0] == " " and lines[after - 1].endswith("::"))
        ):
            if _EXPLICIT.match(lines[after]) and _DIRECTIVE.match(lines[after][3:]):
                break
            after += 1
        text = "\n".join(lines[number:after]).rstrip()
        literal = text.endswith("::")
        if literal:
            text = text[:-2].rstrip() if text[:-2].endswith((" ", "\n")) or text == "::" else text[:-1]
        found.append(self.names.inline(text))
        return self._literal(lines, after, found) if literal else after

    def _literal(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        """The code after `::`: an indented block, or lines that all begin with one sign."""
        start = number
        while start < len(lines) and not lines[start].strip():
            start += 1
        after = _indented(lines, start)
        if after == start and start < len(lines) and re.match(r"[!-/:-@\[-`{-~]", lines[start]):
            while after < len(lines) and lines[after][:1] == lines[start][0]:
                after += 1
        found += fenced(lines[start:after])
        return max(after, number)

    def _explicit(self, lines: Sequence[str], number: int, found: list[str]) -> int:
        """A directive or a footnote; targets and substitutions are known by now, comments are left out."""
        after = _indented(lines, number + 1)
        said = lines[number][3:].strip()
        body = dedented(lines[number + 1 : after])
        directive, note = _DIRECTIVE.match(said), _NOTE.match(said)
        if note:
            blocks = self.blocks([note[2] or "", *body])
            found += [f"[{self.names.footnote(note[1])}] {blocks[0]}", *blocks[1:]] if blocks else []
        elif directive and not said.startswith(("|", "_")):
            one = Directive(directive[1].lower(), (directive[2] or "").strip(), body)
            found += directive_blocks(_with_long_argument(one), self.names, self.blocks)
        elif directive and said.startswith("|") and directive[1] not in ("replace", "unicode"):
            self.names.left_out[directive[1]] += 1
        elif said and not said.startswith(("_", "|")) and not lines[number].startswith("__"):
            self.names.left_out["comment"] += 1
        return after


def _with_long_argument(one: Directive) -> Directive:
    """A title may go on in the line below it; code and notes begin their text there instead."""
    titled = one.name in ("admonition", "topic", "sidebar", "rubric", "figure", "csv-table", "list-table", "table")
    if not titled or not one.said or not one.body or not one.body[0].strip() or one.body[0].startswith(":"):
        return one
    return Directive(one.name, f"{one.said} {one.body[0].strip()}", one.body[1:])


def _mark(line: str) -> tuple[str, str]:
    """The number or letters of a list item's mark, and the text behind it."""
    found = _BULLET.match(line) or _NUMBER.match(line)
    return (found.group().strip("(). "), line[found.end() :]) if found else ("", line)


def _style(line: str) -> str:
    """What the items of one list share: their bullet, or digits or letters with the signs around them; or ""."""
    found = _BULLET.match(line) or _NUMBER.match(line)
    return re.sub(r"[A-Za-z]+", "a", re.sub(r"\d+|#", "1", found.group().strip())) if found else ""


def _indented(lines: Sequence[str], number: int) -> int:
    """The line after an indented block, blank lines in it and not those at its end."""
    after = number
    for place in range(number, len(lines)):
        if lines[place].strip():
            if lines[place][0] != " ":
                break
            after = place + 1
    return after
