"""Real processes, real HTTP, `kill -9` at random moments: nothing paid for is launched twice."""

import json
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from tests.crash.conftest import PROGRAM, local_vendors, surroundings

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
    with local_vendors(tmp_path, SCENARIO) as address:
        yield address


@pytest.fixture
def environment(sandbox: str, tmp_path: Path) -> Mapping[str, str]:
    return surroundings(
        sandbox,
        tmp_path / "campaignd.db",
        coval__timeout="1s",
        launch__reconcile_grace="1500ms",
    )


def start(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
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
    sandbox: str, environment: Mapping[str, str], tmp_path: Path
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


def assert_all_passed_and_collected(environment: Mapping[str, str]) -> None:
    listed = subprocess.run(
        [*PROGRAM, "list", "--json", "--limit", "1000"],
        env=environment,
        capture_output=True,
        check=True,
    )
    executions = json.loads(listed.stdout)
    assert {row["verdict"] for row in executions} == {"passed"}
