from typing import Any

import pytest

RUNS = "/v1/runs"
AGENT_RUNS = "/api/agent-runs"


async def test_a_launched_run_is_there_and_ends(client_of: Any, clock: Any, order: Any) -> None:
    async with client_of() as client:
        launched = await client.post(RUNS, json=order)
        assert launched.status_code == 200
        run_id = launched.json()["run"]["run_id"]
        clock.pass_time(10)
        run = (await client.get(f"{RUNS}/{run_id}")).json()["run"]
        assert run["status"] == "COMPLETED"
        page = (await client.get(RUNS, params={"filter": 'status="COMPLETED"'})).json()
        assert [item["run_id"] for item in page["runs"]] == [run_id]


async def test_answers_carry_the_vendors_date_and_a_request_id(client_of: Any) -> None:
    async with client_of(timing={"clock_skew": "1h"}) as client:
        first, second = [await client.get(RUNS) for _ in range(2)]
    assert first.headers["date"] == "Mon, 02 Nov 2026 09:00:00 GMT"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_refusals_come_in_the_documented_envelope(client_of: Any) -> None:
    async with client_of() as client:
        answer = await client.get(RUNS, params={"page_size": 5000})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "INVALID_ARGUMENT"
    assert error["details"] == [
        {"field": "page_size", "description": "page_size must be between 1 and 1000"}
    ]


@pytest.mark.parametrize(
    ("path", "headers", "status", "body"),
    [
        pytest.param(
            RUNS, {"x-api-key": ""}, 401, '{"message":"Missing API Key"}', id="coval, none"
        ),
        pytest.param(RUNS, {"x-api-key": "wrong"}, 401, "UNAUTHENTICATED", id="coval, wrong"),
        pytest.param(AGENT_RUNS, {"authorization": ""}, 401, "Unauthorized", id="cotool, none"),
        pytest.param(
            AGENT_RUNS, {"authorization": "Bearer no"}, 401, "Unauthorized", id="cotool, wrong"
        ),
        pytest.param(
            AGENT_RUNS, {"authorization": "Basic c-2"}, 401, "Unauthorized", id="cotool, basic"
        ),
    ],
)
async def test_a_missing_or_wrong_key_is_refused(
    client_of: Any, path: str, headers: dict[str, str], status: int, body: str
) -> None:
    async with client_of(api_keys={"coval": "c-1", "cotool": "c-2"}) as client:
        answer = await client.get(path, headers=headers)
    assert answer.status_code == status
    assert body in answer.text


async def test_the_right_keys_are_accepted(client_of: Any) -> None:
    headers = {"x-api-key": "c-1", "authorization": "Bearer c-2"}
    async with client_of(api_keys={"coval": "c-1", "cotool": "c-2"}) as client:
        for path in (RUNS, AGENT_RUNS):
            assert (await client.get(path, headers=headers)).status_code == 200


async def test_paths_that_are_not_served_say_so(client_of: Any) -> None:
    async with client_of() as client:
        assert (await client.get("/v1/reports")).json()["error"]["code"] == "NOT_FOUND"
        assert (await client.get("/api/chats")).status_code == 404
        del client.headers["x-api-key"]
        assert (await client.get("/v1/reports")).json() == {"message": "Forbidden"}


async def test_cotool_refuses_in_plain_text(client_of: Any) -> None:
    async with client_of(strict=True) as client:
        bad = await client.get(AGENT_RUNS, params={"pageSize": 500})
        unknown = await client.get("/api/agents/00000000-0000-4000-8000-000000000000")
    assert (bad.status_code, bad.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert unknown.status_code == 404


async def test_the_agents_of_cotool_are_a_bare_array(client_of: Any) -> None:
    async with client_of() as client:
        assert isinstance((await client.get("/api/agents")).json(), list)


async def test_tag_filters_may_be_repeated(client_of: Any) -> None:
    async with client_of() as client:
        query = [("tag_filters", "voice"), ("tag_filters", "production")]
        page = (await client.get("/v1/agents", params=query)).json()
    assert [agent["display_name"] for agent in page["agents"]] == ["Checkout assistant"]
