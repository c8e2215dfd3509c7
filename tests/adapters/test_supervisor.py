"""What systemd hears of the service."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from campaignd.adapters.supervisor import Supervisor


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        yield channel


def heard(listener: socket.socket) -> str:
    return listener.recv(4096).decode()


def test_each_message_is_one_datagram(listener: socket.socket) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": listener.getsockname()})
    for speak in (supervisor.ready, supervisor.stopping, supervisor.alive):
        speak()
    assert [heard(listener) for _ in range(3)] == ["READY=1", "STOPPING=1", "WATCHDOG=1"]
    supervisor.reloading()
    assert heard(listener).startswith("RELOADING=1\nMONOTONIC_USEC=")


def test_a_status_is_told_when_it_changes(listener: socket.socket) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": listener.getsockname()})
    for status in ("2 campaigns", "2 campaigns", "3 campaigns, jähe Pläne"):
        supervisor.tell(status)
    assert heard(listener) == "STATUS=2 campaigns"
    assert heard(listener) == "STATUS=3 campaigns, jähe Pläne"


def test_an_abstract_socket_is_found() -> None:
    name = f"campaignd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name}")
        Supervisor({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert heard(channel) == "READY=1"


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="no systemd"),
        pytest.param({"NOTIFY_SOCKET": "/nowhere/at/all"}, id="nobody listens"),
    ],
)
def test_without_a_listener_nothing_happens(environment: dict[str, str]) -> None:
    Supervisor(environment).ready()


@pytest.mark.parametrize(
    ("environment", "interval"),
    [
        pytest.param({}, None, id="none wanted"),
        pytest.param({"WATCHDOG_USEC": "60000000"}, timedelta(minutes=1), id="wanted"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="switched off"),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="nonsense"),
        pytest.param({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None, id="of another"),
        pytest.param(
            {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())},
            timedelta(minutes=1),
            id="of this process",
        ),
    ],
)
def test_the_watchdog_is_for_the_process_it_names(
    environment: dict[str, str], interval: timedelta | None
) -> None:
    assert Supervisor(environment).watchdog == interval
