"""The API of a service in a process of its own, which is stopped and killed."""

import signal
import threading
import time
from typing import Any

import httpx
import pytest
from tests.cli.conftest import Home
from tests.cli.test_serve import campaigns  # noqa: F401  # a fixture

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("campaigns")]
TRIGGER = "/api/v1/campaigns/smoke/executions"


class Api:
    """A client with a token, of whatever service is there."""

    def __init__(self, campaignd: Any, home: Home) -> None:
        home.environment["CAMPAIGND_API__PORT"] = "0"
        self._token = campaignd("token", "create", "ci", "--scope", "admin").out.strip()
        self.url = ""

    def find(self, service: Any) -> None:
        """Read in its log where a service listens."""
        line: str = service.wait_for("listening")
        self.url = line.partition("url=")[2].split()[0]
        service.wait_for("ready ")

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=70)


@pytest.fixture
def api(campaignd: Any, home: Home) -> Api:
    return Api(campaignd, home)


def test_what_waits_does_not_delay_a_stop(process: Any, endless: Any, api: Api) -> None:
    service = process("serve")
    api.find(service)
    streamed = list[str]()
    has_begun = threading.Event()

    def follow(execution: str) -> None:
        with api.client() as client, client.stream("GET", f"{execution}/events") as answer:
            for line in answer.iter_lines():
                streamed.append(line)
                has_begun.set()

    def poll(execution: str) -> None:
        with api.client() as client:
            streamed.append(client.get(execution, params={"wait": 60}).json()["state"])

    with api.client() as client:
        execution = client.post(TRIGGER).headers["location"]
        waiting = [threading.Thread(target=each, args=[execution]) for each in (follow, poll)]
        for each in waiting:
            each.start()
        assert has_begun.wait(10)
        endless.wait_for_runs(2)
        began = time.monotonic()
        service.signal(signal.SIGTERM)
        assert service.end().status == 0
        assert time.monotonic() - began < 3
    for each in waiting:
        each.join(5)
        assert not each.is_alive()
    assert "running" in streamed
    assert "event: end" not in streamed
    assert {run["status"] for run in endless.runs()} == {"IN PROGRESS"}


def test_an_execution_goes_on_after_a_kill_right_behind_its_answer(
    process: Any, served: Any, api: Api
) -> None:
    vendors = served(timing={"simulation": ["1s", "2s"], "simulations_within": "3s"})
    service = process("serve")
    api.find(service)
    key = {"Idempotency-Key": "build-17"}
    with api.client() as client:
        first = client.post(TRIGGER, headers=key)
        service.signal(signal.SIGKILL)
    service.end()
    service = process("serve")
    api.find(service)
    with api.client() as client:
        again = client.post(TRIGGER, headers=key)
        assert (first.status_code, again.status_code) == (201, 200)
        execution = first.headers["location"]
        assert again.headers["location"] == execution
        report = client.get(execution, params={"wait": 60}).json()
        assert report["verdict"] == "passed"
        assert len(client.get("/api/v1/executions").json()["executions"]) == 1
    assert vendors.launches == 2
    service.signal(signal.SIGTERM)
    assert service.end().status == 0


def test_an_address_that_is_taken_is_told_with_4(process: Any, brisk: Any, api: Api) -> None:
    first = process("serve")
    api.find(first)
    port = api.url.rpartition(":")[2]
    second = process("serve", CAMPAIGND_API__PORT=port)
    done = second.end()
    assert done.status == 4
    assert "CAMPAIGND_API__PORT" in done.err


def test_other_machines_are_not_listened_to_without_a_token(process: Any, brisk: Any) -> None:
    done = process("serve", CAMPAIGND_API__HOST="0.0.0.0", CAMPAIGND_API__PORT="0").end()  # noqa: S104
    assert done.status == 2
    assert "campaignd token create" in done.err
