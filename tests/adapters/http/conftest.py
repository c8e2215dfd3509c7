"""Small servers that misbehave on purpose, and a clock of our own."""

import asyncio
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from campaignd.adapters.http.account import VendorAccount

KEY = "sk-0123456789abcdef"
Handler = Callable[[SocketStream], Awaitable[None]]


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time passes only when all tasks wait, and then at once."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(HurriedSelector(self))

    def time(self) -> float:
        return self.now


class HurriedSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0 if timeout else timeout)
        if timeout and not events:
            self._loop.now += timeout
        return events


class Script:
    """A server that gives each connection the next bytes, the last ones for ever."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []

    async def __call__(self, stream: SocketStream) -> None:
        async with stream:
            request = await read_request(stream)
            self.requests.append(request)
            number = min(len(self.requests), len(self.answers)) - 1
            await stream.send(self.answers[number])


async def read_request(stream: SocketStream) -> str:
    request = b""
    while b"\r\n\r\n" not in request:
        request += await stream.receive()
    head, _, body = request.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().splitlines():
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += await stream.receive()
    return (head + b"\r\n\r\n" + body).decode()


@asynccontextmanager
async def serve_raw(handler: Handler) -> AsyncIterator[str]:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.extra_attributes[SocketAttribute.local_port]()
    try:
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, handler)
            yield f"http://127.0.0.1:{port}"
            tasks.cancel_scope.cancel()
    except ExceptionGroup as group:
        # What the test raised, without the task group around it.
        raise group.exceptions[0] from None


def raw_answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def vendor_account(base_url: str, **facts: object) -> VendorAccount:
    plain = {"timeout": timedelta(seconds=5), "requests_per_second": 1000, **facts}
    return VendorAccount("Coval", base_url, {"x-api-key": KEY}, **plain)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def serve() -> Callable[[Handler], AbstractAsyncContextManager[str]]:
    return serve_raw


@pytest.fixture
def script() -> type[Script]:
    return Script


@pytest.fixture
def raw() -> Callable[..., bytes]:
    return raw_answer


@pytest.fixture
def account() -> Callable[..., VendorAccount]:
    return vendor_account


@pytest.fixture
def request_of() -> Callable[[SocketStream], Awaitable[str]]:
    return read_request


@pytest.fixture
def virtual_time() -> tuple[str, dict[str, object]]:
    """For `anyio_backend`: hours pass at once."""
    return ("asyncio", {"loop_factory": VirtualLoop})
