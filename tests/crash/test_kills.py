"""Real processes, real HTTP, `kill -9` at random moments: nothing paid for is launched twice."""

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

KILLS = 25
MOST_STARTS = 120

SCENARIO = """\
seed: 5
timing: {pending: 200ms, queue: 500ms, simulations_within: 2s, metric_lag: 300ms}
lists: {lag: 300ms}
faults:
  - {match: {method: POST, path: /v1/runs, every: 3}, do: {reset: after}}
  - {match: {method: POST, path: /v1/runs, every: 4}, do: {status: 502, acted: true, body: html}}
  - {match: {method: POST, path: /v1/runs, every: 5}, do: {status: 502, body: html}}
  - {match: {method: GET, path: "/v1/*", every: 17}, do: {status: 503}}
"""

CAMPAIGN = """\
version: 1
name: kills
agents: {checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc, mutations: [models]}}
personas: {impatient: hL4kL0nQr3ySt6vX9zAcDd, elderly: pE3Hn6Yd0Sf8Jr2Ku5Gv1X}
test_sets: {smoke: aB1cD2eF, refunds: rF9kL2mN}
mutations: {models: {gpt-4o: 01ARZ3NDEKTSV4RRFFQ69G5FAW}}
metrics: {resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}}
limits: {simulations: 2000, runs_in_flight: 2}
gates: [{pass_rate: resolved, at_least: 50%}]
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[str]:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(SCENARIO)
    command = [sys.executable, "-u", "-m", "campaignd", "sandbox", "--port", "0"]
    with subprocess.Popen(
        [*command, "--scenario", str(scenario)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        yield found[0]
        process.terminate()


@pytest.fixture
def environment(sandbox: str, tmp_path: Path) -> dict[str, str]:
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("CAMPAIGND_", "COVAL_"))}
    return ours | {
        "CAMPAIGND_COVAL__BASE_URL": f"{sandbox}/v1",
        "CAMPAIGND_COVAL__TIMEOUT": "1s",
        "CAMPAIGND_LAUNCH__RECONCILE_GRACE": "1500ms",
        "CAMPAIGND_POLL__MIN_INTERVAL": "200ms",
        "CAMPAIGND_POLL__MAX_INTERVAL": "500ms",
        "CAMPAIGND_DATABASE_URL": f"sqlite:///{tmp_path / 'campaignd.db'}",
        "COVAL_API_KEY": "any-key",
    }


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "campaignd", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_somewhere(process: subprocess.Popen[bytes], moment: float) -> int | None:
    """Kill the process at a moment of its life; return its status if it was done before."""
    try:
        return process.wait(moment)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return None


def runs_of(sandbox: str) -> list[dict[str, str]]:
    answer = httpx.get(
        f"{sandbox}/v1/runs?page_size=1000&order_by=create_time",
        headers={"x-api-key": "any-key"},
        trust_env=False,
    )
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:  # the scenario's own trouble
        return runs_of(sandbox)
    runs: list[dict[str, str]] = answer.json()["runs"]
    return runs


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_launch_is_paid_for_twice_through_kills_and_lost_answers(
    sandbox: str, environment: dict[str, str], tmp_path: Path
) -> None:
    campaign = tmp_path / "kills.yaml"
    campaign.write_text(CAMPAIGN)
    dice, kills, executions = random.Random(7), 0, 0  # noqa: S311  # a schedule, no secret
    while kills < KILLS:
        assert executions < MOST_STARTS
        executions += 1
        process = start(environment, "run", str(campaign))
        status = kill_somewhere(process, dice.uniform(1.0, 6.0))
        while status is None:
            kills += 1
            process = start(environment, "resume")
            status = kill_somewhere(process, dice.uniform(1.0, 9.0))
        assert status == 0

    runs = runs_of(sandbox)
    kept = Counter(
        run["display_name"].split(" ")[-1] for run in runs if run["status"] != "CANCELLED"
    )
    assert [key for key, count in kept.items() if count > 1] == []
    assert {run["status"] for run in runs} <= {"COMPLETED", "CANCELLED"}
    assert_all_passed_and_collected(environment)


def assert_all_passed_and_collected(environment: dict[str, str]) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "campaignd", "list", "--json", "--limit", "1000"],
        env=environment,
        capture_output=True,
        check=True,
    )
    executions = json.loads(listed.stdout)
    assert {row["verdict"] for row in executions} == {"passed"}
