"""A project of four small documents and two broken files, with recorded replies to all that it asks."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gristmill.contracts import AskingCheck
from gristmill.mill import Mill
from gristmill.recipe import Recipe
from gristmill.records import Prompt
from gristmill.report import Report, gather
from gristmill.run import Ground, prompts, run
from gristmill.store import Store

FAQ = """# Water mill: questions

## How does the water mill grind grain?

The wheel turns the upper stone, and the grain falls between the two stones through a hole in the middle of it.

## How often are the stones of the water mill dressed?

The stones are dressed every 14 days, because worn furrows warm the flour and spoil its taste within the hour.

## Who owns the water mill?

The village of Abbot Bridge owns the water mill since 1931, when the last miller, Ada Thorn, gave it away.
"""
GLOSSARY = """<html><head><title>Glossary of milling</title></head><body><h1>Glossary of milling</h1><dl>
<dt>hopper</dt><dd>A wooden funnel above the stones, from which the grain trickles down through a shaken shoe.</dd>
<dt>bran</dt><dd>The outer skin of the grain, which is sieved away from white flour and stays in brown flour.</dd>
<dt>tailrace</dt><dd>The channel in which the water runs off below the wheel and back into the river.</dd>
</dl></body></html>
"""
NOTES = """In 1931 the village of Abbot Bridge counted 4200 sacks of flour in its mill. The wheel had 48 wooden
buckets, and Ada Thorn renewed 12 of them each winter.

In 1954 a flood took the wheel away. The village of Long Meadow lent 3100 sacks of lime for a new
dam, and the miller Tom Reed laid 96 stones by hand.

In 1987 the county opened a museum in the mill. Visitors paid 25 pence, and 7300 people came in the
first summer to see how Rose Hill ground oats for them.
"""
ESSAY = """The museum of Abbot Bridge shows 16 tools of the millwright. The oldest chisel was forged in 1822 by
the smith John Marsh, and the youngest in 1964. School classes may dress a stone under the eye of a
miller every second Friday.
"""
DOCUMENTS = {"faq.md": FAQ, "glossary.html": GLOSSARY, "notes.txt": NOTES, "essay.txt": ESSAY}
BROKEN = {"empty.txt": "", "scan.pdf": "This is no PDF.", "plan.dwg": "A drawing."}
CHANGED = NOTES.replace("7300 people", "8400 people")
SEATS = ("generator", "reader")


def recipe_of(task: str) -> Recipe:
    """The recipe of the small project for one of the two tasks."""
    return Recipe.model_validate(
        {
            "task": {task: {"unanswerable_share": 0.5}} if task == "extractive_qa" else task,
            "ingest": [{"path": "docs", "licence": "CC0-1.0", "trust": "own"}],
            "chunk": {"by_headings": {"max_words": 45, "min_words": 5}},
            "teachers": {seat: {"recorded": {"path": f"{seat}.jsonl"}} for seat in SEATS},
            "generate": {"pairs_per_passage": 2, "min_words": 12},
            "curate": ["length", "stands_alone", "grounded", "exact_duplicates", "near_duplicates", "round_trip"],
            "freeze": {"splits": {"train": 0.6, "test": 0.4}},
            "export": ["chat", "jsonl"],
        }
    )


class Mother:
    """Where projects are copied from, and the first run of each task."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._went: dict[str, Ground] = {}
        for task in ("question_answer", "extractive_qa"):
            _record(folder / task, recipe_of(task))

    def child(self, folder: Path, task: str = "question_answer", without: Iterable[str] = ()) -> Path:
        """A fresh project of a task in this folder, without some of its documents."""
        shutil.copytree(self.folder / task, folder, ignore=shutil.ignore_patterns(".gristmill", "out", *without))
        return folder

    def went(self, task: str = "question_answer") -> Ground:
        """What the first run of a project makes, in a folder that nobody may change."""
        if task not in self._went:
            self._went[task] = run(recipe_of(task), self.child(self.place(task), task))
        return self._went[task]

    def place(self, task: str = "question_answer") -> Path:
        """The folder of the first run of a task."""
        return self.folder / f"{task} went"

    def grown(self, folder: Path, task: str = "question_answer") -> Path:
        """A project that has been run once, with its store and its training files, in this folder."""
        self.went(task)
        shutil.copytree(self.place(task), folder)
        return folder


def _record(folder: Path, recipe: Recipe) -> None:
    """Write the replies of both seats to the documents as they are and as `CHANGED` makes them."""
    docs = folder / "docs"
    docs.mkdir(parents=True)
    for name, text in {**DOCUMENTS, **BROKEN}.items():
        (docs / name).write_text(text, "utf-8")
    forms = (NOTES, CHANGED)
    asked: dict[str, Prompt] = {}
    for form in forms:
        (docs / "notes.txt").write_text(form, "utf-8")
        asked |= {one.digest: one for _, some in prompts(recipe, folder) for one in some}
    _write(folder / "generator.jsonl", {digest: written(one) for digest, one in asked.items()})
    answers: dict[str, str] = {}
    for form in reversed(forms):
        (docs / "notes.txt").write_text(form, "utf-8")
        answers |= _answers(recipe, folder, run(recipe, folder, until="generate"))
    _write(folder / "reader.jsonl", answers)


def _answers(recipe: Recipe, folder: Path, ground: Ground) -> dict[str, str]:
    """What the reader says about each row: its answer or its refusal, and nonsense about every fourth."""
    store = Store(folder / ".gristmill")
    mill = Mill(recipe=recipe, store=store)
    check = mill.checks["round_trip"]
    assert isinstance(check, AskingCheck)
    openings = [(example, check.prompt(example, mill.task)) for example in ground.examples]
    store.close()
    return {
        opening.digest: "purple umbrellas"
        if int(example.id, 16) % 4 == 0
        else mill.task.text(example, "answer") or "unanswerable"
        for example, opening in openings
        if isinstance(opening, Prompt)
    }


def written(prompt: Prompt) -> str:
    """A pair about the fact, or the answer and text, that a prompt shows."""
    shown = prompt.messages[-1].content
    if "Fact: " in shown:
        fact = shown.split("Fact: ")[1].strip()
        return json.dumps({"question": f"What is told of {' '.join(fact.split()[:5])}?", "answer": fact})
    answer = json.loads(prompt.schema)["properties"]["answer"].get("enum", ["the"])[0]
    told = shown.split("Text: ")[1].split("\nWrite")[0].replace("\n", " ")
    sentence = next(one for one in told.split(". ") if answer in one)
    return json.dumps({"question": f"{sentence.replace(answer, 'how many').strip(' .')}?", "answer": answer})


def _write(path: Path, replies: Mapping[str, str]) -> None:
    lines = [{"prompt_digest": digest, "text": text, "model": "scribe"} for digest, text in sorted(replies.items())]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")


def told(folder: Path, number: int | None = None) -> Report:
    """The report of a run of this project."""
    store = Store(folder / ".gristmill")
    try:
        return gather(store, number)
    finally:
        store.close()


def made(report: Report) -> dict[str, int]:
    """Step -> how many items it made anew."""
    return {f"{step.station} {step.step}": step.made for step in report.spent}


def asked(report: Report) -> dict[str, int]:
    """Step -> how many askings it paid, where it asked anybody."""
    return {f"{step.station} {step.step}": step.facts["asked"] for step in report.spent if "asked" in step.facts}


def touch_all(folder: Path, seconds: float) -> None:
    """Give all documents another time of change."""
    for path in (folder / "docs").iterdir():
        os.utime(path, (seconds, seconds))


def lines_of(path: Path) -> list[Any]:
    """The rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
