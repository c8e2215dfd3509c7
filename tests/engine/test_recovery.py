"""Whatever a process died of, and wherever: the next one goes on, and nothing is paid for twice."""

from collections import Counter
from collections.abc import Callable

import anyio
import pytest
from tests.engine.campaigns import name_personas, write_campaign
from tests.engine.stage import Stage

from campaignd.engine.faults import OwnershipLost

POST = "POST /v1/runs"
SLOW = {"simulation": ["20s", "40s"], "simulations_within": None}


def launched_twice(stage: Stage) -> list[str]:
    return [key for key, count in Counter(stage.keys()).items() if count > 1]


@pytest.mark.parametrize(
    "instant",
    [
        pytest.param(POST, id="with an intent, before the launch"),
        pytest.param(f"answer to {POST}", id="after the launch, before its answer is stored"),
        pytest.param("GET /v1/simulations", id="while it collects"),
    ],
)
async def test_the_next_process_goes_on_and_launches_nothing_twice(
    open_stage: Callable[..., Stage], instant: str
) -> None:
    stage = open_stage(timing=SLOW)
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    await stage.crash(execution, instant, 2)
    report = await stage.restart(execution)
    assert (report.exit_status, launched_twice(stage)) == (0, [])
    assert stage.statuses() == ["COMPLETED"] * 3


@pytest.mark.parametrize("nth", range(1, 19))
async def test_a_death_around_any_commit_costs_nothing(
    open_stage: Callable[..., Stage], nth: int
) -> None:
    stage = open_stage(failures={"runs": [{"outcome": "fails", "share": "50%"}]})
    text = write_campaign(personas=name_personas(2), retry={"runs": 2}, gates=None)
    execution = await stage.create(text)
    async with stage.process() as process:
        process.fuse.blow_at("written" if nth % 2 else "write", nth)
        await process.drive(execution)
    report = await stage.restart(execution)
    assert (report.exit_status, launched_twice(stage)) == (3, [])
    assert report.unsettled == ()
    assert sum(len(cell.attempts) for cell in report.cells) == len(stage.statuses())


@pytest.mark.parametrize(
    ("away", "quiet_from"),
    [
        pytest.param(0, 30, id="from its hard deadline"),
        pytest.param(600, 600, id="from the take-over, if that is later"),
    ],
)
async def test_a_launch_that_may_have_been_sent_waits_out_the_grace(
    stage: Stage, away: float, quiet_from: float
) -> None:
    execution = await stage.create()
    await stage.crash(execution, POST)
    await anyio.sleep(away)
    report = await stage.restart(execution)
    (post,) = stage.asked(POST)
    grace = 60
    assert quiet_from + grace <= post.at < quiet_from + grace + 35
    assert report.exit_status == 0


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param({}, id="lists as documented"),
        pytest.param({"tag_filter": "finds_nothing"}, id="a tag filter that finds nothing"),
        pytest.param({"tag_filter": "refused"}, id="a tag filter that is refused"),
        pytest.param({"items": "summary"}, id="lists without tags and metadata"),
    ],
)
async def test_an_older_copy_of_the_database_pays_for_nothing_twice(
    open_stage: Callable[..., Stage], lists: dict[str, str]
) -> None:
    stage = open_stage(timing=SLOW, lists=lists)
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    copy = stage.copy_database("yesterday.db")
    await stage.crash(execution, f"answer to {POST}", 3)
    stage.restore_database(copy)
    assert set(stage.states().values()) == {"planned"}
    report = await stage.restart(execution)
    assert stage.statuses() == ["COMPLETED"] * 3
    assert (report.exit_status, report.notes) == (0, ())
    assert [len(cell.attempts) for cell in report.cells] == [1, 1, 1]
    assert {launch.sends for launch in (await stage.load(execution)).launches} == {1}


async def test_an_older_copy_learns_of_later_attempts(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(
        timing=SLOW, failures={"runs": [{"outcome": "fails", "first": 2, "after": "5s"}]}
    )
    execution = await stage.create(write_campaign(retry={"runs": 2}))
    await stage.crash(execution, f"answer to {POST}")
    copy = stage.copy_database("yesterday.db")
    async with stage.process() as process:
        await stage.take_over(execution)
        process.fuse.blow_at(f"answer to {POST}", 2)
        await process.drive(execution, taken_over=True)
    stage.restore_database(copy)
    report = await stage.restart(execution)
    assert stage.statuses() == ["FAILED", "FAILED", "COMPLETED"]
    assert launched_twice(stage) == []
    assert [attempt.state for attempt in report.cells[0].attempts] == [
        "failed",
        "failed",
        "collected",
    ]
    assert report.exit_status == 0


async def test_a_second_run_of_a_launch_is_ended_at_the_take_over(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    execution = await stage.create()
    await stage.crash(execution, "GET /v1/runs")
    await stage.launch_elsewhere(stage.asked(POST)[0].body)
    report = await stage.restart(execution)
    assert stage.statuses() == ["COMPLETED", "CANCELLED"]
    assert "more than once" in report.notes[0]


async def test_hours_without_a_process_are_not_taken_for_a_stall(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing={"simulation": ["2m", "3m"], "simulations_within": None})
    text = write_campaign(
        limits={"stall_timeout": "4m", "run_timeout": "4m", "queue_timeout": "4m"}
    )
    execution = await stage.create(text)
    await stage.crash(execution, "GET /v1/runs", 5)
    stage.clock.start = stage.clock.start.replace(hour=6)
    report = await stage.restart(execution)
    assert (report.exit_status, stage.statuses()) == (0, ["COMPLETED"])


async def test_a_take_over_waits_for_coval_before_it_launches(
    open_stage: Callable[..., Stage],
) -> None:
    down = {"match": {"method": "GET", "path": "/v1/runs", "after": "5s", "until": "10m"}}
    stage = open_stage(timing=SLOW, faults=[down | {"do": {"status": 503}}])
    execution = await stage.create(write_campaign(personas=name_personas(2)))
    await stage.crash(execution, f"answer to {POST}", 2)
    stage.restore_database(stage.copy_database("as it is.db"))
    report = await stage.restart(execution)
    assert (report.exit_status, launched_twice(stage)) == (0, [])
    assert len(stage.asked(POST)) == 2


@pytest.mark.parametrize("status", [401, 403, 503])
async def test_a_take_over_that_hears_nothing_from_coval_ends_in_time(
    open_stage: Callable[..., Stage], status: int
) -> None:
    dead = {"match": {"path": "/v1/*", "after": "3s"}, "do": {"status": status}}
    stage = open_stage(timing=SLOW, faults=[dead])
    execution = await stage.create(write_campaign(limits={"timeout": "10m"}))
    await stage.crash(execution, "GET /v1/runs")
    async with stage.process() as process:
        await stage.take_over(execution)
        await process.drive(execution, taken_over=True)
    report = await stage.report(execution)
    assert report.verdict in {"timed_out", "errored"}
    (unsettled,) = report.unsettled
    assert unsettled.run_id is not None
    assert (report.totals.duration or 0) <= 10 * 60 + 40


async def test_a_crash_around_a_delete_reads_before_it_decides(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing={"simulation": ["2m", "3m"], "simulations_within": None})
    execution = await stage.create()
    stage.later(30, stage.stop, execution)
    async with stage.process() as process:
        run_of = process.fuse.instants
        process.fuse.blow_when(lambda instant: instant.startswith("answer to DELETE"))
        await process.drive(execution)
    assert run_of[-1].startswith("answer to DELETE")
    report = await stage.restart(execution)
    deletes = [call for call in stage.calls if call.name.startswith("DELETE")]
    assert (len(deletes), stage.statuses()) == (1, ["CANCELLED"])
    assert (report.verdict, report.unsettled) == ("cancelled", ())


async def test_who_lost_an_execution_stops_and_touches_nothing_more(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    execution = await stage.create(write_campaign(limits={"timeout": "20s"}))
    stage.later(10, stage.take_over, execution)
    async with stage.process() as process:
        with pytest.RaisesGroup(OwnershipLost, flatten_subgroups=True):
            await process.drive(execution)
    stored = await stage.load(execution)
    calls = [call for call in stage.calls if call.at > 10.1]
    assert stored.execution.verdict is None
    assert stage.statuses() == ["IN PROGRESS"]
    assert {call.name.split("/")[0] for call in calls} <= {"GET "}
    report = await stage.restart(execution)
    assert report.verdict == "timed_out"


async def test_a_launch_that_is_answered_after_a_take_over_is_the_new_owner_s(
    open_stage: Callable[..., Stage],
) -> None:
    late = {"match": {"method": "POST"}, "do": {"delay": "5s"}, "limit": 1}
    stage = open_stage(timing=SLOW, faults=[late])
    execution = await stage.create()
    stage.later(3, stage.take_over, execution)
    async with stage.process() as process:
        with pytest.RaisesGroup(OwnershipLost, flatten_subgroups=True):
            await process.drive(execution)
    async with stage.process() as process:
        await process.drive(execution, taken_over=True)
    assert (launched_twice(stage), stage.statuses()) == ([], ["COMPLETED"])


async def test_an_execution_that_was_told_to_stop_is_not_launched_by_who_takes_it_over(
    stage: Stage,
) -> None:
    execution = await stage.create(write_campaign(personas=name_personas(3)))
    await stage.crash(execution, POST)
    await stage.stop(execution)
    report = await stage.restart(execution)
    assert (report.verdict, report.unsettled) == ("cancelled", ())
    assert stage.statuses() == []
