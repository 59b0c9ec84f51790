"""Lines around the text of a page go, each with its code; lines of the text stay."""

import pytest

from gristmill.clean.boilerplate import Boilerplate
from gristmill.mending import mended

BODY = "The mill grinds oats.\nIt was built in 1822.\nIt has two wheels.\nThe miller lives next door.\nVisit it.\n"


def codes(text: str) -> list[tuple[str, str]]:
    (repairs,) = Boilerplate().repairs([text])
    return [(one.code, text[one.start : one.end].strip()) for one in repairs]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("We use cookies to improve your experience. By continuing you accept them.", "cookie_notice"),
        ("Diese Seite verwendet Cookies. Mehr erfahren", "cookie_notice"),
        ("Accept all cookies", "cookie_notice"),
        ("Skip to main content", "navigation"),
        ("Home > Guides > Mills", "navigation"),
        ("« Previous | Next »", "navigation"),
        ("Share on Facebook", "share_buttons"),
        ("Facebook Twitter LinkedIn Email", "share_buttons"),
        ("Follow us on Twitter", "share_buttons"),
        ("Page 3 of 9", "page_number"),
        ("- 12 -", "page_number"),
        ("第3页", "page_number"),
    ],
)
def test_a_notice_goes_whole_with_its_code(line: str, code: str) -> None:
    assert codes(f"{BODY}{line}\n{BODY}") == [(code, line)]
    (repairs,) = Boilerplate().repairs([f"{BODY}{line}\n{BODY}"])
    assert mended(f"{BODY}{line}\n{BODY}", repairs) == BODY + BODY


@pytest.mark.parametrize(
    "line",
    [
        "Cookies are baked in an oven for ten minutes.",
        "Websites use cookies.",
        "Home is where the mill is.",
        "Twitter",
        "She lived on page 3 of his diary.",
        "Copyright protects the text of a book.",
        "© 2020 Mill Ltd.",
        "Previous owners moved it next to the river.",
        "12",
    ],
)
def test_a_line_of_the_text_stays(line: str) -> None:
    assert codes(f"{BODY}{line}\n{BODY}") == []


def test_a_copyright_line_goes_at_the_end_only() -> None:
    line = "© 2020 Mill Ltd. All rights reserved."
    assert codes(f"{line}\n{BODY}") == []
    assert codes(f"{BODY}{line}\n") == [("copyright", line)]


def test_heads_of_pages_go() -> None:
    numbered = "".join(f"{BODY}Mill News | {page}\n" for page in range(4, 8))
    assert codes(numbered) == [("page_head", f"Mill News | {page}") for page in range(4, 8)]
    page = "\n".join(f"Line {{0}} {number} of the text." for number in range(24))
    equal = "".join(f"The Mill Book\n{page.format(number)}\n" for number in range(6))
    assert codes(equal) == [("page_head", "The Mill Book")] * 5


def test_a_chorus_and_a_table_stay() -> None:
    song = "".join(f"Verse {number} is here\nand goes on\nRow, row, row your boat\n" for number in range(9))
    table = "yes\nno\nyes\nyes\nno\n" * 9
    assert codes(song) == codes(table) == []


def test_a_short_text_and_code_stay() -> None:
    assert codes("Share on Facebook\nPage 3 of 9") == []
    assert codes(f"{BODY}```\nPage 3 of 9\n```\n") == []


def pages(gaps: list[int], head: str = "The Mill Book") -> str:
    """A head, and again after so many lines each time, all others different."""
    lines = [head]
    for number, gap in enumerate(gaps):
        lines += [f"Line {number} {line} of the text." for line in range(gap - 1)] + [head]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("gaps", "heads"),
    [
        ([20] * 3, 0),
        ([20] * 4, 4),
        ([20] * 5, 5),
        ([19, *[20] * 4], 0),
        ([20, 20, 20, 25], 4),
        ([20, 20, 20, 26], 0),
    ],
)
def test_equal_heads_stand_five_times_twenty_lines_apart_and_evenly(gaps: list[int], heads: int) -> None:
    assert len(codes(pages(gaps))) == heads


@pytest.mark.parametrize(("length", "heads"), [(79, 4), (80, 4), (81, 0)])
def test_a_head_has_eighty_characters_at_most(length: int, heads: int) -> None:
    assert len(codes(pages([20] * 4, "m" * length))) == heads


@pytest.mark.parametrize(
    ("numbers", "heads"),
    [([4, 5], 0), ([4, 5, 6], 3), ([4, 6, 8], 3), ([4, 5, 8], 0), ([4, 5, 5], 0), ([4, 5, 4], 0)],
)
def test_numbered_heads_stand_three_times_and_grow_by_one_or_two(numbers: list[int], heads: int) -> None:
    assert len(codes("".join(f"{BODY}Mill News | {number}\n" for number in numbers))) == heads


@pytest.mark.parametrize(("lines", "found"), [(2, 0), (3, 1), (4, 1)])
def test_a_text_of_three_lines_is_looked_at(lines: int, found: int) -> None:
    assert len(codes("The mill grinds.\n" * (lines - 1) + "Page 3 of 9")) == found


@pytest.mark.parametrize(("after", "found"), [(2, 1), (3, 1), (4, 0)])
def test_a_copyright_line_is_one_of_the_last_four(after: int, found: int) -> None:
    line = "© 2020 Mill Ltd. All rights reserved."
    assert len(codes(f"{BODY}{line}\n" + "The mill grinds.\n" * after)) == found


@pytest.mark.parametrize(("length", "found"), [(319, 1), (320, 1), (321, 0)])
def test_a_notice_has_320_characters_at_most(length: int, found: int) -> None:
    line = "We use cookies to improve your experience".ljust(length - 1, "e") + "."
    assert len(codes(f"{BODY}{line}\n{BODY}")) == found


@pytest.mark.parametrize(("number", "found"), [("999", 1), ("9999", 1), ("99999", 0)])
def test_a_page_number_has_four_digits_at_most(number: str, found: int) -> None:
    assert len(codes(f"{BODY}Page {number}\n{BODY}")) == found


@pytest.mark.parametrize(("crumbs", "found"), [(0, 0), (1, 1), (7, 1), (8, 0)])
def test_a_breadcrumb_has_one_to_seven_steps(crumbs: int, found: int) -> None:
    assert len(codes(f"{BODY}Home{' > Mills' * crumbs}\n{BODY}")) == found
