"""Who may do what: every route of the API demands its scope."""

from typing import Any

from tests.engine.campaigns import write_campaign
from tests.web.routes.conftest import House, OpenHouse

from campaignd.core.tokens import Scope

OPEN = {"GET /healthz", "GET /readyz", "POST /hooks/coval/{secret}"}
GUARDED: dict[str, Scope] = {
    "GET /api/v1/campaigns": Scope.READ,
    "GET /api/v1/campaigns/{name}": Scope.READ,
    "PUT /api/v1/campaigns/{name}/baseline": Scope.ADMIN,
    "POST /api/v1/campaigns/{name}/executions": Scope.TRIGGER,
    "POST /api/v1/campaigns/{name}/schedule/pause": Scope.ADMIN,
    "POST /api/v1/campaigns/{name}/schedule/resume": Scope.ADMIN,
    "GET /api/v1/compare": Scope.READ,
    "GET /api/v1/deliveries": Scope.READ,
    "POST /api/v1/deliveries/{delivery}/retry": Scope.ADMIN,
    "GET /api/v1/executions": Scope.READ,
    "POST /api/v1/executions": Scope.SUBMIT,
    "GET /api/v1/executions/{execution}": Scope.READ,
    "POST /api/v1/executions/{execution}/cancel": Scope.TRIGGER,
    "GET /api/v1/executions/{execution}/events": Scope.READ,
    "POST /api/v1/executions/{execution}/judge": Scope.READ,
    "GET /api/v1/executions/{execution}/report": Scope.READ,
}
BODIES: dict[str, Any] = {
    "PUT /api/v1/campaigns/{name}/baseline": {"execution": None},
    "POST /api/v1/executions": {"campaign": "x"},
}


LADDER = list(Scope)


def routes_of(house: House) -> set[str]:
    schema = house.app.openapi()
    return {f"{verb.upper()} {path}" for path, verbs in schema["paths"].items() for verb in verbs}


async def test_every_route_has_a_scope(house: OpenHouse) -> None:
    async with house() as service:
        assert routes_of(service) - {"GET /metrics"} == GUARDED.keys() | OPEN


async def test_every_route_demands_its_scope(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        callers = {held: await service.caller(held) for held in Scope}
        for route, scope in GUARDED.items():
            verb, path = route.split()
            url = "http://127.0.0.1" + path.format(name="x", execution="x", delivery="x")
            nobody = await service.client().request(verb, url, json=BODIES.get(route))
            assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
            for held, caller in callers.items():
                answer = await caller.request(verb, url, json=BODIES.get(route))
                may = LADDER.index(held) >= LADDER.index(scope)
                assert (answer.status_code != 403) == may, (route, held)
                assert may or answer.json()["scope"] == scope


async def test_without_tokens_this_machine_may_read(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        here = service.client()
        assert (await here.get("campaigns")).status_code == 200
        refused = await here.post("campaigns/checkout-nightly/executions")
        assert refused.status_code == 403
        assert "campaignd token create" in refused.json()["detail"]


async def test_what_is_no_route_is_a_problem(house: OpenHouse) -> None:
    async with house() as service:
        reader = await service.caller(Scope.READ)
        nothing = await reader.get("nothing")
        assert (nothing.status_code, nothing.json()["title"]) == (404, "Not Found")
        wrong = await reader.delete("campaigns")
        assert wrong.status_code == 405
        assert wrong.headers["content-type"] == "application/problem+json"
