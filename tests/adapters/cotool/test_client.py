import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from campaignd.adapters.cotool import client as module
from campaignd.adapters.cotool.client import CotoolClient
from campaignd.core.cotool import AgentRunQuery, CotoolAgent, ScoreFilter
from campaignd.engine.faults import AnswerUnusable, KeyRefused, NotFound

RUNS = "https://app.test/api/agent-runs"
AGENTS = "https://app.test/api/agents"
AGENT = "1f5b8f0e-2c3d-4e77-8a10-b6a2f3f4c9d0"


def item(run_id: str, **facts: object) -> dict[str, object]:
    at = "2026-03-02T09:14:07.120Z"
    flags = {"hasError": False, "isStreaming": False}
    return {"id": run_id, "agentId": AGENT, "createdAt": at, "updatedAt": at, **flags, **facts}


def page(total: int, *run_ids: str) -> dict[str, object]:
    return {"runs": [item(run_id) for run_id in run_ids], "totalCount": total}


def answers(*documents: object) -> Iterator[httpx.Response]:
    return iter([httpx.Response(200, json=document) for document in documents])


async def list_ids(client: CotoolClient) -> list[str]:
    return [run.run_id for run in await client.list_agent_runs(AgentRunQuery())]


async def test_a_plain_list_sends_only_paging_and_order(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.get(RUNS).mock(side_effect=answers(page(0)))
    assert await list_ids(client) == []
    request = route.calls.last.request
    assert dict(request.url.params) == {
        "page": "0",
        "pageSize": "100",
        "sortField": "createdAt",
        "sortDirection": "asc",
    }
    assert request.headers["authorization"] == "Bearer ct-0123456789"


async def test_every_parameter_of_the_contract_can_be_sent(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.get(RUNS).mock(side_effect=answers(page(0)))
    await client.list_agent_runs(
        AgentRunQuery(
            agent_id=AGENT,
            agent_name="Mail & more",
            tools=("splunk", "slack"),
            date_from=datetime(2026, 3, 2, 9, 0, 0, 120_000, tzinfo=UTC),
            date_to=datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=1))),
            trigger_sources=("webhook", "slack"),
            scores=(ScoreFilter("lt", 70), ScoreFilter("ge", 90.5)),
            sort_field="evalScore",
            descending=True,
        )
    )
    params = dict(route.calls.last.request.url.params)
    assert json.loads(params.pop("scoreFilters")) == [
        {"op": "lt", "value": 70},
        {"op": "ge", "value": 90.5},
    ]
    assert params == {
        "page": "0",
        "pageSize": "100",
        "sortField": "evalScore",
        "sortDirection": "desc",
        "agentIdFilter": AGENT,
        "agentNameFilter": "Mail & more",
        "toolFilter": "splunk,slack",
        "dateFrom": "2026-03-02T09:00:00.120Z",
        "dateTo": "2026-03-02T11:00:00.000Z",
        "triggerSourceFilter": "webhook,slack",
    }


async def test_all_pages_are_read_and_shifted_runs_come_once(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.get(RUNS).mock(
        side_effect=answers(page(4, "a", "b"), page(4, "b", "c"), page(4, "d"))
    )
    assert await list_ids(client) == ["a", "b", "c", "d"]
    assert [call.request.url.params["page"] for call in route.calls] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "shifted",
    [
        pytest.param([page(4, "a", "b"), page(4, "d"), page(4)], id="fewer than counted"),
        pytest.param([page(5, "gone", "a", "b"), page(4, "d")], id="as many, but one that is gone"),
    ],
)
async def test_a_run_that_shifting_pages_skipped_is_read_again(
    client: CotoolClient, respx_mock: respx.MockRouter, shifted: list[object]
) -> None:
    route = respx_mock.get(RUNS).mock(side_effect=answers(*shifted, page(4, "a", "b", "c", "d")))
    assert await list_ids(client) == ["a", "b", "c", "d"]
    assert route.calls.last.request.url.params["page"] == "0"


async def test_a_run_on_two_pages_is_kept_as_read_last(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    graded = {"runs": [item("a", evalScore=90), item("b")], "totalCount": 2}
    respx_mock.get(RUNS).mock(side_effect=answers(page(2, "a"), graded))
    runs = await client.list_agent_runs(AgentRunQuery())
    assert [(run.run_id, run.score) for run in runs] == [("a", 90.0), ("b", None)]


async def test_one_page_that_holds_all_is_enough(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.get(RUNS).mock(side_effect=answers(page(2, "a", "b")))
    assert await list_ids(client) == ["a", "b"]
    assert route.call_count == 1


async def test_fewer_runs_than_counted_end_at_the_empty_page_and_are_told(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    short = [page(5, "a", "b"), page(5)]
    respx_mock.get(RUNS).mock(side_effect=answers(*short, *short, *short))
    with capture_logs() as entries:
        assert await list_ids(client) == ["a", "b"]
    warnings = [entry for entry in entries if entry["log_level"] == "warning"]
    assert [(entry["listed"], entry["counted"]) for entry in warnings] == [(2, 5)]


async def test_a_page_that_repeats_the_one_before_is_an_error(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(RUNS).mock(return_value=httpx.Response(200, json=page(9, "a", "b")))
    with pytest.raises(AnswerUnusable, match="page 1 repeats page 0"):
        await list_ids(client)


async def test_pages_without_end_are_an_error(
    client: CotoolClient, respx_mock: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    respx_mock.get(RUNS).mock(
        side_effect=lambda request: httpx.Response(
            200, json=page(99, f"run-{request.url.params['page']}")
        )
    )
    with pytest.raises(AnswerUnusable, match="more than 3 pages"):
        await list_ids(client)


async def test_runs_of_another_agent_are_dropped(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    both = {"runs": [item("a"), item("b", agentId="other")], "totalCount": 2}
    respx_mock.get(RUNS).mock(side_effect=answers(both))
    runs = await client.list_agent_runs(AgentRunQuery(agent_id=AGENT))
    assert [run.run_id for run in runs] == ["a"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param({"runs": []}, "totalCount: field required", id="no count"),
        pytest.param({"totalCount": 0}, "runs: field required", id="no runs"),
        pytest.param(
            {"runs": [item("a", evalScore="good")], "totalCount": 1},
            "runs.0.evalScore: ",
            id="score in words",
        ),
    ],
)
async def test_a_page_that_does_not_fit_names_the_field(
    client: CotoolClient, respx_mock: respx.MockRouter, document: object, words: str
) -> None:
    respx_mock.get(RUNS).mock(return_value=httpx.Response(200, json=document))
    with pytest.raises(AnswerUnusable) as caught:
        await list_ids(client)
    assert caught.value.message.startswith(words)


async def test_a_wrong_key_is_told_in_the_vendors_words_without_the_key(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(RUNS).mock(return_value=httpx.Response(401, text="no key ct-0123456789"))
    with pytest.raises(KeyRefused, match=r"Cotool answered 401 to GET /agent-runs: no key \*\*\*"):
        await list_ids(client)


async def test_an_agent_is_read_with_its_criteria(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    agent = {"id": AGENT, "name": "Triage", "acceptanceCriteria": ["Checks logs"], "inputs": []}
    respx_mock.get(f"{AGENTS}/{AGENT}").mock(side_effect=answers(agent))
    assert await client.read_agent(AGENT) == CotoolAgent(AGENT, "Triage", "", ("Checks logs",))


async def test_an_unknown_agent_is_not_found(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(f"{AGENTS}/x").mock(return_value=httpx.Response(404))
    with pytest.raises(NotFound):
        await client.read_agent("x")


async def test_agents_are_a_bare_list(client: CotoolClient, respx_mock: respx.MockRouter) -> None:
    listed = [
        {"id": "1", "name": "Triage", "deletedAt": None, "acceptanceCriteria": None},
        {"id": "2", "name": None, "description": "old", "deletedAt": "2026-01-01T00:00:00Z"},
    ]
    respx_mock.get(AGENTS).mock(side_effect=answers(listed))
    assert await client.list_agents() == [
        CotoolAgent("1", "Triage"),
        CotoolAgent("2", "2", "old", deleted=True),
    ]


async def test_agents_that_are_no_list_are_unusable(
    client: CotoolClient, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(AGENTS).mock(return_value=httpx.Response(200, json={"agents": []}))
    with pytest.raises(AnswerUnusable, match="the answer: input should be a valid"):
        await client.list_agents()
