"""`trigger`, against a service that speaks the contract and fails as it is told."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import HTMLResponse
from tests.adapters.remote.scripted import EXECUTION, LOSE, RESET, ScriptedService, problem
from tests.cli.conftest import CAMPAIGN, Home
from tests.cli.remote import TOKEN, scripted_service


@pytest.fixture
def service(portal: Any, home: Home) -> Iterator[ScriptedService]:
    with scripted_service(portal, home) as scripted:
        yield scripted


def order_of(service: ScriptedService) -> Any:
    (order,) = service.orders.values()
    return order


def test_it_prints_the_id_of_the_execution_that_goes_on(campaignd: Any, service: Any) -> None:
    done = campaignd("trigger", "smoke", "--label", "commit=abc", "--input", "agent_id=x")
    assert (done.status, done.out, done.err) == (0, f"{EXECUTION}\n", "")
    assert order_of(service) == {"labels": {"commit": "abc"}, "inputs": {"agent_id": "x"}}
    assert service.requests("read") == []


def test_options_and_group_go_along(campaignd: Any, service: Any) -> None:
    sizes = ("--iterations", "2", "--concurrency", "9")
    done = campaignd("trigger", "smoke", *sizes, "--replace-group", "pr-123", "--json")
    assert done.json["execution"] == EXECUTION
    assert order_of(service) == {
        "options": {"iterations": 2, "concurrency": 9},
        "replace_group": "pr-123",
    }


def test_a_file_is_sent_as_it_is(campaignd: Any, home: Home, service: Any) -> None:
    assert campaignd("trigger", "smoke.yaml").status == 0
    assert order_of(service) == {"campaign": CAMPAIGN, "source": "smoke.yaml"}
    assert campaignd("trigger", "./no-such").err.startswith("no-such: there is no such file")


def test_with_wait_it_ends_as_the_execution_does(campaignd: Any, service: Any) -> None:
    service.verdict = "failed"
    done = campaignd("trigger", "smoke", "--wait")
    assert done.status == 1
    assert f"execution {EXECUTION} of smoke" in done.err
    assert "failed  smoke" in done.out


def test_an_order_whose_answer_was_lost_is_sent_again_as_the_same_one(
    campaignd: Any, service: Any
) -> None:
    service.faults["order"] = [LOSE]
    done = campaignd("trigger", "smoke")
    assert (done.status, done.out) == (0, f"{EXECUTION}\n")
    first, second = (each["idempotency-key"] for each in service.requests("order"))
    assert first == second
    assert len(service.orders) == 1
    assert "in contact with the service again" in done.err


def test_each_invocation_is_an_order_of_its_own(campaignd: Any, service: Any) -> None:
    campaignd("trigger", "smoke")
    campaignd("trigger", "smoke")
    assert len(service.orders) == 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(problem(429, "slow down", {"retry-after": "0"}), id="too many requests"),
        pytest.param(problem(502, "Coval is away; nothing was begun"), id="vendor trouble"),
        pytest.param(HTMLResponse("<h1>Bad gateway</h1>", 502), id="a proxy without a service"),
        pytest.param(RESET, id="a reset"),
    ],
)
def test_trouble_that_passes_is_waited_out(campaignd: Any, service: Any, fault: Any) -> None:
    service.faults["order"] = [fault]
    assert campaignd("trigger", "smoke").status == 0
    assert len(service.orders) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(problem(401, "revoked"), "Set CAMPAIGND_TOKEN", id="token"),
        pytest.param(problem(403, "needs submit"), "`submit` to begin a file's", id="scope"),
        pytest.param(problem(404, "no campaign 'smoke'"), "no campaign 'smoke'", id="name"),
        pytest.param(problem(421, "unknown"), "CAMPAIGND_API__PUBLIC_URL", id="host"),
        pytest.param(
            problem(422, "invalid", mistakes=["smoke.yaml:3:1: unknown key"]),
            "smoke.yaml:3:1: unknown key\n1 mistake; nothing was launched",
            id="mistakes",
        ),
    ],
)
def test_a_refusal_exits_with_2_and_says_what_to_do(
    campaignd: Any, service: Any, answer: Any, words: str
) -> None:
    service.faults["order"] = [answer]
    done = campaignd("trigger", "smoke")
    assert (done.status, done.out) == (2, "")
    assert words in done.err
    assert len(service.requests("order")) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            HTMLResponse("<h1>Log in"),
            "is there a proxy or a login page in between?\nIs the service up",
            id="a login page",
        ),
        pytest.param(
            problem(503, "stopping", {"retry-after": "600"}),
            "If the order arrived all the same, the execution goes on.",
            id="away for longer than it is worth waiting",
        ),
    ],
)
def test_a_service_that_is_not_to_be_had_exits_with_4(
    campaignd: Any, service: Any, answer: Any, words: str
) -> None:
    service.faults["order"] = [answer]
    done = campaignd("trigger", "smoke")
    assert (done.status, done.out) == (4, "")
    assert words in done.err


@pytest.mark.parametrize("missing", ["CAMPAIGND_URL", "CAMPAIGND_TOKEN"])
def test_a_missing_setting_is_named(campaignd: Any, service: Any, missing: str) -> None:
    done = campaignd("trigger", "smoke", **{missing: ""})
    assert done.status == 2
    assert done.err.startswith(f"{missing} is not set")
    assert service.asked == []


@pytest.mark.parametrize("option", ["--junit=x.xml", "--html=x.html", "--inconclusive=pass"])
def test_what_needs_a_verdict_needs_wait(campaignd: Any, service: Any, option: str) -> None:
    done = campaignd("trigger", "smoke", option)
    assert done.status == 2
    assert "needs --wait: there is no verdict before the end" in done.err
    assert service.asked == []


def test_a_step_of_github_can_wait_for_it_later(campaignd: Any, home: Home, service: Any) -> None:
    campaignd("trigger", "smoke", GITHUB_ACTIONS="true", GITHUB_OUTPUT="outputs")
    outputs = (home.folder / "outputs").read_text(encoding="utf-8").splitlines()
    assert outputs[0].startswith("execution<<")
    assert outputs[1] == EXECUTION


def test_the_token_is_never_shown_or_logged(campaignd: Any, home: Home, service: Any) -> None:
    service.faults["order"] = [problem(500, "a bug"), problem(401, "no")]
    done = campaignd("trigger", "smoke", CAMPAIGND_LOG__LEVEL="debug")
    secret = TOKEN.rpartition("_")[2]
    assert secret not in done.out + done.err
    assert secret.encode() not in home.everything_written()
