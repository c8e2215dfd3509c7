"""An interrupt ends everything within five seconds, and says what it could not end."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import name_personas, write_campaign
from tests.engine.stage import Process, Stage

POST = "POST /v1/runs"
LONG = {"simulation": ["10m", "20m"], "simulations_within": None}


async def interrupt_after(stage: Stage, seconds: float, execution: str) -> float:
    """Drive for so long, interrupt, and return how long that took."""
    async with stage.process() as process:
        with anyio.move_on_after(seconds):
            await process.drive(execution)
        began = anyio.current_time()
        await process.interrupt(execution)
        return anyio.current_time() - began
    raise AssertionError


def on(method: str, path: str, **action: Any) -> dict[str, Any]:
    return {"match": {"method": method, "path": path}, "do": action}


async def test_runs_in_flight_are_cancelled(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(timing=LONG)
    execution = await stage.create(write_campaign(personas=name_personas(12)))
    assert await interrupt_after(stage, 30, execution) < 5
    report = await stage.report(execution)
    assert (report.verdict, report.exit_status, report.gates) == ("cancelled", 6, ())
    assert stage.statuses() == ["CANCELLED"] * 10
    assert {cell.state for cell in report.cells} == {"cancelled"}
    assert report.unsettled == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(on("DELETE", "/v1/runs/*", delay="1h"), id="that hang"),
        pytest.param(on("DELETE", "/v1/runs/*", status=503), id="that fail"),
        pytest.param(on("GET", "/v1/runs/*", delay="1h"), id="behind reads that hang"),
    ],
)
async def test_deletes_are_given_up_in_time_and_made_later(
    open_stage: Callable[..., Stage], fault: dict[str, Any]
) -> None:
    fault["match"]["until"] = "2m"
    stage = open_stage(timing=LONG, faults=[fault])
    execution = await stage.create(write_campaign(personas=name_personas(12)))
    assert await interrupt_after(stage, 30, execution) < 5
    report = await stage.report(execution)
    assert (report.verdict, len(report.unsettled)) == ("cancelled", 10)
    async with stage.process() as process:
        await stage.take_over(execution)
        await process.settle(execution)
    assert (await stage.report(execution)).unsettled == ()
    assert stage.statuses() == ["CANCELLED"] * 10


async def test_launches_on_their_way_are_looked_for_and_ended(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=LONG, faults=[on("POST", "/v1/runs", delay="20s")])
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    assert await interrupt_after(stage, 10, execution) < 5
    assert stage.statuses() == ["CANCELLED"] * 3
    assert (await stage.report(execution)).unsettled == ()
    assert len(stage.asked("GET /v1/runs")) == 1


@pytest.mark.parametrize("tag_filter", ["finds_nothing", "refused"])
async def test_doubtful_launches_are_found_without_the_tag_filter(
    open_stage: Callable[..., Stage], tag_filter: str
) -> None:
    stage = open_stage(
        timing=LONG,
        faults=[on("POST", "/v1/runs", reset="after"), on("GET", "/v1/runs", delay="1s")],
        lists={"tag_filter": tag_filter},
    )
    execution = await stage.create(write_campaign(personas=name_personas(2)))
    assert await interrupt_after(stage, 0.5, execution) < 5
    assert stage.statuses() == ["CANCELLED"] * 2


async def test_a_doubtful_launch_that_no_list_shows_yet_is_reported_and_settled_later(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(
        timing=LONG, faults=[on("POST", "/v1/runs", delay="20s")], lists={"lag": "50s"}
    )
    execution = await stage.create()
    await interrupt_after(stage, 5, execution)
    (unsettled,) = (await stage.report(execution)).unsettled
    assert unsettled.state == "sending"
    assert f"cd-{execution.lower()}" in unsettled.note
    async with stage.process() as process:
        await stage.take_over(execution)
        await process.settle(execution)
    assert stage.statuses() == ["CANCELLED"]
    assert (await stage.report(execution)).unsettled == ()


async def test_a_doubtful_launch_of_which_no_run_ever_appears_is_settled_after_the_grace(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=LONG, faults=[on("POST", "/v1/runs", reset="before")])
    execution = await stage.create()
    await interrupt_after(stage, 5, execution)
    began = anyio.current_time()
    async with stage.process() as process:
        await stage.take_over(execution)
        await process.settle(execution)
    assert 60 <= anyio.current_time() - began < 100
    (cell,) = (await stage.report(execution)).cells
    assert (cell.state, len(stage.asked(POST))) == ("cancelled", 1)
    assert "no run of it ever appeared" in str(cell.error)


async def test_a_new_run_that_coval_does_not_show_yet_is_not_taken_for_gone(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=LONG, lists={"get_lag": "30s", "lag": "30s"})
    execution = await stage.create()
    await interrupt_after(stage, 5, execution)
    assert len((await stage.report(execution)).unsettled) == 1
    async with stage.process() as process:
        await process.settle(execution)
    assert stage.statuses() == ["CANCELLED"]


async def test_settling_ends_when_the_key_is_refused_for_good(
    open_stage: Callable[..., Stage],
) -> None:
    refused = {"match": {"path": "/v1/*", "after": "20s"}, "do": {"status": 401}}
    stage = open_stage(timing=LONG, faults=[refused])
    execution = await stage.create()
    await interrupt_after(stage, 30, execution)
    began = anyio.current_time()
    async with stage.process() as process:
        await process.settle(execution)
    assert 120 <= anyio.current_time() - began < 200
    assert len((await stage.report(execution)).unsettled) == 1


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        (0.0, "cancelled"),
        (0.05, "cancelled"),
        (1.0, "cancelled"),
        (2.5, "cancelled"),
        (300, "passed"),
    ],
)
async def test_an_interrupt_at_any_moment_ends_with_a_verdict(
    open_stage: Callable[..., Stage], seconds: float, verdict: str
) -> None:
    stage = open_stage()
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    await interrupt_after(stage, seconds, execution)
    report = await stage.report(execution)
    assert report.verdict == verdict
    assert not {"PENDING", "IN QUEUE", "IN PROGRESS"} & set(stage.statuses())


async def test_an_interrupt_is_told_of_one_execution_alone(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing={"simulation": ["20s", "40s"], "simulations_within": None})
    stopped, other = await stage.create(), await stage.create(write_campaign(name="other"))
    async with stage.process() as process, anyio.create_task_group() as tasks:
        tasks.start_soon(process.drive, other)
        await drive_for(process, 10, stopped)
        await process.interrupt(stopped)
    assert (await stage.report(stopped)).verdict == "cancelled"
    assert (await stage.report(other)).verdict == "passed"


async def drive_for(process: Process, seconds: float, execution: str) -> None:
    with anyio.move_on_after(seconds):
        await process.drive(execution)
