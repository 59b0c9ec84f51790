"""Each of Gopher's limits of repetition: met, just missed, just passed."""

from collections.abc import Callable

import pytest
from quality_texts import broken, found, padded

from gristmill.curate.gopher_repetition import GopherRepetition

# Runs of words whose characters are just the share that is allowed of a text of a hundred.
RUNS = {
    5: "qaq waw rar tat zaz",
    6: "qa wa ra ta zaz pap",
    7: "qa wa ra ta za pa v",
    8: "qa wa ra ta q w r t",
    9: "qa wa r t q w v z p",
    10: "a b f g h j k q w z",
}


def _again(parts: str, marked: int) -> str:
    """Ten pieces, so many of which repeat an earlier one."""
    return parts.join(["one and the same"] * (marked + 1) + [f"piece {number}" for number in range(9 - marked)])


def _characters(parts: str, length: int) -> str:
    """Two pieces of twenty characters alike, in a text of this length."""
    alike = "q" * 20
    return parts.join([alike, alike, "z" * (length - 40 - 2 * len(parts))])


def _top(run: str, times: int, length: int) -> str:
    return padded(" ".join(f"{run} x{number}" for number in range(times)), length)


LIMITS: tuple[tuple[str, Callable[[int], str], int, int], ...] = (
    ("paragraphs", lambda many: _again("\n\n", many), 3, 1),
    ("paragraph_characters", lambda length: _characters("\n\n\n", length), 100, -1),
    ("lines", lambda many: _again("\n", many), 3, 1),
    ("line_characters", lambda length: _characters("\n", length), 100, -1),
    ("top_2_words", lambda length: _top("aa bb", 4, length), 100, -1),
    ("top_3_words", lambda length: _top("a b kk", 3, length), 100, -1),
    ("top_4_words", lambda length: _top("a b k q", 2, length), 88, -1),
    *(
        (f"repeated_{many}_words", lambda length, run=run: padded(f"{run} x1 x2 {run} x3", length), 100, -1)
        for many, run in RUNS.items()
    ),
)


@pytest.mark.parametrize(("code", "text", "limit", "way"), LIMITS)
def test_a_limit_is_met_up_to_its_very_number(code: str, text: Callable[[int], str], limit: int, way: int) -> None:
    check = GopherRepetition()
    assert code not in broken(check, text(limit))
    assert code not in broken(check, text(limit - way))
    assert code in broken(check, text(limit + way))


def test_the_first_rule_is_the_code_and_all_are_evidence() -> None:
    (line,) = found(GopherRepetition(), "Call us now!\n" * 4).values()
    assert (line["outcome"], line["code"]) == ("reject", "lines")
    assert line["reason"].startswith("60.0% of its lines repeat an earlier one; at most 30% are allowed.")
    assert line["evidence"]["broken"]["line_characters"] == {"value": 36 / 52, "limit": 0.2}


def test_a_text_without_a_character_is_empty() -> None:
    lines = found(GopherRepetition(), "", " ")
    assert {row: line["code"] for row, line in lines.items()} == {0: "empty"}
