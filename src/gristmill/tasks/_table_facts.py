"""Rows of a passage's tables as facts that name their columns: `River: Loire; Length: 1,006 km`."""

import re
from collections.abc import Sequence
from itertools import groupby

from gristmill.entities import resolved
from gristmill.outline import markdown_lines
from gristmill.records import Passage

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s|:]*-[\s|:-]*$")
_CELL = re.compile(r"<(t[dh])(?:\s[^<>]*)?>(.*?)</\1>")
_TAG = re.compile(r"<[^<>]*>")


def without_tables(passage: Passage) -> tuple[str, list[str]]:
    """The passage's text without its tables, and a fact for each row that has cells under two heads or more.

    The heads are those of the table, or the last heading of a passage that begins inside one.
    """
    apart: list[str] = []
    found: list[str] = []
    for is_table, run in groupby(markdown_lines(passage.text), key=lambda line: line.kind == "table"):
        lines = [passage.text[line.start : line.end] for line in run]
        if not is_table:
            apart += lines
            continue
        goes_on = passage.heading_path and not "".join(apart).strip() and not found
        heads = _cells(passage.heading_path[-1]) if goes_on else []
        if len(lines) > 1 and _RULE.match(lines[1]):
            heads, lines = _cells(lines[0]), lines[2:]
        elif not heads:
            heads = next((_cells(line) for line in lines if "<th" in line), [])
        rows = (_fact(heads, _cells(line)) for line in lines if "<th" not in line)
        found += filter(None, rows)
    return "".join(apart), found


def headed(passage: Passage) -> str:
    """The passage's text, below the table's heads when it begins inside a table."""
    head = passage.heading_path[-1] if passage.heading_path else ""
    return f"{head}\n{passage.text}" if _cells(head) else passage.text


def _cells(line: str) -> list[str]:
    line = line.strip()
    if line.startswith("|") and line.endswith("|"):
        return [cell.strip().replace("\\|", "|") for cell in _BAR.split(line.removeprefix("|").removesuffix("|"))]
    return [resolved(_TAG.sub("", cell)).strip() for _, cell in _CELL.findall(line)]


def _fact(heads: Sequence[str], cells: Sequence[str]) -> str:
    told = [f"{head}: {cell}" for head, cell in zip(heads, cells, strict=False) if head and cell]
    return "; ".join(told) if len(told) > 1 else ""
