"""Serves an application on a port, and can reset a connection where an application asks for it."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import uvicorn
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from campaignd.sandbox.edge import ABORT

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


async def serve(
    app: Starlette,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    task_status: TaskStatus[int] = TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; port 0 takes a free one, and the port is what `started` is told.

    Raises OSError if the address cannot be used.
    """
    listener = socket.create_server((host, port))
    server = _Server(configure(app))
    async with anyio.create_task_group() as group:
        group.start_soon(_stop_when_cancelled, server)
        with anyio.CancelScope(shield=True):
            task_status.started(listener.getsockname()[1])
            await server.serve(sockets=[listener])
        group.cancel_scope.cancel()


def configure(app: Starlette) -> uvicorn.Config:
    """Return how an application is served: by connections that it can reset."""
    return uvicorn.Config(
        app,
        http=ResettableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


class ResettableProtocol(H11Protocol):
    """HTTP whose applications find in their scope how to reset the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        # asyncio does this only for sockets that name their protocol; small answers need it.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app = _offering_reset(self.app, transport)


class _Server(uvicorn.Server):
    """Leaves signals to its caller, and lets no connection delay its end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


async def _stop_when_cancelled(server: uvicorn.Server) -> None:
    try:
        await anyio.sleep_forever()
    finally:
        server.should_exit = True


def _offering_reset(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    def reset() -> None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()

    async def offer(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = {**scope.get("extensions", {}), ABORT: reset}
        await app({**scope, "extensions": extensions}, receive, send)

    return offer
