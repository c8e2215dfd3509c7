"""Serves the API on a port until it is told to stop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from socket import socket
from typing import Any

import anyio
import uvicorn
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus
from starlette.types import ASGIApp

from campaignd.web.connections import Connection, Crowd, Limits, limits_here

GRACE_SECONDS = 2
"""How long requests may take to end once the service stops."""
_AT_A_TIME = 128
"""How many connections are taken at once, before it is seen that there are too many."""


async def serve(
    app: ASGIApp,
    listener: socket,
    close: Callable[[], None],
    limits: Limits | None = None,
    *,
    task_status: TaskStatus[None] = TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; then `close` ends what waits, and requests get a moment to end."""
    connection: Any = partial(Connection, Crowd(limits or limits_here()))
    config = uvicorn.Config(
        app,
        http=connection,
        backlog=_AT_A_TIME,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    async with anyio.create_task_group() as group:
        group.start_soon(_stop_when_cancelled, server, close)
        with anyio.CancelScope(shield=True):
            task_status.started()
            await server.serve(sockets=[listener])
        group.cancel_scope.cancel()


class _Server(uvicorn.Server):
    """Leaves signals to its caller."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _stop_when_cancelled(server: uvicorn.Server, close: Callable[[], None]) -> None:
    try:
        await anyio.sleep_forever()
    finally:
        server.should_exit = True
        close()
