"""How long to wait: what the server asks for, else back-off that is drawn by a seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.teachers._waits import asked_for, wait

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sun, 06 Nov 1994 08:50:07 GMT", "date": DATE}, 30),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:07 GMT", "date": DATE}, 0),
        ({"retry-after": "Sun, 06 Nov 1994 08:50:07 -0000", "date": DATE}, 30),
        ({"retry-after": "Sun, 06 Nov 1994 08:50:07 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": ""}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s"}, 1),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "3"}, 3),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "a while"}, None),
        ({"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "6m0s"}, None),
    ],
)
def test_what_a_server_asks_for(headers, seconds):
    assert asked_for(headers) == (None if seconds is None else pytest.approx(seconds))


@given(st.text(max_size=20))
def test_any_header_is_read_or_passed_over(value):
    for headers in ({"retry-after": value}, {"retry-after": "1 Jan", "date": value}, {"retry-after-ms": value}):
        seconds = asked_for(headers)
        assert seconds is None or seconds >= 0


@given(st.text(max_size=8), st.integers(1, 200))
def test_back_off_doubles_up_to_half_a_minute_and_is_the_same_each_time(seed, misses):
    seconds = wait({}, seed, misses)
    assert 0 <= seconds <= min(30, 0.5 * 2**misses)
    assert wait({}, seed, misses) == seconds


def test_back_off_spreads():
    waits = {wait({}, str(seed), 6) for seed in range(100)}
    assert len(waits) == 100
    assert min(waits) < 5
    assert max(waits) > 25


def test_what_is_asked_for_is_never_undercut():
    waits = [wait({"retry-after": "2"}, str(seed), 1) for seed in range(50)]
    assert min(waits) >= 2
    assert max(waits) <= 2.2
