"""Two kinds of error: yours to mend (a sentence, no traceback) and ours (a traceback)."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


class UserError(Exception):
    """Something the user can mend: what happened, to what, with which numbers, and what to do.

    When it ends an asking, `tries` and `wasted` tokens (in, out) are what the prompt had taken before.
    """

    status = 2
    tries: int = 1
    wasted: tuple[int, int] = (0, 0)


class NothingMade(UserError):
    """A run came to its end without a row: what became of each thing is in the ledger."""


class GateError(UserError):
    """A gate that the recipe states was not met; the command ends with status 3."""

    status = 3


class Stopped(UserError):
    """The user ended the work; the command ends with status 130."""

    status = 130


class Unreadable(Exception):
    """A file that cannot become a document: `state` in one word, `reason` with what to do."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


class TeacherFailed(Exception):
    """One prompt that a teacher could not answer: `state` in one word, `reason` in a sentence.

    It took `tries` requests; `wasted` tokens (in, out) were billed for answers of no use.
    """

    def __init__(self, state: str, reason: str, tries: int = 1, wasted: tuple[int, int] = (0, 0)) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason
        self.tries = tries
        self.wasted = wasted


def nearest(name: str, names: Iterable[str]) -> str:
    """ "Did you mean …?" with the nearest valid name, or the list of names when none is near."""
    # Keys of YAML and SQLite may be numbers, or nothing.
    choices = sorted(map(str, names))
    if not choices:
        return "there is none to choose from"
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    return f'did you mean "{close[0]}"?' if close else f"choose from: {', '.join(choices)}"


def remedy(problem: Mapping[str, Any], shown: bool) -> str:
    """What pydantic found wrong with a value, in words of recipes; the value is repeated only if it may be shown."""
    if problem["type"] in ("tuple_type", "list_type", "set_type", "frozen_set_type"):
        plain = shown and isinstance(problem["input"], str | int | float)
        return f"write a list: [{problem['input'] if plain else 'one, another'}]"
    if problem["type"] in ("dict_type", "mapping_type"):
        return "write fields and values: {field: value}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{message[0].lower()}{message[1:]}"
