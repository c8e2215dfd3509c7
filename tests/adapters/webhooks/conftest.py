from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from campaignd.core.report import ExecutionReport, GateReport, Revision
from campaignd.core.verdicts import GateVerdict, Verdict


@dataclass
class Receiver:
    """A server on 127.0.0.1 that keeps what it is sent and answers the same to all."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def headers(self) -> dict[str, str]:
        head = self.requests[0].partition(b"\r\n\r\n")[0].decode().splitlines()[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}

    def body(self) -> bytes:
        return self.requests[0].partition(b"\r\n\r\n")[2]


Answer = Callable[[SocketStream], object]
Serve = Callable[..., AbstractAsyncContextManager[Receiver]]


@pytest.fixture
def receiver() -> Serve:
    """Start a receiver that sends these bytes, then one per `drip` seconds for ever."""

    @asynccontextmanager
    async def serve(answer: bytes, drip: float | None = None) -> AsyncIterator[Receiver]:
        state = Receiver()

        async def handle(stream: SocketStream) -> None:
            state.connections += 1
            async with stream:
                if (request := await read_request(stream)) is None:
                    return
                state.requests.append(request)
                await stream.send(answer)
                while drip is not None:
                    await anyio.sleep(drip)
                    await stream.send(b"x")

        async def handle_quietly(stream: SocketStream) -> None:
            try:
                await handle(stream)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return

        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        state.port = listener.extra(SocketAttribute.local_port)  # noqa: S610
        async with listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, handle_quietly)
            yield state
            tasks.cancel_scope.cancel()

    return serve


async def read_request(stream: SocketStream) -> bytes | None:
    """None from a peer that connects and says nothing."""
    read = b""
    while True:
        head, _, body = read.partition(b"\r\n\r\n")
        if read.endswith(body) and len(body) >= length_of(head) > 0:
            return read
        try:
            read += await stream.receive()
        except anyio.EndOfStream:
            return None


def length_of(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


@pytest.fixture
def report() -> ExecutionReport:
    return ExecutionReport(
        execution="01JDA8Q2ZK7M4T5N6P8R9S0TVW",
        campaign="nightly",
        revision=Revision(sha256="a" * 64),
        trigger="cli",
        labels={"branch": "main"},
        state="finished",
        verdict=Verdict.FAILED,
        exit_status=1,
        reason="1 of 2 gates failed.",
        started_at=datetime(2026, 11, 22, 3, tzinfo=UTC),
        gates=(
            GateReport(
                name="Bookings <!channel>",
                kind="pass_rate",
                unit="share",
                verdict=GateVerdict.FAILED,
                estimate=0.883,
                threshold="at least 90%",
                reason="resolved passed in 88.3% & less",
            ),
            GateReport(name="Fast", kind="p95", verdict=GateVerdict.PASSED, reason="fine"),
        ),
        links={"execution": "https://ci.example.com/executions/1"},
    )
