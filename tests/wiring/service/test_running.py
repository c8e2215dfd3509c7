"""The life of the service, seen from within."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest

from campaignd.settings import Settings
from campaignd.wiring.service.running import Post, Service


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return ("asyncio", {})


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        yield channel


def drain(listener: socket.socket) -> int:
    """Count the datagrams that came since the last look."""
    count = 0
    with suppress(BlockingIOError):
        while listener.recv(4096):
            count += 1
    return count


async def hear(listener: socket.socket) -> None:
    """Wait for a datagram: a socket sets no events."""
    with anyio.fail_after(5):
        while drain(listener) == 0:  # noqa: ASYNC110
            await anyio.sleep(0.01)


async def test_the_watchdog_hears_nothing_while_the_loop_stalls(listener: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": listener.getsockname(), "WATCHDOG_USEC": "30000"}
    service = Service(Post(Settings(), environment))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(service.keep_alive)
        await hear(listener)
        drain(listener)
        time.sleep(0.3)  # noqa: ASYNC251  # this is the stall
        assert drain(listener) == 0
        await hear(listener)
        tasks.cancel_scope.cancel()
