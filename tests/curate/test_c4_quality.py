"""C4's rules line by line: what a line needs to stay, and what stops at once."""

import pytest
from quality_texts import broken, found

from gristmill.contracts import TextCheck
from gristmill.curate.c4_quality import C4Quality

FOUR = "One is here. Two is here. Three is here. Four is here."
FIFTH = "Here is five."


def sentences(line: str, **fields: object) -> float:
    """How many sentences of this line stay."""
    check: TextCheck = C4Quality(min_sentences=100, **fields)  # type: ignore[arg-type]
    return broken(check, line)["few_sentences"]["value"]


@pytest.mark.parametrize(("text", "kept"), [(FOUR, False), (f"{FOUR} {FIFTH}", True), (f"{FOUR}\n{FIFTH} Six.", True)])
def test_five_sentences_are_enough(text: str, kept: bool) -> None:
    assert (not broken(C4Quality(), text)) == kept


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("Only two.", False),
        ("Here are three.", True),
        ("Here are four words.", True),
        (f"A word is {'w' * 999}.", True),
        (f"A word is {'w' * 998}.", True),
        (f"A word is {'w' * 1000}.", False),
        ("It does not end", False),
        ("It does not end...", False),
        ("It does not end…", False),
        ("It ends with two..", True),
        ("Does it end?", True),
        ("It ends so!", True),
        ('He said "so it ends"', True),
        ("He said 'so it ends'", True),
        ("He said “so it ends”", False),
        ("It ends so [1]", False),
        ("It ends so.[1]", True),
        ("It ends so.[citation needed][edit][]", True),
        ("It ends so.[note]", False),
        ("Please enable JavaScript now.", False),
        ("See our Terms of Use here.", False),
        ("It uses\u00a0cookies for you.", True),
        ("It uses cookies for you.", False),
        ("Read the PRIVACY policy here.", False),
    ],
)
def test_what_a_line_needs_to_stay(line: str, stays: bool) -> None:
    assert bool(sentences(line)) == stays


def test_ends_of_lines_need_no_sign_when_they_are_not_asked_for() -> None:
    assert sentences("It does not end", line_ends=False) == 1
    assert sentences("It does not end") == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("It says Lorem Ipsum here.", "lorem_ipsum"),
        ("It says Lorem Ipsum {here}.", "lorem_ipsum"),
        ("A { is here.\nIt says lorem ipsum here.", "curly_bracket"),
        ("JavaScript has a { here.\nAnd nothing more.", "few_sentences"),
        ("{ lorem ipsum }", "few_sentences"),
    ],
)
def test_the_earliest_line_that_stops_is_the_code(text: str, code: str) -> None:
    assert found(C4Quality(), text)[0]["code"] == code


def test_the_evidence_has_the_lines_that_would_be_lost() -> None:
    (line,) = found(C4Quality(), f"Home\nLog in\n{FOUR}\nA {{ is here.").values()
    assert line["reason"] == 'Line 4 has a "{", as code has. It also breaks: few_sentences.'
    assert line["evidence"]["lines"] == 4
    assert line["evidence"]["lines_left"] == 1
    assert line["evidence"]["broken"]["few_sentences"] == {"value": 4, "limit": 5}
