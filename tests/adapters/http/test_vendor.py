import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest
from anyio.abc import SocketStream

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Call
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.engine.faults import VendorFault

MakeAccount = Callable[..., VendorAccount]
GET = Call("GET", "/runs")
FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Keeper:
    """A server that keeps its connections and answers after a while."""

    def __init__(self, request_of: Any, delay: float) -> None:
        self.delay = delay
        self.connections = 0
        self._request_of = request_of

    async def __call__(self, stream: SocketStream) -> None:
        self.connections += 1
        async with stream:
            async for _ in self._requests(stream):
                await anyio.sleep(self.delay)
                await stream.send(FINE)

    async def _requests(self, stream: SocketStream) -> AsyncIterator[str]:
        try:
            while True:
                yield await self._request_of(stream)
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return


async def attempt(http: VendorHttp, patience: float) -> bool:
    with anyio.move_on_after(patience):
        try:
            await http.paced.send(GET)
        except VendorFault:
            return False
        return True
    return False


async def test_the_pool_survives_hundreds_of_cancelled_and_expired_requests(
    serve: Any, account: MakeAccount, request_of: Any
) -> None:
    server = Keeper(request_of, 0.002)
    bounds = {"max_connections": 2, "requests_per_second": 1e6, "timeout": timedelta(seconds=0.04)}
    async with serve(server) as url, VendorHttp(account(url, **bounds)) as http:
        for _ in range(5):
            async with anyio.create_task_group() as tasks:
                for number in range(200):
                    tasks.start_soon(attempt, http, 0.001 * (number * 7 % 50))
        server.delay = 0
        served = 0
        with anyio.fail_after(10):
            while served < 10:
                served += await attempt(http, 1)


async def test_connections_are_used_again(
    serve: Any, account: MakeAccount, request_of: Any
) -> None:
    server = Keeper(request_of, 0)
    async with serve(server) as url, VendorHttp(account(url)) as http:
        for _ in range(10):
            await http.paced.send(GET)
    assert server.connections == 1


async def test_the_urgent_do_not_queue_behind_the_stuck(
    serve: Any, account: MakeAccount, request_of: Any
) -> None:
    server = Keeper(request_of, 60)
    bounds = {"max_connections": 2, "requests_per_second": 0.5}
    async with (
        serve(server) as url,
        VendorHttp(account(url, **bounds)) as http,
        anyio.create_task_group() as tasks,
    ):
        for _ in range(5):
            tasks.start_soon(http.paced.send, GET)
        await anyio.wait_all_tasks_blocked()
        server.delay = 0
        with anyio.fail_after(1):
            for _ in range(10):
                await http.urgent.send(GET)
        tasks.cancel_scope.cancel()


async def test_this_machine_is_reached_without_the_companys_proxy(
    serve: Any, account: MakeAccount, script: Any, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with serve(script(raw(200))) as url, VendorHttp(account(url)) as http:
        await http.paced.send(GET)


async def test_httpx_is_quiet(account: MakeAccount) -> None:
    logging.getLogger("httpx").setLevel(logging.NOTSET)
    VendorHttp(account("https://api.test"))
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
