"""Starting executions over the API."""

from typing import Any

import anyio
import httpx
import pytest
from tests.engine.campaigns import write_campaign
from tests.web.routes.conftest import House, OpenHouse

from campaignd.core.states import ExecutionState
from campaignd.core.tokens import Scope
from campaignd.settings import BudgetSettings, Settings

NIGHTLY = "campaigns/checkout-nightly/executions"
OF_INPUTS = {
    "inputs": {"agent_id": {"description": "The agent of this build."}},
    "agents": {"checkout": {"coval": "${inputs.agent_id}"}},
}
AGENT = "gk3jK9mPq2xRt5vW8yZaBc"


async def stored(house: House) -> int:
    return len(await house.station.storage.history.list(None, 100))


async def end(caller: httpx.AsyncClient, execution: str) -> dict[str, Any]:
    """Wait for an execution as programs do."""
    while True:
        report = (await caller.get(f"executions/{execution}", params={"wait": 60})).json()
        if report["state"] == "finished":
            return dict(report)


async def test_a_triggered_execution_is_stored_driven_and_reported(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        answer = await ci.post(NIGHTLY, json={"labels": {"branch": "main"}})
        assert answer.status_code == 201
        made = answer.json()
        assert answer.headers["location"] == f"/api/v1/executions/{made['execution']}"
        assert (made["trigger"], made["state"], made["verdict"]) == ("api", "queued", None)
        report = await end(ci, made["execution"])
        assert (report["verdict"], report["labels"]) == ("passed", {"branch": "main"})


async def test_a_body_is_not_needed(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        assert (await ci.post(NIGHTLY)).status_code == 201


async def test_a_repeated_request_makes_no_second_execution(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        key = {"Idempotency-Key": "build-17"}
        first = await ci.post(NIGHTLY, json={}, headers=key)
        again = await ci.post(NIGHTLY, json={}, headers=key)
        assert (first.status_code, again.status_code) == (201, 200)
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json()["execution"] == first.json()["execution"]
        assert await stored(service) == 1


async def test_a_key_with_another_request_is_refused(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        key = {"Idempotency-Key": "build-17"}
        await ci.post(NIGHTLY, json={}, headers=key)
        other = await ci.post(NIGHTLY, json={"labels": {"a": "b"}}, headers=key)
        assert other.status_code == 422
        assert other.json()["type"] == "/problems/idempotency-key-reused"
        assert await stored(service) == 1


async def test_two_callers_may_use_the_same_key(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        key = {"Idempotency-Key": "1"}
        for _ in range(2):
            ci = await service.caller(Scope.TRIGGER)
            assert (await ci.post(NIGHTLY, json={}, headers=key)).status_code == 201
        assert await stored(service) == 2


async def test_of_requests_at_once_with_one_key_one_makes_the_execution(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        answers = list[httpx.Response]()

        async def ask() -> None:
            answers.append(await ci.post(NIGHTLY, json={}, headers={"Idempotency-Key": "1"}))

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(ask)
        assert sorted(each.status_code for each in answers) == [200, 200, 200, 200, 201]
        assert len({each.json()["execution"] for each in answers}) == 1
        assert await stored(service) == 1


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("k" * 256, id="long"),
        pytest.param("two words", id="space"),
    ],
)
async def test_a_key_has_a_form(house: OpenHouse, key: str) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        answer = await ci.post(NIGHTLY, json={}, headers={"Idempotency-Key": key})
        assert answer.status_code == 422
        assert await stored(service) == 0


async def test_options_of_the_request_win_and_the_report_says_so(house: OpenHouse) -> None:
    matrix = {"include": [{"iterations": 7, "concurrency": 2}]}
    async with house(write_campaign(matrix=matrix)) as service:
        ci = await service.caller(Scope.TRIGGER)
        answer = await ci.post(NIGHTLY, json={"options": {"iterations": 3}})
        report = await end(ci, answer.json()["execution"])
        (cell,) = report["cells"]
        assert cell["simulations"]["planned"] == 6
        assert "iterations: 3 in every cell, as the request asked" in report["notes"]


async def test_a_campaign_that_needs_inputs_gets_them(house: OpenHouse) -> None:
    async with house(write_campaign(**OF_INPUTS)) as service:
        ci = await service.caller(Scope.TRIGGER)
        (line,) = (await ci.get("campaigns")).json()["campaigns"]
        assert line["needs"] == ["agent_id"]
        detail = (await ci.get("campaigns/checkout-nightly")).json()
        assert detail["inputs"] == [
            {"name": "agent_id", "default": None, "description": "The agent of this build."}
        ]
        without = await ci.post(NIGHTLY, json={})
        assert without.status_code == 422
        assert "agent_id" in without.json()["mistakes"][0]
        answer = await ci.post(NIGHTLY, json={"inputs": {"agent_id": AGENT}})
        assert answer.status_code == 201
        assert answer.json()["inputs"] == {"agent_id": AGENT}


async def test_inputs_that_a_campaign_does_not_have_are_mistakes(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        answer = await ci.post(NIGHTLY, json={"inputs": {"agent": AGENT}})
        assert answer.status_code == 422
        assert "'agent' is given, but not declared" in answer.json()["detail"]
        assert await stored(service) == 0


async def test_a_group_is_replaced_by_its_newest_execution(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        group = {"replace_group": "pull-request-17"}
        old = (await ci.post(NIGHTLY, json=group)).json()["execution"]
        other = (await ci.post(NIGHTLY, json={"replace_group": "18"})).json()["execution"]
        new = (await ci.post(NIGHTLY, json=group)).json()["execution"]
        verdicts = [(await end(ci, each))["verdict"] for each in (old, other, new)]
        assert verdicts == ["cancelled", "passed", "passed"]
        found = await ci.get("executions", params={"label": "replace_group=pull-request-17"})
        assert [each["execution"] for each in found.json()["executions"]] == [new, old]
        events = await service.station.storage.history.events(old)
        assert f"cancelled: replaced by {new}" in [each.reason for each in events]


async def test_a_campaign_is_run_from_its_text(house: OpenHouse) -> None:
    async with house() as service:
        ci = await service.caller(Scope.SUBMIT)
        body = {"campaign": write_campaign(name="once"), "source": "ci.yaml"}
        answer = await ci.post("executions", json=body)
        assert answer.status_code == 201
        report = await end(ci, answer.json()["execution"])
        assert (report["campaign"], report["verdict"]) == ("once", "passed")
        assert report["revision"]["source"] == "ci.yaml"


async def test_all_mistakes_of_a_text_are_told_with_their_places(house: OpenHouse) -> None:
    async with house() as service:
        ci = await service.caller(Scope.SUBMIT)
        answer = await ci.post(
            "executions", json={"campaign": "version: 1\nname: x\nagnets: {}", "source": "ci.yaml"}
        )
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [each[:12] for each in answer.json()["mistakes"]] == ["ci.yaml:1:1:", "ci.yaml:3:1:"]


@pytest.mark.parametrize(
    ("than", "words"),
    [
        pytest.param({"file": "/etc/passwd"}, "cannot name a file of the server", id="file"),
        pytest.param({"execution": "01JDA8Q2ZK7M4T5N6P8R9S0TVW"}, "no execution", id="unknown"),
    ],
)
async def test_a_text_may_not_compare_with_what_is_not_its_own(
    house: OpenHouse, than: dict[str, str], words: str
) -> None:
    gates = [{"no_drop": "resolved", "rule_out": "50 points", "than": than}]
    async with house() as service:
        ci = await service.caller(Scope.SUBMIT)
        answer = await ci.post("executions", json={"campaign": write_campaign(gates=gates)})
        assert answer.status_code == 422
        assert words in answer.json()["detail"]
        assert await stored(service) == 0


async def test_a_text_may_not_compare_with_an_execution_of_others(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        owner = await service.caller(Scope.TRIGGER)
        secret = (await owner.post(NIGHTLY)).json()["execution"]
        await end(owner, secret)
        gate = {"no_drop": "resolved", "rule_out": "60 points", "than": {"execution": secret}}
        text = write_campaign(name="mine", test_sets={"smoke": "aB1cD2eF"}, gates=[gate])
        stranger = await service.caller(Scope.SUBMIT, campaigns=("mine",))
        answer = await stranger.post("executions", json={"campaign": text})
        assert answer.status_code == 422
        assert f"there is no execution {secret}" in answer.json()["detail"]
        other = await service.caller(Scope.SUBMIT)
        assert (await other.post("executions", json={"campaign": text})).status_code == 201


async def test_a_text_of_another_campaign_is_not_the_callers_to_run(house: OpenHouse) -> None:
    async with house() as service:
        ci = await service.caller(Scope.SUBMIT, campaigns=("payments-*",))
        answer = await ci.post("executions", json={"campaign": write_campaign()})
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/campaign-not-allowed"


async def test_what_costs_too_much_is_refused(house: OpenHouse) -> None:
    settings = Settings(budget=BudgetSettings(simulations_per_day=1))
    async with house(
        write_campaign(), write_campaign(name="big", limits={"simulations": 1}), settings=settings
    ) as service:
        ci = await service.caller(Scope.TRIGGER)
        day = await ci.post(NIGHTLY)
        big = await ci.post("campaigns/big/executions")
        assert {day.json()["type"], big.json()["type"]} == {"/problems/over-budget"}
        assert "SIMULATIONS_PER_DAY" in day.json()["detail"]
        assert await stored(service) == 0


async def test_hopeless_gates_are_refused(house: OpenHouse) -> None:
    gates = [{"no_drop": "resolved", "than": "baseline", "rule_out": "5 points"}]
    async with house(write_campaign(gates=gates)) as service:
        ci = await service.caller(Scope.TRIGGER)
        answer = await ci.post(NIGHTLY)
        assert answer.status_code == 422
        assert "can neither pass nor fail" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("status", "kind", "answered"),
    [
        pytest.param(503, "/problems/vendor-unavailable", 503, id="down"),
        pytest.param(401, "/problems/vendor-refuses", 502, id="key refused"),
    ],
)
async def test_trouble_of_a_vendor_creates_nothing(
    house: OpenHouse, status: int, kind: str, answered: int
) -> None:
    async with house(write_campaign()) as service:
        service.stage.stunt = lambda _: httpx.Response(status, json={"detail": "no"})
        ci = await service.caller(Scope.TRIGGER)
        answer = await ci.post(NIGHTLY, json={}, headers={"Idempotency-Key": "1"})
        assert (answer.status_code, answer.json()["type"]) == (answered, kind)
        assert await stored(service) == 0
        service.stage.stunt = lambda _: None
        again = await ci.post(NIGHTLY, json={}, headers={"Idempotency-Key": "1"})
        assert again.status_code == 201


async def test_executions_of_a_campaign_wait_for_each_other(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        first, second = [(await ci.post(NIGHTLY)).json()["execution"] for _ in range(2)]
        states = [
            (await service.station.storage.executions.load(each)).execution.state
            for each in (first, second)
        ]
        assert states[1] is ExecutionState.QUEUED
        ends = [(await end(ci, each))["finished_at"] for each in (first, second)]
        assert ends == sorted(ends)
