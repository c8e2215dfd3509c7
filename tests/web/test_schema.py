"""The API against its own OpenAPI document: random requests get documented answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.campaigns import write_campaign
from tests.engine.conftest import template  # noqa: F401  # a fixture
from tests.web.living import Living, living_service

# The service draws its jitter in a thread of this process.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
CAMPAIGN = write_campaign(schedule=[{"cron": "0 4 1 1 *"}])
FEW, MANY = 3, 200
ROUTES = [
    "GET /api/v1/campaigns",
    "GET /api/v1/campaigns/{name}",
    "PUT /api/v1/campaigns/{name}/baseline",
    "POST /api/v1/campaigns/{name}/executions",
    "POST /api/v1/campaigns/{name}/schedule/pause",
    "POST /api/v1/campaigns/{name}/schedule/resume",
    "GET /api/v1/compare",
    "GET /api/v1/deliveries",
    "POST /api/v1/deliveries/{delivery}/retry",
    "GET /api/v1/executions",
    "POST /api/v1/executions",
    "GET /api/v1/executions/{execution}",
    "POST /api/v1/executions/{execution}/cancel",
    "GET /api/v1/executions/{execution}/events",
    "POST /api/v1/executions/{execution}/judge",
    "GET /api/v1/executions/{execution}/report",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "POST /hooks/coval/{secret}",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Living]:  # noqa: F811  # a fixture
    with living_service(tmp_path_factory.mktemp("service"), template, CAMPAIGN) as living:
        yield living


@pytest.fixture(scope="module")
def known(service: Living) -> dict[str, str]:
    """Parts of paths and queries that exist."""
    with service.client() as client:
        made = client.post("/campaigns/checkout-nightly/executions").json()["execution"]
        client.get(f"/executions/{made}", params={"wait": 30})
    return {"name": "checkout-nightly", "execution": made, "a": made, "b": made}


@pytest.fixture(scope="module")
def schema(service: Living) -> Any:
    return schemathesis.openapi.from_dict(service.schema)


def ask(service: Living, known: dict[str, str], operation: Any, examples: int) -> None:

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def answer_as_documented(case: Any, is_known: bool) -> None:
        for part in (case.path_parameters, case.query):
            if is_known and part:
                part |= {name: value for name, value in known.items() if name in part}
        response = case.call(
            base_url=service.url, headers={"Authorization": f"Bearer {service.token}"}
        )
        case.validate_response(response, checks=CHECKS)

    answer_as_documented()


CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.negative_data_rejection,
]


@pytest.mark.parametrize("route", ROUTES)
def test_answers_are_as_documented(
    service: Living, known: dict[str, str], schema: Any, route: str
) -> None:
    verb, path = route.split()
    ask(service, known, schema[path][verb], FEW)


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES)
def test_answers_are_as_documented_whatever_is_asked(
    service: Living, known: dict[str, str], schema: Any, route: str
) -> None:
    verb, path = route.split()
    ask(service, known, schema[path][verb], MANY)


def test_every_route_is_tried(service: Living) -> None:
    paths = service.schema["paths"].items()
    assert {f"{verb.upper()} {path}" for path, verbs in paths for verb in verbs} == {*ROUTES}
