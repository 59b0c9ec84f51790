"""The recipe that `gristmill new` writes, and the schema that editors are given."""

import re
from pathlib import Path
from typing import Any

import pytest
from make_reference import SECTIONS
from pages import ROOT

from gristmill.catalogue import recipe_schema
from gristmill.find import find, names
from gristmill.first_recipe import commented_recipe
from gristmill.recipe import Recipe
from gristmill.validate import examine
from gristmill.yaml_text import read_yaml

EXAMPLES = sorted((ROOT / "examples").glob("*/*.yaml"))
KEYS = [key for models in SECTIONS.values() for model in models for key in model.model_fields]


@pytest.mark.parametrize("task", names("tasks"))
def test_the_commented_recipe_is_in_order_for_every_task(task: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    path = tmp_path / "recipe.yaml"
    path.write_text(commented_recipe("docs/", task), "utf-8")
    recipe, mistakes = examine(path)
    assert mistakes == []
    assert recipe is not None
    assert recipe.task.name == task
    sample = find("tasks", task).sample
    shown = {task: dict(sample)} if sample else task
    smallest = Recipe.model_validate({"task": shown, "ingest": {"path": "docs/", "trust": "own"}})
    assert recipe.plain() == {
        **smallest.plain(),
        "teachers": {"generator": "embedded", "judge": "embedded", "reader": "embedded"},
    }


@pytest.mark.parametrize("key", [*Recipe.model_fields, *KEYS])
def test_the_commented_recipe_names_every_key(key: str) -> None:
    assert re.search(rf"^[\s#-]*\b{key}:", commented_recipe("docs/", "question_answer"), re.MULTILINE)


@pytest.fixture(scope="module")
def schema() -> Any:
    """A validator of recipes; skipped where the package that reads schemas is not installed."""
    reader = pytest.importorskip("jsonschema_rs")
    return reader.validator_for(dict(recipe_schema()))


def _recipe(path: Path) -> dict[str, Any]:
    return _bare(read_yaml(path))


def _bare(value: Any) -> Any:
    if hasattr(value, "items"):
        return {str(key): _bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return float(value) if isinstance(value, float) else value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_schema_accepts_the_examples(path: Path, schema: Any) -> None:
    schema.validate(_recipe(path))


def test_the_schema_accepts_the_commented_recipe(tmp_path: Path, schema: Any) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(commented_recipe("docs/", "extractive_qa"), "utf-8")
    schema.validate(_recipe(path))


@pytest.mark.parametrize(
    "typo",
    [
        {"taskk": "question_answer"},
        {"task": "question_answr"},
        {"ingest": {"source": "docs"}},
        {"ingest": [{"path": "docs", "licens": "MIT"}]},
        {"chunk": {"by_headings": {"max_word": 3}}},
        {"teachers": {"reeder": "embedded"}},
        {"generate": {"pairs_per_passag": 2}},
        {"generate": {"pairs": -1}},
        {"curate": ["groundd"]},
        {"curate": {"policy": {"default": ["rejects"]}}},
        {"export": [{"chatt": {}}]},
        {"curate": {"length": {}}},
    ],
    ids=str,
)
def test_the_schema_rejects_a_typo(typo: dict[str, Any], schema: Any) -> None:
    good = {"task": "question_answer", "ingest": "docs/"}
    assert schema.is_valid(good)
    assert not schema.is_valid({**good, **typo})


@pytest.mark.parametrize(
    "short",
    [
        {"ingest": ["docs", {"path": "more", "licence": "MIT"}]},
        {"ingest": {"path": "docs", "trust": "own"}},
        {"ingest": {"sources": "docs"}},
        {"curate": "length"},
        {"curate": ["length", {"grounded": {"least_share": 0.7}}]},
        {"export": [{"chat": {}}, "jsonl"]},
        {"generate": {"pairs": None}},
    ],
    ids=str,
)
def test_the_schema_accepts_every_short_form(short: dict[str, Any], schema: Any) -> None:
    whole = {"task": "question_answer", "ingest": "docs/", **short}
    Recipe.model_validate(whole)
    assert schema.is_valid(whole)
