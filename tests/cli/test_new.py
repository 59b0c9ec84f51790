"""`gristmill new` writes a recipe that is in order, and never over another."""

from pathlib import Path

import pytest

from gristmill.validate import examine, load
from told_project import gristmill


def test_the_new_recipe_is_in_order_once_documents_are_there(tmp_path: Path) -> None:
    said = gristmill(tmp_path, "new", "mill")
    assert said.status == 0
    assert "gristmill check mill" in said.out
    _, mistakes = examine(tmp_path / "mill/recipe.yaml")
    looked = f"there is no file or folder docs/ beside the recipe (looked for {tmp_path / 'mill/docs'})"
    assert [mistake.text for mistake in mistakes] == [looked]
    (tmp_path / "mill/docs").mkdir()
    assert load(tmp_path / "mill/recipe.yaml").task.name == "question_answer"


@pytest.mark.parametrize(
    "name", ["my docs", "a: b", "#x", "it's", "[1]", "日本", "-", "*.md", "yes", "1e3", "null", "~"]
)
def test_any_folder_of_documents_comes_through_yaml(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert gristmill(tmp_path, "new", "--documents", name).status == 0
    assert load(tmp_path / "recipe.yaml").ingest.sources[0].path == name


def test_documents_are_named_from_where_the_user_stands(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    assert gristmill(tmp_path, "new", "mill", "--documents", "papers").status == 0
    assert load(tmp_path / "mill/recipe.yaml").ingest.sources[0].path == "../papers"


def test_a_recipe_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("mine", "utf-8")
    said = gristmill(tmp_path, "new")
    assert (said.status, (tmp_path / "recipe.yaml").read_text("utf-8")) == (2, "mine")
    assert "is there already" in said.err


def test_a_file_as_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "faq.md").write_text("x", "utf-8")
    said = gristmill(tmp_path, "new", "faq.md")
    assert said.status == 2
    assert "Name a folder" in said.err


def test_an_unknown_task_is_refused_with_the_nearest(tmp_path: Path) -> None:
    said = gristmill(tmp_path, "new", "--task", "question_anser")
    assert (said.status, list(tmp_path.iterdir())) == (2, [])
    assert 'did you mean "question_answer"?' in said.err
