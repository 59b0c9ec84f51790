"""How much at once, and how much a minute: limits that several askings share."""

import asyncio
from collections import deque

# A limit falls to this share of itself at most, and grows by this share of its ceiling a round trip.
_FALL = 0.75
_GROWTH = 1 / 16
# Before any answer has come, a round trip is taken to last so many seconds.
_FIRST_TRIP = 1.0
# So many seconds' worth of requests may go out at one moment.
_BURST = 1.0


class Limit:
    """Places for requests under way: fewer when the server is strained, more again when it is not.

    Additive increase, multiplicative decrease: a strained answer takes from the limit the share of strained
    answers since the last fall, at most a quarter, and at most once a round trip, so that a rare fault costs
    little and a wave of refusals counts once. Times are seconds of one monotonic clock.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.allowed = float(most)
        self.busy = 0
        self._trip = _FIRST_TRIP
        self._fell = float("-inf")
        self._answers = self._strains = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a place; first come, first served."""
        if self.busy < int(self.allowed) and not self._queue:
            self.busy += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Free a place."""
        self.busy -= 1
        self._admit()

    def eased(self, seconds: float) -> None:
        """An answer came, after so many seconds."""
        self._answers += 1
        self._trip += (seconds - self._trip) / 8
        self.allowed = min(self.most, self.allowed + max(1.0, self.most * _GROWTH) / self.allowed)
        self._admit()

    def strained(self, sent: float, now: float) -> None:
        """The server could not bear a request that was sent at `sent`."""
        self._answers += 1
        self._strains += 1
        if sent >= self._fell + self._trip:
            self.allowed = max(1.0, self.allowed * max(_FALL, 1 - self._strains / self._answers))
            self._fell = now
            self._answers = self._strains = 0

    def _admit(self) -> None:
        while self._queue and self.busy < int(self.allowed):
            turn = self._queue.popleft()
            if not turn.done():
                self.busy += 1
                turn.set_result(None)


class Pace:
    """So many a minute, spread evenly; the generic cell rate algorithm (ITU-T I.371)."""

    def __init__(self, per_minute: int) -> None:
        self._each = 60 / per_minute
        self._free = float("-inf")

    def reserve(self, amount: float, now: float) -> float:
        """Seconds to wait until `amount` may go out."""
        start = max(self._free, now - _BURST)
        self._free = start + amount * self._each
        return max(0.0, start - now)

    def correct(self, amount: float) -> None:
        """It was so much more than reserved, or less."""
        self._free += amount * self._each
