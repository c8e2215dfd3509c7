"""Campaigns, baselines and schedules over the API."""

from typing import Any

import pytest
from tests.engine.campaigns import write_campaign
from tests.web.routes.conftest import OpenHouse
from tests.web.routes.test_executions import NOBODY, trigger
from tests.web.routes.test_orders import end

from campaignd.core.tokens import Scope

SCHEDULED = write_campaign(
    name="payments-eu",
    description="Every night.",
    schedule=[{"cron": "0 4 * * *", "jitter": "5m"}],
    labels={"team": "payments"},
)
BROKEN = "version: 1\nname: broken\nagnets: {}\n"


async def test_the_list_shows_what_there_is_and_what_is_broken(house: OpenHouse) -> None:
    async with house(write_campaign(), SCHEDULED, BROKEN) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        await end(ci, execution)
        found = (await ci.get("campaigns")).json()
        assert [each["name"] for each in found["campaigns"]] == ["checkout-nightly", "payments-eu"]
        nightly, payments = found["campaigns"]
        assert nightly["last"]["execution"] == execution
        assert (nightly["next_start"], payments["next_start"]) == (None, "2026-11-02T04:00:00Z")
        (broken,) = found["broken"]
        assert broken["source"].endswith("campaign2.yaml")
        assert len(broken["mistakes"]) == 2


async def test_whoever_is_limited_sees_his_own_campaigns_alone(house: OpenHouse) -> None:
    async with house(write_campaign(), SCHEDULED, BROKEN) as service:
        limited = await service.caller(Scope.ADMIN, campaigns=("payments-*",))
        found = (await limited.get("campaigns")).json()
        assert [each["name"] for each in found["campaigns"]] == ["payments-eu"]
        assert found["broken"] == []
        hidden = await limited.get("campaigns/checkout-nightly")
        nothing = await limited.get("campaigns/checkout-nothing")
        assert hidden.status_code == 404
        assert "nightly'" not in nothing.json()["detail"]
        for path in ("executions", "schedule/pause", "schedule/resume"):
            answer = await limited.post(f"campaigns/checkout-nightly/{path}")
            assert answer.status_code == 404
        put = await limited.put("campaigns/checkout-nightly/baseline", json={"execution": None})
        assert put.status_code == 404


async def test_a_campaign_is_shown_with_all_that_becomes_of_it(house: OpenHouse) -> None:
    async with house(SCHEDULED) as service:
        ci = await service.caller(Scope.TRIGGER)
        made = [await trigger(ci, "payments-eu") for _ in range(2)]
        for each in made:
            await end(ci, each)
        found = (await ci.get("campaigns/payments-eu")).json()
        assert (found["description"], found["labels"]) == ("Every night.", {"team": "payments"})
        (line,) = found["schedule"]
        assert (line["cron"], line["jitter"], len(line["next"])) == ("0 4 * * *", 300, 5)
        assert [each["execution"] for each in found["executions"]] == made[::-1]
        assert found["baselines"][0]["execution"] == made[1]


async def test_a_mistyped_name_gets_a_hint(house: OpenHouse) -> None:
    async with house(SCHEDULED) as service:
        reader = await service.caller(Scope.READ)
        answer = await reader.get("campaigns/payments-uk")
        assert answer.status_code == 404
        assert "did you mean 'payments-eu'?" in answer.json()["detail"]


async def test_a_baseline_is_pinned_and_unpinned(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        admin = await service.caller(Scope.ADMIN)
        first, second = [await trigger(admin) for _ in range(2)]
        path = "campaigns/checkout-nightly/baseline"
        early = await admin.put(path, json={"execution": second})
        assert (early.status_code, early.json()["type"]) == (409, "/problems/no-baseline")
        for each in (first, second):
            await end(admin, each)
        pinned = (await admin.put(path, json={"execution": first.lower()})).json()
        assert pinned["baselines"][0]["execution"] == first
        assert pinned["baselines"][0]["pinned_at"] is not None
        unpinned = (await admin.put(path, json={"execution": None})).json()
        assert unpinned["baselines"][0]["execution"] == second
        assert unpinned["baselines"][0]["pinned_at"] is None


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        pytest.param("checkout-nightly", {"execution": NOBODY}, 404, id="no such execution"),
        pytest.param("checkout-nightly", {"execution": "01J"}, 404, id="a part of an id"),
        pytest.param("checkout-nightly", {}, 422, id="nothing said"),
        pytest.param("never-run", {"execution": None}, 404, id="a campaign without executions"),
    ],
)
async def test_a_baseline_that_cannot_be_is_refused(
    house: OpenHouse, name: str, body: dict[str, Any], status: int
) -> None:
    async with house(write_campaign()) as service:
        admin = await service.caller(Scope.ADMIN)
        await trigger(admin)
        answer = await admin.put(f"campaigns/{name}/baseline", json=body)
        assert answer.status_code == status


async def test_an_execution_of_another_campaign_is_no_baseline(house: OpenHouse) -> None:
    async with house(write_campaign(), SCHEDULED) as service:
        admin = await service.caller(Scope.ADMIN)
        await trigger(admin)
        other = await trigger(admin, "payments-eu")
        await end(admin, other)
        answer = await admin.put("campaigns/checkout-nightly/baseline", json={"execution": other})
        assert answer.status_code == 409


async def test_a_schedule_is_paused_and_resumed(house: OpenHouse) -> None:
    async with house(write_campaign(), SCHEDULED) as service:
        admin = await service.caller(Scope.ADMIN)
        path = "campaigns/payments-eu/schedule"
        paused = (await admin.post(f"{path}/pause")).json()
        assert paused["changed"]
        assert paused["paused_at"] is not None
        assert not (await admin.post(f"{path}/pause")).json()["changed"]
        shown = (await admin.get("campaigns/payments-eu")).json()
        assert shown["paused_at"] == paused["paused_at"]
        resumed = (await admin.post(f"{path}/resume")).json()
        assert resumed == {"campaign": "payments-eu", "paused_at": None, "changed": True}
        without = await admin.post("campaigns/checkout-nightly/schedule/pause")
        assert (without.status_code, without.json()["type"]) == (409, "/problems/no-schedule")
