"""A small project with hostile texts in it, run once with recorded replies, and its commands in one process."""

import contextlib
import io
import json
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from gristmill import cli
from gristmill.run import prompts, run
from gristmill.validate import load

SCRIPT = '<script>alert(1)</script> ]]> & "quotes"'
HEBREW = "טחנת המים טוחנת קמח"
FAQ = f"""# Water mill

## How does the water mill grind grain?

The wheel turns the upper stone. {SCRIPT} The grain falls between the stones. \x1b[2J

## What does the water mill say in Hebrew?

{HEBREW}, which is to say that the mill of the village grinds flour on every day of the year.

## What is it?

It is the mill of the village, which ground flour for every house in the valley.
"""
NOTES = """In 1931 the village of Abbot Bridge counted 4200 sacks of flour in its mill. The wheel had 48 wooden
buckets, and Ada Thorn renewed 12 of them each winter, when the river was low and the stones stood still.
"""
RECIPE = """\
task: question_answer
ingest: {sources: [{path: docs, licence: MIT, trust: own}]}
harvest: [faq_headings]
teachers:
  generator: {recorded: {path: replies.jsonl}}
generate: {pairs_per_passage: 1, min_words: 30}
curate: [length, stands_alone, exact_duplicates]
"""


@cache
def project(base: Path) -> Path:
    """The project below a session's folder, run once. Whoever changes it takes a copy."""
    folder = base / "told"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs/faq.md").write_text(FAQ, "utf-8")
    (folder / "docs/notes.md").write_text(NOTES, "utf-8")
    (folder / "docs/photo.jpg").write_bytes(b"\xff\xd8")
    (folder / "recipe.yaml").write_text(RECIPE, "utf-8")
    _record(folder, load_recipe(folder, "replies.jsonl", "{}"))
    run(load(folder / "recipe.yaml"), folder)
    return folder


def load_recipe(folder: Path, replies: str, text: str) -> Any:
    """The recipe, for which the file of replies must be there."""
    (folder / replies).write_text(text, "utf-8")
    return load(folder / "recipe.yaml")


def _record(folder: Path, recipe: Any) -> None:
    lines = []
    for _, asked in prompts(recipe, folder):
        for prompt in asked:
            reply = {"answer": "The village counted 4200 sacks of flour.", "question": "How many sacks were counted?"}
            lines.append({"prompt_digest": prompt.digest, "text": json.dumps(reply), "model": "small"})
    (folder / "replies.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    shutil.rmtree(folder / ".gristmill")


def copy(folder: Path, to: Path) -> Path:
    """A copy of the project to change."""
    return Path(shutil.copytree(folder, to / "copy"))


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def gristmill(cwd: Path, *words: str | Path) -> Said:
    """Run a command as the shell does, in this process. A traceback passes through: no command may raise."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        mock.patch.object(sys, "argv", ["gristmill", *map(str, words)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
    return Said(status, out.getvalue(), err.getvalue())
