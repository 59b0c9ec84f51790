"""The packaged model behind a server of its own, asked over HTTP by the shipped recipe: the whole way, once."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import select
from small_project import asked, told

from gristmill.run import run
from gristmill.validate import load
from told_project import gristmill

pytestmark = pytest.mark.ci
EXAMPLE = Path(__file__).parents[2] / "examples" / "first_flour"
PAIRS = 10


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The base URL of `serve.py`, which ends with the pipe at its standard input."""
    command = [sys.executable, str(EXAMPLE / "serve.py"), "--port", "0"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdin
    yield process.stdout.readline().strip()
    process.stdin.close()
    assert process.wait(timeout=30) == 0


@pytest.fixture(scope="module")
def recipe(served: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped recipe, but for the port and how many pairs it asks for."""
    folder = tmp_path_factory.mktemp("flour")
    shutil.copytree(EXAMPLE / "docs", folder / "docs")
    shutil.copy(EXAMPLE / "held_out.jsonl", folder)
    text = (EXAMPLE / "over_http.yaml").read_text("utf-8")
    assert text.count("http://127.0.0.1:8077/v1") == 2
    text = text.replace("http://127.0.0.1:8077/v1", served).replace("pairs: 120", "pairs_per_passage: 2")
    (folder / "recipe.yaml").write_text(text, "utf-8")
    return folder / "recipe.yaml"


def test_the_server_is_this_machine_on_a_free_port(served: str) -> None:
    assert served.startswith("http://127.0.0.1:")
    assert served.endswith("/v1")


def test_the_recipe_is_that_of_the_demo_but_for_its_teachers() -> None:
    demo, over_http = load(EXAMPLE / "recipe.yaml").plain(), load(EXAMPLE / "over_http.yaml").plain()
    assert {key for key in demo if demo[key] != over_http[key]} == {"teachers"}


def test_the_demo_runs_over_http_and_a_second_run_asks_nothing(recipe: Path) -> None:
    said = gristmill(recipe.parent, "run", "--limit", "5")
    assert said.status == 0, said
    replies = select(recipe.parent, "SELECT text, tokens_in, tokens_out FROM replies WHERE seat = 'generator'")
    assert len(replies) >= PAIRS
    assert all(text and read > 100 and written > 1 for text, read, written in replies)
    ground = run(load(recipe), recipe.parent, limit=5)
    made = [one for one in ground.examples if one.origin.kind == "synthetic"]
    assert made
    assert all("SmolLM2-135M-Instruct" in one.origin.model for one in made)
    assert all('"endpoint"' in one.origin.settings for one in made)
    assert set(asked(told(recipe.parent)).values()) <= {0}
    assert select(recipe.parent, "SELECT count(*) FROM replies WHERE seat = 'generator'") == [(len(replies),)]
