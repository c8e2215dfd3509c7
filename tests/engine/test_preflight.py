"""Before a cent is spent, everything that a campaign refers to is read."""

from collections import Counter
from collections.abc import Callable

import httpx
import pytest
from tests.engine.campaigns import CHECKOUT, COTOOL, RESOLVED, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Call

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.core.plan import expand
from campaignd.engine.faults import KeyRefused, RemoteUnavailable
from campaignd.engine.preflight import Inspector, Preflight

FAST, GPT = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW"
CALM, ELDERLY = "hL4kL0nQr3ySt6vX9zAcDd", "pE3Hn6Yd0Sf8Jr2Ku5Gv1X"
SMOKE, REFUNDS = "aB1cD2eF", "rF9kL2mN"

TEXT = write_campaign(
    agents={"checkout": {"coval": CHECKOUT, "cotool": COTOOL, "mutations": ["models"]}},
    personas={"calm": CALM, "elderly": {"id": ELDERLY}},
    test_sets={"smoke": SMOKE, "refunds": {"id": REFUNDS, "sample": {"size": 5}}},
    mutations={"models": {"fast": FAST, "gpt": GPT}},
    metrics={
        "resolved": {"id": RESOLVED, "pass_when": {"equals": "YES"}},
        "quality": {"cotool": "score"},
    },
)


async def inspect(stage: Stage, text: str = TEXT) -> Preflight:
    campaign = load_campaign_text(text, "campaign.yaml", {}).campaign
    async with stage.process() as process:
        inspector = Inspector(process.catalogue, process.vendors.cotool)
        return await inspector.inspect(campaign, expand(campaign).cells)
    raise AssertionError


async def test_every_id_is_read_once(stage: Stage) -> None:
    await inspect(stage)
    assert Counter(call.name for call in stage.calls) == {
        f"GET /v1/agents/{CHECKOUT}": 1,
        f"GET /v1/agents/{CHECKOUT}/mutations/{FAST}": 1,
        f"GET /v1/agents/{CHECKOUT}/mutations/{GPT}": 1,
        f"GET /v1/personas/{CALM}": 1,
        f"GET /v1/personas/{ELDERLY}": 1,
        f"GET /v1/test-sets/{SMOKE}": 1,
        f"GET /v1/test-sets/{REFUNDS}": 1,
        f"GET /v1/metrics/{RESOLVED}": 1,
        "GET /v1/test-cases": 2,
        f"GET /api/agents/{COTOOL}": 1,
    }


async def test_sizes_titles_and_versions_are_kept(stage: Stage) -> None:
    found = await inspect(stage)
    assert found.sizes == {"smoke": 12, "refunds": 40}
    assert len(found.titles) == 52
    assert (found.mistakes, found.warnings) == ([], [])
    seen = {(resource.kind, resource.name) for resource in found.resources}
    assert ("test set", "Smoke") in seen
    assert ("metric", "Resolved") in seen
    assert ("Cotool agent", "Checkout assistant") in seen
    assert all(r.update_time for r in found.resources if r.kind == "test set")


async def test_two_names_of_a_metric_cost_one_read_each_at_most(stage: Stage) -> None:
    text = write_campaign(metrics={"a": {"id": RESOLVED}, "b": {"id": RESOLVED}}, gates=None)
    found = await inspect(stage, text)
    assert found.mistakes == []


@pytest.mark.parametrize(
    ("deleted", "path"),
    [
        pytest.param(CHECKOUT, ("agents", "checkout", "coval"), id="agent"),
        pytest.param(ELDERLY, ("personas", "elderly"), id="persona"),
        pytest.param(REFUNDS, ("test_sets", "refunds"), id="test set"),
        pytest.param(GPT, ("mutations", "models", "gpt"), id="mutation"),
        pytest.param(RESOLVED, ("metrics", "resolved", "id"), id="metric"),
        pytest.param(COTOOL, ("agents", "checkout", "cotool"), id="Cotool agent"),
    ],
)
async def test_an_id_that_does_not_exist_is_a_mistake_at_its_place(
    open_stage: Callable[..., Stage], deleted: str, path: tuple[str, ...]
) -> None:
    stage = open_stage(world={"deleted": [deleted]})
    found = await inspect(stage)
    places = [mistake.path for mistake in found.mistakes]
    assert path in places
    (mistake,) = [mistake for mistake in found.mistakes if mistake.path == path]
    assert deleted in mistake.message
    assert "check the id" in str(mistake.hint)
    assert {place[:2] for place in places} <= {path[:2], ("mutations", "models")}


async def test_a_mutation_that_is_shown_as_deleted_is_a_mistake(
    open_stage: Callable[..., Stage],
) -> None:
    mutations = {FAST: {"name": "fast"}, GPT: {"name": "gpt", "deleted": True}}
    agents = {CHECKOUT: {"name": "Checkout assistant", "mutations": mutations}}
    found = await inspect(open_stage(world={"agents": agents}))
    (mistake,) = found.mistakes
    assert mistake.path == ("mutations", "models", "gpt")
    assert mistake.message == f"the mutation {GPT} cannot be used: it was deleted"


async def test_all_mistakes_are_reported_together(open_stage: Callable[..., Stage]) -> None:
    found = await inspect(open_stage(world={"deleted": [CALM, SMOKE, RESOLVED]}))
    assert [mistake.path[0] for mistake in found.mistakes] == ["metrics", "personas", "test_sets"]


async def test_a_scope_that_the_key_lacks_is_a_warning(open_stage: Callable[..., Stage]) -> None:
    rule = {"match": {"path": "/v1/personas/*"}, "do": {"status": 403}}
    found = await inspect(open_stage(faults=[rule]))
    assert found.mistakes == []
    assert len(found.warnings) == 2
    assert found.warnings[0].startswith("the key may not read personas")


@pytest.mark.parametrize("path", ["/v1/*", "/api/*", "/v1/test-cases"])
async def test_a_refused_key_ends_it_at_once(open_stage: Callable[..., Stage], path: str) -> None:
    stage = open_stage(faults=[{"match": {"path": path}, "do": {"status": 401}}])
    with pytest.raises(KeyRefused):
        await inspect(stage)


async def test_a_vendor_out_of_reach_is_tried_again_and_then_said_so(stage: Stage) -> None:
    def refuse(call: Call) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    stage.stunt = refuse
    with pytest.raises(RemoteUnavailable, match="no connection to"):
        await inspect(stage)
