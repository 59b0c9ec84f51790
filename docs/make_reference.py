"""Write the reference pages, and the tree in the README, from the code: `make docs` runs this."""

import ast
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import typer
from pydantic.fields import FieldInfo

import gristmill
from gristmill import catalogue, first_recipe
from gristmill.cli import app
from gristmill.recipe import Part as PartUse
from gristmill.sections import (
    Asking,
    Audit,
    Curate,
    Export,
    Freeze,
    Generate,
    Ingest,
    SeatName,
    Section,
    SourceOf,
    Waiver,
)

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PACKAGE = ROOT / "src" / "gristmill"
NOTICE = "<!-- Written by `make docs` from the code. Change it there. -->\n"
BEGIN, END = "<!-- tree: written by `make docs` -->", "<!-- end of tree -->"

KINDS = {
    "audit": "Scanners: what is dangerous about a file, told from its bytes before any is opened.",
    "ingest": "Readers: one kind of file each. The ending of a file says which reader opens it.",
    "clean": "Cleaners: what is mended in documents and ready-made rows. The recipe's `clean` lists them, in order.",
    "chunk": "Chunkers: documents to passages. The recipe's `chunk` names one.",
    "harvest": "Harvesters: pairs that people already wrote. The recipe's `harvest` lists them.",
    "tasks": "Tasks: what the model should learn. The recipe's `task` names one.",
    "teachers": "Teachers: who answers. The recipe's `teachers` names one for each seat.",
    "curate": "Checks: what is found about rows. The recipe's `curate` lists them.",
    "formats": "Formats: layouts of training files. The recipe's `export` lists them.",
    "metrics": "Metrics: what answers are worth. `gristmill evaluate --metric` names them.",
}
SECTIONS: dict[str, Sequence[type[Section]]] = {
    "ingest": (Ingest, SourceOf),
    "audit": (Audit, Waiver),
    "asking": (Asking,),
    "generate": (Generate,),
    "curate": (Curate,),
    "freeze": (Freeze,),
    "export": (Export,),
}
# Keys of the recipe that carry no description of their own.
UNTOLD = {
    "scanners": "Scanners by name: [parts](parts.md#audit).",
    "sources": "What to read: a path, or a list of paths and of entries with the keys below.",
    "checks": "Checks by name, in the order in which they judge: [parts](parts.md#curate).",
}
TITLES = {
    "SourceOf": "An entry of `sources` has these keys:\n\n",
    "Waiver": "An entry of `waivers` has these keys:\n\n",
}


def commands_page() -> str:
    """Every command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    parts = [
        f"{NOTICE}\n# Commands\n",
        "`gristmill COMMAND --help` prints the same. Exit status: 0 fine, 1 ours to mend, 2 yours to mend, "
        "3 a stated gate was not met.\n",
    ]
    for name, command in group.commands.items():
        parts.append(f"## gristmill {name}\n\n{_paragraphs(command.help)}\n")
        rows = [_parameter(one) for one in command.params]
        if rows:
            parts.append(_table("argument or option", rows))
    return "\n".join(parts)


def _parameter(parameter: Any) -> str:
    argument = parameter.param_type_name == "argument"
    names = parameter.name.upper() if argument else ", ".join(sorted(parameter.opts, key=len, reverse=True))
    default = "(must be given)" if parameter.required else parameter.default
    shown = "" if default in (None, False, "") else f"`{default}`" if default != "(must be given)" else default
    return f"| `{names}` | {shown} | {_cell(parameter.help)} |"


def parts_page() -> str:
    """Every part of every kind with its fields."""
    parts = [f"{NOTICE}\n# Parts\n", "What a recipe can name. `gristmill parts KIND NAME` prints the same page.\n"]
    kind = ""
    for page in catalogue.pages():
        if page.kind != kind:
            kind = page.kind
            parts.append(f"## {kind}\n\n{KINDS[kind]}\n")
        parts.append(f"### {page.kind}/{page.name}\n\n{page.summary}\n\n{_paragraphs(page.text)}\n")
        for field in page.fields:
            parts.append(f"- `{field.name}` (default {_code(field.default)}): {_sentence(field.description)}")
        if page.fields:
            parts.append("")
        if page.codes:
            signs = (f"- `{code}`: {told}" for code, told in page.codes.items())
            parts.append("Its signs, as policies and waivers name them:\n\n" + "\n".join(signs) + "\n")
    return "\n".join(parts)


def recipe_page() -> str:
    """Every section and key of a recipe, and the recipe that `gristmill new` writes."""
    text = first_recipe.commented_recipe("docs/", "question_answer")
    parts = [
        f"{NOTICE}\n# The recipe\n",
        "One YAML file. Every section is a station; only `task` and `ingest` must be there. Unknown keys are "
        "refused, with the nearest name that exists. A part is named as `part` or as `{part: {field: value}}`: "
        "[parts](parts.md) has them all.\n",
    ]
    for name, comment in _sections(text):
        parts.append(f"## {name}\n\n{comment}\n")
        if name == "teachers":
            *seats, last = [f"`{seat}`" for seat in get_args(SeatName)]
            parts.append(
                f"The seats are {', '.join(seats)} and {last}. A seat that is left out is taken by `embedded`.\n"
            )
        for section in SECTIONS.get(name, ()):
            rows = [_key(key, field) for key, field in section.model_fields.items()]
            parts.append(TITLES.get(section.__name__, "") + _table("key", rows))
    parts.append(f"## The whole recipe\n\n`gristmill new` writes this:\n\n```yaml\n{text}```\n")
    return "\n".join(parts)


def _sections(recipe: str) -> Iterator[tuple[str, str]]:
    """Each section of the commented recipe, with the comment that stands above it."""
    comment: list[str] = []
    for line in recipe.splitlines():
        if line.startswith("# "):
            comment.append(line[2:])
        elif match := re.match(r"(\w+):", line):
            yield match[1], " ".join(comment)
            comment = []


def _key(name: str, field: FieldInfo) -> str:
    default = "(must be given)"
    if not field.is_required():
        default = _code(json.dumps(_plain(field.get_default(call_default_factory=True))))
    return f"| `{name}` | {default} | {_cell(field.description or UNTOLD[name])} |"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.name if isinstance(value, get_args(PartUse)[0]) else value


def tree() -> str:
    """Every module of the package in the order of its layers, each with its own first line."""
    lines = ["src/gristmill/", _line("__init__.py", PACKAGE / "__init__.py")]
    for name in _layers():
        folder = PACKAGE / name
        if not folder.is_dir():
            lines.append(_line(f"{name}.py", PACKAGE / f"{name}.py"))
            continue
        lines.append(_line(f"{name}/", folder / "__init__.py"))
        lines += [_line(f"  {path.name}", path) for path in sorted(folder.glob("[!_]*.py"))]
        lines += [_line(f"  {path.name}", path) for path in sorted(folder.glob("_[!_]*.py"))]
    return "\n".join(lines)


def _layers() -> list[str]:
    told = gristmill.__doc__ or ""
    return re.findall(r"\w+", told.split("strictly down:")[1])


def _line(name: str, path: Path) -> str:
    told = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").splitlines()[0]
    return f"  {name:<25} {told.removesuffix('.')}"


def readme() -> str:
    """The README with the tree as it is now."""
    before, rest = (ROOT / "README.md").read_text("utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n```\n{tree()}\n```\n{END}{rest.split(END)[1]}"


def _table(first: str, rows: Sequence[str]) -> str:
    return "\n".join([f"| {first} | default | what it is |", "| --- | --- | --- |", *rows]) + "\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()))


def _cell(text: str) -> str:
    return _sentence(text).replace("|", "\\|")


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def _code(text: str) -> str:
    return text if text == "(must be given)" else f"`` {text} ``" if "`" in text else f"`{text}`"


PAGES: dict[Path, Callable[[], str]] = {
    DOCS / "reference" / "commands.md": commands_page,
    DOCS / "reference" / "parts.md": parts_page,
    DOCS / "reference" / "recipe.md": recipe_page,
    ROOT / "README.md": readme,
}


def main() -> None:
    """Write every page that is not as it should be."""
    for path, make in PAGES.items():
        text = make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            typer.echo(f"{path.relative_to(ROOT)} is written.")


if __name__ == "__main__":
    main()
