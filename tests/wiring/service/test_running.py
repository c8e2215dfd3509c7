"""The life of the service, seen from within."""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.adapters.store.conftest import Shelf as Rows
from tests.engine.campaigns import write_campaign
from tests.wiring.service.conftest import break_row

from campaignd.sandbox import Scenario
from campaignd.settings import Settings
from campaignd.wiring.service.running import Post, Service, open_station


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


async def test_an_execution_that_cannot_be_read_keeps_nobody_from_the_start(
    listener: socket.socket, template: Path, tmp_path: Path
) -> None:
    (tmp_path / "campaigns").mkdir()
    settings = Settings.model_validate(
        {
            "campaigns_dir": tmp_path / "campaigns",
            "database_url": f"sqlite:///{tmp_path}/c.db",
            "api": {"port": 0},
        }
    )
    shutil.copy(template, tmp_path / "c.db")
    execution = await Rows(f"sqlite:///{tmp_path}/c.db").create()
    break_row(tmp_path / "c.db", "UPDATE execution SET inputs = '{' WHERE id = ?", execution.id)
    service = Service(Post(settings, {"NOTIFY_SOCKET": listener.getsockname()}, Scenario()))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(service.run)
        await hear(listener)
        tasks.cancel_scope.cancel()


async def test_what_a_broken_file_held_last_stays_in_force_through_a_restart(
    tmp_path: Path,
) -> None:
    campaigns = tmp_path / "campaigns"
    campaigns.mkdir()
    (campaigns / "nightly.yaml").write_text(write_campaign(name="nightly"))
    settings = Settings(campaigns_dir=campaigns, database_url=f"sqlite:///{tmp_path}/c.db")
    post = Post(settings, {}, Scenario())
    async with open_station(post) as (_, shelf):
        assert shelf.broken == {}
    (campaigns / "nightly.yaml").write_text("hello")
    for _ in range(2):
        async with open_station(post) as (_, shelf):
            assert list(shelf.campaigns) == ["nightly"]
            assert list(shelf.broken) == [str(campaigns / "nightly.yaml")]
    (campaigns / "nightly.yaml").unlink()
    async with open_station(post) as (_, shelf):
        assert (shelf.campaigns, shelf.broken) == ({}, {})
