"""`serve` as systemd meets it: real processes, a real socket, real signals."""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import CAMPAIGN, Home

NIGHTLY = CAMPAIGN + 'schedule: [{cron: "0 3 * * 1-5", timezone: Europe/Berlin}]\n'


class Systemd:
    """Hears what a service says."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self.heard: list[str] = []

    def wait_for(self, word: str) -> None:
        """Wait until a datagram begins so."""
        deadline = time.monotonic() + 30
        while True:
            self._channel.settimeout(max(deadline - time.monotonic(), 0.01))
            said = self._channel.recv(4096).decode()
            self.heard.append(said)
            if said.startswith(word):
                return


@pytest.fixture
def systemd(home: Home) -> Iterator[Systemd]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        path = home.folder / "notify"
        channel.bind(str(path))
        home.environment |= {
            "NOTIFY_SOCKET": str(path),
            "WATCHDOG_USEC": "600000",
            "CAMPAIGND_API__PORT": "0",
        }
        yield Systemd(channel)


@pytest.fixture
def campaigns(home: Home) -> Path:
    folder = home.folder / "campaigns"
    folder.mkdir()
    (folder / "smoke.yaml").write_text(NIGHTLY)
    return folder


def abandoned(process: Callable[..., Any], vendors: Any) -> None:
    """Leave two runs on Coval whose process was killed."""
    running = process("run", "smoke.yaml")
    vendors.wait_for_runs(2)
    running.wait_for("checkout/elderly/smoke running")
    running.signal(signal.SIGKILL)
    running.end()


def test_it_says_ready_reloads_on_sighup_and_stops_with_0(
    process: Any, brisk: Any, systemd: Systemd, campaigns: Path
) -> None:
    service = process("serve", CAMPAIGND_MISTYPED="1")
    systemd.wait_for("READY=1")
    assert "no setting" in service.wait_for("unknown variable")
    assert "campaign=smoke" in service.wait_for("campaign loaded")
    systemd.wait_for("STATUS=1 campaign, 0 executions going, next smoke at ")
    systemd.wait_for("WATCHDOG=1")
    (campaigns / "smoke.yaml").write_text("version: 1\nname: smoke\nagnets: {}\n")
    service.signal(signal.SIGHUP)
    systemd.wait_for("RELOADING=1")
    systemd.wait_for("READY=1")
    assert "its last good revision stays in force" in service.wait_for("campaign broken")
    began = time.monotonic()
    service.signal(signal.SIGTERM)
    done = service.end()
    assert time.monotonic() - began < 5
    assert done.status == 0
    systemd.wait_for("STOPPING=1")
    assert brisk.launches == 0


@pytest.mark.slow
def test_a_changed_file_is_read_without_being_asked(
    process: Any, brisk: Any, systemd: Systemd, campaigns: Path
) -> None:
    service = process("serve")
    systemd.wait_for("READY=1")
    (campaigns / "other.yaml").write_text(NIGHTLY.replace("name: smoke", "name: other", 1))
    service.wait_for("campaign=other")
    service.signal(signal.SIGINT)
    assert service.end().status == 0


@pytest.mark.slow
def test_a_stop_leaves_runs_on_coval_and_the_next_start_continues_them(
    process: Any, campaignd: Any, endless: Any, systemd: Systemd, campaigns: Path
) -> None:
    abandoned(process, endless)
    for _ in range(2):
        service = process("serve")
        systemd.wait_for("READY=1")
        service.wait_for("taken over")
        endless.wait_for_more("GET /v1/runs")
        began = time.monotonic()
        service.signal(signal.SIGTERM)
        assert service.end().status == 0
        assert time.monotonic() - began < 5
    assert {run["status"] for run in endless.runs()} == {"IN PROGRESS"}
    assert endless.launches == 2
    (row,) = campaignd("list", "--json").json
    assert row["verdict"] is None


@pytest.mark.slow
def test_what_a_killed_run_left_is_driven_to_its_verdict(
    process: Any, campaignd: Any, served: Any, systemd: Systemd, campaigns: Path
) -> None:
    vendors = served(timing={"simulation": ["3s", "4s"], "simulations_within": "6s"})
    abandoned(process, vendors)
    service = process("serve")
    assert "verdict=passed" in service.wait_for("finished  ")
    service.signal(signal.SIGTERM)
    assert service.end().status == 0
    assert vendors.launches == 2
    (row,) = campaignd("list", "--json").json
    assert row["verdict"] == "passed"


@pytest.mark.slow
def test_a_moment_becomes_an_execution_within_its_minute(
    process: Any, campaignd: Any, brisk: Any, systemd: Systemd, campaigns: Path
) -> None:
    (campaigns / "smoke.yaml").write_text(CAMPAIGN + 'schedule: [{cron: "* * * * *"}]\n')
    service = process("serve")
    assert "verdict=passed" in service.wait_for("finished  ", seconds=75)
    service.signal(signal.SIGTERM)
    assert service.end().status == 0
    (row,) = campaignd("schedule", "list", "--json").json
    assert row["last"]["execution"] is not None
    assert brisk.launches == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"CAMPAIGND_CAMPAIGNS_DIR": "elsewhere"}, "no folder elsewhere", id="folder"),
        pytest.param({"COVAL_API_KEY": ""}, "no API key for Coval", id="key"),
        pytest.param({"CAMPAIGND_LOG__LEVEL": "loud"}, "CAMPAIGND_LOG__LEVEL", id="setting"),
        pytest.param({"CAMPAIGND_DATABASE_URL": "nonsense"}, "database", id="database"),
    ],
)
def test_what_cannot_work_is_told_at_the_start_with_2(
    campaignd: Any, brisk: Any, campaigns: Path, change: dict[str, str], words: str
) -> None:
    done = campaignd("serve", **change)
    assert done.status == 2
    assert words in done.err


def test_a_database_that_cannot_be_opened_is_trouble_with_4(
    campaignd: Any, brisk: Any, campaigns: Path, home: Home
) -> None:
    home.state.mkdir()
    (home.state / "campaignd.db").write_text("this is no database, but long enough to be read")
    assert campaignd("serve").status == 4
