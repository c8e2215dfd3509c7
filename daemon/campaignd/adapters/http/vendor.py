"""A vendor over HTTP: one client, one pool, two lanes."""

import logging
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from ssl import SSLContext
from types import TracebackType
from typing import Self

import httpx

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.exchange import Exchange
from campaignd.adapters.http.lane import Lane
from campaignd.adapters.http.pacer import Pacer, Unpaced
from campaignd.adapters.http.patience import HURRIED, ORDINARY

# Idle connections can be dropped without a word by what lies between.
_KEEPALIVE = timedelta(seconds=5)
# A connection that never comes must be told from an answer that never comes: the first is
# certain not to have launched anything. Name look-up with connection, and TLS, have this each.
_CONNECT_SHARE = 1 / 3


def _utc_now() -> datetime:
    return datetime.now(UTC)


class VendorHttp:
    """Use as `async with VendorHttp(account) as http`.

    `paced` is for all ordinary traffic; `urgent` for the few requests of an interrupt: unpaced,
    with as many connections of its own, so that it never queues behind stuck ones. `transport`
    stands in for the network.
    """

    def __init__(
        self,
        account: VendorAccount,
        *,
        now: Callable[[], datetime] = _utc_now,
        chance: Callable[[], float] = random.random,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        _quieten_httpx()
        self._client = _client(account, transport)
        self._exchange = Exchange(account, self._client, now)
        pacer = Pacer(account.requests_per_second)
        self.paced = Lane(self._exchange, pacer, ORDINARY, chance)
        self.urgent = Lane(self._exchange, Unpaced(), HURRIED, chance)

    @property
    def requests_sent(self) -> int:
        """All requests so far, of both lanes, retries included."""
        return self._exchange.requests

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many requests were answered with which status, or not at all, and how."""
        return self._exchange.outcomes

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)


def _client(
    account: VendorAccount, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    seconds = account.timeout.total_seconds()
    pool_size = 2 * account.max_connections
    return httpx.AsyncClient(
        headers={"user-agent": f"campaignd/{version('campaignd')}", **account.headers},
        timeout=httpx.Timeout(seconds, connect=seconds * _CONNECT_SHARE),
        # All three: any one left out means unlimited connections.
        limits=httpx.Limits(
            max_connections=pool_size,
            max_keepalive_connections=pool_size,
            keepalive_expiry=_KEEPALIVE.total_seconds(),
        ),
        follow_redirects=False,
        verify=_tls(),
        # The sandbox on this machine is never behind the company's proxy.
        trust_env=not account.is_loopback,
        transport=transport,
    )


@cache
def _tls() -> SSLContext:
    """Made once: loading the certificates takes a tenth of a second."""
    return httpx.create_ssl_context()


def _quieten_httpx() -> None:
    """Its INFO lines show query strings."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
