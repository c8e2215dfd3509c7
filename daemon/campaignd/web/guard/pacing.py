"""Rate limits: GCRA, the leaky bucket that keeps one time for each client."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from operator import itemgetter

from starlette.types import ASGIApp, Receive, Scope, Send

from campaignd.web.guard.asked import headers_of, is_open, neighbourhood_of
from campaignd.web.guard.rules import Rate
from campaignd.web.problems import Problem

NO_WAIT = timedelta(0)
CLIENTS = 10_000
"""At most so many are remembered; beyond it those that asked least are forgotten."""


class Pacer:
    """Counts the requests of each client against one rate."""

    def __init__(self, rate: Rate, clients: int = CLIENTS) -> None:
        self._rate = rate
        self._clients = clients
        self._paid_until: dict[str, datetime] = {}

    def take(self, client: str, now: datetime) -> timedelta:
        """Count one request; return how long it should have waited, and then it is not counted."""
        wait = self.wait(client, now)
        if wait == NO_WAIT:
            self._paid_until[client] = self._standing(client, now) + self._rate.every
            self._forget(now)
        return wait

    def wait(self, client: str, now: datetime) -> timedelta:
        """Return how long a client's next request should wait."""
        lead = self._standing(client, now) - now
        return max(lead - self._rate.every * (self._rate.burst - 1), NO_WAIT)

    def _standing(self, client: str, now: datetime) -> datetime:
        until = self._paid_until.get(client, now)
        # More than a burst can only be owed to a clock that was set back: it locks nobody out.
        return until if now <= until <= now + self._rate.every * self._rate.burst else now

    def _forget(self, now: datetime) -> None:
        if len(self._paid_until) <= self._clients:
            return
        owing = {client: until for client, until in self._paid_until.items() if until > now}
        if len(owing) > self._clients:
            owing = dict(sorted(owing.items(), key=itemgetter(1))[self._clients // 2 :])
        self._paid_until = owing


class AddressLimit:
    """Limits the requests without a token, by the address they come from.

    Those with one are limited by the token, as soon as it is known to be one.
    """

    def __init__(self, app: ASGIApp, rate: Rate, now: Callable[[], datetime]) -> None:
        self._app = app
        self._pacer = Pacer(rate)
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and (is_open(scope) or not headers_of(scope, b"authorization")):
            wait = self._pacer.take(neighbourhood_of(scope), self._now())
            app = app if wait == NO_WAIT else too_many(wait).answer()
        await app(scope, receive, send)


def too_many(wait: timedelta) -> Problem:
    """Tell a client to come back later."""
    seconds = max(math.ceil(wait.total_seconds()), 1)
    return Problem(
        429,
        "Too many requests",
        f"ask again in {seconds} s, and less often",
        "/problems/too-many-requests",
        headers={"Retry-After": str(seconds)},
    )
