"""The pages are true: their tree, links, commands and recipes, and the sizes that were promised."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from make_reference import BEGIN, END
from pages import PAGES, ROOT, Block, anchors, blocks, commands, prose

from gristmill.cli import app
from gristmill.validate import examine
from gristmill.yaml_text import parse_yaml

GROUP: Any = typer.main.get_command(app)
RECIPES = [block for block in blocks("yaml") if block.page.name != "add_a_check.md"]
COMMANDS = commands()
PACKAGE = ROOT / "src" / "gristmill"


def told_tree(readme: str) -> dict[str, str]:
    """Path below the package -> comment, as the tree of the README has them."""
    lines = readme.split(BEGIN)[1].split(END)[0].strip().strip("`").splitlines()
    found, folder = {}, ""
    for line in lines:
        match = re.match(r"(  +)(\S+) +(\S.*)$", line)
        if not match:
            continue
        inner = len(match[1]) > 2
        folder = folder if inner else (match[2] if match[2].endswith("/") else "")
        found[(folder if inner else "") + match[2]] = match[3]
    return found


def test_the_readme_names_every_module_and_nothing_else() -> None:
    told = told_tree((ROOT / "README.md").read_text("utf-8"))
    files = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    folders = {f"{path.parent.relative_to(PACKAGE).as_posix()}/" for path in PACKAGE.glob("*/__init__.py")}
    there = {name for name in files if "/" not in name or not name.endswith("__init__.py")} | folders
    assert set(told) == there
    assert all(len(comment.split()) > 1 for comment in told.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_its_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(path), f"{target} has no such heading"


def test_every_page_of_the_docs_can_be_found() -> None:
    start = ROOT / "docs" / "README.md"
    linked = {(start.parent / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)", start.read_text("utf-8"))}
    assert {path for path in (ROOT / "docs").rglob("*.md") if path != start} <= linked


@pytest.mark.parametrize(("where", "line"), COMMANDS, ids=[f"{where} {line}" for where, line in COMMANDS])
def test_a_command_line_can_be_typed(where: str, line: str) -> None:
    """Lines of code blocks are parsed whole; a mention in the prose must name what exists."""
    words = shlex.split(line.split(" > ")[0], comments=True)[1:]
    if words[0].startswith("--") or words == ["COMMAND", "--help"]:
        return
    assert words[0] in GROUP.commands, f"{where}: there is no command {words[0]}"
    command = GROUP.commands[words[0]]
    if ":" in where:
        command.make_context(words[0], words[1:])
    known = {option for one in command.params for option in one.opts} | {"--help"}
    assert {word for word in words[1:] if word.startswith("-")} <= known


def stub(value: Any, folder: Path) -> None:
    """Make each file or folder that a recipe names."""
    if isinstance(value, dict):
        for item in value.values():
            stub(item, folder)
    elif isinstance(value, list):
        for item in value:
            stub(item, folder)
    elif isinstance(value, str) and re.fullmatch(r"[\w./-]*(?:/|\.\w+)[\w./-]*", value):
        path = folder / value
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}", "utf-8")
        else:
            path.mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize("block", RECIPES, ids=lambda block: block.where)
def test_a_recipe_is_in_order(block: Block, tmp_path: Path) -> None:
    text = block.text
    for key, smallest in (("ingest", "ingest: docs/\n"), ("task", "task: question_answer\n")):
        text = text if re.search(rf"^{key}:", text, re.MULTILINE) else smallest + text
    folder = tmp_path / "outer" / "mill"
    folder.mkdir(parents=True)
    stub(_bare(parse_yaml(text, block.where)), folder)
    path = folder / "recipe.yaml"
    path.write_text(text, "utf-8")
    assert examine(path)[1] == [], block.where


def _bare(value: Any) -> Any:
    if hasattr(value, "items"):
        return {key: _bare(item) for key, item in value.items()}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def test_inline_recipe_lines_of_the_guide_are_in_order(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guides" / "write_a_recipe.md").read_text("utf-8")
    lines = re.findall(r"\| `(\w+: .+?)`", guide)
    assert len(lines) > 5
    (tmp_path / "docs").mkdir()
    for line in lines:
        whole = line if line.startswith("task:") else f"task: question_answer\n{line}"
        path = tmp_path / "recipe.yaml"
        path.write_text(f"ingest: docs/\n{whole}\n", "utf-8")
        assert examine(path)[1] == [], line


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:^|`)make (\w+)", page.read_text("utf-8"), re.MULTILINE)}
    assert {"demo", "test", "check"} <= named
    assert named <= targets


def test_the_agents_page_is_short() -> None:
    assert len((ROOT / "AGENTS.md").read_text("utf-8").splitlines()) < 60


def test_the_changelog_has_whole_sentences() -> None:
    lines = [line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("- ")]
    assert lines
    assert all(line.endswith(".") for line in lines)


def test_the_blocks_are_found() -> None:
    assert len(RECIPES) > 10
    assert len(COMMANDS) > 20
