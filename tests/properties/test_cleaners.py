"""Every cleaner names real changes, in order, once: what it has mended it leaves alone."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from promises import mends_once, mends_the_same_in_any_order
from rows import FRAGMENTS, TOLD
from samples import part

from gristmill.find import names

DAMAGED = (
    "cafÃ© ",
    "â€œquotedâ€\x9d ",
    "Ã\x83Â© ",
    "l\x92un ",
    "e\u0301 ",
    "\r\n",
    "\r",
    "\u2028",
    "\x00",
    "\x1b[31mred\x1b[0m ",
    "in\u200bvisible ",
    "می\u200cخواهم ",
    "\U000e0068\U000e0069",
    "abc\u202edef\u202c ",
    "co\u00adop\u00ad\nerate ",
    "\ufeff",
    "👩\u200d👩\u200d👧 ",
    "<br /><br />",
    "<b>bold</b> ",
    "&nbsp;",
    "&amp;lt; ",
    "&lt;br&gt;",
    "<<br>br>",
    "<!--<!-- a -->b-->",
    "```\n<p>kept &amp; shown\n```\n",
    "a < b and c > d\n",
    "Page 3 of 9\n",
    "Share on Facebook\n",
    "Home > Guides > Mills\n",
    "We use cookies to improve your experience.\n",
    "© 2020 Example Ltd. All rights reserved.\n",
    "Mill News | 1\n",
    "Write to ada.thorn@example.org or call +44 20 7946 0958.\n",
    "New York",
    "new york.",
    "one two three four five six seven eight nine ten ",
)
pieces = st.sampled_from([*DAMAGED, *FRAGMENTS, *(context for context, _, _ in TOLD)])
texts = st.lists(st.one_of(pieces, pieces, st.text(max_size=8)), max_size=12).map("".join)


@pytest.mark.parametrize("name", names("clean"))
def test_what_it_has_mended_it_leaves_alone(name: str, folder: Path) -> None:
    cleaner = part("clean", name, folder)

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @example([])
    @example(["", " \n"])
    @given(st.lists(texts, max_size=5))
    def holds(some: list[str]) -> None:
        mends_once(cleaner, some)

    holds()


@pytest.mark.parametrize("name", names("clean"))
def test_the_order_of_texts_changes_nothing(name: str, folder: Path) -> None:
    cleaner = part("clean", name, folder)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(texts | st.just(DAMAGED[-1] * 8), max_size=6), st.randoms(use_true_random=False))
    def holds(some: list[str], draw: random.Random) -> None:
        mends_the_same_in_any_order(cleaner, some, draw.sample(range(len(some)), len(some)))

    holds()


@pytest.mark.parametrize("name", [name for name in names("clean") if name != "messy_values"])
def test_it_finds_something_in_damaged_text(name: str, folder: Path) -> None:
    cleaner = part("clean", name, folder)
    some = ["".join(DAMAGED) + DAMAGED[-1] * 20, "".join(reversed(DAMAGED)) + "New York" + DAMAGED[-1] * 20]
    assert any(cleaner.repairs(some))
