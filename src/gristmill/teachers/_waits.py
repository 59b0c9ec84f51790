"""How long to wait before a request is sent again."""

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Seconds: the first back-off, which doubles each time, and the longest.
_FIRST = 0.5
_LONGEST = 30.0
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def wait(headers: Mapping[str, str], seed: str, misses: int) -> float:
    """Seconds to wait after so many misses: what the server asks for, or exponential back-off.

    Full jitter (drawn by the seed) spreads those that missed together; a tenth of what was asked is added.
    """
    draw = random.Random(f"{seed}:{misses}").random()
    asked = asked_for(headers)
    if asked is not None:
        return asked * (1 + draw / 10)
    return draw * min(_LONGEST, _FIRST * 2.0 ** min(misses, 20))


def asked_for(headers: Mapping[str, str]) -> float | None:
    """The seconds that an answer's headers ask to wait; None when they do not say."""
    if number := _NUMBER.fullmatch(headers.get("retry-after-ms", "")):
        return float(number.group(1)) / 1000
    value = headers.get("retry-after", "")
    if number := _NUMBER.fullmatch(value):
        return float(number.group(1))
    if value:
        return _until(value, headers.get("date", ""))
    spent = [kind for kind in ("requests", "tokens") if headers.get(f"x-ratelimit-remaining-{kind}") == "0"]
    waits = [_duration(headers.get(f"x-ratelimit-reset-{kind}", "")) for kind in spent]
    return max((seconds for seconds in waits if seconds is not None), default=None)


def _until(when: str, date: str) -> float | None:
    """Seconds until an HTTP date, by the server's own clock where it tells it."""
    try:
        then = _aware(parsedate_to_datetime(when))
        now = _aware(parsedate_to_datetime(date)) if date else datetime.now(UTC)
    except ValueError:
        return None
    return max(0.0, (then - now).total_seconds())


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _duration(text: str) -> float | None:
    """`6m0s`, `1.5s`, `20ms` or a bare number as seconds."""
    if number := _NUMBER.fullmatch(text):
        return float(number.group(1))
    pieces = _PIECE.findall(text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in pieces)
