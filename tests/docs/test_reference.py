"""Every command, option, part and field has its help, and the reference has it as it is now."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from make_reference import PAGES, ROOT, SECTIONS, UNTOLD, commands_page, parts_page, recipe_page

from gristmill import catalogue
from gristmill.cli import app
from gristmill.contracts import Check
from gristmill.find import KINDS, find, names
from gristmill.recipe import Recipe

commands_page, parts_page = cache(commands_page), cache(parts_page)
GROUP: Any = typer.main.get_command(app)
PARAMETERS = [(name, one) for name, command in GROUP.commands.items() for one in command.params]
PARTS = [(kind, name) for kind in KINDS for name in names(kind)]
CHECKS = [name for name in names("curate") if issubclass(find("curate", name), Check)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_it_is_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == PAGES[path](), f"{path.relative_to(ROOT)} is old: run `make docs`"


@pytest.mark.parametrize("command", GROUP.commands)
def test_a_command_has_help_that_a_terminal_shows_whole(command: str) -> None:
    first = GROUP.commands[command].help.split("\n")[0]
    assert first.endswith(".")
    longest = max(len(name) for name in GROUP.commands)
    assert len(f"  {command:<{longest}}  {first}") <= 78, "`gristmill --help` would cut it at 80 columns"
    assert f"## gristmill {command}\n\n{first}" in commands_page()


@pytest.mark.parametrize(("command", "parameter"), PARAMETERS, ids=lambda one: getattr(one, "name", one))
def test_an_option_has_help(command: str, parameter: Any) -> None:
    assert (parameter.help or "").endswith("."), f"gristmill {command} {parameter.name}"
    section = commands_page().split(f"## gristmill {command}\n")[1].split("\n## ")[0]
    assert " ".join(parameter.help.split()) in section
    for option in parameter.opts if parameter.param_type_name == "option" else [parameter.name.upper()]:
        assert option in section


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_a_part_and_its_fields_are_in_the_reference(kind: str, name: str) -> None:
    (page,) = catalogue.pages(kind, name)
    section = parts_page().split(f"### {kind}/{name}\n")[1].split("\n### ")[0]
    assert page.summary and page.summary in section
    assert page.text.split("\n")[0].split(":")[0] in section
    for field in page.fields:
        assert field.description.strip(), f"{kind}/{name}.{field.name} has no description"
        assert f"- `{field.name}` (default " in section
    for code, told in page.codes.items():
        assert f"- `{code}`: {told}\n" in section


def test_the_guide_to_the_audit_tells_of_every_sign() -> None:
    guide = (ROOT / "docs" / "guides" / "audit_strangers_files.md").read_text("utf-8")
    signs = [code for page in catalogue.pages("audit") for code in page.codes]
    assert len(signs) > 60
    assert [code for code in signs if f"`{code}`" not in guide] == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_tells_four_things_in_order(name: str) -> None:
    told = catalogue.pages("curate", name)[0].text
    places = [told.find(section) for section in ("What it rejects:", "Why it matters:", "Kept:", "Rejected:")]
    assert -1 not in places
    assert places == sorted(places)


def test_every_section_and_key_of_the_recipe_is_in_the_reference() -> None:
    page = recipe_page()
    for section in Recipe.model_fields:
        told = page.split(f"\n## {section}\n\n")[1].split("\n")[0]
        assert told.endswith("."), f"nothing is told of {section}"
        for model in SECTIONS.get(section, ()):
            for key, field in model.model_fields.items():
                assert f"| `{key}` |" in page.split(f"\n## {section}\n\n")[1].split("\n## ")[0]
                assert bool(field.description) or key in UNTOLD


def test_every_kind_of_part_is_in_the_reference() -> None:
    assert [f"## {kind}" for kind in KINDS] == [
        line for line in parts_page().splitlines() if line.startswith("## ") and not line.startswith("###")
    ]
