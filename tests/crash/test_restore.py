"""Backups of a service at work, put in place after its death: nothing is paid for twice."""

import json
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from tests.crash.conftest import Start, commands, local_vendors, surroundings

SCENARIO = """\
timing: {pending: 0ms, queue: 0ms, simulation: [SPAN, SPAN], simulations_within: SPAN}
"""
CAMPAIGN = """\
version: 1
name: restored
agents: {checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc}}
personas: {impatient: hL4kL0nQr3ySt6vX9zAcDd, elderly: pE3Hn6Yd0Sf8Jr2Ku5Gv1X}
test_sets: {smoke: aB1cD2eF, refunds: rF9kL2mN}
metrics: {resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}}
limits: {runs_in_flight: 2}
gates: [{pass_rate: resolved, at_least: 50%}]
"""
"""Four runs, two at a time."""
RUNS = 4
AT_A_TIME = 2


@pytest.fixture
def vendors(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Local vendors whose runs take as long as the test says."""
    with local_vendors(tmp_path, SCENARIO.replace("SPAN", request.param)) as address:
        yield address


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of a service: its campaigns and its database."""
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "restored.yaml").write_text(CAMPAIGN)
    return tmp_path


@pytest.fixture
def environment(vendors: str, place: Path) -> Mapping[str, str]:
    return surroundings(
        vendors,
        place / "campaignd.db",
        coval__timeout="2s",
        launch__reconcile_grace="3s",
        campaigns_dir=str(place / "campaigns"),
        api__port="0",
    )


@pytest.fixture
def start(environment: Mapping[str, str]) -> Iterator[Start]:
    with commands(environment) as start:
        yield start


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def launches(vendors: str) -> Counter[str]:
    """Count the runs of each launch key, as they were paid for."""
    answer = httpx.get(
        f"{vendors}/v1/runs?page_size=1000", headers={"x-api-key": "any-key"}, trust_env=False
    )
    return Counter(run["metadata"]["launch_key"] for run in answer.json()["runs"])


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for other processes, which set no events."""
    deadline = monotonic() + 40
    while not happened():
        assert monotonic() < deadline
        sleep(0.1)


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def restore(place: Path, backup: Path) -> None:
    """Put a backup in place, as docs/operations.md says."""
    shutil.copy(backup, place / "campaignd.db")
    for ending in ("-wal", "-shm"):
        (place / f"campaignd.db{ending}").unlink(missing_ok=True)


def executions(start: Start) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(finish(start("list", "--json")))
    return listed


@pytest.mark.slow
@pytest.mark.parametrize("vendors", ["3s"], indirect=True)
def test_a_restored_service_adopts_what_was_launched_after_the_backup(
    vendors: str, start: Start, place: Path
) -> None:
    backup = place / "backup.db"
    running = start("run", str(place / "campaigns" / "restored.yaml"))
    wait_until(lambda: len(launches(vendors)) >= 1)
    finish(start("db", "backup", str(backup)))
    known = len(launches(vendors))
    wait_until(lambda: len(launches(vendors)) > max(known, 2))
    kill(running)
    paid = launches(vendors)

    restore(place, backup)
    service = start("serve")
    wait_until(lambda: executions(start)[0]["verdict"] is not None)
    service.terminate()
    service.communicate(timeout=20)
    assert service.returncode == 0
    after = launches(vendors)
    assert set(after.values()) == {1}, "a launch was paid for twice"
    assert paid.keys() <= after.keys()
    assert len(after) == RUNS
    (execution,) = executions(start)
    assert execution["verdict"] == "passed"
    report = json.loads(finish(start("show", execution["id"], "--json")))
    assert [cell["state"] for cell in report["cells"]] == ["collected"] * RUNS
    assert report["unsettled"] == []
    assert "0 problems, 0 warnings" in finish(start("db", "check"))


@pytest.mark.slow
@pytest.mark.parametrize("vendors", ["10m"], indirect=True)
def test_a_backup_from_before_an_execution_launches_nothing_of_it_again(
    vendors: str, start: Start, place: Path
) -> None:
    backup = place / "backup.db"
    campaign = str(place / "campaigns" / "restored.yaml")
    assert "nothing to resume" in "".join(start("resume").communicate(timeout=30))
    finish(start("db", "backup", str(backup)))
    unknown = start("run", campaign)
    wait_until(lambda: len(launches(vendors)) == AT_A_TIME)
    kill(unknown)
    paid = launches(vendors)

    restore(place, backup)
    service = start("serve")
    assert service.stderr is not None
    while "ready" not in service.stderr.readline():
        assert service.poll() is None
    sleep(2)
    service.terminate()
    service.communicate(timeout=20)
    assert launches(vendors) == paid
    assert executions(start) == []
    assert "nothing to resume" in "".join(start("resume").communicate(timeout=30))

    (command,) = find_orphans(start)["commands"]
    finish(start(*command.split()[1:]))
    assert find_orphans(start)["level"] == "ok"
    assert launches(vendors) == paid


def find_orphans(start: Start) -> dict[str, Any]:
    """Return what doctor says of runs on Coval that nobody follows."""
    out, _ = start("doctor", "--json").communicate(timeout=60)
    found: list[dict[str, Any]] = json.loads(out)["findings"]
    (orphans,) = [finding for finding in found if finding["check"] == "orphans"]
    return orphans
