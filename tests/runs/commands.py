"""The command `gristmill` as a process of its own, and what a store says from outside."""

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gristmill.recipe import Recipe, dump

COMMAND = [sys.executable, "-c", "from gristmill.cli import main; main()"]


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """The recipe as the file that the command reads."""
    (folder / "recipe.yaml").write_text(dump(recipe), "utf-8")


def start(*arguments: str | Path, before: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """A command that has begun; `before` is a command to run it under."""
    called = [*before, *COMMAND, *map(str, arguments)]
    return subprocess.Popen(called, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit status and what it said on standard error."""
    _, said = process.communicate(timeout=300)
    return process.returncode, said


def call(*arguments: str | Path, before: Sequence[str] = ()) -> tuple[int, str]:
    """Exit status of a command and what it said on standard error."""
    return finish(start(*arguments, before=before))


def select(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of the project's database, read without the house's own code; none before there is one."""
    path = folder / ".gristmill" / "store.db"
    if not path.exists():
        return []
    opened = sqlite3.connect(path, timeout=30)
    try:
        return opened.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
    finally:
        opened.close()


def newest_digest(folder: Path) -> str:
    """The content digest of the version that the newest run froze."""
    query = (
        "SELECT content_digest FROM versions JOIN runs ON runs.version = versions.name ORDER BY runs.id DESC LIMIT 1"
    )
    return str(select(folder, query)[0][0])
