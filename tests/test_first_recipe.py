"""The recipe that a project begins with has every section, with the defaults."""

import pytest

from gristmill.errors import UserError
from gristmill.find import find, names
from gristmill.first_recipe import commented_recipe
from gristmill.recipe import Recipe
from gristmill.sections import DEFAULT_CHECKS
from gristmill.yaml_text import parse_yaml


@pytest.mark.parametrize("task", names("tasks"))
def test_the_commented_recipe_has_every_section_and_the_defaults(task: str) -> None:
    data = parse_yaml(commented_recipe("docs/", task), "recipe")
    assert set(data) == set(Recipe.model_fields)
    recipe = Recipe.model_validate(data)
    assert tuple(use.name for use in recipe.curate.checks) == (find("tasks", task).checks or DEFAULT_CHECKS)
    assert recipe.freeze == Recipe(task="x", ingest="y").freeze


def test_a_recipe_for_an_unknown_task_is_refused() -> None:
    with pytest.raises(UserError, match="question_answer"):
        commented_recipe("docs/", "question_answr")
