"""Two runs of one project at once: the second says whom it met, and the first is unharmed."""

import subprocess
import sys
from pathlib import Path

import pytest
from commands import call, finish, newest_digest, select, start, write_recipe
from small_project import Mother, recipe_of

from gristmill.run import run

RECIPE = recipe_of("question_answer")
HOLD = """
import sys
from pathlib import Path
from gristmill.store import Store
store = Store(Path(sys.argv[1]) / ".gristmill")
with store.locked():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(mother: Mother, tmp_path: Path) -> Path:
    child = mother.child(tmp_path / "project")
    write_recipe(child, RECIPE)
    return child


def test_the_second_run_names_the_process_that_it_met(folder: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        status, said = call("run", folder)
        assert status == 2
        assert f"another run (process {holder.pid})" in said
        assert "Traceback" not in said
        assert select(folder, "SELECT * FROM runs") == []
        holder.communicate("")
    assert holder.returncode == 0
    assert run(RECIPE, folder).version is not None


@pytest.mark.ci
def test_of_runs_that_begin_at_once_one_goes_the_whole_way(folder: Path, mother: Mother) -> None:
    undisturbed = mother.went()
    racing = [start("run", folder) for _ in range(3)]
    ended = [(one.pid, *finish(one)) for one in racing]
    winners = [str(pid) for pid, status, _ in ended if status == 0]
    assert winners
    for _, status, said in ended:
        assert status in (0, 2)
        assert "Traceback" not in said
        assert status == 0 or any(f"(process {pid})" in said for pid in winners)
    assert {state for (state,) in select(folder, "SELECT state FROM runs")} == {"done"}
    assert select(folder, "SELECT count(*) FROM versions") == [(1,)]
    assert undisturbed.version and newest_digest(folder) == undisturbed.version.content_digest


@pytest.mark.ci
def test_stores_that_are_opened_at_once_are_whole(tmp_path: Path) -> None:
    opening = (
        "import sys; from pathlib import Path; from gristmill.store import Store; Store(Path(sys.argv[1])).close()"
    )
    for number in range(5):
        command = [sys.executable, "-c", opening, str(tmp_path / str(number))]
        racing = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        assert [one.communicate()[1] for one in racing] == [""] * 4
