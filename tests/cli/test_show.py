"""`gristmill show` prints a run in a terminal, as JSON, or as a page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from told_project import HEBREW, SCRIPT, gristmill


def test_it_shows_funnel_time_and_samples(told: Path) -> None:
    out = gristmill(told, "show").out
    for words in ("curate policy", "generate question_answer", "2 new, 0 kept", "because Its question", HEBREW, SCRIPT):
        assert words in out
    assert "small (recorded) was asked 2 times, 0 failed" in out


def test_no_document_steers_the_terminal(told: Path) -> None:
    assert "\x1b" in (told / "docs/faq.md").read_text("utf-8")
    assert "\x1b" not in gristmill(told, "show").out


def test_long_answers_end_in_their_length(mine: Path) -> None:
    answer = "The stones of the mill are dressed every 14 days. " * 12
    (mine / "docs/faq.md").write_text(f"## How often are the stones dressed?\n\n{answer}", "utf-8")
    assert gristmill(mine, "run").status == 3
    lines = gristmill(mine, "show", "--samples", "9").out.splitlines()
    long = next(line for line in lines if line.endswith("characters)"))
    assert len(long) < 420


@pytest.mark.parametrize("samples", [0, 1])
def test_samples_are_counted(told: Path, samples: int) -> None:
    out = gristmill(told, "show", "--samples", str(samples)).out
    assert out.count("\n  Q: ") == samples * 2


def test_an_earlier_run_is_shown(mine: Path) -> None:
    gristmill(mine, "run")
    assert gristmill(mine, "show").out.startswith("run 2: done")
    assert gristmill(mine, "show", "--run", "1").out.startswith("run 1: done")
    said = gristmill(mine, "show", "--run", "99")
    assert said.status == 2
    assert "there are runs 1 to 2" in said.err


def test_the_page_is_written_where_the_user_stands(told: Path, tmp_path: Path) -> None:
    said = gristmill(tmp_path, "show", "--project", told, "--html", "page.html")
    assert said.status == 0
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_is_a_sentence(told: Path, tmp_path: Path) -> None:
    said = gristmill(told, "show", "--html", tmp_path / "no/page.html")
    assert said.status == 2
    assert "cannot be written: No such file or directory. Name a file in a folder that is there." in said.err


@pytest.mark.parametrize("place", [".", "nope", "recipe.yaml"])
def test_where_nothing_was_run_nothing_is_made(tmp_path: Path, place: str) -> None:
    (tmp_path / "recipe.yaml").write_text("task: question_answer\n", "utf-8")
    said = gristmill(tmp_path, "show", "--project", place)
    assert said.status == 2
    assert "nothing was run in" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.yaml"]


def test_the_recipe_names_the_project_too(told: Path) -> None:
    assert gristmill(told.parent, "show", "--project", told / "recipe.yaml").status == 0


def test_a_pipe_gets_plain_text_even_when_it_closes_early(told: Path) -> None:
    command = f"{sys.executable} -c 'from gristmill.cli import main; main()' show | head -c 2000 | od -An -c"
    plain = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "CLICOLOR_FORCE")}
    done = subprocess.run(command, shell=True, cwd=told, capture_output=True, text=True, env=plain, check=True)
    assert "033" not in done.stdout.replace(" ", "")
    assert "Traceback" not in done.stderr
