"""`wait`, against a service that speaks the contract and fails as it is told."""

import signal
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from starlette.responses import HTMLResponse
from tests.adapters.remote.scripted import (
    CELL,
    EXECUTION,
    RESET,
    ScriptedService,
    problem,
)
from tests.cli.conftest import Home
from tests.cli.remote import scripted_service


@pytest.fixture
def service(portal: Any, home: Home) -> Iterator[ScriptedService]:
    with scripted_service(portal, home) as scripted:
        yield scripted


@pytest.mark.parametrize(
    ("verdict", "options", "status"),
    [
        pytest.param("passed", (), 0, id="passed"),
        pytest.param("failed", (), 1, id="failed"),
        pytest.param("inconclusive", (), 3, id="inconclusive"),
        pytest.param("inconclusive", ("--inconclusive", "pass"), 0, id="inconclusive is a pass"),
        pytest.param("inconclusive", ("--inconclusive", "fail"), 1, id="inconclusive is a fail"),
        pytest.param("failed", ("--inconclusive", "pass"), 1, id="failed stays failed"),
        pytest.param("errored", (), 4, id="errored"),
        pytest.param("timed_out", (), 5, id="timed out"),
    ],
)
def test_it_exits_as_run_does(
    campaignd: Any, service: Any, verdict: str, options: tuple[str, ...], status: int
) -> None:
    service.verdict = verdict
    done = campaignd("wait", EXECUTION, "--json", *options)
    assert done.status == done.json["exit_status"] == status
    assert done.json["verdict"] == verdict


def test_reports_are_written_and_github_is_told_as_run_does(
    campaignd: Any, home: Home, service: Any
) -> None:
    service.verdict = "failed"
    (home.folder / "temp").mkdir()
    places = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": "summary.md",
        "GITHUB_OUTPUT": "outputs",
        "RUNNER_TEMP": str(home.folder / "temp"),
    }
    reports = ("--junit", "j.xml", "--markdown", "r.md", "--html", "r.html")
    done = campaignd("wait", EXECUTION, "--quiet", *reports, **places)
    assert (done.status, done.out, done.err) == (1, "", "")
    texts = {path.name: path.read_text(encoding="utf-8") for path in home.folder.glob("[jrs].*")}
    assert ET.fromstring(texts["j.xml"]).tag == "testsuites"  # noqa: S314  # our own
    assert texts["r.md"].startswith("<!-- campaignd:smoke -->")
    assert texts["r.html"].startswith("<!DOCTYPE html>")
    assert "smoke" in (home.folder / "summary.md").read_text(encoding="utf-8")
    outputs = (home.folder / "outputs").read_text(encoding="utf-8")
    comment = home.folder / "temp" / f"campaignd-{EXECUTION}.md"
    assert comment.read_text(encoding="utf-8") == texts["r.md"]
    for value in ("failed", "1", EXECUTION, "j.xml", str(comment)):
        assert f"\n{value}\n" in outputs


def test_a_report_that_cannot_be_written_is_known_before_anybody_is_asked(
    campaignd: Any, service: Any
) -> None:
    done = campaignd("wait", EXECUTION, "--junit", "no/such/folder.xml")
    assert done.status == 2
    assert service.asked == []


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({"read": [None, HTMLResponse("", 502)]}, id="a proxy answers 502"),
        pytest.param({"read": [None, HTMLResponse("", 404)]}, id="a proxy answers 404"),
        pytest.param({"read": [None, RESET]}, id="a reset"),
        pytest.param({"read": [RESET]}, id="a reset at the start"),
    ],
)
def test_a_lost_connection_is_told_once_and_is_no_failed_gate(
    campaignd: Any, portal: Any, service: Any, faults: dict[str, list[Any]]
) -> None:
    service.faults |= faults

    async def go_on() -> None:
        await service.heard("read", 3 if len(faults["read"]) > 1 else 2)
        service.finish("passed")

    ended = portal.start_task_soon(go_on)
    done = campaignd("wait", EXECUTION)
    ended.result()
    assert done.status == 0
    assert done.err.count("no contact with the service") == 1
    assert done.err.count("in contact with the service again") == 1


def test_a_service_that_stays_away_exits_with_4_and_says_how_to_come_back(
    campaignd: Any, service: Any
) -> None:
    service.faults["read"] = [None, problem(503, "stopping", {"retry-after": "3600"})]
    done = campaignd("wait", EXECUTION, "--json")
    assert (done.status, done.out) == (4, "")
    assert f"The execution goes on. `campaignd wait {EXECUTION}` attaches again." in done.err


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(problem(404, "no such execution"), "no such execution", id="unknown"),
        pytest.param(problem(401, "expired"), "Set CAMPAIGND_TOKEN", id="token"),
    ],
)
def test_a_refusal_exits_with_2(campaignd: Any, service: Any, answer: Any, words: str) -> None:
    service.faults["read"] = [answer]
    done = campaignd("wait", EXECUTION)
    assert (done.status, done.out) == (2, "")
    assert words in done.err


def test_reading_needs_no_token_where_the_service_wants_none(campaignd: Any, service: Any) -> None:
    service.verdict = "passed"
    assert campaignd("wait", EXECUTION, CAMPAIGND_TOKEN="").status == 0
    assert "authorization" not in service.requests("read")[0]


def test_progress_comes_as_lines_where_there_is_no_terminal(
    campaignd: Any, portal: Any, service: Any
) -> None:
    async def go_on() -> None:
        await service.heard("events")
        service.finish("passed")

    service.tell_progress(6)
    ended = portal.start_task_soon(go_on)
    done = campaignd("wait", EXECUTION)
    ended.result()
    assert done.status == 0
    assert f"smoke running ({EXECUTION})" in done.err
    assert f"{CELL} collected, 12 of 12 done" in done.err
    assert "smoke finished" in done.err


@pytest.mark.parametrize(
    ("number", "status"),
    [
        pytest.param(signal.SIGINT, 130, id="Ctrl-C", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, id="TERM"),
    ],
)
def test_a_signal_detaches_and_says_how_to_come_back_or_cancel(
    process: Any, service: Any, number: int, status: int
) -> None:
    waiting = process("wait", EXECUTION, "--json")
    waiting.wait_for("smoke running")
    waiting.signal(number)
    done = waiting.end()
    assert done.status == status
    assert (done.json["verdict"], done.json["exit_status"]) == (None, status)
    assert f"`campaignd wait {EXECUTION}` attaches again" in done.err
    assert f"{service.url}/api/v1/executions/{EXECUTION}/cancel" in done.err
    assert service.requests("order") == []


def test_a_token_that_expires_in_between_does_not_undo_what_was_begun(
    campaignd: Any, service: Any
) -> None:
    service.faults["read"] = [None, problem(401, "expired")]
    done = campaignd("wait", EXECUTION)
    assert done.status == 4
    assert "Set CAMPAIGND_TOKEN" in done.err
    assert "no contact" not in done.err
    assert f"The execution goes on. `campaignd wait {EXECUTION}` attaches again." in done.err
