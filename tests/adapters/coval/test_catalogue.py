from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
import respx

from campaignd.adapters.coval.catalogue import CatalogueClient
from campaignd.adapters.http.lane import Lane
from campaignd.core.coval import MetricResource, Resource, TargetCondition
from campaignd.engine.faults import AnswerUnusable, NotFound

API = "https://api.test/v1"
AT = "2026-11-02T08:00:00Z"
EIGHT = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def client(lane: Lane) -> CatalogueClient:
    return CatalogueClient(lane)


def answers(*documents: object) -> Iterator[httpx.Response]:
    return iter([httpx.Response(200, json=document) for document in documents])


async def test_an_agent_is_read(client: CatalogueClient, respx_mock: respx.MockRouter) -> None:
    agent = {"id": "A1", "customer_agent_id": "c", "display_name": "Checkout", "update_time": AT}
    respx_mock.get(f"{API}/agents/A1").mock(side_effect=answers({"agent": agent}))
    assert await client.read_agent("A1") == Resource("A1", "Checkout", update_time=EIGHT)


async def test_a_persona_is_read(client: CatalogueClient, respx_mock: respx.MockRouter) -> None:
    persona = {"id": "P1", "resource_name": "personas/P1", "name": "Impatient", "update_time": None}
    respx_mock.get(f"{API}/personas/P1").mock(side_effect=answers({"persona": persona}))
    assert await client.read_persona("P1") == Resource("P1", "Impatient")


async def test_a_test_set_is_read_with_its_size(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    test_set = {"id": "tS4n9Qa2", "slug": "smoke", "display_name": None, "test_case_count": 42}
    respx_mock.get(f"{API}/test-sets/tS4n9Qa2").mock(side_effect=answers({"test_set": test_set}))
    assert await client.read_test_set("tS4n9Qa2") == Resource("tS4n9Qa2", "smoke", cases=42)


@pytest.mark.parametrize(("status", "deleted"), [("ACTIVE", False), ("DELETED", True)])
async def test_a_mutation_tells_whether_it_is_deleted(
    client: CatalogueClient, respx_mock: respx.MockRouter, status: str, deleted: bool
) -> None:
    mutation = {"id": "M1", "display_name": "Fast", "description": "Fast VAD", "status": status}
    respx_mock.get(f"{API}/agents/A1/mutations/M1").mock(
        side_effect=answers({"mutation": mutation})
    )
    expected = Resource("M1", "Fast", "Fast VAD", deleted=deleted)
    assert await client.read_mutation("A1", "M1") == expected


async def test_a_metric_is_read_with_its_target(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    metric = {
        "name": "metrics/Q1",
        "id": "Q1",
        "metric_name": "Resolved",
        "description": "Was the goal reached?",
        "metric_type": "METRIC_LLM_BINARY",
        "unit": None,
        "categories": ["YES", "NO"],
        "min_value": 1,
        "max_value": 5,
        "target_condition": {"comparison_operator": "in", "target_values": ["YES"]},
        "current_version": {"ulid": "01", "version_number": 3, "change_type": "UPDATE"},
        "update_time": AT,
        "created_at": None,
    }
    respx_mock.get(f"{API}/metrics/Q1").mock(side_effect=answers({"metric": metric}))
    assert await client.read_metric("Q1") == MetricResource(
        id="Q1",
        name="Resolved",
        metric_type="METRIC_LLM_BINARY",
        description="Was the goal reached?",
        minimum=1.0,
        maximum=5.0,
        categories=("YES", "NO"),
        target=TargetCondition("in", texts=("YES",)),
        version="3",
        update_time=EIGHT,
    )


async def test_an_odd_target_does_not_hide_a_metric(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    metric = {"id": "Q1", "target_condition": {"comparison_operator": "gte", "target_float": "x"}}
    respx_mock.get(f"{API}/metrics/Q1").mock(side_effect=answers({"metric": metric}))
    assert await client.read_metric("Q1") == MetricResource("Q1", "Q1", "")


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        pytest.param(
            {"comparison_operator": "gte", "target_float_upper": 0.8},
            TargetCondition("gte", 0.8),
            id="single number",
        ),
        pytest.param(
            {"comparison_operator": "bt", "target_float_lower": 0, "target_float_upper": 2},
            TargetCondition("bt", 0.0, 2.0),
            id="range from zero",
        ),
        pytest.param(
            {"comparison_operator": "in", "target_values": ["YES"], "target_float_upper": None},
            TargetCondition("in", texts=("YES",)),
            id="texts",
        ),
        pytest.param(
            {"comparison_operator": None, "target_float_upper": None}, None, id="none is set"
        ),
        pytest.param(None, None, id="null"),
    ],
)
async def test_the_organizations_threshold_is_read(
    client: CatalogueClient,
    respx_mock: respx.MockRouter,
    threshold: object,
    expected: TargetCondition | None,
) -> None:
    route = respx_mock.get(f"{API}/metrics/Q1/threshold")
    route.mock(side_effect=answers({"threshold": threshold}))
    assert await client.read_threshold("Q1") == expected


async def test_a_metric_without_any_threshold_has_none(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(f"{API}/metrics/Q1/threshold").mock(return_value=httpx.Response(404))
    assert await client.read_threshold("Q1") is None


async def test_an_id_cannot_leave_its_place_in_the_path(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.route().mock(return_value=httpx.Response(404))
    with pytest.raises(NotFound):
        await client.read_agent("a/../../b?c#d")
    assert route.calls.last.request.url.raw_path == b"/v1/agents/a%2F..%2F..%2Fb%3Fc%23d"


async def test_an_answer_without_its_envelope_is_unusable(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    respx_mock.get(f"{API}/agents/A1").mock(return_value=httpx.Response(200, json={"id": "A1"}))
    with pytest.raises(AnswerUnusable, match="agent: field required"):
        await client.read_agent("A1")


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        pytest.param("list_agents", "/agents", "agents", id="agents"),
        pytest.param("list_personas", "/personas", "personas", id="personas"),
        pytest.param("list_test_sets", "/test-sets", "test_sets", id="test sets"),
    ],
)
async def test_lists_are_read_to_the_end_with_each_thing_once(
    client: CatalogueClient, respx_mock: respx.MockRouter, method: str, path: str, key: str
) -> None:
    named = {"display_name": "One", "name": "One"}
    route = respx_mock.get(API + path).mock(
        side_effect=answers(
            {key: [{"id": "1", **named}], "next_page_token": "t"},
            {key: [{"id": "1", **named}, {"id": "2"}]},
        )
    )
    listed = await getattr(client, method)()
    assert listed == [Resource("1", "One"), Resource("2", "2")]
    assert [dict(call.request.url.params) for call in route.calls] == [
        {"page_size": "100"},
        {"page_size": "100", "page_token": "t"},
    ]


async def test_a_list_with_an_odd_item_names_it(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    page = {"agents": [{"id": "1"}, {"display_name": "no id"}]}
    respx_mock.get(f"{API}/agents").mock(return_value=httpx.Response(200, json=page))
    with pytest.raises(AnswerUnusable, match=r"agents\.1\.id: field required"):
        await client.list_agents()


async def test_mutations_of_an_agent_are_listed(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    page = {"mutations": [{"id": "M1", "display_name": "Fast"}], "total_count": 1}
    respx_mock.get(f"{API}/agents/A1/mutations").mock(side_effect=answers(page))
    assert await client.list_mutations("A1") == [Resource("M1", "Fast")]


@pytest.mark.parametrize(
    ("wanted", "params"),
    [
        pytest.param(True, {"page_size": "100", "include_builtin": "true"}, id="all"),
        pytest.param(False, {"page_size": "100"}, id="own"),
    ],
)
async def test_metrics_are_listed_with_or_without_coval_s_own(
    client: CatalogueClient, respx_mock: respx.MockRouter, wanted: bool, params: dict[str, str]
) -> None:
    page = {"metrics": [{"id": "Q1", "metric_name": "Tone", "metric_type": "METRIC_NEW"}]}
    route = respx_mock.get(f"{API}/metrics").mock(side_effect=answers(page))
    listed = await client.list_metrics(include_builtin=wanted)
    assert listed == [MetricResource("Q1", "Tone", "METRIC_NEW")]
    assert dict(route.calls.last.request.url.params) == params


async def test_test_cases_have_a_short_title_and_belong_to_their_set(
    client: CatalogueClient, respx_mock: respx.MockRouter
) -> None:
    page = {
        "test_cases": [
            {"id": "C1", "test_set_id": "tS4n9Qa2", "input_str": "Where is\nmy order?"},
            {"id": "C2", "input_str": "x" * 300, "description": "long"},
            {"id": "C3", "test_set_id": "other"},
            {"id": "C4", "input_str": None},
        ]
    }
    route = respx_mock.get(f"{API}/test-cases").mock(side_effect=answers(page))
    assert await client.list_test_cases("tS4n9Qa2") == [
        Resource("C1", "Where is my order?"),
        Resource("C2", "x" * 199 + "…", "long"),
        Resource("C4", "C4"),
    ]
    assert route.calls.last.request.url.params["filter"] == 'test_set_id="tS4n9Qa2"'
