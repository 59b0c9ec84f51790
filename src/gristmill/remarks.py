"""What is in order in a recipe but worth knowing before a run: kin, keys, prices, leaks."""

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import cast, get_args

from gristmill.answering import Teacher
from gristmill.contracts import AskingCheck, PairCheck
from gristmill.family import lenient
from gristmill.find import build, find
from gristmill.recipe import Recipe
from gristmill.sections import SeatName
from gristmill.validate import load


def remarks(path: Path) -> list[str]:
    """What is in order but worth knowing before a run."""
    recipe = load(path)
    with chdir(path.parent):
        told = list(_of_teachers(recipe))
    if "contaminated" not in {use.name for use in recipe.curate.checks}:
        told.append("no held-out file is named (check `contaminated`): nobody will look for leaks")
    if recipe.generate.pairs is not None and "pairs_per_passage" in recipe.generate.model_fields_set:
        told.append("generate.pairs is set, so generate.pairs_per_passage is not used")
    return told


def _of_teachers(recipe: Recipe) -> Iterator[str]:
    """What a person should know of those who are asked: judges of their own kin, keys not set, prices not said."""
    seats: dict[SeatName, list[Teacher]] = {
        seat: [cast(Teacher, build("teachers", use.name, use.fields)) for use in recipe.seated(seat)]
        for seat in get_args(SeatName)
    }
    asks: dict[SeatName, list[str]] = {"generator": []}
    for use in recipe.curate.checks:
        cls = find("curate", use.name)
        if issubclass(cls, AskingCheck | PairCheck):
            asks.setdefault(cast(SeatName, cls.seat), []).append(use.name)
    writers = [str(one.identity().get("model", "")) for one in seats["generator"]]
    for seat, checks in asks.items():
        for teacher in seats[seat]:
            model = str(teacher.identity().get("model", ""))
            if lacking := teacher.lacks():
                yield f"teachers.{seat}: {lacking}"
            if teacher.destination() and teacher.price() is None:
                yield f"teachers.{seat}: {model} has no price_in and price_out: its cost cannot be told or capped"
            if seat != "generator" and (warning := lenient(", ".join(checks), model, writers)):
                yield warning
