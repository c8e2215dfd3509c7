"""Giving up while it is not known whether Coval launched something: told, and settled later."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest
from tests.engine.campaigns import name_personas, write_campaign
from tests.engine.stage import Stage

from campaignd.core.execution import Patience

POST = "POST /v1/runs"
LONG = {"simulation": ["2h", "2h"], "simulations_within": None}
SENDING = {"match": {"method": "POST"}, "do": {"delay": "40s"}}
UNRESOLVED = {"match": {"method": "POST"}, "do": {"status": 502, "acted": True}}
NEVER_MADE = {"match": {"method": "POST"}, "do": {"reset": "before"}}
DOUBTS = [
    pytest.param(SENDING, "sending", id="sending"),
    pytest.param(UNRESOLVED, "unresolved", id="unresolved"),
]
HASTY = {"patience": Patience(settling=timedelta(seconds=20))}
"""Settles for less than a POST may take, so that it is still on its way at the verdict."""
WAYS = ["cancel", "interrupt", "timeout"]
VERDICTS = {"cancel": "cancelled", "interrupt": "cancelled", "timeout": "timed_out"}


async def give_up(stage: Stage, way: str, **limits: str) -> str:
    """Drive an execution that is given up after a second in one way or another."""
    timeout = {"timeout": "1s"} if way == "timeout" else {}
    execution = await stage.create(write_campaign(limits={**timeout, **limits}))
    if way == "cancel":
        stage.later(1, stage.stop, execution)
    async with stage.process() as process:
        with anyio.move_on_after(1 if way == "interrupt" else 600):
            await process.drive(execution)
        if way == "interrupt":
            await process.interrupt(execution)
    return execution


async def settle(stage: Stage, execution: str) -> None:
    async with stage.process() as process:
        await stage.take_over(execution)
        await process.settle(execution)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "fault", [pytest.param(SENDING, id="sending"), pytest.param(UNRESOLVED, id="unresolved")]
)
async def test_a_doubtful_launch_that_lists_show_is_ended_before_the_verdict(
    open_stage: Callable[..., Stage], way: str, fault: dict[str, Any]
) -> None:
    stage = open_stage(timing=LONG, faults=[fault])
    execution = await give_up(stage, way)
    report = await stage.report(execution)
    assert (stage.statuses(), report.unsettled) == (["CANCELLED"], ())
    assert (report.verdict, report.cells[0].state) == (VERDICTS[way], "cancelled")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("fault", "state"), DOUBTS)
async def test_a_doubtful_launch_that_no_list_shows_is_reported_and_ended_by_who_settles(
    open_stage: Callable[..., Stage], way: str, fault: dict[str, Any], state: str
) -> None:
    stage = open_stage(HASTY, timing=LONG, faults=[fault], lists={"lag": "60s"})
    execution = await give_up(stage, way)
    report = await stage.report(execution)
    (unsettled,) = report.unsettled
    assert (report.verdict, unsettled.state) == (VERDICTS[way], state)
    assert f"`campaignd resume {execution}` settles it" in unsettled.note
    assert stage.statuses() == ["IN PROGRESS"]
    await settle(stage, execution)
    settled = await stage.report(execution)
    assert (stage.statuses(), len(stage.asked(POST))) == (["CANCELLED"], 1)
    assert (settled.verdict, settled.unsettled) == (report.verdict, ())


@pytest.mark.parametrize("way", WAYS)
async def test_a_launch_that_was_never_made_is_not_made_after_giving_up(
    open_stage: Callable[..., Stage], way: str
) -> None:
    stage = open_stage(timing=LONG, faults=[NEVER_MADE])
    execution = await give_up(stage, way)
    assert len((await stage.report(execution)).unsettled) == 1
    await settle(stage, execution)
    report = await stage.report(execution)
    assert (stage.statuses(), len(stage.asked(POST))) == ([], 1)
    assert (report.unsettled, report.cells[0].state) == ((), "cancelled")


@pytest.mark.parametrize(("fault", "state"), DOUBTS)
async def test_on_timeout_leave_leaves_what_is_found_afterwards(
    open_stage: Callable[..., Stage], fault: dict[str, Any], state: str
) -> None:
    stage = open_stage(HASTY, timing=LONG, faults=[fault], lists={"lag": "60s"})
    execution = await give_up(stage, "timeout", on_timeout="leave")
    (unsettled,) = (await stage.report(execution)).unsettled
    assert unsettled.state == state
    await settle(stage, execution)
    (cell,) = (await stage.report(execution)).cells
    assert (stage.statuses(), cell.state) == (["IN PROGRESS"], "lost")
    assert "left going on Coval" in str(cell.error)


@pytest.mark.parametrize(
    ("outcome", "limits"),
    [
        pytest.param("never_starts", {"queue_timeout": "20s"}, id="queue timeout"),
        pytest.param("never_finishes", {"stall_timeout": "20s"}, id="stall timeout"),
        pytest.param("never_finishes", {"run_timeout": "20s"}, id="run timeout"),
    ],
)
async def test_a_run_s_timeout_touches_no_launch_whose_run_is_still_looked_for(
    open_stage: Callable[..., Stage], outcome: str, limits: dict[str, str]
) -> None:
    personas = name_personas(2)
    stage = open_stage(
        failures={"runs": [{"outcome": outcome, "persona": personas["caller1"]}]},
        faults=[{"match": {"method": "POST", "nth": 1}, "do": {"reset": "after"}}],
        lists={"lag": "50s"},
    )
    text = write_campaign(
        personas=personas,
        limits=limits,
        gates=[{"pass_rate": "resolved", "at_least": "50%", "where": {"personas": ["caller2"]}}],
    )
    report = await stage.run(text)
    assert [cell.state for cell in report.cells] == ["cancelled", "collected"]
    assert stage.statuses() == ["COMPLETED", "CANCELLED"]
    events = await stage.history.events(report.execution)
    assert [event.subject[-3:] for event in events if event.new == "unresolved"] == ["2-1"]
    assert (report.verdict, len(stage.asked(POST)), report.unsettled) == ("passed", 2, ())


async def test_a_stop_during_a_search_keeps_the_launch_from_being_sent_again(
    open_stage: Callable[..., Stage],
) -> None:
    # The search that ends the grace takes 20 s; the stop comes while it goes on.
    slow = {"match": {"method": "GET", "path": "/v1/runs", "after": "85s"}, "do": {"delay": "20s"}}
    stage = open_stage(timing=LONG, faults=[NEVER_MADE, slow])
    execution = await stage.create()
    stage.later(100, stage.stop, execution)
    async with stage.process() as process:
        await process.drive(execution)
        await process.settle(execution)
    assert len(stage.asked(POST)) == 1
    assert (await stage.report(execution)).unsettled == ()


async def test_who_gave_up_and_died_has_it_settled_by_the_next(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=LONG, faults=[UNRESOLVED], lists={"lag": "60s"})
    execution = await stage.create(write_campaign(limits={"timeout": "1s"}))
    async with stage.process() as process:
        with anyio.move_on_after(10):
            await process.drive(execution)
    report = await stage.restart(execution)
    assert (report.verdict, report.unsettled) == ("timed_out", ())
    assert (stage.statuses(), len(stage.asked(POST))) == (["CANCELLED"], 1)
