"""Streams and waiting callers over real connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
from anyio.abc import SocketStream
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from campaignd.core.verdicts import Verdict
from campaignd.engine.faults import StorageTrouble
from campaignd.web.connections import Limits
from campaignd.web.guard.bodies import BodyLimit
from campaignd.web.guard.rules import Rules
from campaignd.web.listening import CannotListen, listen
from campaignd.web.models.executions import End
from campaignd.web.options import WebOptions
from campaignd.web.presence import Closing, while_connected
from campaignd.web.problems import install_problem_handlers
from campaignd.web.server import serve
from campaignd.web.streams import EventStream, Studio, Voice

END = End(verdict=Verdict.PASSED, exit_status=0)


class Hall:
    """An application whose callers wait."""

    def __init__(self) -> None:
        self.closing = Closing()
        self.studio = Studio(WebOptions(), self.closing)
        self.has_begun = anyio.Event()
        self.gave_up = anyio.Event()
        self.app = FastAPI()
        self.app.get("/stream", response_class=Response)(self.stream)
        self.app.get("/trouble", response_class=Response)(self.trouble)
        self.app.post("/work")(self.work)
        install_problem_handlers(self.app)

    async def stream(self) -> EventStream:
        return EventStream(self.studio, self._tell)

    async def trouble(self) -> EventStream:
        return EventStream(self.studio, self._stumble)

    async def work(self, request: Request) -> None:
        await while_connected(request, self._wait)

    async def _tell(self, voice: Voice) -> None:
        await voice.say("end", END, 7)
        await self._wait()

    async def _stumble(self, voice: Voice) -> None:
        await voice.say("end", END)
        raise StorageTrouble("the database is gone")

    async def _wait(self) -> None:
        self.has_begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.gave_up.set()


@asynccontextmanager
async def served(
    app: ASGIApp, closing: Closing, limits: Limits | None = None
) -> AsyncIterator[tuple[str, anyio.CancelScope]]:
    with listen("127.0.0.1", 0) as listener:
        async with anyio.create_task_group() as tasks:
            await tasks.start(serve, app, listener, closing.close, limits)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", tasks.cancel_scope
            tasks.cancel_scope.cancel()


async def connect(url: str) -> SocketStream:
    address = httpx.URL(url)
    assert address.port
    return await anyio.connect_tcp(address.host, address.port)


@pytest.fixture
async def hall() -> Hall:
    return Hall()


async def test_a_stop_ends_open_streams_in_good_form(hall: Hall) -> None:
    with anyio.fail_after(2):
        async with served(hall.app, hall.closing) as (url, stop), httpx.AsyncClient() as client:
            async with client.stream("GET", f"{url}/stream") as answer:
                await hall.has_begun.wait()
                stop.cancel()
                with anyio.CancelScope(shield=True):
                    text = (await answer.aread()).decode()
            assert answer.headers["x-accel-buffering"] == "no"
            assert text == f"id: 7\nevent: end\ndata: {END.model_dump_json()}\n\n"
    assert hall.gave_up.is_set()


async def test_a_caller_that_hangs_up_ends_its_stream(hall: Hall) -> None:
    async with served(hall.app, hall.closing) as (url, _), httpx.AsyncClient() as client:
        async with client.stream("GET", f"{url}/stream"):
            await hall.has_begun.wait()
        with anyio.fail_after(5):
            await hall.gave_up.wait()


async def test_work_for_a_caller_that_hangs_up_is_given_up(hall: Hall) -> None:
    async with served(hall.app, hall.closing) as (url, _):
        with pytest.raises(httpx.ReadTimeout):
            async with httpx.AsyncClient(timeout=0.2) as client:
                await client.post(f"{url}/work", json={})
        with anyio.fail_after(5):
            await hall.gave_up.wait()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/work", 413, id="a caller that waits"),
        pytest.param("GET", "/stream", 200, id="a stream"),
    ],
)
async def test_who_sends_too_much_while_it_waits_is_waited_for_no_longer(
    hall: Hall, method: str, path: str, status: int
) -> None:
    head = f"{method} {path} HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
    app = BodyLimit(hall.app, Rules(body=5))
    with anyio.fail_after(5):
        async with served(app, hall.closing) as (url, _), await connect(url) as stream:
            await stream.send(head.encode())
            await hall.has_begun.wait()
            await stream.send(b"6\r\nxxxxxx\r\n")
            await hall.gave_up.wait()
            assert (await stream.receive()).startswith(f"HTTP/1.1 {status} ".encode())


async def test_trouble_ends_a_stream_without_an_end(hall: Hall) -> None:
    async with served(hall.app, hall.closing) as (url, _), httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/trouble")
        assert answer.text.count("event: ") == 1


def test_an_address_that_is_taken_says_so() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"port {port}: .*CAMPAIGND_API__PORT"):
            listen("127.0.0.1", port)


def test_a_name_that_is_nobodys_says_so() -> None:
    with pytest.raises(CannotListen, match=r"nobody\.invalid"):
        listen("nobody.invalid", 0)
