"""Connections that want to wear the service out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

import anyio
import httpx
import pytest
import structlog
from anyio.abc import SocketStream
from fastapi import FastAPI, Request
from tests.web.test_server import connect, served

from campaignd.web.connections import Limits, limits_here
from campaignd.web.presence import Closing

SOON = Limits(arrival=timedelta(milliseconds=100))
HEAD = b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 6\r\n\r\n"


async def echo(request: Request) -> str:
    return (await request.body()).decode()


def deaf() -> str:
    """Answer before the body is there."""
    return "yes"


@pytest.fixture
async def app() -> FastAPI:
    app = FastAPI()
    app.post("/echo")(echo)
    app.post("/deaf")(deaf)
    return app


@asynccontextmanager
async def at(app: FastAPI, limits: Limits) -> AsyncIterator[str]:
    async with served(app, Closing(), limits) as (url, _):
        with anyio.fail_after(5):
            yield url


async def hear_out(stream: SocketStream) -> bytes:
    """Read to the end of a connection, however it ends."""
    heard = b""
    with suppress(anyio.BrokenResourceError):
        async for part in stream:
            heard += part
    return heard


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /echo HTTP/1.1\r\nHo", id="half a head"),
        pytest.param(HEAD + b"abc", id="half a body"),
        pytest.param(HEAD.replace(b"echo", b"deaf") + b"abc", id="half a body, after the answer"),
        pytest.param(HEAD + b"abcdef" + HEAD + b"abc", id="half a second request"),
    ],
)
async def test_a_request_that_does_not_arrive_ends_its_connection(
    app: FastAPI, sent: bytes
) -> None:
    async with at(app, SOON) as url, await connect(url) as stream:
        if sent:
            await stream.send(sent)
        await hear_out(stream)


async def test_a_body_that_trickles_in_without_end_ends_its_connection(app: FastAPI) -> None:
    async with at(app, SOON) as url, await connect(url) as stream:
        await stream.send(HEAD.replace(b"6", b"600"))
        with suppress(anyio.BrokenResourceError):
            while True:
                await stream.send(b"x")
                await anyio.sleep(0.02)


async def test_an_answer_may_take_longer_than_its_request(app: FastAPI) -> None:
    async def think() -> str:
        await anyio.sleep(0.3)
        return "so"

    app.get("/think")(think)
    async with at(app, SOON) as url, httpx.AsyncClient() as client:
        assert (await client.get(f"{url}/think")).json() == "so"


async def test_there_are_only_so_many_connections_and_each_that_ends_makes_room(
    app: FastAPI,
) -> None:
    async with at(app, Limits(connections=2)) as url, AsyncExitStack() as stack:
        first, _ = [await stack.enter_async_context(await connect(url)) for _ in range(2)]
        with structlog.testing.capture_logs() as log:
            for _ in range(3):
                async with await connect(url) as stream:
                    refused = await hear_out(stream)
                assert refused.startswith(b"HTTP/1.1 503 ")
                assert b"Retry-After: 15\r\n" in refused
        assert [each["event"] for each in log] == ["too many connections"]
        await first.aclose()
        async with httpx.AsyncClient() as client:
            while (answer := await client.post(f"{url}/echo", content="so")).status_code != 200:  # noqa: ASYNC110
                await anyio.sleep(0.01)
        assert answer.json() == "so"


async def test_a_stop_waits_for_no_request_that_is_on_its_way(app: FastAPI) -> None:
    with anyio.fail_after(1), structlog.testing.capture_logs() as log:
        async with served(app, Closing()) as (url, stop), await connect(url) as stream:
            await stream.send(HEAD + b"abc")
            await anyio.sleep(0.05)
            stop.cancel()
    assert log == []


def test_files_are_left_for_the_rest_of_the_process() -> None:
    assert limits_here().connections <= 400
