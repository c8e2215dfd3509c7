"""A network that delays, loses and repeats what passes through it, by chance that repeats."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

import anyio
import httpx
from anyio.abc import TaskGroup

LONGEST_WAY = 20.0
"""Seconds that a request may be on its way: with a list's lag, less than the grace."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Seconds from the beginning between which nobody is served."""

    begin: float
    end: float
    mishap: str


@dataclass(frozen=True, slots=True)
class Climate:
    """How often a request meets a mishap, when all do, and whether launches are repeated."""

    share: float = 0.0
    outages: Sequence[Outage] = ()
    repeats: bool = True


class Weather:
    """What becomes of each request. `copies` counts how often a launch key was repeated by it."""

    def __init__(self, tasks: TaskGroup, climate: Climate, dice: Random) -> None:
        self.climate = climate
        self.copies: Counter[str] = Counter()
        self._tasks = tasks
        self._dice = dice
        self._began = anyio.current_time()

    def over(self, vendors: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Put this weather between a process and the vendors."""
        return _Network(vendors, self)

    def mishap_of(self, request: httpx.Request) -> str:
        """Return what goes wrong with a request, and "" for nothing."""
        now = anyio.current_time() - self._began
        for outage in self.climate.outages:
            if outage.begin <= now < outage.end:
                return outage.mishap
        weight = FRAILTY.get(request.method, 1)
        if self._dice.random() >= self.climate.share * weight:
            return ""
        mishap = self._dice.choice(MISHAPS_OF_ALL + MISHAPS_OF.get(request.method, ()))
        return mishap if mishap != "repeated" or self.climate.repeats else ""

    def way(self, longest: float) -> float:
        """Return for how many seconds something is on its way."""
        return self._dice.uniform(0, longest)

    def deliver(self, delivery: "Delivery", after: float) -> None:
        """Bring a request to the vendors, whatever becomes of who sent it."""
        self._tasks.start_soon(delivery.make, after)


@dataclass(slots=True)
class Delivery:
    """A request that will arrive."""

    vendors: httpx.AsyncBaseTransport
    request: httpx.Request
    arrived: anyio.Event = field(default_factory=anyio.Event)
    response: httpx.Response | None = None

    async def make(self, after: float) -> None:
        await anyio.sleep(after)
        response = await self.vendors.handle_async_request(self.request)
        await response.aread()
        self.response = response
        self.arrived.set()

    async def answer(self) -> httpx.Response:
        await self.arrived.wait()
        assert self.response is not None
        return self.response


@dataclass(slots=True)
class _Network(httpx.AsyncBaseTransport):
    vendors: httpx.AsyncBaseTransport
    weather: Weather

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        mishap = self.weather.mishap_of(request)
        if mishap in UNDELIVERED:
            return UNDELIVERED[mishap](request)
        delivery = Delivery(self.vendors, request)
        self.weather.deliver(delivery, self.weather.way(LONGEST_WAY if mishap == "slow" else 0.2))
        if mishap == "repeated":
            self._repeat(request)
        answer = await delivery.answer()
        if mishap == "silence":
            await anyio.sleep_forever()
        return SPOILT[mishap](request) if mishap in SPOILT else answer

    def _repeat(self, request: httpx.Request) -> None:
        self.weather.copies[json.loads(request.content)["metadata"]["customer"]["launch_key"]] += 1
        self.weather.deliver(Delivery(self.vendors, request), self.weather.way(LONGEST_WAY))


def _refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _cut(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("cut", request=request)


def _status(status: int, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    page = f"<html><body>{status}</body></html>"
    return lambda request: httpx.Response(status, html=page, headers=headers, request=request)


UNDELIVERED = {
    "refused": _refuse,
    "lost": _cut,
    "unavailable": _status(503),
    "too many": _status(429, **{"retry-after": "3"}),
    "forbidden": _status(403),
}
SPOILT = {
    "answer lost": _cut,
    "502 that acted": _status(502),
    "429 that acted": _status(429),
    "garbage": _status(200),
}
MISHAPS_OF_ALL = (
    *("refused", "lost", "unavailable", "too many"),
    *("answer lost", "502 that acted", "429 that acted", "garbage"),
    *("silence", "slow"),
)
FRAILTY = {"POST": 2.5, "DELETE": 2.5}
"""How much oftener than a read a request meets a mishap."""
MISHAPS_OF = {"POST": ("repeated", "repeated"), "GET": ("forbidden",)}
