"""A lane to a vendor: slots in time and among the connections, and retries of safe requests."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

import anyio
import structlog
from pydantic import BaseModel

from campaignd.adapters.http.calls import Answer, Call
from campaignd.adapters.http.exchange import Exchange
from campaignd.adapters.http.pacer import Pace
from campaignd.adapters.http.patience import Patience
from campaignd.adapters.http.wire import parse
from campaignd.engine.faults import RemoteUnavailable

log = structlog.get_logger()
Document = TypeVar("Document", bound=BaseModel)


class Slot:
    """A turn in the pacer and a connection, held: what is sent now goes out at once."""

    def __init__(self, exchange: Exchange, pace: Pace) -> None:
        self._exchange = exchange
        self._pace = pace

    async def send(self, call: Call) -> Answer:
        """Send once. Raises a VendorFault."""
        try:
            return await self._exchange.send(call)
        except RemoteUnavailable as fault:
            if fault.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._pace.slow_down(fault.retry_after)
            raise


class Lane:
    """All requests of one kind of hurry to one vendor.

    The limiter has as many tokens as the connection pool grants this lane, and is taken outside
    the request's deadline: httpx loses pool slots for good when requests are cancelled while
    they wait in its pool, so none may ever wait there.
    """

    def __init__(
        self, exchange: Exchange, pace: Pace, patience: Patience, chance: Callable[[], float]
    ) -> None:
        self._exchange = exchange
        self._pace = pace
        self._patience = patience
        self._chance = chance
        self._limiter = anyio.CapacityLimiter(exchange.account.max_connections)

    @property
    def vendor(self) -> str:
        return self._exchange.account.vendor

    @property
    def clock_skew(self) -> timedelta:
        """The vendor's clock minus ours, by its latest Date header; zero before the first."""
        return self._exchange.clock_skew

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Reserve a connection, then a turn. Inside, send through the slot alone."""
        async with self._limiter:
            await self._pace.take()
            yield Slot(self._exchange, self._pace)

    async def send(self, call: Call) -> Answer:
        """Send once, for what must not be repeated. Raises a VendorFault."""
        async with self.slot() as slot:
            return await slot.send(call)

    async def read(self, call: Call, document: type[Document]) -> Document:
        """Send a GET, again while that may help. Raises the last attempt's VendorFault."""
        began = anyio.current_time()
        attempt = 1
        while True:
            try:
                return parse(await self.send(call), document)
            except RemoteUnavailable as fault:
                wait = self._next_wait(attempt, began, fault)
                if wait is None:
                    raise
                _log_retry(attempt, wait, fault)
            await anyio.sleep(wait.total_seconds())
            attempt += 1

    # stamina measures its patience by the wall clock; this loop, like the pacer, by anyio's, so
    # that one virtual clock moves both.
    def _next_wait(self, attempt: int, began: float, fault: RemoteUnavailable) -> timedelta | None:
        wait = self._patience.wait(attempt, fault, self._chance())
        elapsed = timedelta(seconds=anyio.current_time() - began)
        return wait if wait is not None and elapsed + wait <= self._patience.within else None


def _log_retry(attempt: int, wait: timedelta, fault: RemoteUnavailable) -> None:
    log.info(
        "vendor request retried",
        vendor=fault.vendor,
        request=fault.request,
        attempt=attempt,
        wait=round(wait.total_seconds(), 3),
        why=str(fault),
    )
