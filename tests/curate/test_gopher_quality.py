"""Each of Gopher's quality limits: met, just missed, just passed."""

from collections.abc import Callable

import pytest
from quality_texts import broken, found, words

from gristmill.curate.gopher_quality import GopherQuality

STOPS = "the and "


def _mean(characters: int) -> str:
    """A hundred words of so many characters in all."""
    common = 3 if characters < 500 else 10
    return STOPS + " ".join(["m" * common] * 97 + ["m" * (characters - 6 - 97 * common)])


def _mixed(sign: str, signs: int, count: int) -> str:
    return f"{words(count - signs)} {' '.join([sign] * signs)}"


def _lines(first: str, last: str, marked: int) -> str:
    return "\n".join(f"{first} {words(9)}{last}" if line < marked else words(9) for line in range(10))


# Rule, a text by a number, the number that just meets the limit, and which way it is broken.
LIMITS: tuple[tuple[str, Callable[[int], str], int, int], ...] = (
    ("few_words", lambda many: f"{words(many)} , . ; :", 50, -1),
    ("many_words", lambda many: "the " * many + ", . ; :", 100_000, 1),
    ("short_words", _mean, 300, -1),
    ("long_words", _mean, 1000, 1),
    ("hashes", lambda many: _mixed("#", many, 100), 10, 1),
    ("ellipses", lambda many: _mixed("…", many, 100), 10, 1),
    ("ellipses", lambda many: _mixed("...", many, 100), 10, 1),
    ("bullets", lambda many: _lines("  •", "", many), 9, 1),
    ("bullets", lambda many: _lines("-", "", many), 9, 1),
    ("ellipsis_lines", lambda many: _lines("", "...  ", many), 3, 1),
    ("ellipsis_lines", lambda many: _lines("", "…", many), 3, 1),
    ("few_letters", lambda many: _mixed("12", 100 - many, 100), 80, -1),
    ("few_stop_words", lambda many: " ".join(("The", "OF", "that", "have", "with")[: many + 2]), 2, -1),
)


@pytest.mark.parametrize(("code", "text", "limit", "way"), LIMITS)
def test_a_limit_is_met_up_to_its_very_number(code: str, text: Callable[[int], str], limit: int, way: int) -> None:
    check = GopherQuality()
    assert code not in broken(check, text(limit))
    assert code not in broken(check, text(limit - way))
    assert code in broken(check, text(limit + way))


def test_the_first_rule_is_the_code_and_all_are_evidence() -> None:
    lines = found(GopherQuality(), "Home | News | Contact", f"the and {words(50)}")
    assert list(lines) == [0]
    line = lines[0]
    assert (line["outcome"], line["code"], line["score"]) == ("reject", "few_words", 3)
    assert line["reason"] == "It has 3 words; at least 50 are wanted. It also breaks: few_letters, few_stop_words."
    assert line["evidence"]["broken"]["few_words"] == {"value": 3, "limit": 50}


def test_stop_words_may_be_of_another_language() -> None:
    text = f"der und {words(50)}"
    assert "few_stop_words" in broken(GopherQuality(), text)
    assert not broken(GopherQuality(stop_words=("der", "die", "und")), text)
