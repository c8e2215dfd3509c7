"""Who may read metrics."""

from dataclasses import replace
from typing import Any

from tests.engine.campaigns import write_campaign
from tests.web.routes.conftest import OpenHouse

from campaignd.core.tokens import Scope

METRICS = "http://127.0.0.1/metrics"


async def test_metrics_are_for_readers_of_all_campaigns(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        service.app.state.desk = with_gauges(service.app.state.desk)
        reader = await service.caller(Scope.READ)
        answer = await reader.get(METRICS)
        limited = await (await service.caller(Scope.ADMIN, campaigns=("a-*",))).get(METRICS)
        nobody = await service.client().get(METRICS)
    assert (answer.status_code, answer.text) == (200, "campaignd_up 1\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert (limited.status_code, nobody.status_code) == (403, 401)
    assert limited.json()["type"] == "/problems/limited-token"
    assert "without --campaign" in limited.json()["detail"]


class Gauges:
    async def render(self) -> tuple[bytes, str]:
        return b"campaignd_up 1\n", "text/plain; version=0.0.4; charset=utf-8"


def with_gauges(desk: Any) -> Any:
    return replace(desk, gauges=Gauges())
