"""What the directives of reStructuredText become: code, quotes, tables, formulas; none reads a file."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gristmill.ingest._cells import cell_rows
from gristmill.ingest._rst_inline import Names, options_of
from gristmill.ingest._rst_tables import grid_rows, is_grid, simple_rows
from gristmill.ingest._tables import pipe_table

Walk = Callable[[Sequence[str]], list[str]]

_CODE = frozenset(
    (
        "code code-block sourcecode parsed-literal prompt doctest testcode testoutput testsetup ipython console "
        "highlight-code productionlist command-output ipython3 try_examples"
    ).split()
)
_NOTES = frozenset(
    (
        "note warning tip hint important caution danger error attention seealso admonition todo versionadded "
        "versionchanged deprecated deprecated-removed versionremoved topic sidebar"
    ).split()
)
_WORDS = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_LEFT_OUT = frozenset(
    (
        "toctree contents sectnum section-numbering index image raw include literalinclude meta highlight "
        "default-role role title currentmodule module py:module py:currentmodule js:module tabularcolumns automodule "
        "autoclass autofunction automethod autodata autoattribute autosummary autoexception graphviz plot digraph "
        "graph mermaid uml inheritance-diagram only-image header footer date cssclass target-notes bibliography "
        "program codeauthor sectionauthor moduleauthor youtube video replace unicode namespace cpp:namespace "
        "c:namespace doxygenfunction doxygenclass doxygenstruct doxygenfile"
    ).split()
)
_PLAIN = frozenset(
    (
        "container compound class rst-class epigraph pull-quote highlights only glossary hlist tabs tab-set grid "
        "centered cssclass line-block"
    ).split()
)
_OBJECT = re.compile(
    r"(?:(?:py|c|cpp|js|rst|std|bash|http|php|rb):)?(?:function|class|method|attribute|data|exception|decorator|property"
    r"|option|cmdoption|envvar"
    r"|confval|setting|describe|object|macro|struct|member|var|type|enum|enumerator|classmethod|staticmethod|directive|role"
    r"|decoratormethod|get|post|put|delete|patch|opcode|django-admin|pdbcommand|program-option|token|alias|concept)$"
)


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive: its name in small letters, what stands behind it, and its body without indentation."""

    name: str
    said: str
    body: list[str]


def directive_blocks(directive: Directive, names: Names, walk: Walk) -> list[str]:
    """The Markdown blocks of a directive. What shows or runs other files is left out and counted."""
    name = directive.name
    bare = name.rpartition(":")[2]
    if name in _LEFT_OUT or (bare in _LEFT_OUT and not _OBJECT.match(name)):
        names.left_out[name] += 1
        return []
    if name in _CODE:
        return fenced(
            _content(directive), directive.said.split(" ")[0] if name in ("code", "code-block", "sourcecode") else ""
        )
    if name == "math":
        return [f"$${' '.join(formula.split())}$$" for formula in _formulas(directive)]
    if name in ("csv-table", "list-table", "table"):
        return _table(directive, names, walk)
    if name in ("figure", "rubric"):
        if name == "figure":
            names.left_out["image"] += 1
            return walk(_content(directive, argument=False))
        return [f"**{names.inline(directive.said)}**"]
    if name in _NOTES:
        return _note(directive, names, walk)
    if _OBJECT.match(name):
        return _described(directive, walk)
    if name not in _PLAIN:
        names.left_out[f"mark of the directive {name[:40]}"] += 1
    said = [] if name in ("only", "class", "rst-class", "container", "cssclass") else [directive.said]
    return [*walk(said), *walk(_content(directive, argument=False))]


def dedented(lines: Sequence[str]) -> list[str]:
    """The lines without the spaces that all begin with; blank ones are empty."""
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return [line[margin:].rstrip() for line in lines]


def fenced(lines: Sequence[str], language: str = "") -> list[str]:
    """Lines as a fenced block of code; none when they are blank."""
    text = "\n".join(dedented(lines)).strip("\n")
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    mark = language if re.fullmatch(r"[\w+#.-]{1,20}", language) else ""
    return [f"{fence}{mark}\n{text}\n{fence}"] if text.strip() else []


def prefixed(blocks: Sequence[str], first: str, rest: str) -> str:
    """Blocks as one, with a mark before the first line and an indentation, or the mark, before the others."""
    tight = all(block.startswith(("- ", "1. ")) for block in blocks[1:])
    lines = ("\n" if tight else "\n\n").join(blocks).split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])])


def table_of(lines: Sequence[str], walk: Walk) -> str:
    """A grid or simple table as a Markdown table."""
    rows = grid_rows(lines) if is_grid(lines[0]) else simple_rows(lines)
    cells = [[" ".join(walk(dedented(cell))) for cell in row] for row in rows]
    return pipe_table(cells)


def _content(directive: Directive, argument: bool = True) -> list[str]:
    """The body below the options; where the first line behind the name is content too, with it."""
    _, body = options_of(directive.body)
    own = argument and directive.name in ("parsed-literal", "productionlist", "math", "prompt", "command-output")
    return [directive.said, *body] if own and directive.said else body


def _formulas(directive: Directive) -> list[str]:
    return [formula for formula in re.split(r"\n[ \t]*\n", "\n".join(_content(directive))) if formula.strip()]


def _note(directive: Directive, names: Names, walk: Walk) -> list[str]:
    """A quote that begins with the kind of note, or with its own title."""
    _, body = options_of(directive.body)
    name, said = directive.name, directive.said
    if name in _WORDS or name.startswith(("version", "deprecated")):
        version, _, rest = said.partition(" ")
        title = f"{_WORDS.get(name, name.capitalize())} {version}"
        blocks = [*walk([rest]), *walk(body)]
    elif name in ("admonition", "topic", "sidebar"):
        title, blocks = names.inline(said), walk(body)
    else:
        title = "See also" if name == "seealso" else name.capitalize()
        blocks = walk([said, *body] if said else body)
    if not blocks:
        return [f"> **{title}**"] if title.strip() else []
    if not blocks[0].startswith(("```", "|", "- ", "> ", "1. ")) and title:
        blocks = [f"**{title}:** {blocks[0]}", *blocks[1:]]
    elif title:
        blocks = [f"**{title}:**", *blocks]
    return [prefixed(["\n\n".join(blocks)], "> ", "> ")]


def _described(directive: Directive, walk: Walk) -> list[str]:
    """A function, option or the like: its signatures as terms, its text as their definition."""
    _, body = options_of(directive.body)
    more = 0
    while more < len(body) and body[more].strip() and directive.said.endswith("\\"):
        more += 1
    signatures = [directive.said.rstrip("\\"), *(line.rstrip("\\") for line in body[:more])]
    blocks = walk(body[more:])
    term = "\n".join(f"`{signature.strip()}`" for signature in signatures if signature.strip())
    return [f"{term}\n{prefixed(blocks, ': ', '  ')}" if blocks else term]


def _table(directive: Directive, names: Names, walk: Walk) -> list[str]:
    options, body = options_of(directive.body)
    title = walk([directive.said])
    if directive.name == "table":
        return [*title, *walk(body)]
    if directive.name == "csv-table":
        if "file" in options or "url" in options:
            names.left_out["csv-table of another file"] += 1
            return []
        sign = {"tab": "\t", "space": " "}.get(options.get("delim", ","), options.get("delim", ",")[:1] or ",")
        text = "\n".join(([options["header"]] if options.get("header") else []) + body)
        rows = [[" ".join(walk(cell.split("\n"))) for cell in row.cells] for row in cell_rows(text, sign)]
    else:
        rows = [[" ".join(walk(cell)) for cell in _items(row)] for row in _items(body)]
    return [*title, pipe_table(rows)] if rows else title


def _items(lines: Sequence[str]) -> list[list[str]]:
    """The items of a bullet list, each without its mark and indentation."""
    items: list[list[str]] = []
    for line in lines:
        if line[:2] in ("* ", "- ", "*", "-"):
            items.append([line[2:]])
        elif items:
            items[-1].append(line[2:] if line[:2].isspace() else line)
    return items
