"""A real service in real time: what it holds at rest after one busy minute, it holds after more.

`make soak MINUTES=10` goes on for longer.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.crash.conftest import local_vendors, surroundings
from tests.endurance.process import Seen, Service, as_lines, free_port, receiver
from tests.engine.campaigns import write_campaign

MINUTES = int(os.environ.get("MINUTES", "2"))
CAMPAIGNS = 15
KEY = "whsec_ZW5kdXJhbmNlIG5lZWRzIHRoaXJ0eS10d28gYnl0ZXM="
SCENARIO = """\
speed: 2
faults:
  - {match: {method: POST, path: /v1/runs, every: 13}, do: {reset: after}}
  - {match: {method: GET, path: "/v1/*", every: 53}, do: {status: 503}}
  - {match: {method: GET, path: "/v1/*", every: 71}, do: {reset: before}}
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with local_vendors(tmp_path, SCENARIO) as vendors, receiver() as hook:
        write_files(tmp_path / "campaigns", hook)
        environment = surroundings(
            vendors,
            tmp_path / "campaignd.db",
            api__port=str(free_port()),
            campaigns_dir=str(tmp_path / "campaigns"),
            coval__requests_per_second="100",
            coval__timeout="2s",
            launch__reconcile_grace="3s",
            secret_ci_webhook=KEY,
            webhooks__allow_private="true",
        )
        yield Service(environment, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 120 + 120)
def test_what_a_process_holds_at_rest_does_not_grow(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []
    with service.running():
        for _ in range(MINUTES):
            keep_busy(service, 61)
            service.come_to_rest()
            seen.append(service.look())
    with capsys.disabled():
        sys.stdout.write(f"\n{as_lines(seen)}\n")
    assert service.complaints() == []
    assert (service.status, service.owners) == (0, [])
    check(seen)


def check(seen: Sequence[Seen]) -> None:
    """Pools of connections and threads may grow to their bounds, and nothing may beyond."""
    first, last = seen[0], seen[-1]
    assert last.executions > first.executions
    assert max(each.sockets for each in seen) <= first.sockets + 8
    assert max(each.files for each in seen) <= first.files + 16
    assert max(each.threads for each in seen) <= first.threads + 4
    assert last.resident < first.resident * 1.15


def keep_busy(service: Service, seconds: float) -> None:
    """Use the API while the schedules fire: place, follow and leave, wait, list, measure."""
    end = time.monotonic() + seconds
    with service.client() as client:
        while time.monotonic() < end:
            made = client.post("/campaigns/campaign-1/executions", json={})
            execution = made.raise_for_status().json()["execution"]
            with client.stream("GET", f"/executions/{execution}/events") as stream:
                next(stream.iter_lines())
            client.get(f"/executions/{execution}", params={"wait": "2"}).raise_for_status()
            client.get("/executions", params={"limit": "5"}).raise_for_status()


def write_files(folder: Path, hook: str) -> None:
    folder.mkdir()
    webhook = {"url": hook, "secret": "ci-webhook", "events": ["started", "finished"]}
    for number in range(1, CAMPAIGNS + 1):
        text = write_campaign(
            name=f"campaign-{number}",
            schedule=[{"cron": "* * * * *"}],
            report={"webhooks": [webhook]},
        )
        (folder / f"{number}.yaml").write_text(text)
