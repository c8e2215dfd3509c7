"""Real processes on one database: each drives its own, and nobody takes what is driven."""

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from tests.crash.conftest import Start, commands, local_vendors, surroundings

SCENARIO = """\
timing: {pending: 0ms, queue: 0ms, simulation: [2s, 3s], simulations_within: 3s, metric_lag: 0ms}
"""
CAMPAIGN = """\
version: 1
name: {name}
agents: {{checkout: {{coval: gk3jK9mPq2xRt5vW8yZaBc}}}}
personas: {{impatient: hL4kL0nQr3ySt6vX9zAcDd, elderly: pE3Hn6Yd0Sf8Jr2Ku5Gv1X}}
test_sets: {{smoke: aB1cD2eF}}
metrics: {{resolved: {{id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {{equals: "YES"}}}}}}
gates: [{{pass_rate: resolved, at_least: 50%}}]
"""
RUNS_OF_A_CAMPAIGN = 2


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[str]:
    with local_vendors(tmp_path, SCENARIO) as address:
        yield address


@pytest.fixture
def start(sandbox: str, tmp_path: Path) -> Iterator[Start]:
    """Start a command on the shared database."""
    environment = surroundings(
        sandbox,
        tmp_path / "campaignd.db",
        coval__timeout="5s",
        launch__reconcile_grace="6s",
    )
    with commands(environment) as start:
        yield start


@pytest.fixture
def campaigns(tmp_path: Path) -> list[str]:
    """Write the files of two campaigns."""
    paths = [tmp_path / f"{name}.yaml" for name in ("first", "second")]
    for path in paths:
        path.write_text(CAMPAIGN.format(name=path.stem))
    return [str(path) for path in paths]


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a success; return what was said."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out + err


def list_runs(sandbox: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{sandbox}/v1/runs?page_size=1000", headers={"x-api-key": "any-key"}, trust_env=False
    )
    runs: list[dict[str, Any]] = answer.json()["runs"]
    return runs


def wait_for_runs(sandbox: str, count: int) -> None:
    """Wait until so many runs were launched: other processes set no events."""
    deadline = monotonic() + 30
    while len(list_runs(sandbox)) < count:
        assert monotonic() < deadline
        sleep(0.05)


def launches(sandbox: str) -> Counter[str]:
    """Count the runs of each launch key."""
    return Counter(run["metadata"]["launch_key"] for run in list_runs(sandbox))


def verdicts(start: Start) -> list[tuple[str, str]]:
    rows = json.loads(finish(start("list", "--json")))
    return sorted((row["campaign"], row["verdict"]) for row in rows)


@pytest.mark.slow
def test_processes_share_a_database_and_leave_alone_what_others_drive(
    sandbox: str, start: Start, campaigns: list[str], tmp_path: Path
) -> None:
    first, second = campaigns
    driving = [start("run", path, "--quiet") for path in (first, second, first)]
    wait_for_runs(sandbox, 1)
    assert "nothing to resume" in finish(start("resume"))
    said = "".join(finish(process) for process in driving)
    assert said == ""
    # The same file run again is another execution.
    assert verdicts(start) == [("first", "passed")] * 2 + [("second", "passed")]
    assert set(launches(sandbox).values()) == {1}
    assert len(launches(sandbox)) == 3 * RUNS_OF_A_CAMPAIGN
    assert "locked" not in (tmp_path / "campaignd.log").read_text()
    assert list((tmp_path / "campaignd.db.owners").iterdir()) == []


@pytest.mark.slow
def test_what_killed_processes_left_is_continued_once_however_many_resume_it(
    sandbox: str, start: Start, campaigns: list[str], tmp_path: Path
) -> None:
    killed = [start("run", path) for path in campaigns]
    wait_for_runs(sandbox, 2 * RUNS_OF_A_CAMPAIGN)
    for process in killed:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    owners = tmp_path / "campaignd.db.owners"
    assert len(list(owners.iterdir())) == 2, "the locks of the dead stay, and hold nobody up"
    said = [finish(process) for process in [start("resume"), start("resume")]]
    assert verdicts(start) == [("first", "passed"), ("second", "passed")]
    assert set(launches(sandbox).values()) == {1}
    assert len(launches(sandbox)) == 2 * RUNS_OF_A_CAMPAIGN
    assert "Traceback" not in "".join(said)
    assert list(owners.iterdir()) == [], "who comes later clears up behind the dead"
    assert "nothing to resume" in finish(start("resume"))
