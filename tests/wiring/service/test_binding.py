"""Every line about an execution says which one, and of which campaign and cell."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from tests.engine.stage import Stage
from tests.engine.surroundings import Call
from tests.wiring.service.conftest import at_night, scheduled

MINUTE = timedelta(minutes=1)
SLOW = {"simulation": ["8m", "8m"], "simulations_within": None}
OF_NO_EXECUTION = {"vendor answered", "vendor request retried"}
"""One list request is for all of them."""


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged, with all that is bound to it."""
    kept: list[dict[str, Any]] = []

    def keep(_logger: object, level: str, line: Any) -> Any:
        kept.append({**line, "level": level})
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep])
    yield kept
    structlog.reset_defaults()


async def test_lines_are_bound_to_execution_campaign_and_cell_trouble_included(
    open_stage: Callable[..., Stage], lines: list[dict[str, Any]]
) -> None:
    lost = {"match": {"method": "POST", "path": "/v1/runs", "nth": 1}, "do": {"status": 503}}
    stage = open_stage(faults=[lost], timing=SLOW)
    stage.stunt = fail_for_a_while
    night = at_night(stage, scheduled("5 3 * * *"))
    await night.serve(20 * MINUTE)
    ((_, execution, _),) = [await night.last("nightly")]
    about = [line for line in lines if line["event"] not in OF_NO_EXECUTION]
    assert {line["execution"] for line in about if "execution" in line} == {execution}
    for line in about:
        assert line.get("campaign") == "nightly", line
        assert line.get("execution") == execution, line
    launches = [line for line in about if str(line.get("subject", "")).startswith("launch")]
    assert {line["cell"] for line in launches} == {"checkout/impatient/smoke"}
    assert any(line["event"] == "vendor trouble" for line in about)


async def test_a_state_is_told_once(
    open_stage: Callable[..., Stage], lines: list[dict[str, Any]]
) -> None:
    night = at_night(open_stage(), scheduled("5 3 * * *"))
    await night.serve(20 * MINUTE)
    told = [line["new"] for line in lines if line.get("subject") == "execution"]
    assert told == ["queued", "running", "judging", "finished"]
    rest = [line["event"] for line in lines if line["event"] not in {"moved", "vendor answered"}]
    assert rest == ["scheduled", "finished"]


def fail_for_a_while(call: Call) -> httpx.Response | None:
    """Fail the lists of three minutes."""
    is_list = call.name == "GET /v1/runs"
    return httpx.Response(503) if is_list and 420 < call.at < 600 else None
