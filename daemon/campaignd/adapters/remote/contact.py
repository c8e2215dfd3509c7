"""Keeping at it while a service is away: told once, waited longer each time, given up at last."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import anyio

from campaignd.adapters.http.patience import back_off
from campaignd.adapters.remote.faults import NotTheService, ServiceAway
from campaignd.engine.progress import Observer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a service may stay away: before its first answer ever, and after that."""

    first: timedelta = timedelta(minutes=2)
    later: timedelta = timedelta(minutes=15)
    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(seconds=15)

    def wait(self, attempt: int, away: ServiceAway, chance: float) -> timedelta:
        """How long to wait after this failed attempt (1, 2, …), never below what was asked for.

        Exponential; `chance` is 0 to 1 and takes up to half of it away.
        """
        bound = back_off(attempt, self.first_wait, self.longest_wait)
        return max(bound * (1 - chance / 2), away.retry_after or timedelta())


@dataclass(slots=True)
class _Outage:
    since: float
    attempts: int = 0


class Contact:
    """The contact with one service. `chance` gives numbers from 0 to 1."""

    def __init__(
        self, observer: Observer, chance: Callable[[], float], patience: Patience | None = None
    ) -> None:
        self._observer = observer
        self._chance = chance
        self._patience = patience or Patience()
        self._met = False

    async def hold(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until there is an answer.

        Raises ServiceRefused, and ServiceAway once the patience is over; where the service never
        answered yet, NotTheService at once.
        """
        outage = _Outage(anyio.current_time())
        while True:
            try:
                answer = await ask()
            except ServiceAway as away:
                await self._wait(outage, away)
            else:
                self._meet(outage)
                return answer

    async def _wait(self, outage: _Outage, away: ServiceAway) -> None:
        if isinstance(away, NotTheService) and not self._met:
            raise away
        if outage.attempts == 0:
            outage.since = anyio.current_time()
            self._observer.say(f"no contact with the service: {away}; trying again")
        outage.attempts += 1
        wait = self._patience.wait(outage.attempts, away, self._chance())
        elapsed = timedelta(seconds=anyio.current_time() - outage.since)
        if elapsed + wait > (self._patience.later if self._met else self._patience.first):
            raise away
        await anyio.sleep(wait.total_seconds())

    def _meet(self, outage: _Outage) -> None:
        self._met = True
        if outage.attempts:
            self._observer.say("in contact with the service again")
