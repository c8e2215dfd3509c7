"""Spreads requests evenly over time (GCRA), and slows down when the vendor asks for it."""

from datetime import timedelta
from typing import Protocol

import anyio
import anyio.lowlevel

# Sleeps end a little late; that much may be made up, or fast rates would never be reached.
_SLACK = 0.02
_RECOVERY = 10.0
_SLOWEST = 1 / 32
_LONGEST_PAUSE = timedelta(seconds=60)
# Requests that were under way together are refused together: that is one complaint, not many.
_ONE_COMPLAINT = 1.0


class Pace(Protocol):
    async def take(self) -> None:
        """Wait for the next slot."""

    def slow_down(self, pause: timedelta | None) -> None:
        """The vendor answered 429; `pause` is its Retry-After."""


class Pacer:
    """At most `requests_per_second`, first come first served.

    A 429 halves the rate and stops everything for the vendor's Retry-After (at most a minute);
    every ten quiet seconds double the rate again, up to the nominal one.
    """

    def __init__(self, requests_per_second: float) -> None:
        self._interval = 1 / requests_per_second
        self._share = 1.0
        self._slowed_at = 0.0
        self._next_at = float("-inf")
        self._turn = anyio.Lock()

    async def take(self) -> None:
        # Only who holds the turn waits, so a cancelled caller leaves no hole in the sequence.
        async with self._turn:
            # A loop, because a 429 may move the moment while we sleep.
            while (now := anyio.current_time()) < self._next_at:  # noqa: ASYNC110
                await anyio.sleep(self._next_at - now)
            is_late = now - self._next_at > _SLACK
            turn = now if is_late else self._next_at
            self._next_at = turn + self._interval / self._recover(now)

    def slow_down(self, pause: timedelta | None) -> None:
        now = anyio.current_time()
        if pause is not None:
            self._next_at = max(self._next_at, now + min(pause, _LONGEST_PAUSE).total_seconds())
        if self._share < 1 and now - self._slowed_at < _ONE_COMPLAINT:
            return
        self._share = max(self._recover(now) / 2, _SLOWEST)
        self._slowed_at = now

    def _recover(self, now: float) -> float:
        while self._share < 1 and now - self._slowed_at >= _RECOVERY:
            self._share = min(1.0, self._share * 2)
            self._slowed_at += _RECOVERY
        return self._share


class Unpaced:
    """For the few requests of an interrupt, which cannot wait."""

    async def take(self) -> None:
        await anyio.lowlevel.checkpoint()

    def slow_down(self, pause: timedelta | None) -> None:
        """Nothing to slow: the caller's own deadline ends the hurry."""
