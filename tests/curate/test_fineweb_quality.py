"""Each of FineWeb's own limits: met, just missed, just passed."""

from collections.abc import Callable

import pytest
from quality_texts import broken, found, words

from gristmill.curate.fineweb_quality import FinewebQuality


def _ended(many: int) -> str:
    return "\n".join(f"line {number}{'.' if number < many else ','}" for number in range(25))


def _short(many: int, length: int = 30) -> str:
    return "\n\n".join("s" * (length if number < many else 31) for number in range(100))


def _repeated(length: int) -> str:
    """A line of two characters twice, in so many characters that are no line breaks."""
    return f"ab\nab\n{'z' * (length - 4)}"


LIMITS: tuple[tuple[str, Callable[[int], str], int, int], ...] = (
    ("line_ends", _ended, 3, -1),
    ("short_lines", _short, 67, 1),
    ("short_lines", lambda length: _short(68, length), 31, -1),
    ("repeated_lines", _repeated, 200, -1),
    ("line_breaks", lambda many: f"{words(many)}\n\n\n", 10, -1),
)


@pytest.mark.parametrize(("code", "text", "limit", "way"), LIMITS)
def test_a_limit_is_met_up_to_its_very_number(code: str, text: Callable[[int], str], limit: int, way: int) -> None:
    check = FinewebQuality()
    assert code not in broken(check, text(limit))
    assert code not in broken(check, text(limit - way))
    assert code in broken(check, text(limit + way))


@pytest.mark.parametrize("end", [".", "?", "!", "。", "।", "؟", "…", ",", "”"])
def test_sentences_end_in_any_script(end: str) -> None:
    assert ("line_ends" in broken(FinewebQuality(), f"A line{end}")) == (end in "…,”")


def test_the_reason_has_the_numbers() -> None:
    (line,) = found(FinewebQuality(), "Shoes\nShirts\nHats\nSale").values()
    assert line["code"] == "line_ends"
    assert line["reason"].startswith("0.0% of its lines end as sentences do; at least 12% are wanted.")
    assert list(line["evidence"]["broken"]) == ["line_breaks", "line_ends", "short_lines"]
