"""Around each DELETE: runs that end by themselves, answers that are lost, processes that die."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Port

LONG = {"simulation": ["10m", "20m"], "simulations_within": None}
SLOW = {"simulation": ["2m", "3m"], "simulations_within": None}


def deletes(stage: Stage) -> int:
    return sum(call.name.startswith("DELETE") for call in stage.calls)


def at_delete(**action: Any) -> dict[str, Any]:
    """A fault that strikes the first DELETE."""
    return {"match": {"method": "DELETE", "nth": 1}, "do": action}


class LateDelete(Port):
    """The DELETE reaches Coval minutes after the run was read: it has completed by then."""

    async def end_run(self, run_id: str) -> None:
        await anyio.sleep(200)
        await self._inner.end_run(run_id)


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        pytest.param({}, "cancelled", id="cancelled"),
        pytest.param({"run_timeout": "30s"}, "timed_out", id="run timeout"),
        pytest.param({"stall_timeout": "30s"}, "timed_out", id="stall timeout"),
        pytest.param({"timeout": "30s"}, "timed_out", id="execution timeout"),
    ],
)
async def test_a_run_that_completes_between_read_and_delete_loses_its_results_and_passes_nothing(
    open_stage: Callable[..., Stage], limits: dict[str, str], verdict: str
) -> None:
    stage = open_stage(timing=SLOW)
    execution = await stage.create(write_campaign(limits=limits))
    if not limits:
        stage.later(30, stage.stop, execution)
    async with stage.process() as process:
        process.replace_coval(LateDelete)
        await process.drive(execution)
        await process.settle(execution)
    report = await stage.report(execution)
    assert stage.statuses() == ["DELETED"]
    assert (report.verdict, report.cells[0].state) == (verdict, "cancelled")
    assert (report.unsettled, report.totals.simulations) == ((), 0)


@pytest.mark.parametrize(
    ("action", "count"),
    [
        pytest.param({"reset": "after"}, 1, id="reset after the server acted"),
        pytest.param({"status": 502, "acted": True}, 1, id="502 that did cancel"),
        pytest.param({"status": 404, "acted": True}, 1, id="404 that did cancel"),
        pytest.param({"garbage": "html"}, 1, id="200 with a page"),
        pytest.param({"delay": "40s"}, 1, id="an answer after the deadline"),
        pytest.param({"reset": "before"}, 2, id="reset before the server acted"),
        pytest.param({"status": 429, "retry_after": "3s"}, 2, id="429"),
        pytest.param({"status": 503}, 2, id="503"),
        pytest.param({"status": 404}, 2, id="404 though the run goes on"),
    ],
)
async def test_after_a_delete_without_a_clear_answer_the_run_is_read_before_another(
    open_stage: Callable[..., Stage], action: dict[str, Any], count: int
) -> None:
    stage = open_stage(timing=LONG, faults=[at_delete(**action)])
    execution = await stage.create()
    stage.later(30, stage.stop, execution)
    async with stage.process() as process:
        await process.drive(execution)
        await process.settle(execution)
    report = await stage.report(execution)
    assert (stage.statuses(), deletes(stage)) == (["CANCELLED"], count)
    assert (report.verdict, report.cells[0].state) == ("cancelled", "cancelled")
    assert report.unsettled == ()


async def test_a_run_in_a_status_that_nobody_knows_is_ended_too(
    open_stage: Callable[..., Stage],
) -> None:
    odd = {"outcome": "unknown_status", "status": "ARCHIVING"}
    stage = open_stage(timing=LONG, failures={"runs": [odd]})
    execution = await stage.create()
    stage.later(30, stage.stop, execution)
    async with stage.process() as process:
        await process.drive(execution)
    assert (stage.statuses(), deletes(stage)) == (["CANCELLED"], 1)
    assert (await stage.report(execution)).unsettled == ()


@pytest.mark.parametrize("instant", ["DELETE", "answer to DELETE"])
async def test_after_a_crash_around_a_delete_the_run_is_read_before_another(
    open_stage: Callable[..., Stage], instant: str
) -> None:
    stage = open_stage(timing=LONG)
    execution = await stage.create()
    stage.later(30, stage.stop, execution)
    async with stage.process() as process:
        process.fuse.blow_when(lambda name: name.startswith(instant))
        await process.drive(execution)
    report = await stage.restart(execution)
    assert (stage.statuses(), deletes(stage)) == (["CANCELLED"], 1)
    assert (report.verdict, report.unsettled) == ("cancelled", ())


async def test_a_run_that_completed_after_a_crash_before_its_delete_keeps_its_results(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    execution = await stage.create()
    stage.later(30, stage.stop, execution)
    async with stage.process() as process:
        process.fuse.blow_when(lambda name: name.startswith("DELETE"))
        await process.drive(execution)
    await anyio.sleep(600)
    report = await stage.restart(execution)
    (cell,) = report.cells
    assert (stage.statuses(), deletes(stage)) == (["COMPLETED"], 0)
    assert (report.verdict, cell.state, cell.error) == ("cancelled", "collected", None)


@pytest.mark.parametrize(
    ("failures", "state"),
    [
        pytest.param([{"outcome": "vanishes", "after": "20s"}], "cancelled", id="vanished"),
        pytest.param([{"outcome": "fails", "after": "20s"}], "failed", id="failed"),
    ],
)
async def test_a_run_that_ended_otherwise_before_its_delete_is_not_deleted(
    open_stage: Callable[..., Stage], failures: list[Any], state: str
) -> None:
    # The process that was to follow it died before that.
    stage = open_stage(timing=LONG, failures={"runs": failures})
    execution = await stage.create()
    await stage.crash(execution, "GET /v1/runs")
    await stage.stop(execution)
    await anyio.sleep(90)
    report = await stage.restart(execution)
    assert (report.cells[0].state, deletes(stage)) == (state, 0)
    assert (report.verdict, report.unsettled) == ("cancelled", ())
