"""The event stream of YAML text, read in bounds: nothing is built of it, and no alias is followed."""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from gristmill.audit._windows import whole_text
from gristmill.contracts import Bytes
from gristmill.lazy import lazy

yaml = lazy("ruamel.yaml")

SUFFIXES = (".yaml", ".yml")
CARDS = (".md", ".markdown")
_FRONT = re.compile(r"---[ \t]*\r?\n(.*?)(?:^(?:---|\.\.\.)[ \t]*\r?$|\Z)", re.DOTALL | re.MULTILINE)


def yaml_of(data: Bytes, name: str, most: int) -> str | None:
    """The YAML in a file: the whole of a YAML file, the front matter of a Markdown card; None for too much of it."""
    suffix = PurePath(name.lower()).suffix
    if suffix in SUFFIXES:
        return whole_text(data, most)
    if suffix in CARDS and data[:6].lstrip(b"\xef\xbb\xbf").startswith(b"---"):
        front = _FRONT.match((whole_text(data[: most + 1], most + 1) or "")[:most])
        return front.group(1) if front else ""
    return ""


def events(text: str) -> Iterator[Any]:
    """Events of the text, as far as it can be read. Raises YamlBroken where it is no YAML."""
    try:
        yield from yaml.YAML(typ="safe", pure=True).parse(text)
    except (yaml.error.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", "") or error).splitlines()[:1]
        raise YamlBroken(problem[0] if problem else type(error).__name__, mark.index if mark else None) from None


class YamlBroken(Exception):
    """Text that is no YAML: the parser's `problem`, and the character `place` where known."""

    def __init__(self, problem: str, place: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.place = place
