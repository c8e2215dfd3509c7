"""`trigger` and `wait` against a real service, in a process of its own that can be killed."""

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import CAMPAIGN, Home
from tests.integrations.conftest import Runner

pytestmark = pytest.mark.slow


@dataclass
class RealService:
    """The service and its address, which a second start takes again."""

    start: Callable[..., Any]
    home: Home
    process: Any = None

    def begin(self) -> None:
        self.process = self.start("serve")
        self.process.wait_for("ready ")

    def kill(self) -> None:
        self.process.signal(signal.SIGKILL)
        self.process.end()


@pytest.fixture
def service(home: Home, process: Any, campaignd: Any, served: Any) -> RealService:
    served(timing={"simulation": ["2s", "3s"], "simulations_within": "4s"})
    (home.folder / "campaigns").mkdir()
    home.write("campaigns/smoke.yaml", CAMPAIGN)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    home.environment["CAMPAIGND_API__PORT"] = port
    real = RealService(process, home)
    real.begin()
    home.environment["CAMPAIGND_TOKEN"] = campaignd(
        "token", "create", "ci", "--scope", "submit"
    ).out.strip()
    home.environment["CAMPAIGND_URL"] = f"http://127.0.0.1:{port}"
    return real


def test_a_service_that_is_killed_and_started_again_loses_no_verdict(
    process: Any, service: RealService
) -> None:
    waiting = process("trigger", "smoke", "--wait", "--json", "--label", "commit=abc")
    waiting.wait_for("checkout/elderly/smoke running")
    service.kill()
    waiting.wait_for("no contact with the service")
    service.begin()
    waiting.wait_for("in contact with the service again")
    done = waiting.end()
    assert (done.status, done.json["verdict"]) == (0, "passed")
    assert done.json["labels"] == {"commit": "abc"}
    assert len(done.json["cells"]) == done.json["totals"]["runs"] == 2


def test_a_service_that_is_stopped_and_started_again_loses_no_verdict(
    process: Any, service: RealService
) -> None:
    waiting = process("trigger", "smoke.yaml", "--wait", "--json", "--iterations", "2")
    waiting.wait_for("checkout/elderly/smoke running")
    service.process.signal(signal.SIGTERM)
    assert service.process.end().status == 0
    service.begin()
    done = waiting.end()
    assert (done.status, done.json["verdict"]) == (0, "passed")
    assert done.json["totals"]["simulations"] == 48


def test_mistakes_of_a_file_are_told_with_their_places(
    campaignd: Any, home: Home, service: RealService
) -> None:
    home.write("wrong.yaml", CAMPAIGN.replace("personas:", "persons:"))
    done = campaignd("trigger", "wrong.yaml", "--wait")
    assert (done.status, done.out) == (2, "")
    assert "wrong.yaml:4:1: " in done.err
    assert "nothing was launched" in done.err


def test_a_cancelled_job_of_github_ends_what_the_service_runs(
    campaignd: Any, service: RealService, tmp_path: Path
) -> None:
    home = service.home
    github = {"RUNNER_TEMP": str(tmp_path / "temp"), "CI": "true", "PATH": os.environ["PATH"]}
    runner = Runner(tmp_path, home.environment | github)
    runner.install_campaignd()
    empty = dict.fromkeys(("INPUTS", "LABELS", "REPLACE_GROUP", "SANDBOX"), "")
    given = {"CAMPAIGN": "smoke", "MODE": "trigger", "INCONCLUSIVE": "fail"}
    given |= {"REPORTS": str(tmp_path / "reports")}
    status, said = runner.interrupt(
        "checkout/elderly/smoke running", signal.SIGINT, **empty, **given
    )
    assert status == 130
    assert "ending execution" in said
    execution = (tmp_path / "reports" / "execution.txt").read_text(encoding="utf-8").strip()
    done = campaignd("wait", execution, "--json")
    assert (done.status, done.json["verdict"]) == (6, "cancelled")
