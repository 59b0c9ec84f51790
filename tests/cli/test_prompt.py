"""`gristmill prompt` prints what would be asked, and asks nobody."""

from pathlib import Path

from told_project import RECIPE, gristmill


def test_the_prompt_is_printed_word_for_word(told: Path) -> None:
    out = gristmill(told, "prompt", "-n", "2").out
    assert out.startswith("passage 2 of 2, docs/notes.md [0:")
    assert "4200 sacks of flour" in out
    asked = gristmill(told, "prompt", "-n", "2", "--json").json
    assert asked["prompts"][0][-1]["content"] in out


def test_a_passage_that_is_not_there_is_refused(told: Path) -> None:
    said = gristmill(told, "prompt", "-n", "3")
    assert said.status == 2
    assert "choose from 1 to 2" in said.err


def test_when_nobody_is_asked_it_says_why(mine: Path) -> None:
    (mine / "recipe.yaml").write_text(RECIPE.replace("pairs_per_passage: 1", "pairs: 0"), "utf-8")
    said = gristmill(mine, "prompt")
    assert said.status == 2
    assert "nobody would be asked" in said.err
